import { describe, expect, test } from "@jest/globals";
import { answerQuestions } from "#answer-questions.ts";
import type { PackageIndex, ProgressEvent } from "#ports.ts";
import type { PypiReply } from "#solver/pypi/questions.ts";
import { createPypiSolve } from "#solver/pypi/solve-target.ts";
import { answerFrom, type ScenarioPackages } from "./support/scenario-index.ts";
import { problemOf } from "./support/solve-problem.ts";

const packages: ScenarioPackages = {
  a: { versions: { "1.0": { requires: ["b", "c"] } } },
  b: { versions: { "1.0": {} } },
  c: { versions: { "1.0": {} } },
};

/** An index that notes how many questions are open at once. */
function slowIndex(): { readonly index: PackageIndex; readonly widest: () => number } {
  let open = 0;
  let widest = 0;
  const answer = answerFrom(packages);
  const later = async <T>(reply: () => PypiReply): Promise<T> => {
    open += 1;
    widest = Math.max(widest, open);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    open -= 1;
    return reply().answer as T;
  };
  const common = { source: null, speculative: false };
  return {
    widest: () => widest,
    index: {
      listing: ({ name }) => later(() => answer({ ...common, kind: "listing", name })),
      metadata: (name, version, files) => later(() => answer({ ...common, kind: "metadata", name, version, files })),
      fileHash: () => Promise.reject(new Error("not asked")),
    },
  };
}

describe("answering a solve's questions", () => {
  test("asks all open ones at once, tells of progress, and counts the rounds", async () => {
    const { index, widest } = slowIndex();
    const events: ProgressEvent[] = [];
    let time = 0;
    const options = { progress: (event: ProgressEvent) => events.push(event), now: () => (time += 1) };
    const answered = await answerQuestions(createPypiSolve(problemOf({ requires: ["a"] })), index, options);
    if (answered.outcome.kind !== "solved") throw new Error(answered.outcome.kind);
    expect(answered.outcome.resolution.packages.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(answered.rounds).toBe(4);
    expect(widest()).toBe(2);
    expect(events.at(-1)).toEqual({ kind: "fetch", done: 6, asked: 6 });
    expect(answered.solveTime).toBeGreaterThan(0);
    expect(answered.indexTime).toBeGreaterThan(0);
  });
});
