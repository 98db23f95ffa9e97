/** Sharded channels (CEP 16) made of plain ones. */
import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { encode } from "@msgpack/msgpack";

export interface ShardedFolder {
  /** `repodata_shards.msgpack.zst` */
  readonly index: Buffer;
  /** By the hex of their sha256. */
  readonly shards: ReadonlyMap<string, Buffer>;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The shards of a repodata.json.
 * @param shardsBaseUrl as the index says it
 * @param change what a test writes into the index besides
 */
export function shardsOf(
  repodata: Uint8Array,
  shardsBaseUrl = "./shards/",
  change: (index: Record<string, unknown>) => unknown = (index) => index,
): ShardedFolder {
  const document = JSON.parse(Buffer.from(repodata).toString("utf8")) as Readonly<Record<string, Fields>>;
  const byName = new Map<string, Record<string, Record<string, unknown>>>();
  const put = (part: string, filename: string, record: Fields) => {
    const name = String(record["name"]);
    const shard = byName.get(name) ?? { packages: {}, "packages.conda": {} };
    byName.set(name, shard);
    (shard[part] ??= {})[filename] = withBinaryHashes(record);
  };
  for (const part of ["packages", "packages.conda"]) {
    for (const [filename, record] of Object.entries(document[part] ?? {})) put(part, filename, record as Fields);
  }
  const removed = (document["removed"] ?? []) as readonly string[];
  const revision = Object.entries(document["v3"] ?? {}) as [string, Readonly<Record<string, Fields>>][];
  for (const [part, files] of revision) {
    for (const [stem, record] of Object.entries(files)) put(`v3 ${part}`, stem, record);
  }
  const shards = new Map<string, Buffer>();
  const hashes: Record<string, Uint8Array> = {};
  for (const [name, parts] of byName) {
    const withdrawn = removed.filter((filename) => filename.split("-").slice(0, -2).join("-") === name);
    const packed = pack({ ...nested(parts), removed: withdrawn });
    const sha256 = createHash("sha256").update(packed).digest();
    hashes[name] = sha256;
    shards.set(sha256.toString("hex"), packed);
  }
  const info = {
    base_url: "",
    ...document["info"],
    shards_base_url: shardsBaseUrl,
    created_at: "2026-08-19T00:00:00Z",
  };
  return { index: pack(change({ version: 1, info, shards: hashes })), shards };
}

/** MessagePack, compressed. */
export function pack(value: unknown): Buffer {
  return zstdCompressSync(encode(value, { ignoreUndefined: true }));
}

/** `v3 conda` becomes the part `conda` of `v3`. */
function nested(parts: Readonly<Record<string, Fields>>): Fields {
  const plain = Object.entries(parts).filter(([part]) => !part.startsWith("v3 "));
  const revision = Object.entries(parts).filter(([part]) => part.startsWith("v3 "));
  const v3 = Object.fromEntries(revision.map(([part, files]) => [part.slice(3), files]));
  return { ...Object.fromEntries(plain), ...(revision.length === 0 ? {} : { v3 }) };
}

function withBinaryHashes(record: Fields): Fields {
  const bytes = ["md5", "sha256"].flatMap((key) => {
    const hex = record[key];
    return typeof hex === "string" ? [[key, Buffer.from(hex, "hex")] as const] : [];
  });
  return { ...record, ...Object.fromEntries(bytes) };
}
