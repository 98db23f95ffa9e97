import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CoreSolve, type CoreOutcome } from "#solver/core/solve.ts";
import { candidatesOf } from "#solver/core/candidate-set.ts";
import type { Incompatibility } from "#solver/core/incompatibility.ts";
import type { CoreProvider } from "#solver/core/provider.ts";
import { breaches, bruteForce, unreachable, type Assignment } from "../../oracle/brute-force.ts";
import { sharingProvider, smallProblem, smallProvider, type SmallProblem } from "../../oracle/small-problem.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "1500");
const budget = { decisions: 100_000, conflicts: 100_000 };

function solve(provider: CoreProvider): CoreOutcome {
  return new CoreSolve(provider, budget).step();
}

function assignmentOf(problem: SmallProblem, outcome: CoreOutcome): number[] | null {
  if (outcome.kind !== "solved") return null;
  return problem.packages.map((_, package_) => outcome.choices.get(package_) ?? -1);
}

function expectAgreement(problem: SmallProblem): void {
  const expected = bruteForce(problem);
  for (const provider of [smallProvider(problem), sharingProvider(problem)])
    expectAnswer(problem, solve(provider), expected);
}

function expectAnswer(problem: SmallProblem, outcome: CoreOutcome, expected: Assignment | null): void {
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

  test("with dependencies that count only beside some candidates of another package", () => {
    const problems = smallProblem({ aliases: true, conditions: true });
    fc.assert(fc.property(problems, expectAgreement), { numRuns: runs, seed: 4 });
  });

  test("the facts that a conflict is explained by are enough for it", () => {
    let conflicts = 0;
    const check = (problem: SmallProblem): void => {
      const provider = smallProvider(problem);
      const outcome = solve(provider);
      if (outcome.kind !== "conflict") return;
      conflicts += 1;
      const named = factsOf(outcome.incompatibility);
      const packages = problem.packages.map(({ base, candidates }, package_) => ({
        base,
        candidates: candidates.map((list, candidate) => {
          const dependencies = provider.dependencies(package_, candidate);
          if (!Array.isArray(dependencies)) throw new Error("a small problem knows its dependencies");
          return list.filter((_, index) => named.has(`${package_} ${candidate} ${dependencies[index]?.key ?? ""}`));
        }),
      }));
      expect(bruteForce({ packages })).toBeNull();
    };
    fc.assert(fc.property(smallProblem({ aliases: true, conditions: true }), check), { numRuns: runs, seed: 3 });
    expect(conflicts).toBeGreaterThan(runs / 10);
  });
});

/** The dependencies at the leaves of a proof: package, candidate and key of each. */
function factsOf(root: Incompatibility): ReadonlySet<string> {
  const facts = new Set<string>();
  const seen = new Set<Incompatibility>();
  const stack = [root];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (seen.has(top)) continue;
    seen.add(top);
    const { cause, terms } = top;
    const [holder] = terms;
    if (cause.kind === "learned") stack.push(cause.left, cause.right);
    if (cause.kind !== "dependency" || holder === undefined) continue;
    for (const candidate of candidatesOf(holder.set))
      facts.add(`${holder.package} ${candidate} ${cause.dependency.key}`);
  }
  return facts;
}
