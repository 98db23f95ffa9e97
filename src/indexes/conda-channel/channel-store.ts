/**
 * The records of one folder of a channel on disk, found by name (store-reader.ts): one file of compressed blocks, and a small
 * index of where in which block the records of a name stand. Records keep the text that the channel gave them.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import type { ChannelInfo } from "./channel-info.ts";

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

/** The hash of each block is kept with it, so that a damaged file is noticed. */
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};
/** Some hundred records: small to read for one name, large enough to compress well. */
export const BLOCK_BYTES = 65_536;
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
