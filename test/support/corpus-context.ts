/** The corpora of the data folder as one world for the engine: channels, releases and the published names. */
import { join } from "node:path";
import type { EngineContext } from "#engine/context.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { ListingAnswer, MetadataAnswer } from "#ports.ts";
import { corpusChannel, type MemoryChannel } from "./conda-memory.ts";
import { testContext } from "./engine.ts";
import { condaForgeNames, pypiCorpus, type PypiCorpus } from "./joint-corpus.ts";

export interface Corpora {
  readonly context: EngineContext;
  readonly channel: (name: string, subdir: string) => MemoryChannel;
  readonly pypi: PypiCorpus;
}

/** @param data folder of the real data. Channels are read when they are asked for, once. */
export function corpora(data: string): Corpora {
  const pypi = pypiCorpus(join(data, "pypi"));
  const mapped: CondaPypiNames = condaForgeNames(join(data, "mappings"));
  const read = new Map<string, MemoryChannel>();
  const channel = (name: string, subdir: string): MemoryChannel => {
    const found = read.get(`${name} ${subdir}`) ?? corpusChannel(join(data, "conda"), name, subdir);
    read.set(`${name} ${subdir}`, found);
    return found;
  };
  const plain = testContext({ releases: [], channel, now: Date.parse("2026-11-01") });
  const traced = plain.openNames();
  const context: EngineContext = {
    ...plain,
    openNames: () => ({
      ...traced,
      open: async (channels) => {
        const { names, problems } = await traced.open(channels);
        return { names: { ...names, ...mapped }, problems };
      },
    }),
    openIndex: () => ({
      listing: async ({ name, source }) => {
        const { answer } = pypi.answer({ kind: "listing", name, source, speculative: false });
        return answer as ListingAnswer;
      },
      metadata: async (name, version, files) => {
        const { answer } = pypi.answer({ kind: "metadata", name, version, files, source: null, speculative: false });
        return answer as MetadataAnswer;
      },
      fileHash: async ({ url, filename }) => {
        return { problem: { kind: "not-found", url, message: `The corpus has no hash of ${filename}.` } };
      },
    }),
  };
  return { context, channel, pypi };
}
