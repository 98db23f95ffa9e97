/** Explanations as people read them. The texts are pinned whole: a change of one is seen in review. */
import { describe, expect, test } from "@jest/globals";
import { answerFrom, type ScenarioPackages } from "../support/scenario-index.ts";
import {
  problemOf,
  requirementOf,
  rootsOf,
  solveProblem,
  summaryOf,
  type ProblemRequest,
} from "../support/solve-problem.ts";

function explain(request: ProblemRequest, packages: ScenarioPackages): string {
  const summary = summaryOf(solveProblem(problemOf(request), answerFrom(packages)));
  if (typeof summary !== "string") throw new Error(`there is a solution: ${JSON.stringify(summary)}`);
  return summary;
}

const versions = (...names: readonly string[]) => ({ versions: Object.fromEntries(names.map((name) => [name, {}])) });

describe("the two cases that the product was conceived from", () => {
  const library = {
    a: { versions: { "1.0": { requires: ["B==1.0.*"] } } },
    c: { versions: { "1.0": { requires: ["B>1.0.0", "B==1.0.*"] } } },
  };

  test("A needs B==1.0.*, C needs B>1.0.0,B==1.0.*: the newest B 1.0.x is chosen", () => {
    const packages = { ...library, b: versions("1.0.0", "1.0.1", "1.0.2", "1.1.0", "2.0.0") };
    const outcome = solveProblem(problemOf({ requires: ["A", "C"] }), answerFrom(packages));
    expect(summaryOf(outcome)).toEqual({ a: "1.0", b: "1.0.2", c: "1.0" });
  });

  test("without a B above 1.0.0 in 1.0.* it is refused, and the text says what is missing", () => {
    expect(explain({ requires: ["A", "C"] }, { ...library, b: versions("1.0.0", "1.1.0", "2.0.0") })).toBe(
      "Because c 1.0 depends on b>1.0.0, c 1.0 depends on b==1.0.* and you require c (requirements.txt:2), the requirements cannot be met together.",
    );
  });

  test("A 1.0 holds B at 1.0 while others want B 2: the text names A as the holder", () => {
    const packages = {
      a: { versions: { "1.0": { requires: ["B==1.0"] } } },
      c: { versions: { "1.0": { requires: ["B>=2"] } } },
      d: { versions: { "1.0": { requires: ["B>=2"] } } },
      b: versions("1.0", "2.0"),
    };
    expect(explain({ requires: ["A", "C", "D"] }, packages)).toBe(
      "Because a 1.0 depends on b==1.0 and c 1.0 depends on b>=2, a 1.0 cannot be used with c 1.0.\n" +
        "And because you require a (requirements.txt:1) and you require c (requirements.txt:2), the requirements cannot be met together.",
    );
    const alone = solveProblem(problemOf({ requires: ["A", "B>=2"] }), answerFrom(packages));
    if (alone.kind !== "conflict") throw new Error("there is a solution");
    expect(alone.conflict.explanation.facts).toContainEqual({
      kind: "requires",
      holder: { name: "a", versions: "1.0" },
      name: "b",
      requirement: "b==1.0",
      origin: null,
      noVersion: false,
    });
  });
});

