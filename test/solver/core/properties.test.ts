import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CoreSolve } from "#solver/core/solve.ts";
import { candidatesOf } from "#solver/core/candidate-set.ts";
import type { CoreProvider } from "#solver/core/provider.ts";
import { smallProblem, smallProvider, type SmallProblem } from "../../oracle/small-problem.ts";

const BUDGET = { decisions: 100_000, conflicts: 100_000 };
const RUNS = { numRuns: 1000, seed: 7 };

const solve = (problem: SmallProblem, changes: Partial<CoreProvider> = {}) =>
  new CoreSolve({ ...smallProvider(problem), ...changes }, BUDGET).step();

const problems = fc.boolean().chain((aliases) => smallProblem({ aliases }));

describe("properties", () => {
  test("the same problem has the same answer and costs the same", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const [first, second] = [smallProvider(problem), smallProvider(problem)].map((p) => new CoreSolve(p, BUDGET));
        expect(first?.step()).toEqual(second?.step());
        expect(first?.effort).toEqual(second?.effort);
      }),
      RUNS,
    );
  });

  test("preferring the other end, or deciding in another order, finds a solution exactly where there is one", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const last = { choose: (_: number, domain: Uint32Array) => [...candidatesOf(domain)].at(-1) ?? -1 };
        const backwards = { priority: (package_: number) => -package_ };
        expect(solve(problem, last).kind).toBe(solve(problem).kind);
        expect(solve(problem, backwards).kind).toBe(solve(problem).kind);
      }),
      RUNS,
    );
  });

  test("without one of its dependencies a problem that has a solution still has one", () => {
    fc.assert(
      fc.property(problems, fc.nat(), (problem, choice) => {
        if (solve(problem).kind !== "solved") return;
        const all = problem.packages.flatMap(({ candidates }, package_) =>
          candidates.flatMap((list, candidate) => list.map((_, index) => ({ package_, candidate, index }))),
        );
        const dropped = all[choice % Math.max(all.length, 1)];
        const packages = problem.packages.map(({ base, candidates }, package_) => ({
          base,
          candidates: candidates.map((list, candidate) =>
            list.filter(
              (_, index) =>
                dropped === undefined ||
                package_ !== dropped.package_ ||
                candidate !== dropped.candidate ||
                index !== dropped.index,
            ),
          ),
        }));
        expect(solve({ packages }).kind).toBe("solved");
      }),
      RUNS,
    );
  });

  test("a package that nobody mentions changes nothing", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const stranger = { base: null, candidates: [[{ kind: "requires" as const, package: 1, allowed: [] }]] };
        expect(solve({ packages: [...problem.packages, stranger] })).toEqual(solve(problem));
      }),
      RUNS,
    );
  });
});
