/** Answers a conda solve's questions from the channels until it is done. */
import type { Answered, AnswerOptions } from "./answer-questions.ts";
import type { CondaChannels } from "#ports.ts";
import type { CondaReply } from "#solver/conda/questions.ts";
import { tellPlaces } from "./tell-places.ts";
import type { CondaOutcome, CondaSolve } from "#solver/conda/solve-conda.ts";

/** Steps a solve to its end. All names of a question go out at once; channels that cannot answer end the solve. */
export async function answerCondaQuestions(
  solve: CondaSolve,
  channels: CondaChannels,
  options: AnswerOptions,
): Promise<Answered<CondaOutcome>> {
  let reply: CondaReply | null = null;
  let solveTime = 0;
  let indexTime = 0;
  let asked = 0;
  for (let rounds = 0; ; rounds += 1) {
    const started = options.now();
    const outcome = solve.step(reply);
    const stepped = options.now();
    solveTime += stepped - started;
    if (outcome.kind !== "needs") {
      const told = await withPlaces(outcome, channels);
      return { outcome: told, solveTime, indexTime: indexTime + options.now() - stepped, rounds };
    }
    const { question } = outcome;
    const done = asked;
    asked += question.names.length;
    options.progress({ kind: "fetch", done, asked });
    reply = { question, answer: await channels.records(question.names) };
    options.progress({ kind: "fetch", done: asked, asked });
    indexTime += options.now() - stepped;
  }
}

async function withPlaces(
  outcome: Exclude<CondaOutcome, { readonly kind: "needs" }>,
  channels: CondaChannels,
): Promise<typeof outcome> {
  if (outcome.kind !== "conflict") return outcome;
  return { ...outcome, explanation: await tellPlaces(outcome.explanation, outcome.explanation.facts, channels) };
}
