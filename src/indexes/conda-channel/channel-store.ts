/**
 * The records of one folder of a channel on disk, found by name: one file of compressed blocks, and a small index of
 * where in which block the records of a name stand. Records keep the text that the channel gave them.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import type { ChannelInfo } from "./channel-info.ts";
import { REVISION_PREFIX } from "./repodata-scanner.ts";

export interface StoreIndex extends ChannelInfo {
  /** The sha256 of the file of blocks. */
  readonly data: string;
  readonly records: number;
  /** Where each block ends in the file. */
  readonly blockEnds: readonly number[];
  /** Name to triples: number of a block, first byte and length in the unpacked block. */
  readonly places: Readonly<Record<string, readonly number[]>>;
  /** Name to its files that the channel withdrew. */
  readonly removed: Readonly<Record<string, readonly string[]>>;
}

/** File names with what the channel says of them, not yet looked at, in the channel's order. */
export type RawRecords = readonly (readonly [filename: string, record: unknown])[];

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The hash of each block is kept with it, so that a damaged file is noticed. */
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};
/** Some hundred records: small to read for one name, large enough to compress well. */
const BLOCK_BYTES = 65_536;
const COMMA = 0x2c;

/** Writes a store while its channel arrives. */
export class StoreWriter {
  private readonly file: FileHandle;
  private readonly places = new Map<string, number[]>();
  private readonly blockEnds: number[] = [];
  private readonly hash = createHash("sha256");
  private block = Buffer.allocUnsafe(BLOCK_BYTES);
  private used = 0;
  private blocks = 0;
  private records = 0;
  private written = 0;
  private readonly full: Buffer[] = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    this.file = file;
  }

  /** @param member the record with its key, without the comma */
  add(name: string, member: Uint8Array): void {
    if (this.used + member.length + 1 > this.block.length) this.endBlock(member.length + 1);
    const start = this.used;
    this.block.set(member, start);
    this.block[start + member.length] = COMMA;
    this.used += member.length + 1;
    this.records++;
    this.note(name, start, member.length + 1);
  }

  private note(name: string, start: number, length: number): void {
    const places = this.places.get(name);
    if (places === undefined) {
      this.places.set(name, [this.blocks, start, length]);
      return;
    }
    const [block, first = 0, bytes = 0] = places.slice(-3);
    if (block === this.blocks && first + bytes === start) places[places.length - 1] = bytes + length;
    else places.push(this.blocks, start, length);
  }

  private endBlock(next: number): void {
    if (this.used > 0) {
      this.full.push(this.block.subarray(0, this.used));
      this.blocks++;
    }
    this.block = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, next));
    this.used = 0;
  }

  /** Writes the blocks that are full, once those before them are written: so they do not pile up, and nobody waits idly. */
  async drain(): Promise<void> {
    const before = this.writing;
    const blocks = this.full.splice(0);
    this.writing = before.then(() => this.writeBlocks(blocks));
    // Whoever waits next is told of a failure; until then it is nobody's.
    this.writing.catch(() => undefined);
    await before;
  }

  private async writeBlocks(blocks: readonly Buffer[]): Promise<void> {
    const packed = await Promise.all(blocks.map((block) => compress(block, COMPRESSION)));
    for (const block of packed) {
      this.hash.update(block);
      await this.file.write(block);
      this.written += block.length;
      this.blockEnds.push(this.written);
    }
  }

  /** Writes what is left. @param removed file names, of which those of names without a record are left out */
  async finish(info: ChannelInfo, removed: readonly string[]): Promise<StoreIndex> {
    this.endBlock(0);
    await this.drain();
    await this.writing;
    const removedOf = new Map<string, string[]>();
    for (const filename of removed) {
      const name = nameOfFile(filename);
      if (!this.places.has(name)) continue;
      const others = removedOf.get(name);
      if (others === undefined) removedOf.set(name, [filename]);
      else others.push(filename);
    }
    return {
      data: this.hash.digest("hex"),
      ...info,
      records: this.records,
      blockEnds: this.blockEnds,
      places: Object.fromEntries(this.places),
      removed: Object.fromEntries(removedOf),
    };
  }
}

/** `NAME-VERSION-BUILD.EXTENSION` (CEP 26): only a name may hold hyphens. */
function nameOfFile(filename: string): string {
  return filename.split("-").slice(0, -2).join("-").toLowerCase();
}

/** Reads what a store has of some names. Throws where the file is damaged. */
export async function readStore(
  file: FileHandle,
  index: StoreIndex,
  names: readonly string[],
): Promise<ReadonlyMap<string, RawRecords>> {
  const known = names.filter((name) => Object.hasOwn(index.places, name));
  const wanted = new Set(known.flatMap((name) => placesOf(index, name).map(({ block }) => block)));
  const blocks = new Map<number, Buffer>();
  const numbers = [...wanted];
  for (let first = 0; first < numbers.length; first += READS_AT_ONCE) {
    const some = numbers.slice(first, first + READS_AT_ONCE);
    const read = await Promise.all(some.map((number) => readBlock(file, index, number)));
    some.forEach((number, position) => blocks.set(number, read[position] ?? Buffer.alloc(0)));
  }
  return new Map(known.map((name) => [name, recordsOf(index, name, blocks)]));
}

const READS_AT_ONCE = 32;

function recordsOf(index: StoreIndex, name: string, blocks: ReadonlyMap<number, Buffer>): RawRecords {
  const removed = new Set(Object.hasOwn(index.removed, name) ? index.removed[name] : []);
  const found = placesOf(index, name).flatMap(({ block, start, length }) => {
    const members = blocks.get(block)?.toString("utf8", start, start + length - 1) ?? "";
    const entries = Object.entries(JSON.parse(`{${members}}`) as Record<string, unknown>);
    return entries.map(
      ([key, record]) => [key.startsWith(REVISION_PREFIX) ? key.slice(REVISION_PREFIX.length) : key, record] as const,
    );
  });
  return found.filter(([filename]) => !removed.has(filename));
}

function placesOf(index: StoreIndex, name: string) {
  const numbers = index.places[name] ?? [];
  const places: { readonly block: number; readonly start: number; readonly length: number }[] = [];
  for (let at = 0; at < numbers.length; at += 3) {
    places.push({ block: numbers[at] ?? 0, start: numbers[at + 1] ?? 0, length: numbers[at + 2] ?? 0 });
  }
  return places;
}

async function readBlock(file: FileHandle, index: StoreIndex, number: number): Promise<Buffer> {
  const start = number === 0 ? 0 : (index.blockEnds[number - 1] ?? 0);
  const length = (index.blockEnds[number] ?? 0) - start;
  const packed = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(packed, 0, length, start);
  return decompress(packed.subarray(0, bytesRead));
}
