/** The channels of a conda project, with what they said, which is kept for the next solve. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaChannels } from "#ports.ts";
import { CondaKnowledge, CondaTexts } from "#solver/conda/knowledge.ts";
import type { EngineContext } from "../context.ts";
import type { RecordsAnswer } from "./conda-workspace.ts";
import { keyOfUrl, recordKey } from "./record-policy.ts";

/** conda's own channels, where an environment names none. */
const DEFAULT_CHANNELS = ["defaults"];

/** The channels of an environment for one platform, with what they have said so far. */
export interface OpenedChannels {
  readonly channels: CondaChannels;
  readonly knowledge: CondaKnowledge;
}

/** Channels by platform and list, opened once for all solves of a workspace. */
export class ChannelTable {
  readonly #context: EngineContext;
  readonly #opened = new Map<string, OpenedChannels>();
  /** Platforms have most match specs and versions in common. */
  readonly #texts = new CondaTexts();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  open({ platform, channels, specChannels }: CondaEnvironment): OpenedChannels {
    const named = [...(channels.length === 0 ? DEFAULT_CHANNELS : channels), ...specChannels];
    const key = JSON.stringify([platform, named]);
    const known = this.#opened.get(key);
    if (known !== undefined) {
      return known;
    }
    const opened = {
      channels: this.#context.openChannels({ channels: named, subdir: platform }),
      knowledge: new CondaKnowledge(this.#texts),
    };
    this.#opened.set(key, opened);
    return opened;
  }

  /** Whether the channels have a file; true where they were not asked about its name. */
  isOffered(environment: CondaEnvironment, name: string, url: string): boolean {
    const { knowledge } = this.open(environment);
    const key = keyOfUrl(url);
    const listings = knowledge.channels(name);
    return (
      !knowledge.isAnswered(name) || listings.some(({ records }) => records.some((record) => recordKey(record) === key))
    );
  }

  /** Every record of these names, whatever policy says. */
  async records(environment: CondaEnvironment, names: readonly string[]): Promise<RecordsAnswer> {
    const { channels, knowledge } = this.open(environment);
    const missing = names.filter((name) => !knowledge.isAnswered(name));
    if (missing.length > 0) {
      const answer = await channels.records(missing);
      if ("problem" in answer) {
        return answer;
      }
      knowledge.accept({ question: { names: [...new Set(missing)].sort() }, answer });
    }
    const found = names.flatMap((name) => {
      const records = knowledge.channels(name).flatMap((listing) => listing.records);
      return records.length === 0 ? [] : [[name, records] as const];
    });
    return { records: new Map(found) };
  }
}
