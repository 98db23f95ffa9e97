/** Finds records in a store by name. Blocks that were unpacked lately are kept: neighbours share them, and names come in rounds. */
import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { createByteCache, type ByteCache } from "./byte-cache.ts";
import { BLOCK_BYTES, type StoreIndex } from "./channel-store.ts";
import { REVISION_PREFIX } from "./repodata-scanner.ts";

/** Reads stores, for all resolutions of a process. */
export interface StoreReader {
  /**
   * The records of a name, parsed a part at a time, so that those of a long name never stand in memory twice. Empty where the store
   * does not have it. Throws where the file is damaged.
   */
  read(file: FileHandle, index: StoreIndex, name: string): Iterable<readonly [filename: string, record: unknown]>;
}

/** Most blocks of a channel of thirty thousand records: each round of names comes to many of them again. */
const KEPT_BYTES = 16 * 1024 ** 2;

export function createStoreReader(): StoreReader {
  const blocks = createByteCache<Buffer>(KEPT_BYTES);
  return {
    read: (file, index, name) => readName({ file, index, blocks }, name),
  };
}

interface OpenStore {
  readonly file: FileHandle;
  readonly index: StoreIndex;
  readonly blocks: ByteCache<Buffer>;
}

/** How long the text of a name is. */
export function storedBytes(index: StoreIndex, name: string): number {
  return placesOf(index, name).reduce((sum, length, at) => (at % 3 === 2 ? sum + length : sum), 0);
}

/** Triples: number of a block, first byte and length in the unpacked block. */
function placesOf(index: StoreIndex, name: string): readonly number[] {
  return (Object.hasOwn(index.places, name) ? index.places[name] : undefined) ?? [];
}

function* readName(store: OpenStore, name: string): Generator<readonly [string, unknown]> {
  const { index } = store;
  const removed = new Set(Object.hasOwn(index.removed, name) ? index.removed[name] : []);
  const numbers = placesOf(index, name);
  for (let at = 0; at < numbers.length; at += 3) {
    const [number = 0, start = 0, length = 0] = numbers.slice(at, at + 3);
    const members = blockOf(store, number).toString("utf8", start, start + length - 1);
    for (const [key, record] of Object.entries(JSON.parse(`{${members}}`) as Record<string, unknown>)) {
      const filename = key.startsWith(REVISION_PREFIX) ? key.slice(REVISION_PREFIX.length) : key;
      if (!removed.has(filename)) yield [filename, record];
    }
  }
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
