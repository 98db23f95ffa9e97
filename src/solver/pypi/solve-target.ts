/** Solves PyPI requirements for one target. */
import type { Incompatibility } from "../core/incompatibility.ts";
import { CoreSolve, type CoreOutcome, type Effort } from "../core/solve.ts";
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
  /** Null where there is no proof, because an index could not answer (the one fact is then an `index-problem`). */
  readonly incompatibility: Incompatibility | null;
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
        case "needs": {
          const failure = failedNeed(provider, outcome, core.effort);
          if (failure !== null) return { kind: "conflict", conflict: failure };
          return { kind: "needs", questions: questionsFor(provider, core, outcome) };
        }
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

/** What to say where an index could not answer what the solve waits for; null where it was not asked yet. */
export function failedNeed(
  provider: PypiProvider,
  needs: Extract<CoreOutcome, { kind: "needs" }>,
  effort: Effort,
): Conflict | null {
  const failure = provider.failure(needs);
  if (failure === null) return null;
  const { name, problem } = failure;
  const explanation = { text: problem.message, facts: [{ kind: "index-problem" as const, name, problem }] };
  return { explanation, incompatibility: null, effort };
}

/** Words for the proof of a conflict. */
export function conflictOf(provider: PypiProvider, incompatibility: Incompatibility, effort: Effort): Conflict {
  return { explanation: explainConflict(incompatibility, pypiVocabulary(provider)), incompatibility, effort };
}
