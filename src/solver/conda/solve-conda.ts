/** Solves conda match specs for one target. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { Incompatibility } from "../core/incompatibility.ts";
import { CoreSolve, type Effort } from "../core/solve.ts";
import { explainConflict, type Explanation } from "../explain.ts";
import { keepLocked } from "./keep-locked.ts";
import { CondaKnowledge } from "./knowledge.ts";
import type { CondaProblem } from "./problem.ts";
import { CondaProvider } from "./provider.ts";
import type { CondaQuestion, CondaReply } from "./questions.ts";
import { ReachableNames } from "./reachable-names.ts";
import type { CondaFact } from "./reasons.ts";
import { buildCondaResolution, type CondaResolution } from "./resolution.ts";
import { condaVocabulary } from "./vocabulary.ts";

export type CondaOutcome =
  | { readonly kind: "needs"; readonly question: CondaQuestion }
  | { readonly kind: "solved"; readonly resolution: CondaResolution }
  | {
      readonly kind: "conflict";
      readonly explanation: Explanation<CondaFact>;
      readonly incompatibility: Incompatibility;
      readonly effort: Effort;
    }
  | { readonly kind: "undecided"; readonly effort: Effort }
  /** A channel could not answer. There is no proof of anything. */
  | { readonly kind: "failed"; readonly problem: IndexProblem };

export interface CondaSolve {
  /** Takes the answer to the last question (null at first) and goes on where it stopped. */
  step(reply: CondaReply | null): CondaOutcome;
}

/**
 * @param knowledge answers that are at hand, for the same platform and channels; several solves may share one
 */
export function createCondaSolve(problem: CondaProblem, knowledge: CondaKnowledge = new CondaKnowledge()): CondaSolve {
  const provider = new CondaProvider(problem, knowledge);
  const reachable = new ReachableNames(provider, knowledge);
  const core = new CoreSolve(provider, problem.options.budget);
  let decided: CondaOutcome | null = null;
  return {
    step: (reply) => {
      if (reply !== null) knowledge.accept(reply);
      if (knowledge.problem !== null) return { kind: "failed", problem: knowledge.problem };
      const names = reachable.missing();
      if (names.length > 0) return { kind: "needs", question: { names } };
      return (decided ??= withLeastChange(problem, knowledge, decide(provider, core)));
    },
  };
}

function withLeastChange(problem: CondaProblem, knowledge: CondaKnowledge, outcome: CondaOutcome): CondaOutcome {
  if (outcome.kind !== "solved" || problem.options.mode.kind !== "least-change") return outcome;
  return { ...outcome, resolution: keepLocked(problem, knowledge, outcome.resolution) };
}

function decide(provider: CondaProvider, core: CoreSolve): CondaOutcome {
  const outcome = core.step();
  switch (outcome.kind) {
    case "solved":
      return { kind: "solved", resolution: buildCondaResolution(provider, outcome.choices, core.effort) };
    case "conflict": {
      const { incompatibility } = outcome;
      const explanation = explainConflict(incompatibility, condaVocabulary(provider));
      return { kind: "conflict", explanation, incompatibility, effort: core.effort };
    }
    case "undecided":
      return { kind: "undecided", effort: outcome.effort };
    case "needs":
    case "interrupted":
      throw new Error("a conda solve knows every record before it decides, and is never split");
  }
}
