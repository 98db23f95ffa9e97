/** Answers a joint solve's questions from the channels and the indexes, both at once, until it is done. */
import { answerPypiQuestion } from "./answer-questions.ts";
import type { CondaChannels, PackageIndex } from "#ports.ts";
import { NO_REPLIES, type JointReplies } from "#solver/joint/questions.ts";
import { stepToEnd, type Answered, type AnswerOptions, type Asking } from "./step-to-end.ts";
import { tellPlaces } from "./tell-places.ts";
import type { JointOutcome, JointSolve } from "#solver/joint/solve-joint.ts";

/** Where the answers of a joint solve come from. */
export interface JointSources {
  readonly channels: CondaChannels;
  readonly index: PackageIndex;
}

/** Steps a solve to its end. A channel or an index that cannot answer gives a problem as its answer, and the solve decides what that means. */
export function answerJointQuestions(
  solve: JointSolve,
  { channels, index }: JointSources,
  options: AnswerOptions,
): Promise<Answered<JointOutcome>> {
  const asking: Asking<JointOutcome, JointReplies> = {
    step: (replies) => solve.step(replies),
    first: NO_REPLIES,
    count: ({ conda, pypi }) => (conda?.names.length ?? 0) + pypi.length,
    answer: async ({ conda, pypi }) => {
      const [records, answers] = await Promise.all([
        conda === null ? null : channels.records(conda.names),
        Promise.all(pypi.map((question) => answerPypiQuestion(question, index))),
      ]);
      return {
        conda: conda === null || records === null ? null : { question: conda, answer: records },
        pypi: answers,
      };
    },
    finish: (outcome) => withPlaces(outcome, channels),
  };
  return stepToEnd(asking, options);
}

async function withPlaces(
  outcome: Exclude<JointOutcome, { readonly kind: "needs" }>,
  channels: CondaChannels,
): Promise<typeof outcome> {
  if (outcome.kind !== "conflict") return outcome;
  const { explanation } = outcome;
  const facts = explanation.facts.flatMap((fact) => (fact.side === "conda" ? [fact.fact] : []));
  return { ...outcome, explanation: await tellPlaces(explanation, facts, channels) };
}
