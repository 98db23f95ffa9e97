/** An index server with a client on it, closed together. */
import { afterEach } from "@jest/globals";
import { startIndexSession, type IndexSessionOptions } from "#indexes/index-session.ts";
import type { UnusableFile } from "#indexes/index-access.ts";
import type { IndexFile, IndexProblem, ReleaseMetadata } from "#packaging/index-records.ts";
import type { IndexLocation, PackageIndex } from "#ports.ts";
import { startIndexServer, type IndexServer, type IndexServerOptions } from "./index-server.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export interface TestIndex {
  readonly server: IndexServer;
  readonly index: PackageIndex;
  readonly skipped: UnusableFile[];
  /** The files of a project; throws the message of a problem. */
  files(name: string): Promise<readonly IndexFile[]>;
  /** The metadata of a release from all its files, or the problem. */
  metadata(name: string, version: string): Promise<ReleaseMetadata | IndexProblem>;
}

export const PYPI: IndexLocation = { name: "pypi", url: "https://pypi.org/simple", kind: "index", use: "normal" };

export async function startTestServer(options: IndexServerOptions): Promise<IndexServer> {
  const server = await startIndexServer(options);
  closers.push(() => server.close());
  return server;
}

/** An index as another run would open it: a client of its own. */
export function openIndexOn(
  indexes: readonly IndexLocation[],
  options: Partial<IndexSessionOptions> & { strategy?: "first-index" | "merge" } = {},
): { index: PackageIndex; skipped: UnusableFile[] } {
  const skipped: UnusableFile[] = [];
  const session = startIndexSession({
    cacheDirectory: null,
    indexUrl: null,
    allowHosts: ["127.0.0.1"],
    retry: { attempts: 2, baseDelay: 1, maxDelay: 2 },
    onSkipped: (file) => skipped.push(file),
    ...options,
  });
  closers.push(() => session.close());
  return { index: session.open({ strategy: options.strategy ?? "first-index", indexes }), skipped };
}

/** A server that stands for PyPI, and an index on it. */
export async function openTestIndex(
  serverOptions: IndexServerOptions,
  options: Partial<IndexSessionOptions> = {},
): Promise<TestIndex> {
  const server = await startTestServer(serverOptions);
  const { index, skipped } = openIndexOn([PYPI], { indexUrl: server.url, ...options });
  const files = async (name: string) => {
    const answer = await index.listing({ name, source: null });
    if ("problem" in answer) throw new Error(answer.problem.message);
    return answer.listings.flatMap((listing) => listing.files);
  };
  return {
    server,
    index,
    skipped,
    files,
    metadata: async (name, version) => {
      const answer = await index.metadata(name, version, await files(name));
      return "problem" in answer ? answer.problem : answer.metadata;
    },
  };
}
