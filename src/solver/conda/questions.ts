/** What a conda solve asks for, and the form of the answers. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";

/** Asks for all records of these names, of the target's subdir and of `noarch`, in every channel. */
export interface CondaQuestion {
  /** Lower case, sorted, none that was asked before. */
  readonly names: readonly string[];
}

/** What one channel has of the names. */
export interface ChannelAnswer {
  /** As people name it. */
  readonly name: string;
  /** Its root, as in the `channel` of its records. */
  readonly url: string;
  /** A name that the channel does not have is not a key. */
  readonly records: ReadonlyMap<string, readonly CondaRecord[]>;
}

/** One entry for each channel, the first one first; a channel that could not answer is a problem for all. */
export interface CondaReply {
  readonly question: CondaQuestion;
  readonly answer: { readonly channels: readonly ChannelAnswer[] } | { readonly problem: IndexProblem };
}
