/** The engine as it runs in the service's worker threads: index data is shared by all questions of a thread. */
import { startIndexSession } from "#indexes/index-session.ts";
import type { EngineContext } from "#engine/context.ts";
import type { Engine, EngineRun } from "../engine.ts";
import { proposeUpdates } from "../propose-updates.ts";

/** What the operator says about indexes; a value that goes to the thread. */
export interface WorkerEngineSettings {
  readonly cacheDirectory: string | null;
  readonly indexUrl: string | null;
  readonly mirrors: readonly { readonly from: string; readonly to: string }[];
  readonly allowHosts: readonly string[];
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
  readonly offline: boolean;
}

/** The engine over one index session. */
export function createWorkerEngine(settings: WorkerEngineSettings): Engine {
  const { cacheDirectory, indexUrl, mirrors, allowHosts, offline } = settings;
  const session = startIndexSession({
    cacheDirectory,
    indexUrl,
    mirrors,
    allowHosts,
    offline,
    // A repository may not make the server read its own disk.
    localFolders: false,
  });
  const contextOf = (run: EngineRun): EngineContext => ({
    openIndex: session.open,
    now: run.now,
    excludeNewer: settings.excludeNewer,
    undated: settings.undated,
    progress: run.progress,
    elapsed: () => performance.now(),
    spent: () => undefined,
  });
  return {
    propose(snapshot, request, run) {
      const { organisationDefaults } = run;
      return proposeUpdates(contextOf(run), snapshot, { request, organisationDefaults });
    },
    async explain(_snapshot, name) {
      return name;
    },
  };
}
