/** Scenarios in the manner of pub's own tests. The effort is pinned: more of it is a regression of the search. */
import { describe, expect, test } from "@jest/globals";
import { sharingProvider, smallProvider } from "../../oracle/small-problem.ts";
import { CoreSolve } from "#solver/core/solve.ts";
import { firstCandidate, hasCandidate } from "#solver/core/candidate-set.ts";
import { smallProblemOf, solveNamed, type NamedProblem } from "./named-problem.ts";

interface Case {
  readonly name: string;
  readonly root: readonly string[];
  readonly problem: NamedProblem;
  readonly choices: Readonly<Record<string, string>> | null;
  readonly decisions: number;
  readonly conflicts: number;
}

const many = (count: number, dependencies: (version: number) => readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${count - index}`, dependencies(count - index)]));

const CASES: readonly Case[] = [
  {
    name: "a chain without choice",
    root: ["a"],
    problem: { a: { v1: ["b"] }, b: { v1: ["c"] }, c: { v1: [] } },
    choices: { a: "v1", b: "v1", c: "v1" },
    decisions: 3,
    conflicts: 0,
  },
  {
    name: "a requirement that comes later narrows the choice before it is made",
    root: ["a", "b"],
    problem: { a: { v1: ["shared v2 v3"] }, b: { v1: ["shared v1 v2"] }, shared: { v3: [], v2: [], v1: [] } },
    choices: { a: "v1", b: "v1", shared: "v2" },
    decisions: 3,
    conflicts: 0,
  },
  {
    name: "a choice that the partial solution forbids is not made",
    root: ["a", "b"],
    problem: { a: { v2: ["c v2"], v1: ["c v1"] }, b: { v2: ["c v1"], v1: [] }, c: { v2: [], v1: [] } },
    choices: { a: "v2", b: "v1", c: "v2" },
    decisions: 3,
    conflicts: 1,
  },
  {
    name: "a conflict jumps back over a hundred choices that have no part in it",
    root: ["a", "filler", "b"],
    problem: {
      a: { v2: ["c v1"], v1: [] },
      filler: many(100, () => []),
      b: { v1: ["d"] },
      c: { v1: [] },
      d: { v1: ["c2"] },
      c2: { v1: ["?c"], v0: [] },
    },
    choices: { a: "v2", filler: "v100", b: "v1", c: "v1", d: "v1", c2: "v1" },
    decisions: 6,
    conflicts: 0,
  },
  {
    name: "what is learned once is not tried again: no candidate of b goes with the newest a",
    root: ["a", "b"],
    problem: { a: { v2: [], v1: [] }, b: many(50, () => ["a v1"]) },
    choices: { a: "v1", b: "v50" },
    decisions: 3,
    conflicts: 51,
  },
  {
    name: "versions with one dependency in common share an incompatibility, which is widened as they are met",
    root: ["a", "b", "c"],
    problem: { a: { v2: ["x v1"], v1: [] }, b: many(20, () => ["x v2"]), c: { v1: [] }, x: { v2: [], v1: [] } },
    choices: { a: "v1", b: "v20", c: "v1", x: "v2" },
    decisions: 5,
    conflicts: 21,
  },
  {
    name: "a cycle is no conflict",
    root: ["a"],
    problem: { a: { v1: ["b v1"] }, b: { v2: ["a"], v1: ["a v1"] } },
    choices: { a: "v1", b: "v1" },
    decisions: 2,
    conflicts: 0,
  },
  {
    name: "constrains on a package that nothing brings in is without effect",
    root: ["a"],
    problem: { a: { v1: ["?b v1"] }, b: { v2: [], v1: [] } },
    choices: { a: "v1" },
    decisions: 1,
    conflicts: 0,
  },
  {
    name: "constrains holds a package that comes in later",
    root: ["a", "c"],
    problem: { a: { v1: ["?b v1"] }, b: { v2: [], v1: [] }, c: { v1: ["b"] } },
    choices: { a: "v1", b: "v1", c: "v1" },
    decisions: 3,
    conflicts: 0,
  },
  {
    name: "no candidate for anybody",
    root: ["a", "b"],
    problem: { a: { v1: ["c v1"] }, b: { v1: ["c v2"] }, c: { v2: [], v1: [] } },
    choices: null,
    decisions: 1,
    conflicts: 3,
  },
];

describe("effort", () => {
  test.each(CASES)("$name", ({ root, problem, choices, decisions, conflicts }) => {
    const answer = solveNamed(root, problem);
    expect(answer.choices).toEqual(choices);
    expect(answer.effort).toEqual({ decisions, conflicts });
  });
});

describe("dependencies that are known to be shared", () => {
  test("are one fact from the start: one conflict instead of one for each candidate", () => {
    const problem = { a: { v2: [], v1: [] }, b: many(50, () => ["a v1"]) };
    const provider = sharingProvider(smallProblemOf(["a", "b"], problem));
    const answer = solveNamed(["a", "b"], problem, provider);
    expect(answer.choices).toEqual({ a: "v1", b: "v50" });
    expect(answer.effort).toEqual({ decisions: 3, conflicts: 2 });
  });
});

describe("what a provider decides", () => {
  test("a favoured candidate is chosen where it may be", () => {
    const problem = { a: { v3: [], v2: [], v1: [] } };
    const favourSecond = {
      choose: (_: number, domain: Uint32Array) => (hasCandidate(domain, 1) ? 1 : firstCandidate(domain)),
    };
    expect(solveNamed(["a"], problem, favourSecond).choices).toEqual({ a: "v2" });
    expect(solveNamed(["a v3 v1"], problem, favourSecond).choices).toEqual({ a: "v3" });
  });

  test("candidates that the provider would not choose are no candidates, and the proof says so", () => {
    const { outcome } = solveNamed(["a"], { a: { v1: [] } }, { choose: () => -1 });
    expect(outcome).toMatchObject({ kind: "conflict", incompatibility: { cause: { kind: "learned" } } });
  });

  test("a spent budget is an answer", () => {
    const problem = smallProblemOf(["a", "b"], { a: many(9, () => ["c v1"]), b: { v1: [] }, c: { v2: [], v1: [] } });
    const outcome = new CoreSolve(smallProvider(problem), { decisions: 1, conflicts: 5 }).step();
    expect(outcome).toEqual({ kind: "undecided", effort: { decisions: 2, conflicts: 0 } });
  });

  test("an interrupt ends the solve at the choice", () => {
    const interrupt = { dependencies: (package_: number) => (package_ === 0 ? [] : ({ interrupt: true } as const)) };
    const provider = smallProvider(smallProblemOf(["a"], { a: { v1: [] } }));
    const outcome = new CoreSolve(
      {
        ...provider,
        dependencies: (package_, candidate) =>
          package_ === 0 ? provider.dependencies(0, candidate) : interrupt.dependencies(package_),
      },
      { decisions: 10, conflicts: 10 },
    ).step();
    expect(outcome).toEqual({ kind: "interrupted", package: 1, candidate: 0 });
  });
});

describe("missing data", () => {
  const problem = smallProblemOf(["a", "b"], {
    a: { v2: ["c v2"], v1: [] },
    b: { v1: ["c v1"] },
    c: { v2: [], v1: [] },
  });

  test("suspends the solve, which goes on without repeating a decision", () => {
    const provider = smallProvider(problem);
    const known = new Set<string>();
    const solve = new CoreSolve(
      {
        ...provider,
        candidateCount: (package_) => (known.has(`${package_}`) ? provider.candidateCount(package_) : null),
        dependencies: (package_, candidate) =>
          known.has(`${package_} ${candidate}`) ? provider.dependencies(package_, candidate) : null,
      },
      { decisions: 100, conflicts: 100 },
    );
    const asked: string[] = [];
    for (let outcome = solve.step(); ; outcome = solve.step()) {
      if (outcome.kind !== "needs") {
        expect(outcome).toMatchObject({ kind: "solved" });
        break;
      }
      const keys = [...outcome.listings.map(String), ...outcome.dependencies.map((pair) => pair.join(" "))];
      asked.push(...keys);
      for (const key of keys) known.add(key);
    }
    const direct = new CoreSolve(provider, { decisions: 100, conflicts: 100 });
    const answer = direct.step();
    expect(solve.step()).toEqual(answer);
    expect(solve.effort).toEqual(direct.effort);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("a listing is asked for before anything about it is decided", () => {
    const provider = { ...smallProvider(problem), candidateCount: () => null };
    const solve = new CoreSolve(provider, { decisions: 100, conflicts: 100 });
    expect(solve.step()).toEqual({ kind: "needs", listings: [1, 2], dependencies: [] });
    expect(solve.step()).toEqual({ kind: "needs", listings: [1, 2], dependencies: [] });
  });
});
