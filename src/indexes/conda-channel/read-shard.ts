/** One shard of a channel (CEP 16): the records of one name. */
import { BadBodyError } from "../http/problems.ts";
import { isObject } from "./channel-info.ts";
import type { RawRecords } from "./channel-store.ts";
import { decodeMsgpack } from "./msgpack.ts";
import { unpack } from "./shard-index.ts";

/** Throws BadBodyError where it is no shard, TooLargeError where it unpacks to more than `maxBytes`. */
export function readShard(
  packed: Uint8Array,
  maxBytes: number,
): { readonly records: RawRecords; readonly bytes: number } {
  const text = unpack(packed, maxBytes);
  const shard = decodeMsgpack(text);
  if (!isObject(shard)) throw new BadBodyError("it is not a shard");
  const revision = isObject(shard["v3"]) ? shard["v3"] : {};
  const records = [
    ...members(shard, "packages"),
    ...members(shard, "packages.conda"),
    // In the third revision (CEP 48) the keys lack the extension.
    ...["tar.bz2", "conda", "whl"].flatMap((part) =>
      members(revision, part).map(([stem, record]) => [`${stem}.${part}`, record] as const),
    ),
  ];
  const removed = new Set(Array.isArray(shard["removed"]) ? (shard["removed"] as readonly unknown[]) : []);
  return { records: records.filter(([filename]) => !removed.has(filename)), bytes: text.length };
}

function members(shard: Readonly<Record<string, unknown>>, part: string): readonly (readonly [string, unknown])[] {
  const found = shard[part];
  if (found === undefined || found === null) return [];
  if (!isObject(found)) throw new BadBodyError(`its ${part} is not a map`);
  return Object.entries(found);
}
