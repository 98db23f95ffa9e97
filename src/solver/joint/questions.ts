/** What a joint solve asks for: names of conda and questions to PyPI's indexes go out together. */
import type { CondaQuestion, CondaReply } from "../conda/questions.ts";
import { emptySet } from "../core/candidate-set.ts";
import type { CoreOutcome, CoreSolve } from "../core/solve.ts";
import { questionsFor, type SolveProgress } from "../pypi/likely-questions.ts";
import type { PypiKnowledge } from "../pypi/knowledge.ts";
import type { PypiQuestion, PypiReply } from "../pypi/questions.ts";
import { pypiId, releasesOf, sideOf } from "./ids.ts";
import type { JointProblem } from "./problem.ts";
import type { JointProvider } from "./provider.ts";

export interface JointQuestions {
  /** Null where nothing is asked of the channels. */
  readonly conda: CondaQuestion | null;
  readonly pypi: readonly PypiQuestion[];
}

/** Answers to the last questions of each side. */
export interface JointReplies {
  readonly conda: CondaReply | null;
  readonly pypi: readonly PypiReply[];
}

export const NO_REPLIES: JointReplies = { conda: null, pypi: [] };

type Needs = Extract<CoreOutcome, { kind: "needs" }>;

/** What the pip section names itself can be asked for while conda's names are still coming in. */
export function earlyQuestions({ pypi }: JointProblem, knowledge: PypiKnowledge): readonly PypiQuestion[] {
  const questions = new Map<string, PypiQuestion>();
  for (const { requirement } of pypi.requirements) {
    const { name, url } = requirement;
    const source = pypi.requirements.find((each) => each.requirement.name === name && each.source !== null)?.source;
    if (url !== null || knowledge.project(name, source ?? null) !== null) continue;
    questions.set(name, { kind: "listing", name, source: source ?? null, speculative: true });
  }
  return [...questions.values()];
}

/** The core's needs in PyPI's own numbers: conda's are known before the first decision. */
export function pypiNeeds(provider: JointProvider, needs: Needs): Needs {
  return {
    kind: "needs",
    listings: needs.listings.map((package_) => sideOf(package_).id),
    dependencies: needs.dependencies.map(([package_, candidate]) => {
      const { id } = sideOf(package_);
      const provided = provider.providedOf(id);
      const found = provided[candidate];
      const entry = provider.pypi.packages.entry(id);
      if (found === undefined || entry.kind !== "extra") return [id, candidate - provided.length] as const;
      return [id, provider.releaseOfProvided(entry.name, found)] as const;
    }),
  };
}

/** Questions for needs in PyPI's own numbers, with those that are likely to come next. */
export function pypiQuestions(provider: JointProvider, core: CoreSolve, needs: Needs): readonly PypiQuestion[] {
  return questionsFor(provider.pypi, progressOf(provider, core), needs);
}

/** The solve as PyPI's side sees it. What conda provides has no release to look at. */
function progressOf(provider: JointProvider, core: CoreSolve): SolveProgress {
  return {
    decided: (id) => core.decided(pypiId(id)),
    undecided: () =>
      core.undecided().flatMap((package_) => {
        const { side, id } = sideOf(package_);
        return side === "pypi" ? [id] : [];
      }),
    domain: (id) => {
      const domain = core.domain(pypiId(id));
      const count = provider.pypi.candidateCount(id) ?? 0;
      const provided = provider.providedOf(id);
      if (provided.some(({ package: package_ }) => core.decided(package_) >= 0)) return emptySet(count);
      return domain === null || provided.length === 0 ? domain : releasesOf(domain, provided.length, count);
    },
  };
}
