/** Configuration as the service tests need it: `enabled`, `hold`, and anything else is an error with its line. */
import type { HoldEditor, RepositoryConfigurationReader } from "#service/repository-configuration.ts";

const KNOWN = /^(enabled: (true|false)|hold:| {2}- \S+.*|\s*|#.*)$/;

export const testReadConfiguration: RepositoryConfigurationReader = (text) => {
  const lines = (text ?? "").split("\n");
  const bad = lines.findIndex((line) => !KNOWN.test(line));
  if (bad >= 0) {
    const problems = [{ line: bad + 1, message: `${JSON.stringify(lines[bad])} is not known` }];
    return { kind: "invalid", file: ".github/relock.yml", problems };
  }
  const enabled = !lines.includes("enabled: false");
  return { kind: "valid", configuration: { enabled, days: [1], timezone: "UTC", labels: ["dependencies"] } };
};

export const testEditHolds: HoldEditor = (text, holds) => {
  const held = new Set([...(text ?? "").matchAll(/^ {2}- (\S+)/gm)].map((line) => line[1] ?? ""));
  for (const hold of holds) {
    if (hold.kind === "hold") held.add(hold.name);
    else held.delete(hold.name);
  }
  const lines = [...held].map((name) => `  - ${name}\n`).join("");
  return { kind: "edited", text: held.size === 0 ? "" : `hold:\n${lines}` };
};
