/** What a run may use. One value, passed down; nothing of it changes during a run. */
import type { IndexPolicy, PackageIndex, Progress } from "#ports.ts";

export interface EngineContext {
  /** Opens index data under a policy; implementations share one cache. */
  readonly openIndex: (policy: IndexPolicy) => PackageIndex;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `--exclude-newer`: milliseconds since the epoch, or null. */
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
  readonly progress: Progress;
}
