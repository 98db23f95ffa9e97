/** Finds records in a store by name. Blocks that were unpacked lately are kept: neighbours share them, and names come in rounds. */
import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { createByteCache, type ByteCache } from "./byte-cache.ts";
import { BLOCK_BYTES, type RawRecords, type StoreIndex } from "./channel-store.ts";
import { REVISION_PREFIX } from "./repodata-scanner.ts";

/** What a store has of one name, and how long its text is. */
export interface StoredName {
  readonly raw: RawRecords;
  readonly bytes: number;
}

/** Reads stores, for all resolutions of a process. */
export interface StoreReader {
  /** Empty where the store does not have the name. Throws where the file is damaged. */
  read(file: FileHandle, index: StoreIndex, name: string): StoredName;
}

/** Most blocks of a channel of thirty thousand records: each round of names comes to many of them again. */
const KEPT_BYTES = 16 * 1024 ** 2;

export function createStoreReader(): StoreReader {
  const blocks = createByteCache<Buffer>(KEPT_BYTES);
  return {
    read: (file, index, name) => {
      const numbers = Object.hasOwn(index.places, name) ? index.places[name] : undefined;
      return readName({ file, index, blocks }, name, numbers ?? []);
    },
  };
}

interface OpenStore {
  readonly file: FileHandle;
  readonly index: StoreIndex;
  readonly blocks: ByteCache<Buffer>;
}

/** @param numbers triples: number of a block, first byte and length in the unpacked block */
function readName(store: OpenStore, name: string, numbers: readonly number[]): StoredName {
  const { index } = store;
  const removed = new Set(Object.hasOwn(index.removed, name) ? index.removed[name] : []);
  const raw: (readonly [string, unknown])[] = [];
  let bytes = 0;
  for (let at = 0; at < numbers.length; at += 3) {
    const [number = 0, start = 0, length = 0] = numbers.slice(at, at + 3);
    bytes += length;
    const members = blockOf(store, number).toString("utf8", start, start + length - 1);
    for (const [key, record] of Object.entries(JSON.parse(`{${members}}`) as Record<string, unknown>)) {
      const filename = key.startsWith(REVISION_PREFIX) ? key.slice(REVISION_PREFIX.length) : key;
      if (!removed.has(filename)) raw.push([filename, record]);
    }
  }
  return { raw, bytes };
}

function blockOf(store: OpenStore, number: number): Buffer {
  const key = `${store.index.data} ${number}`;
  const known = store.blocks.get(key);
  if (known !== undefined) return known;
  const block = readBlock(store, number);
  store.blocks.set(key, block, block.length);
  return block;
}

/** At once: it takes a tenth of a millisecond, and handing a block to a thread and back several times as long. */
function readBlock({ file, index }: OpenStore, number: number): Buffer {
  const start = number === 0 ? 0 : (index.blockEnds[number - 1] ?? 0);
  const packed = Buffer.allocUnsafe((index.blockEnds[number] ?? 0) - start);
  const bytesRead = readSync(file.fd, packed, 0, packed.length, start);
  return zstdDecompressSync(packed.subarray(0, bytesRead), { chunkSize: BLOCK_BYTES });
}