describe("causes are told apart", () => {
  const cases: readonly (readonly [string, ProblemRequest, ScenarioPackages, string])[] = [
    [
      "no such version",
      { requires: ["a>=3"] },
      { a: versions("1.0", "2.0") },
      "You require a>=3 (requirements.txt:1) but there is no such version of a (there are 1.0 to 2.0).",
    ],
    [
      "no file for this target",
      { requires: ["a>=2"], platform: "osx-arm64" },
      { a: { versions: { "2.0": { sdist: false, wheel_tags: ["cp312-cp312-manylinux_2_17_x86_64"] }, "1.0": {} } } },
      "Because a 2.0 has no wheel for osx-arm64 (only cp312-cp312-manylinux_2_17_x86_64) and no source distribution and you require a>=2 (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "a project that no index knows",
      { requires: ["a"] },
      {},
      "You require a (requirements.txt:1) but no index knows a.",
    ],
    [
      "a Python that is too old",
      { requires: ["a"], python: "3.8" },
      { a: { versions: { "1.0": { requires_python: ">=3.9" } } } },
      "Because a 1.0 requires Python >=3.9 and you require a (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "a cutoff",
      {
        requires: ["a"],
        options: { cutoff: { general: Date.parse("2024-01-01"), byName: new Map(), undated: "keep" } },
      },
      { a: { versions: { "1.0": { uploaded: "2024-02-01T00:00:00Z" } } } },
      "Because a 1.0 was uploaded after 2024-01-01T00:00:00.000Z and you require a (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "yanked",
      { requires: ["a>=1"] },
      { a: { versions: { "1.0": { yanked: true } } } },
      "Because a 1.0 is yanked and you require a>=1 (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "a build that is not allowed",
      { requires: ["a"], options: { noBuild: new Set(["a"]) } },
      { a: { versions: { "1.0": { wheel: false } } } },
      "Because a 1.0 has no usable wheel and would have to be built and you require a (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "prereleases that are not allowed",
      { requires: ["a"], options: { prerelease: "disallow" } },
      { a: { versions: { "1.0rc1": {} } } },
      "Because a 1.0rc1 is a prerelease, which is not allowed and you require a (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "an address",
      { requires: ["a @ https://example.org/a.zip"] },
      {},
      "You require a @ https://example.org/a.zip (requirements.txt:1) but the metadata behind an address is not read.",
    ],
    [
      "a constraints file",
      { requires: ["a"], more: { constraints: rootsOf(["b<2"], "constraints.txt") } },
      { a: { versions: { "1.0": { requires: ["b>=2"] } } }, b: versions("1.0", "2.0") },
      "Because the constraint b<2 (constraints.txt:1) applies, a 1.0 depends on b>=2 and you require a (requirements.txt:1), the requirements cannot be met together.",
    ],
    [
      "metadata that no rule can read",
      { requires: ["a"] },
      { a: { versions: { "1.0": { requires: ["b >>> 1"] } } } },
      'Because a 1.0 cannot be used: its requirement "b >>> 1" cannot be read (">> 1" is not a version (PEP 440) in the requirement "b >>> 1") and you require a (requirements.txt:1), the requirements cannot be met together.',
    ],
  ];

  test.each(cases)("%s", (_, request, packages, text) => {
    expect(explain(request, packages)).toBe(text);
  });
});

describe("long proofs", () => {
  test("are told by their facts", () => {
    const count = 60;
    const chain = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `p${index}`,
        {
          versions: {
            "1.0": { requires: [`p${index + 1}`, `q==${index % 2}`] },
            "2.0": { requires: [`p${index + 1}`, `q==${index % 2}`] },
          },
        },
      ]),
    );
    const packages = { ...chain, [`p${count}`]: versions("1.0"), q: versions("0", "1") };
    const text = explain({ requires: ["p0"] }, packages);
    expect(text).toContain("q==0");
    expect(text).toContain("q==1");
    expect(text.split("\n").length).toBeLessThan(40);
  });

  test("the same conclusion is referred to by its number", () => {
    const packages: ScenarioPackages = {
      a: { versions: { "1.0": { requires: ["b", "c"] } } },
      b: { versions: { "1.0": { requires: ["x==1", "y==1"] }, "2.0": { requires: ["x==2", "y==2"] } } },
      c: { versions: { "1.0": { requires: ["x==2", "y==1"] }, "2.0": { requires: ["x==1", "y==2"] } } },
      x: versions("1", "2"),
      y: versions("1", "2"),
    };
    const text = explain({ requires: ["a"] }, packages);
    for (const line of text.split("\n").slice(1)) expect(line).toMatch(/^(And because|Because|Thus)/);
    expect(text).toMatch(/the requirements cannot be met together\.$/);
    expect(explain({ requires: ["a"] }, packages)).toBe(text);
  });

  test("an override takes the place of a requirement", () => {
    const packages = { a: { versions: { "1.0": { requires: ["b<2"] } } }, b: versions("1.0", "2.0") };
    const overrides = [requirementOf("b==2.0")];
    const outcome = solveProblem(problemOf({ requires: ["a"], more: { overrides } }), answerFrom(packages));
    expect(summaryOf(outcome)).toEqual({ a: "1.0", b: "2.0" });
  });
});
