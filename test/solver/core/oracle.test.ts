import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CoreSolve, type CoreOutcome } from "#solver/core/solve.ts";
import type { CoreProvider } from "#solver/core/provider.ts";
import { breaches, bruteForce, unreachable } from "../../oracle/brute-force.ts";
import { smallProblem, smallProvider, type SmallProblem } from "../../oracle/small-problem.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "3000");
const budget = { decisions: 100_000, conflicts: 100_000 };

function solve(provider: CoreProvider): CoreOutcome {
  return new CoreSolve(provider, budget).step();
}

function assignmentOf(problem: SmallProblem, outcome: CoreOutcome): number[] | null {
  if (outcome.kind !== "solved") return null;
  return problem.packages.map((_, package_) => outcome.choices.get(package_) ?? -1);
}

function expectAgreement(problem: SmallProblem): void {
  const outcome = solve(smallProvider(problem));
  const expected = bruteForce(problem);
  expect(outcome.kind).toBe(expected === null ? "conflict" : "solved");
  const assignment = assignmentOf(problem, outcome);
  if (assignment === null) return;
  expect(breaches(problem, assignment)).toEqual([]);
  expect(unreachable(problem, assignment)).toEqual([]);
}

describe("against the naive solver", () => {
  test("requirements and constrains", () => {
    fc.assert(fc.property(smallProblem({ aliases: false }), expectAgreement), { numRuns: runs, seed: 1 });
  });

  test("with packages that share a candidate, as extras do", () => {
    fc.assert(fc.property(smallProblem({ aliases: true }), expectAgreement), { numRuns: runs, seed: 2 });
  });
});
