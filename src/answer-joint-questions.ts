/** Answers a joint solve's questions from the channels and the indexes, both at once, until it is done. */
import { answerPypiQuestion, type Answered, type AnswerOptions } from "./answer-questions.ts";
import type { CondaChannels, PackageIndex } from "#ports.ts";
import { NO_REPLIES, type JointReplies } from "#solver/joint/questions.ts";
import { tellPlaces } from "./tell-places.ts";
import type { JointOutcome, JointSolve } from "#solver/joint/solve-joint.ts";

/** Where the answers of a joint solve come from. */
export interface JointSources {
  readonly channels: CondaChannels;
  readonly index: PackageIndex;
}

/** Steps a solve to its end. A channel or an index that cannot answer gives a problem as its answer, and the solve decides what that means. */
export async function answerJointQuestions(
  solve: JointSolve,
  { channels, index }: JointSources,
  options: AnswerOptions,
): Promise<Answered<JointOutcome>> {
  let replies: JointReplies = NO_REPLIES;
  let solveTime = 0;
  let indexTime = 0;
  let asked = 0;
  for (let rounds = 0; ; rounds += 1) {
    const started = options.now();
    const outcome = solve.step(replies);
    const stepped = options.now();
    solveTime += stepped - started;
    if (outcome.kind !== "needs") {
      const told = await withPlaces(outcome, channels);
      return { outcome: told, solveTime, indexTime: indexTime + options.now() - stepped, rounds };
    }
    const { conda, pypi } = outcome;
    if (conda === null && pypi.length === 0) throw new Error("a solve waits for answers and asks nothing");
    const done = asked;
    asked += (conda?.names.length ?? 0) + pypi.length;
    options.progress({ kind: "fetch", done, asked });
    const [records, answers] = await Promise.all([
      conda === null ? null : channels.records(conda.names),
      Promise.all(pypi.map((question) => answerPypiQuestion(question, index))),
    ]);
    replies = {
      conda: conda === null || records === null ? null : { question: conda, answer: records },
      pypi: answers,
    };
    options.progress({ kind: "fetch", done: asked, asked });
    indexTime += options.now() - stepped;
  }
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
