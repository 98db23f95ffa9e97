/** Answers a solve's questions from the indexes, all open ones at once, until it is done. */
import type { PackageIndex, Progress } from "#ports.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";

/** Something that goes on when its questions are answered: a solve for one target, or a universal one. */
export interface AskingSolve<Outcome extends { readonly kind: string }> {
  step(
    replies: readonly PypiReply[],
  ): Outcome | { readonly kind: "needs"; readonly questions: readonly PypiQuestion[] };
}

export interface AnswerOptions {
  readonly progress: Progress;
  /** Milliseconds since the epoch, for the share of time that went to the indexes. */
  readonly now: () => number;
}

export interface Answered<Outcome> {
  readonly outcome: Exclude<Outcome, { readonly kind: "needs" }>;
  /** Milliseconds that the solve itself took, and those it waited for answers. */
  readonly solveTime: number;
  readonly indexTime: number;
  /** How often it had to wait. */
  readonly rounds: number;
}

/**
 * Steps a solve to its end. A question is never asked twice; how many go out at once is for the index to limit. An index
 * that cannot answer gives a problem as its answer, and the solve decides what that means.
 */
export async function answerQuestions<Outcome extends { readonly kind: string }>(
  solve: AskingSolve<Outcome>,
  index: PackageIndex,
  options: AnswerOptions,
): Promise<Answered<Outcome>> {
  let replies: readonly PypiReply[] = [];
  let solveTime = 0;
  let indexTime = 0;
  let asked = 0;
  for (let rounds = 0; ; rounds += 1) {
    const started = options.now();
    const outcome = solve.step(replies);
    const stepped = options.now();
    solveTime += stepped - started;
    if (!isNeeds(outcome)) {
      return { outcome: outcome as Exclude<Outcome, { readonly kind: "needs" }>, solveTime, indexTime, rounds };
    }
    if (outcome.questions.length === 0) throw new Error("a solve waits for answers and asks nothing");
    const done = asked;
    asked += outcome.questions.length;
    options.progress({ kind: "fetch", done, asked });
    replies = await Promise.all(outcome.questions.map((question) => answerPypiQuestion(question, index)));
    options.progress({ kind: "fetch", done: asked, asked });
    indexTime += options.now() - stepped;
  }
}

function isNeeds(outcome: {
  readonly kind: string;
}): outcome is { readonly kind: "needs"; readonly questions: readonly PypiQuestion[] } {
  return outcome.kind === "needs";
}

/** Asks the index one question of a solve. */
export async function answerPypiQuestion(question: PypiQuestion, index: PackageIndex): Promise<PypiReply> {
  if (question.kind === "listing") {
    const { name, source } = question;
    return { question, answer: await index.listing({ name, source }) };
  }
  return { question, answer: await index.metadata(question.name, question.version, question.files) };
}
