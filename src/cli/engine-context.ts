/** From the common options to what the engine may use: indexes, a cache, a clock, progress. */
import type { EngineContext } from "#engine/context.ts";
import { startIndexSession } from "#indexes/index-session.ts";
import type { Progress } from "#ports.ts";
import type { CommonSettings } from "./common-options.ts";
import type { Timings } from "./output.ts";

/** A context of a command, and its end. */
export interface CommandEngine {
  readonly context: EngineContext;
  /** Milliseconds so far: since the start, waiting for indexes, solving. */
  timings(): Timings;
  /** Ends connections; awaited before the process ends, so that the cache is whole. */
  close(): Promise<void>;
}

/** Opens what the engine needs. Nothing is fetched before something is asked. */
export function createEngineContext(settings: CommonSettings, progress: Progress): CommandEngine {
  const started = performance.now();
  let index = 0;
  let solve = 0;
  const session = startIndexSession({
    cacheDirectory: settings.cacheDirectory,
    indexUrl: settings.indexUrl,
    mirrors: settings.mirrors,
    allowHosts: settings.allowHosts,
    offline: settings.offline,
    localFolders: true,
  });
  const context: EngineContext = {
    openIndex: session.open,
    now: Date.now(),
    excludeNewer: settings.excludeNewer,
    undated: settings.undated,
    progress,
    elapsed: () => performance.now(),
    spent: (time) => {
      index += time.index;
      solve += time.solve;
    },
  };
  return {
    context,
    timings: () => ({ total: performance.now() - started, index, solve }),
    close: () => session.close(),
  };
}
