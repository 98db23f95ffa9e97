/** What is known of one folder of a channel, in whichever form the channel has it. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { HttpHead } from "../http/http-types.ts";
import type { ChannelInfo } from "./channel-info.ts";
import type { StoreIndex } from "./channel-store.ts";
import type { ShardIndex } from "./shard-index.ts";

export type FolderData =
  /** All records, on disk. */
  | { readonly kind: "store"; readonly store: StoreIndex }
  /** Where the records of each name are. */
  | { readonly kind: "shards"; readonly index: ShardIndex };

export function infoOf(data: FolderData): ChannelInfo {
  return data.kind === "store" ? data.store : data.index;
}

export function hasName(data: FolderData, name: string): boolean {
  return data.kind === "store" ? Object.hasOwn(data.store.places, name) : data.index.shards.has(name);
}

/** `data` is null where the channel has no such folder. */
export type FolderAnswer = { readonly data: FolderData | null } | { readonly problem: IndexProblem };

/** What came of asking for one form of a folder. `body` is what is kept of it. */
export type FormAnswer =
  | { readonly unchanged: HttpHead }
  | { readonly data: FolderData; readonly body: Buffer; readonly head: HttpHead }
  | { readonly missing: HttpHead }
  | { readonly problem: IndexProblem };
