/** Contexts and snapshots for tests of the engine: an index in memory, a fixed clock, files from texts. */
import type { EngineContext } from "#engine/context.ts";
import type { RepositorySnapshot, SnapshotFile } from "#formats/repository-snapshot.ts";
import { identityNames } from "#packaging/conda-lock-names.ts";
import { createCondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { ChannelsAnswer, CondaChannelPolicy, NameMappings } from "#ports.ts";
import { answerOf, type MemoryChannel } from "./conda-memory.ts";
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
  /** A conda channel as people name it, for one platform with `noarch`; null (and without this: always) is out of reach. */
  readonly channel?: (name: string, subdir: string) => MemoryChannel | null;
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
    openChannels: (policy) => ({
      records: async (names) => channelAnswer(world, policy, names),
      placesOf: async () => new Map(),
    }),
    openNames: () => SAME_NAMES,
    hasMirror: () => false,
    now: world.now ?? Date.parse("2023-04-10T12:00:00Z"),
    excludeNewer: null,
    undated: "keep",
    progress: () => undefined,
    elapsed: () => 0,
    spent: () => undefined,
  };
}

function channelAnswer(
  world: TestWorld,
  { channels, subdir }: CondaChannelPolicy,
  names: readonly string[],
): ChannelsAnswer {
  const answers = [];
  for (const name of channels) {
    const channel = world.channel?.(name, subdir) ?? null;
    if (channel === null) {
      const message = `${name} cannot be reached in this test.`;
      return { problem: { kind: "unreachable", url: `https://conda.example/${name}`, message } };
    }
    answers.push({ ...answerOf(channel, names), name });
  }
  return { channels: answers };
}

/** Conda packages are the PyPI projects of their names; nothing is fetched. */
const SAME_NAMES: NameMappings = {
  open: async (channels) => {
    const urls = channels.flatMap((name) => [
      `https://conda.example/${name}`,
      `https://conda.anaconda.org/${name}`,
      name,
    ]);
    const known = urls.map((url) => ({ url, condaForge: true, mapping: null }));
    return { names: createCondaPypiNames(known, null), problems: [] };
  },
  condaLock: async () => ({ names: identityNames(), problem: null }),
};
