/** The loop of every solve that waits for data: step, ask all that it needs at once, step again. */
import type { Progress } from "#ports.ts";

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

type Needs<Outcome> = Extract<Outcome, { readonly kind: "needs" }>;

/** A solve and who answers it. */
export interface Asking<Outcome extends { readonly kind: string }, Replies> {
  readonly step: (replies: Replies) => Outcome;
  /** Before anything was asked. */
  readonly first: Replies;
  /** How many questions these are; a solve that waits asks at least one. */
  readonly count: (needs: Needs<Outcome>) => number;
  readonly answer: (needs: Needs<Outcome>) => Promise<Replies>;
  /** What is added to the outcome when all is decided. */
  readonly finish?: (outcome: Exclude<Outcome, { readonly kind: "needs" }>) => Promise<typeof outcome>;
}

/** Steps a solve to its end. A question is never asked twice; how many go out at once is for the index to limit. */
export async function stepToEnd<Outcome extends { readonly kind: string }, Replies>(
  { step, first, count, answer, finish }: Asking<Outcome, Replies>,
  options: AnswerOptions,
): Promise<Answered<Outcome>> {
  let replies = first;
  let solveTime = 0;
  let indexTime = 0;
  let asked = 0;
  for (let rounds = 0; ; rounds += 1) {
    const started = options.now();
    const outcome = step(replies);
    const stepped = options.now();
    solveTime += stepped - started;
    if (!isNeeds(outcome)) {
      const end = outcome as Exclude<Outcome, { readonly kind: "needs" }>;
      const told = finish === undefined ? end : await finish(end);
      return { outcome: told, solveTime, indexTime: indexTime + options.now() - stepped, rounds };
    }
    const more = count(outcome);
    if (more === 0) throw new Error("a solve waits for answers and asks nothing");
    const done = asked;
    asked += more;
    options.progress({ kind: "fetch", done, asked });
    replies = await answer(outcome);
    options.progress({ kind: "fetch", done: asked, asked });
    indexTime += options.now() - stepped;
  }
}

function isNeeds<Outcome extends { readonly kind: string }>(outcome: Outcome): outcome is Needs<Outcome> {
  return outcome.kind === "needs";
}
