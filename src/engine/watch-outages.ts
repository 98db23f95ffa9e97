/** Notes what an index could not answer because it was out of reach: such an answer proves nothing about a package. */
import type { Finding } from "#formats/finding.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaChannels, PackageIndex } from "#ports.ts";
import type { EngineContext } from "./context.ts";

export interface WatchedContext {
  readonly context: EngineContext;
  /** Each URL once, in the order in which they failed. */
  readonly outages: () => readonly IndexProblem[];
}

/** Code of a finding about a channel that could not be asked, where nothing is locked that it could keep back. */
export const CHANNEL_UNREACHABLE = "channel-unreachable";

/** Whether a run saw everything: what it does not propose is not wanted any more. After an error or an outage nobody can say. */
export function isWholeRun(findings: readonly Finding[]): boolean {
  return findings.every(({ code, severity }) => severity !== "error" && code !== CHANNEL_UNREACHABLE);
}

const OUTAGES: ReadonlySet<IndexProblem["kind"]> = new Set(["unreachable", "offline", "blocked-address"]);

/** The same context; what its indexes and channels fail to answer from here on is noted. */
export function watchOutages(context: EngineContext): WatchedContext {
  const seen = new Map<string, IndexProblem>();
  const note = <Answer extends object>(answer: Answer | { readonly problem: IndexProblem }): typeof answer => {
    if ("problem" in answer && OUTAGES.has(answer.problem.kind)) {
      seen.set(answer.problem.url, answer.problem);
    }
    return answer;
  };
  const openIndex = (policy: Parameters<EngineContext["openIndex"]>[0]): PackageIndex => {
    const index = context.openIndex(policy);
    return {
      listing: async (request) => note(await index.listing(request)),
      metadata: async (name, version, files) => note(await index.metadata(name, version, files)),
      fileHash: (file) => index.fileHash(file),
    };
  };
  const openChannels = (policy: Parameters<EngineContext["openChannels"]>[0]): CondaChannels => {
    const channels = context.openChannels(policy);
    return {
      records: async (names) => {
        const answer = await channels.records(names);
        if ("problem" in answer) {
          // No solve goes on without a channel, whatever is wrong with it.
          seen.set(answer.problem.url, answer.problem);
        }
        return answer;
      },
      placesOf: (names) => channels.placesOf(names),
    };
  };
  return { context: { ...context, openIndex, openChannels }, outages: () => [...seen.values()] };
}
