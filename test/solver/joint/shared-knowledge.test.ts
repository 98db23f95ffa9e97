/** Solves that share what was answered to others: each gives the answer that it gives alone, with the same work. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import type { ChannelPriority } from "#solver/conda/problem.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { answerOf, memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { jointProblem, jointSummary, sameNames, solveJoint, type FinishedJoint } from "../../support/joint-solve.ts";
import { answerFrom } from "../../support/scenario-index.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "300");

const NAMES = ["a", "b", "c", "d", "e", "f", "python"];
const spec = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom("", " >=2", " <2", " 1.0", " 2.*"))
  .map((parts) => parts.join(""));
const record: fc.Arbitrary<WrittenRecord> = fc.record({
  name: fc.constantFrom(...NAMES),
  version: fc.constantFrom("1.0", "2.0", "3.0"),
  build: fc.constantFrom("x", "y"),
  depends: fc.array(spec, { maxLength: 3 }),
  constrains: fc.array(spec, { maxLength: 1 }),
  timestampMs: fc.constantFrom(null, 1, 2),
});
const records = fc.uniqueArray(record, {
  minLength: 4,
  maxLength: 20,
  selector: ({ name, version, build }) => `${name} ${version} ${build ?? ""}`,
});
const PACKAGES = { p: { versions: { "1.0": {}, "2.0": { requires_python: ">=3" } } } };

const problem = fc.record({
  specs: fc.array(fc.oneof(spec, spec, spec, fc.constant("second::b")), { minLength: 1, maxLength: 4 }),
  pypi: fc.constantFrom([], [], ["p"], ["a", "p"]),
  channelPriority: fc.constantFrom<ChannelPriority>("strict", "strict", "flexible", "disabled"),
  order: fc.constantFrom("highest" as const, "highest" as const, "lowest" as const),
  cutoff: fc.constantFrom(null, null, 1),
});

/** All but the numbers of match specs, which are those of the table that is shared. */
function told(outcome: FinishedJoint): unknown {
  return outcome.kind === "conflict" ? [outcome.explanation, outcome.effort] : outcome;
}

interface Known {
  readonly conda: CondaKnowledge;
  readonly pypi: PypiKnowledge;
}

function fresh(): Known {
  return { conda: new CondaKnowledge(), pypi: new PypiKnowledge() };
}

describe("knowledge that solves share", () => {
  test("changes no answer, whatever was asked before", () => {
    let solved = 0;
    const check = (
      left: readonly WrittenRecord[],
      right: readonly WrittenRecord[],
      problems: readonly (typeof problem extends fc.Arbitrary<infer Value> ? Value : never)[],
      everything: boolean,
    ): void => {
      const channels = [memoryChannel("first", left), memoryChannel("second", right)];
      const run = (each: (typeof problems)[number], known: Known): FinishedJoint => {
        const { specs, pypi, channelPriority, order, cutoff } = each;
        const options = {
          channelPriority,
          order,
          cutoff: { general: cutoff, byName: new Map(), undated: "keep" as const },
        };
        const request = { conda: specs, pypi, names: sameNames(), virtualPackages: [], options };
        return solveJoint(jointProblem(request), { channels, pypi: answerFrom(PACKAGES) }, known).outcome;
      };
      const shared = fresh();
      if (everything) {
        const question = { names: [...NAMES].sort() };
        shared.conda.accept({
          question,
          answer: { channels: channels.map((channel) => answerOf(channel, question.names)) },
        });
      }
      for (const each of problems) {
        const alone = run(each, fresh());
        expect(told(run(each, shared))).toEqual(told(alone));
        if (alone.kind === "solved") solved += 1;
      }
    };
    const several = fc.array(problem, { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(records, records, several, fc.boolean(), check), { numRuns: runs, seed: 21 });
    expect(solved).toBeGreaterThan(runs / 10);
  });

  test("changes no order of decisions by names that only a channel has which is not looked at", () => {
    const first: readonly WrittenRecord[] = [
      { name: "x", version: "1", depends: ["m"] },
      { name: "m", version: "1", depends: ["p1", "p2"] },
      { name: "p1", version: "1", depends: ["q"] },
      { name: "p2", version: "1", depends: ["r"] },
      ...["1", "2"].map((version) => ({ name: "q", version, constrains: version === "2" ? ["r <2"] : [] })),
      ...["1", "2"].map((version) => ({ name: "r", version, constrains: version === "2" ? ["q <2"] : [] })),
      { name: "hidden", version: "1", depends: ["p2"] },
    ];
    const channels = [
      memoryChannel("first", first),
      memoryChannel("second", [{ name: "x", version: "2", depends: ["hidden"] }]),
    ];
    const run = (specs: readonly string[], known: Known): readonly string[] | string => {
      const request = jointProblem({ conda: specs, pypi: [], names: sameNames(), virtualPackages: [] });
      return jointSummary(solveJoint(request, { channels, pypi: answerFrom({}) }, known).outcome);
    };
    const shared = fresh();
    run(["hidden"], shared);
    expect(run(["x"], shared)).toEqual(run(["x"], fresh()));
  });
});
