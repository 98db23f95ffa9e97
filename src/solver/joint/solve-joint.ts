/** Solves conda match specs and PyPI requirements for one target, as one problem. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { CondaKnowledge } from "../conda/knowledge.ts";
import { CondaProvider } from "../conda/provider.ts";
import { ReachableNames } from "../conda/reachable-names.ts";
import type { Incompatibility } from "../core/incompatibility.ts";
import { CoreSolve, type CoreOutcome, type Effort } from "../core/solve.ts";
import { explainConflict, type Explanation } from "../explain.ts";
import { PypiKnowledge } from "../pypi/knowledge.ts";
import type { JointProblem } from "./problem.ts";
import { JointProvider, type JointKnowledge } from "./provider.ts";
import { earlyQuestions, pypiNeeds, pypiQuestions, type JointQuestions, type JointReplies } from "./questions.ts";
import type { JointFact } from "./reasons.ts";
import { buildJointResolution, type JointResolution } from "./resolution.ts";
import { jointVocabulary } from "./vocabulary.ts";

export type JointOutcome =
  | ({ readonly kind: "needs" } & JointQuestions)
  | { readonly kind: "solved"; readonly resolution: JointResolution }
  | {
      readonly kind: "conflict";
      readonly explanation: Explanation<JointFact>;
      readonly incompatibility: Incompatibility;
      readonly effort: Effort;
    }
  | { readonly kind: "undecided"; readonly effort: Effort }
  /** A channel or an index could not answer. There is no proof of anything. */
  | { readonly kind: "failed"; readonly problem: IndexProblem };

export interface JointSolve {
  /** Takes the answers to the last questions (`NO_REPLIES` at first) and goes on where it stopped. */
  step(replies: JointReplies): JointOutcome;
}

/**
 * The Python of the pip section, and the projects that it finds installed, are those that conda chose; where that cannot be,
 * conda's choice is reconsidered. A pip requirement never brings a conda package in.
 * @param knowledge answers that are at hand, conda's for the same platform and channels; several solves may share them
 */
export function createJointSolve(
  problem: JointProblem,
  knowledge: JointKnowledge = { conda: new CondaKnowledge(), pypi: new PypiKnowledge() },
): JointSolve {
  const conda = new CondaProvider(problem.conda, knowledge.conda);
  const reachable = new ReachableNames(conda, knowledge.conda);
  let run: { readonly provider: JointProvider; readonly core: CoreSolve } | null = null;
  return {
    step: (replies) => {
      if (replies.conda !== null) knowledge.conda.accept(replies.conda);
      for (const reply of replies.pypi) knowledge.pypi.accept(reply);
      if (knowledge.conda.problem !== null) return { kind: "failed", problem: knowledge.conda.problem };
      const names = reachable.missing();
      if (names.length > 0) return { kind: "needs", conda: { names }, pypi: earlyQuestions(problem, knowledge.pypi) };
      run ??= start(problem, knowledge, { conda, reachable });
      return decide(problem, knowledge.pypi, run);
    },
  };
}

function start(
  problem: JointProblem,
  knowledge: JointKnowledge,
  { conda, reachable }: { readonly conda: CondaProvider; readonly reachable: ReachableNames },
): { readonly provider: JointProvider; readonly core: CoreSolve } {
  const provider = new JointProvider(problem, knowledge, conda, reachable.all);
  const { budget } = problem.conda.options;
  const { budget: more } = problem.pypi.options;
  const decisions = Math.min(budget.decisions, more.decisions);
  const core = new CoreSolve(provider, { decisions, conflicts: Math.min(budget.conflicts, more.conflicts) });
  return { provider, core };
}

function decide(
  problem: JointProblem,
  knowledge: PypiKnowledge,
  { provider, core }: { readonly provider: JointProvider; readonly core: CoreSolve },
): JointOutcome {
  const outcome = core.step();
  switch (outcome.kind) {
    case "needs":
      return needsOf(provider, core, outcome);
    case "solved": {
      const found = { choices: outcome.choices, effort: core.effort };
      return { kind: "solved", resolution: buildJointResolution(problem, provider, knowledge, found) };
    }
    case "conflict": {
      const { incompatibility } = outcome;
      const explanation = explainConflict(incompatibility, jointVocabulary(provider));
      return { kind: "conflict", explanation, incompatibility, effort: core.effort };
    }
    case "undecided":
      return { kind: "undecided", effort: outcome.effort };
    case "interrupted":
      throw new Error("a solve for one target is never split");
  }
}

function needsOf(
  provider: JointProvider,
  core: CoreSolve,
  needs: Extract<CoreOutcome, { kind: "needs" }>,
): JointOutcome {
  const own = pypiNeeds(provider, needs);
  const failure = provider.pypi.failure(own);
  if (failure !== null) return { kind: "failed", problem: failure.problem };
  return { kind: "needs", conda: null, pypi: pypiQuestions(provider, core, own) };
}
