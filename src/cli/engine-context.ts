/** From the common options to what the engine may use: indexes, a cache, a clock, progress. */
import type { EngineContext } from "#engine/context.ts";
import { startIndexSession } from "#indexes/index-session.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaChannels, PackageIndex, Progress } from "#ports.ts";
import type { CommonSettings } from "./common-options.ts";
import type { Timings } from "./output.ts";

/** A context of a command, and its end. */
export interface CommandEngine {
  readonly context: EngineContext;
  /** Milliseconds so far: since the start, waiting for indexes, solving. */
  timings(): Timings;
  /** The first index problem that means "out of reach", in words; null where there was none. */
  unreachable(): string | null;
  /** Ends connections; awaited before the process ends, so that the cache is whole. */
  close(): Promise<void>;
}

const OUT_OF_REACH: ReadonlySet<IndexProblem["kind"]> = new Set(["unreachable", "offline", "blocked-address"]);

type Note = (problem: IndexProblem) => void;

function noting(note: Note) {
  return <Answer extends object>(answer: Answer | { readonly problem: IndexProblem }): typeof answer => {
    if ("problem" in answer) {
      note(answer.problem);
    }
    return answer;
  };
}

/** The index, with every problem noted: what is out of reach decides the exit status. */
function observe(index: PackageIndex, note: Note): PackageIndex {
  const noted = noting(note);
  return {
    listing: async (request) => noted(await index.listing(request)),
    metadata: async (name, version, files) => noted(await index.metadata(name, version, files)),
    fileHash: async (file) => noted(await index.fileHash(file)),
  };
}

function observeChannels(channels: CondaChannels, note: Note): CondaChannels {
  const noted = noting(note);
  return { ...channels, records: async (names) => noted(await channels.records(names)) };
}

/** Opens what the engine needs. Nothing is fetched before something is asked. */
export function createEngineContext(settings: CommonSettings, progress: Progress): CommandEngine {
  const started = performance.now();
  let index = 0;
  let solve = 0;
  const problems: IndexProblem[] = [];
  const note: Note = (problem) => problems.push(problem);
  const session = startIndexSession({
    cacheDirectory: settings.cacheDirectory,
    indexUrl: settings.indexUrl,
    channelAlias: settings.channelAlias,
    mirrors: settings.mirrors,
    allowHosts: settings.allowHosts,
    offline: settings.offline,
    localFolders: true,
  });
  const context: EngineContext = {
    openIndex: (policy) => observe(session.open(policy), note),
    openChannels: (policy) => observeChannels(session.openChannels(policy), note),
    openNames: session.openNames,
    hasMirror: session.hasMirror,
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
    unreachable: () => problems.find((problem) => OUT_OF_REACH.has(problem.kind))?.message ?? null,
    timings: () => ({ total: performance.now() - started, index, solve }),
    close: () => session.close(),
  };
}
