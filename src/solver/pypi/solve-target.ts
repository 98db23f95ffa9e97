/** Solves PyPI requirements for one target. */
import type { Incompatibility } from "../core/incompatibility.ts";
import { CoreSolve, type Effort } from "../core/solve.ts";
import { explainConflict, type Explanation } from "../explain.ts";
import { targetEnvironment } from "./environment.ts";
import { PypiKnowledge } from "./knowledge.ts";
import { questionsFor } from "./likely-questions.ts";
import type { PypiProblem } from "./problem.ts";
import { PypiProvider } from "./provider.ts";
import type { PypiQuestion, PypiReply } from "./questions.ts";
import { buildResolution, type Resolution } from "./resolution.ts";
import { pypiVocabulary } from "./vocabulary.ts";

/** A proof that there is no solution, in words and as it was found. */
export interface Conflict {
  readonly explanation: Explanation;
  readonly incompatibility: Incompatibility;
  readonly effort: Effort;
}

export type PypiOutcome =
  | { readonly kind: "needs"; readonly questions: readonly PypiQuestion[] }
  | { readonly kind: "solved"; readonly resolution: Resolution }
  | { readonly kind: "conflict"; readonly conflict: Conflict }
  | { readonly kind: "undecided"; readonly effort: Effort };

export interface PypiSolve {
  /** Takes the answers to the last questions (none at first) and goes on where it stopped. */
  step(replies: readonly PypiReply[]): PypiOutcome;
}

/**
 * @param knowledge answers that are at hand; solves of several targets may share one, and then the later ones ask for less
 */
export function createPypiSolve(problem: PypiProblem, knowledge: PypiKnowledge = new PypiKnowledge()): PypiSolve {
  const environment = targetEnvironment(problem.target, problem.options.pythonUpperBounds);
  const provider = new PypiProvider(problem, environment, knowledge);
  const core = new CoreSolve(provider, problem.options.budget);
  return {
    step: (replies) => {
      for (const reply of replies) knowledge.accept(reply);
      const outcome = core.step();
      switch (outcome.kind) {
        case "needs":
          return { kind: "needs", questions: questionsFor(provider, core, outcome) };
        case "solved":
          return { kind: "solved", resolution: buildResolution(provider, outcome.choices, core.effort) };
        case "conflict":
          return { kind: "conflict", conflict: conflictOf(provider, outcome.incompatibility, core.effort) };
        case "undecided":
          return { kind: "undecided", effort: outcome.effort };
        case "interrupted":
          throw new Error("a solve for one target is never split");
      }
    },
  };
}

/** Words for the proof of a conflict. */
export function conflictOf(provider: PypiProvider, incompatibility: Incompatibility, effort: Effort): Conflict {
  return { explanation: explainConflict(incompatibility, pypiVocabulary(provider)), incompatibility, effort };
}
