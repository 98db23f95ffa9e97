/** Answers a conda solve's questions from the channels until it is done. */
import type { CondaChannels } from "#ports.ts";
import type { CondaReply } from "#solver/conda/questions.ts";
import { stepToEnd, type Answered, type AnswerOptions, type Asking } from "./step-to-end.ts";
import { tellPlaces } from "./tell-places.ts";
import type { CondaOutcome, CondaSolve } from "#solver/conda/solve-conda.ts";

/** Steps a solve to its end. All names of a question go out at once; channels that cannot answer end the solve. */
export function answerCondaQuestions(
  solve: CondaSolve,
  channels: CondaChannels,
  options: AnswerOptions,
): Promise<Answered<CondaOutcome>> {
  const asking: Asking<CondaOutcome, CondaReply | null> = {
    step: (reply) => solve.step(reply),
    first: null,
    count: ({ question }) => question.names.length,
    answer: async ({ question }) => ({ question, answer: await channels.records(question.names) }),
    finish: (outcome) => withPlaces(outcome, channels),
  };
  return stepToEnd(asking, options);
}

async function withPlaces(
  outcome: Exclude<CondaOutcome, { readonly kind: "needs" }>,
  channels: CondaChannels,
): Promise<typeof outcome> {
  if (outcome.kind !== "conflict") return outcome;
  return { ...outcome, explanation: await tellPlaces(outcome.explanation, outcome.explanation.facts, channels) };
}
