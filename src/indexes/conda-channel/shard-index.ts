/** The index of a sharded channel (CEP 16): which shard has the records of a name. */
import { zstdDecompressSync } from "node:zlib";
import { BadBodyError, TooLargeError } from "../http/problems.ts";
import { isObject, readChannelInfo, type ChannelInfo } from "./channel-info.ts";
import { decodeMsgpack } from "./msgpack.ts";

export interface ShardIndex extends ChannelInfo {
  /** What the names of shards are appended to, relative to the folder or absolute. */
  readonly shardsBaseUrl: string;
  /** Lower-case name to the 32 bytes of a sha256. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
  /** Files that are withdrawn, whatever their shards say: conda-index lists them here. */
  readonly removed: ReadonlySet<unknown>;
}

/**
 * Reads an index as it was sent. Null where it is of a version that we do not know. Throws BadBodyError where it is not an
 * index, TooLargeError where it unpacks to more than `maxBytes`.
 */
export function readShardIndex(packed: Uint8Array, maxBytes: number): ShardIndex | null {
  const value = decodeMsgpack(unpack(packed, maxBytes));
  if (!isObject(value)) throw new BadBodyError("it is not an index of shards");
  const { version, info, shards: listed } = value;
  if (version !== undefined && version !== 1) return null;
  if (!isObject(listed)) throw new BadBodyError("it has no list of shards");
  const shards = new Map<string, Uint8Array>();
  for (const [name, hash] of Object.entries(listed)) {
    // A name that is gone may stand there without a hash.
    if (hash === null) continue;
    if (!(hash instanceof Uint8Array) || hash.length !== 32) {
      throw new BadBodyError(`its shard of '${name.slice(0, 100)}' has no sha256`);
    }
    shards.set(name.toLowerCase(), hash);
  }
  const base = isObject(info) ? info["shards_base_url"] : null;
  const removed = new Set(Array.isArray(value["removed"]) ? (value["removed"] as readonly unknown[]) : []);
  return { ...readChannelInfo(info), shardsBaseUrl: typeof base === "string" ? base : "", shards, removed };
}

/** Unpacks Zstandard, up to a limit. Throws BadBodyError and TooLargeError. */
export function unpack(packed: Uint8Array, maxBytes: number): Buffer {
  try {
    return zstdDecompressSync(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    const tooLarge = isObject(error) && error["code"] === "ERR_BUFFER_TOO_LARGE";
    throw tooLarge ? new TooLargeError(maxBytes) : new BadBodyError("its compression is broken", { cause: error });
  }
}
