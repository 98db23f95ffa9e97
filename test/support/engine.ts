/** Contexts and snapshots for tests of the engine: an index in memory, a fixed clock, files from texts. */
import type { EngineContext } from "#engine/context.ts";
import type { RepositorySnapshot, SnapshotFile } from "#formats/repository-snapshot.ts";
import type { TestRelease } from "./index-data.ts";
import { memoryIndex } from "./memory-index.ts";

/** A snapshot of text files. */
export function textSnapshot(files: Readonly<Record<string, string>>): RepositorySnapshot {
  const entries = Object.entries(files).map(([path, text]): [string, SnapshotFile] => {
    const content = new Uint8Array(Buffer.from(text));
    return [path, { path, mode: "100644", size: content.length, content }];
  });
  return { commit: "worktree", files: new Map(entries) };
}

export interface TestWorld {
  /** What PyPI has. */
  readonly releases: readonly TestRelease[];
  /** What find-links pages have, by URL. */
  readonly pages?: Readonly<Record<string, readonly TestRelease[]>>;
  /** What other indexes have, by URL. */
  readonly indexes?: Readonly<Record<string, readonly TestRelease[]>>;
  readonly now?: number;
}

/** A context whose indexes are plain data. */
export function testContext(world: TestWorld): EngineContext {
  const known = { ...world.pages, ...world.indexes };
  return {
    openIndex: (policy) =>
      memoryIndex({
        strategy: policy.strategy,
        sources: policy.indexes.map((location) => ({
          ...location,
          releases: location.name === "pypi" ? world.releases : (known[location.url] ?? []),
        })),
      }),
    now: world.now ?? Date.parse("2023-04-10T12:00:00Z"),
    excludeNewer: null,
    undated: "keep",
    progress: () => undefined,
    elapsed: () => 0,
    spent: () => undefined,
  };
}
