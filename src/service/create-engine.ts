/** The real engine behind the interface that the service knows. */
import { explainPackage } from "#engine/explain.ts";
import type { EngineContext } from "#engine/context.ts";
import { startIndexSession } from "#indexes/index-session.ts";
import { openProjects, proposeUpdates, readConfiguration } from "#propose-updates.ts";
import type { Engine, EngineRun } from "../engine.ts";

/** How an engine reaches indexes: plain values, which go to worker threads. */
export interface EngineSettings {
  readonly cacheDirectory: string;
  readonly indexUrl: string | null;
  readonly channelAlias: string | null;
  readonly mirrors: readonly { readonly from: string; readonly to: string }[];
  readonly allowHosts: readonly string[];
  readonly offline: boolean;
  /** Milliseconds since the epoch, or null: the service resolves as of now. */
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
}

/** One engine with one HTTP client and one cache for all of its runs. Folders of this machine are never an index here. */
export function createEngine(settings: EngineSettings): Engine {
  const session = startIndexSession({ ...settings, localFolders: false });
  const contextOf = (run: EngineRun): EngineContext => ({
    openIndex: session.open,
    openChannels: session.openChannels,
    openNames: session.openNames,
    hasMirror: session.hasMirror,
    now: run.now,
    excludeNewer: settings.excludeNewer,
    undated: settings.undated,
    progress: run.progress,
    elapsed: () => performance.now(),
    spent: () => undefined,
  });
  return {
    propose: (snapshot, request, run) =>
      proposeUpdates(contextOf(run), snapshot, { request, organisationDefaults: run.organisationDefaults }),
    explain: async (snapshot, name, run) => {
      const configuration = readConfiguration(snapshot, run.organisationDefaults);
      if ("findings" in configuration) {
        return configuration.findings.map((finding) => finding.message).join("\n");
      }
      return explainPackage(openProjects(snapshot, configuration.config), contextOf(run), name, null);
    },
  };
}
