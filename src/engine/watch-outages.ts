/** Notes what an index could not answer because it was out of reach: such an answer proves nothing about a package. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { PackageIndex } from "#ports.ts";
import type { EngineContext } from "./context.ts";

export interface WatchedContext {
  readonly context: EngineContext;
  /** Each URL once, in the order in which they failed. */
  readonly outages: () => readonly IndexProblem[];
}

const OUTAGES: ReadonlySet<IndexProblem["kind"]> = new Set(["unreachable", "offline", "blocked-address"]);

/** The same context; what its indexes fail to answer from here on is noted. */
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
  return { context: { ...context, openIndex }, outages: () => [...seen.values()] };
}
