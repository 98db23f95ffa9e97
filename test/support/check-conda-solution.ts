/** Checks a conda solution by its records alone, without anything of the solver. */
import { isCondaSpecProblem, matchSpecMatches, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import type { VirtualPackage } from "#packaging/target.ts";

type Installed = Pick<CondaRecord, "name" | "version" | "build" | "buildNumber" | "channel" | "subdir">;

/** Everything that is wrong with it, in words; empty where nothing is. */
export function breachesOf(
  specs: readonly string[],
  packages: readonly CondaRecord[],
  virtualPackages: readonly VirtualPackage[],
): string[] {
  const virtual = virtualPackages.map((each) => ({ ...each, buildNumber: 0, channel: "", subdir: "" }));
  const installed = new Map<string, Installed>([...virtual, ...packages].map((each) => [each.name, each]));
  const found: string[] = [];
  if (installed.size !== virtual.length + packages.length) found.push("a name occurs twice");
  const requested = new Set<string>();
  const expectMatch = (holder: string, text: string, optional: boolean): void => {
    const name = nameOf(text);
    const record = installed.get(name);
    if (!optional) requested.add(name);
    if (record === undefined ? !optional : !matches(text, record)) found.push(`${holder}: ${text}`);
  };
  for (const text of specs) expectMatch("asked for", text, false);
  for (const { name, depends, constrains } of packages) {
    for (const text of depends) expectMatch(name, text, false);
    for (const text of constrains) expectMatch(`${name} constrains`, text, true);
  }
  const idle = packages.filter(({ name }) => !requested.has(name));
  return [...found, ...idle.map(({ name }) => `nothing asks for ${name}`)];
}

function nameOf(text: string): string {
  const spec = parseMatchSpec(text);
  return isCondaSpecProblem(spec) ? text : spec.name;
}

function matches(text: string, record: Installed): boolean {
  const spec = parseMatchSpec(text);
  const version = parseCondaVersion(record.version);
  return !isCondaSpecProblem(spec) && version !== null && matchSpecMatches(spec, { ...record, version });
}
