/** Answers about names, for one platform and list of channels. Solves may share it, and then the later ones ask for less. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaReply } from "./questions.ts";

export interface Channel {
  /** As people name it. */
  readonly name: string;
  readonly url: string;
  /** 0 for the first. */
  readonly rank: number;
}

/** The records that one channel has of one name; never empty. */
export interface ChannelListing {
  readonly channel: Channel;
  readonly records: readonly CondaRecord[];
}

export class CondaKnowledge {
  private readonly listings = new Map<string, readonly ChannelListing[]>();
  private failure: IndexProblem | null = null;

  /** A second answer about a name changes nothing. */
  accept({ question, answer }: CondaReply): void {
    if ("problem" in answer) {
      this.failure ??= answer.problem;
      return;
    }
    const channels = answer.channels.map(({ name, url }, rank) => ({ name, url, rank }));
    for (const name of question.names) {
      if (this.listings.has(name)) continue;
      const listings = channels.map((channel, rank) => ({
        channel,
        records: answer.channels[rank]?.records.get(name) ?? [],
      }));
      this.listings.set(
        name,
        listings.filter(({ records }) => records.length > 0),
      );
    }
  }

  /** Why the channels could not answer, or null. */
  get problem(): IndexProblem | null {
    return this.failure;
  }

  isAnswered(name: string): boolean {
    return this.listings.has(name);
  }

  /** In the order of channels, those that have the name; empty where nothing is known. */
  channels(name: string): readonly ChannelListing[] {
    return this.listings.get(name) ?? [];
  }
}
