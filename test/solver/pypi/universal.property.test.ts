/** Whatever a universal solve answers must hold in every single environment. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import { markerEnvironmentFor } from "#packaging/target.ts";
import { createUniversalSolve } from "#solver/pypi/universal/solve-universal.ts";
import { closureProblems } from "../../support/check-closure.ts";
import { answerFrom, type ScenarioPackages } from "../../support/scenario-index.ts";
import { finish, problemOf, requirementOf } from "../../support/solve-problem.ts";

const NAMES = ["a", "b", "c", "d"];
const MARKERS = [
  "",
  "",
  "; sys_platform == 'linux'",
  "; sys_platform != 'linux'",
  "; sys_platform == 'win32' or python_version >= '3.11'",
  "; python_version < '3.11'",
  "; python_full_version >= '3.10.2' and sys_platform == 'darwin'",
];
const RANGES = ["", "", "<3", ">=2", "!=2", "==1"];
const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "120");

const requirement = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom("", "[x]"), fc.constantFrom(...RANGES), fc.constantFrom(...MARKERS))
  .map((parts) => parts.join(""));

const release = fc.record(
  {
    requires: fc.array(requirement, { maxLength: 2 }),
    requires_python: fc.constantFrom(">=3.8", ">=3.9", ">=3.11", "<3.12"),
    extras: fc.record({ x: fc.array(requirement, { maxLength: 1 }) }),
  },
  { requiredKeys: ["requires"] },
);

const index: fc.Arbitrary<ScenarioPackages> = fc
  .tuple(...NAMES.map(() => fc.array(release, { minLength: 2, maxLength: 3 })))
  .map((lists) =>
    Object.fromEntries(
      lists.map((list, place) => {
        const versions = Object.fromEntries(list.map((each, number) => [`${number + 1}`, each]));
        return [NAMES[place] ?? "", { versions }];
      }),
    ),
  );

function rangeOf(text: string) {
  const range = parseSpecifierSet(text);
  if (isSpecifierProblem(range)) throw new Error(range.problem);
  return range;
}

describe("universal solves", () => {
  test("are right in every environment, and the same every time", () => {
    let solved = 0;
    const check = (packages: ScenarioPackages, requires: readonly string[]): void => {
      const problem = { ...problemOf({ requires }), requiresPython: rangeOf(">=3.9"), forkMarkers: [] };
      const { outcome } = finish(createUniversalSolve(problem), answerFrom(packages));
      if (outcome.kind !== "solved") return;
      solved += 1;
      for (const platform of ["linux-64", "osx-arm64", "win-64"] as const) {
        for (const python of ["3.9.0", "3.10.1", "3.10.2", "3.11.4", "3.13.0"]) {
          const environment = markerEnvironmentFor(platform, python);
          expect(closureProblems(outcome.resolution.packages, requires.map(requirementOf), environment)).toEqual([]);
        }
      }
      const again = finish(createUniversalSolve(problem), answerFrom(packages)).outcome;
      expect(again.kind === "solved" && again.resolution.forkMarkers).toEqual(outcome.resolution.forkMarkers);
    };
    fc.assert(fc.property(index, fc.array(requirement, { minLength: 1, maxLength: 3 }), check), {
      numRuns: runs,
      seed: 11,
    });
    expect(solved).toBeGreaterThan(runs / 3);
  });
});
