import { describe, expect, test } from "@jest/globals";
import { DEFAULT_CONFIG } from "#config/config.ts";
import { cooldownDays, groupOf, holdOf, ignoreRuleOf, isIncludedPath } from "#config/policies.ts";
import { readConfig } from "#config/read-config.ts";

const FULL = `
enabled: true
targets: [linux-64, osx-arm64, linux-64-cuda]
schedule: [tuesday, monday]
timezone: Europe/Berlin
cooldown:
  days: 14
  packages:
    Numpy: 3
    "types-*": 0
groups:
  science: [numpy, scipy]
  jax-stack:
    packages: ["jax*", numpyro]
    majors: together
ignore:
  - sphinx
  - name: pandas
    versions: ">=2"
hold:
  grpcio: "<1.43"
  Ray_Core: current
strategy: library
labels: [dependencies, python]
paths:
  - "**"
  - "!docs/"
`;

function valid(text: string | null, organisation: string | null = null) {
  const answer = readConfig(text, organisation);
  if (answer.kind !== "valid") throw new Error(JSON.stringify(answer));
  return answer.config;
}

describe("readConfig", () => {
  test.each([[null], [""], ["# nothing\n"], ["---\n"]])("gives the defaults for %j", (text) => {
    expect(valid(text)).toEqual(DEFAULT_CONFIG);
  });

  test("reads every key", () => {
    expect(valid(FULL)).toEqual({
      enabled: true,
      targets: [
        { platform: "linux-64", accelerator: "cpu" },
        { platform: "osx-arm64", accelerator: "cpu" },
        { platform: "linux-64", accelerator: "cuda" },
      ],
      schedule: { days: [1, 2] },
      timezone: "Europe/Berlin",
      cooldown: {
        days: 14,
        packages: [
          { pattern: "numpy", days: 3 },
          { pattern: "types-*", days: 0 },
        ],
        isConfigured: true,
      },
      groups: [
        { name: "science", packages: ["numpy", "scipy"], majors: "apart" },
        { name: "jax-stack", packages: ["jax*", "numpyro"], majors: "together" },
      ],
      ignore: [
        { pattern: "sphinx", versions: null },
        { pattern: "pandas", versions: ">=2" },
      ],
      hold: [
        { name: "grpcio", specifier: "<1.43", file: ".github/relock.yml", line: 21 },
        { name: "ray-core", specifier: null, file: ".github/relock.yml", line: 22 },
      ],
      strategy: "library",
      labels: ["dependencies", "python"],
      paths: { include: ["**"], exclude: ["docs/"] },
    });
  });

  test("puts the repository's keys over the organisation's and adds up groups, ignore and hold", () => {
    const config = valid(
      "cooldown: 3\nhold: {jax: current}\ngroups: {all: [numpy]}\n",
      "cooldown: 30\nlabels: [bot]\nhold: {jax: '<1', ray: '<3'}\ngroups: {all: [x], other: [y]}\nignore: [z]\n",
    );
    expect(config.cooldown.days).toBe(3);
    expect(config.labels).toEqual(["bot"]);
    expect(config.hold).toEqual([
      { name: "jax", specifier: null, file: ".github/relock.yml", line: 2 },
      { name: "ray", specifier: "<3", file: "the organisation's .github/relock.yml", line: 3 },
    ]);
    expect(config.groups.map((group) => [group.name, group.packages])).toEqual([
      ["all", ["numpy"]],
      ["other", ["y"]],
    ]);
    expect(config.ignore).toEqual([{ pattern: "z", versions: null }]);
  });

  test.each([
    ["labels: []\ncooldwn: 3\n", 2, "`cooldwn` is not a key of this file: did you mean `cooldown`?"],
    ["nonsense: 3\n", 1, "`nonsense` is not a key of this file."],
    ["schedule: mondey\n", 1, "(did you mean `monday`?)"],
    ["targets:\n  - linux-64\n  - macos\n", 3, "`targets.1`: `macos` is not one of linux-64"],
    ["timezone: Mars/Base\n", 1, "is not a time zone"],
    ["cooldown: -1\n", 1, "cooldown"],
    ["cooldown:\n  days: 3\n  dys: 4\n", 3, "`cooldown.dys` is not a key of this file."],
    ["hold:\n  jax: newest\n", 2, "is not a version range"],
    ["hold:\n  'a b': current\n", 2, "is not the name of a package"],
    ["groups:\n  My Group: [x]\n", 2, "kebab-case"],
    ["ignore: sphinx\n", 1, "array"],
    ["- a\n", 1, "the file"],
    ["enabled: yes please\n", 1, "boolean"],
    ["enabled: true\nenabled: false\n", 2, "unique"],
    ["labels: [a\n", 2, ""],
    ["labels: [a]\n---\nenabled: false\n", 2, "multiple documents"],
    ["a: &a [1]\nlabels: *a\n", 1, ""],
    [`x: ${"[".repeat(4000)}`, 1, ""],
    ["#".repeat(20_000), 1, "longer"],
  ])("names line and reason of %j", (text, line, message) => {
    const answer = readConfig(text, null);
    expect(answer).toMatchObject({ kind: "invalid", file: ".github/relock.yml" });
    const problems = answer.kind === "invalid" ? answer.problems : [];
    expect(problems.map((problem) => problem.line)).toContain(line);
    expect(problems.map((problem) => problem.message).join("\n")).toContain(message);
  });

  test("names the organisation's file where that is the invalid one", () => {
    expect(readConfig("", "labels: 3\n")).toMatchObject({
      kind: "invalid",
      file: "the organisation's .github/relock.yml",
    });
  });
});

test("says what holds for one package or path", () => {
  const config = valid(FULL);
  expect([cooldownDays(config, "numpy"), cooldownDays(config, "types_PyYAML"), cooldownDays(config, "x")]).toEqual([
    3, 0, 14,
  ]);
  expect(groupOf(config, "jaxlib")?.name).toBe("jax-stack");
  expect(groupOf(config, "flax")).toBeNull();
  expect(holdOf(config, "Ray.Core")?.line).toBe(22);
  expect(ignoreRuleOf(config, "sphinx", "1.0")?.versions).toBeNull();
  expect(ignoreRuleOf(config, "pandas", "2.1")?.versions).toBe(">=2");
  expect(ignoreRuleOf(config, "pandas", "1.5")).toBeNull();
  expect(ignoreRuleOf(config, "pandas", null)).toBeNull();
  expect(
    ["docs/requirements.txt", "docs/a/b.txt", "a/docs/x", "x"].map((path) => isIncludedPath(config, path)),
  ).toEqual([false, false, true, true]);
});

test.each([
  ["**/requirements.txt", "a/b/requirements.txt", true],
  ["**/requirements.txt", "requirements.txt", true],
  ["*.txt", "a/b.txt", false],
  ["envs/*.y?ml", "envs/gpu.yaml", true],
  ["a/**/b", "a/b", true],
  ["a/**/b", "a/x/y/b", true],
  ["a/**/b", "a/x/y/c", false],
  ["/docs/", "docs/x", true],
  [`${"*a".repeat(80)}b`, "a".repeat(5000), false],
])("glob %s on %s", (glob, path, expected) => {
  expect(isIncludedPath({ ...DEFAULT_CONFIG, paths: { include: [glob], exclude: [] } }, path)).toBe(expected);
});
