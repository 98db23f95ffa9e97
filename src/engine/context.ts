/** What a run may use. One value, passed down; nothing of it changes during a run. */
import { answerQuestions, type AskingSolve } from "#answer-questions.ts";
import type { CondaChannelPolicy, CondaChannels, IndexPolicy, NameMappings, PackageIndex, Progress } from "#ports.ts";

export interface EngineContext {
  /** Opens index data under a policy; implementations share one cache. */
  readonly openIndex: (policy: IndexPolicy) => PackageIndex;
  /** Opens conda channels, from the same cache. */
  readonly openChannels: (policy: CondaChannelPolicy) => CondaChannels;
  /** Opens the mappings between names of conda packages and of PyPI projects. */
  readonly openNames: () => NameMappings;
  /** Whether the operator says what stands for a URL: a secret that a repository names by its variable is then known. */
  readonly hasMirror: (url: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `--exclude-newer`: milliseconds since the epoch, or null. */
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
  readonly progress: Progress;
  /** Monotonic, in milliseconds: for timings alone, never for decisions. */
  readonly elapsed: () => number;
  /** Notes how long indexes and solves took, in milliseconds. */
  readonly spent: (time: { readonly index: number; readonly solve: number }) => void;
}

/** Steps a solve to its end and notes the time that it took. */
export async function runSolve<Outcome extends { readonly kind: string }>(
  context: EngineContext,
  solve: AskingSolve<Outcome>,
  index: PackageIndex,
): Promise<Exclude<Outcome, { readonly kind: "needs" }>> {
  const answered = await answerQuestions(solve, index, { progress: context.progress, now: context.elapsed });
  context.spent({ index: answered.indexTime, solve: answered.solveTime });
  return answered.outcome;
}
