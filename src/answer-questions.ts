/** Answers a solve's questions from the indexes, all open ones at once, until it is done. */
import type { PackageIndex } from "#ports.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";
import { stepToEnd, type Answered, type AnswerOptions, type Asking } from "./step-to-end.ts";

/** Something that goes on when its questions are answered: a solve for one target, or a universal one. */
export interface AskingSolve<Outcome extends { readonly kind: string }> {
  step(replies: readonly PypiReply[]): Outcome | AskingQuestions;
}

interface AskingQuestions {
  readonly kind: "needs";
  readonly questions: readonly PypiQuestion[];
}

/** Steps a solve to its end. An index that cannot answer gives a problem as its answer, and the solve decides what that means. */
export function answerQuestions<Outcome extends { readonly kind: string }>(
  solve: AskingSolve<Outcome>,
  index: PackageIndex,
  options: AnswerOptions,
): Promise<Answered<Outcome>> {
  const asking: Asking<Outcome | AskingQuestions, readonly PypiReply[]> = {
    step: (replies) => solve.step(replies),
    first: [],
    count: (needs) => (needs as AskingQuestions).questions.length,
    answer: (needs) =>
      Promise.all((needs as AskingQuestions).questions.map((question) => answerPypiQuestion(question, index))),
  };
  return stepToEnd(asking, options) as Promise<Answered<Outcome>>;
}

/** Asks the index one question of a solve. */
export async function answerPypiQuestion(question: PypiQuestion, index: PackageIndex): Promise<PypiReply> {
  if (question.kind === "listing") {
    const { name, source } = question;
    return { question, answer: await index.listing({ name, source }) };
  }
  return { question, answer: await index.metadata(question.name, question.version, question.files) };
}
