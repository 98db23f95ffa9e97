/** Reads a few small texts out of a zip, local or remote, without the rest of it. */
import { inflateRawSync } from "node:zlib";
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from "yauzl";
import { BadBodyError, RequestFailed, TooLargeError } from "../http/problems.ts";

/** Random access to the bytes of an archive. */
export interface ByteSource {
  readonly size: number;
  /** Reads `length` bytes at `start`; rejects where it cannot. */
  readonly read: (start: number, length: number) => Promise<Buffer>;
  /** The end of the archive, where it is known already. */
  readonly tail: Buffer;
}

/** How far from the end the directory of a zip may begin to be announced: two records and the longest comment. */
export const ZIP_TAIL = 20 + 22 + 0xffff;

/** The metadata files of a package together do not come near it. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
/** What may be read of a remote archive in all: its directory and the texts. */
const MAX_READ_BYTES = 64 * 1024 * 1024;
const READ_AHEAD = 16 * 1024;
const MAX_ENTRIES = 200_000;

/**
 * The texts of the entries that `wanted` picks, by path. Throws BadBodyError where it is no sound zip, TooLargeError
 * where an entry unpacks to too much, and what the source threw.
 */
export async function readZipTexts(
  source: ByteSource,
  wanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const reader = new BlockReader(source);
  try {
    const zip = await fromRandomAccessReaderPromise(reader, source.size, { lazyEntries: true, autoClose: false });
    const texts = new Map<string, string>();
    let entries = 0;
    let left = MAX_TEXT_BYTES;
    for await (const entry of zip.eachEntry()) {
      if (++entries > MAX_ENTRIES) throw new BadBodyError("its directory is too long");
      if (!wanted(entry.fileName)) continue;
      // Many entries that each unpack to little less than the limit are a bomb as well.
      left -= Math.max(entry.uncompressedSize, entry.compressedSize);
      if (left < 0) throw new TooLargeError(MAX_TEXT_BYTES);
      texts.set(entry.fileName, await readEntry(zip, reader, entry));
    }
    return texts;
  } catch (error) {
    if (error instanceof TooLargeError || error instanceof BadBodyError || error instanceof RequestFailed) throw error;
    throw new BadBodyError("it is not a sound zip archive", { cause: error });
  }
}

async function readEntry(zip: ZipFile, reader: BlockReader, entry: Entry): Promise<string> {
  if (entry.isEncrypted()) throw new BadBodyError("it is encrypted");
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = await reader.bytes(fileDataStart, entry.compressedSize);
  if (entry.compressionMethod === 0) return packed.toString("utf8");
  if (entry.compressionMethod !== 8) throw new BadBodyError("its compression is not known");
  // The size in the directory may lie; this one cannot be passed.
  const unpacked = inflateRawSync(packed, { maxOutputLength: entry.uncompressedSize + 1 });
  if (unpacked.length !== entry.uncompressedSize) throw new BadBodyError("an entry has another size than it says");
  return unpacked.toString("utf8");
}

/** Asks in blocks and keeps what it has, so that a directory of small records takes few requests. */
class BlockReader extends RandomAccessReader {
  private readonly source: ByteSource;
  private readonly blocks: { readonly start: number; readonly bytes: Buffer }[];
  private budget = MAX_READ_BYTES;

  constructor(source: ByteSource) {
    super();
    this.source = source;
    this.blocks = [{ start: source.size - source.tail.length, bytes: source.tail }];
  }

  // oxlint-disable-next-line max-params -- the signature of yauzl's reader
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.bytes(position, length).then(
      (bytes) => callback(null, bytes.copy(buffer, offset)),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async bytes(start: number, length: number): Promise<Buffer> {
    if (start < 0 || start + length > this.source.size) throw new BadBodyError("it points outside of itself");
    const pieces: Buffer[] = [];
    for (let position = start; position < start + length;) {
      const block = await this.blockAt(position, start + length - position);
      const piece = block.bytes.subarray(position - block.start, start + length - block.start);
      if (piece.length === 0) throw new BadBodyError("it is shorter than it says");
      position += piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  private async blockAt(position: number, wanted: number) {
    const known = this.blocks.find(({ start, bytes }) => start <= position && position < start + bytes.length);
    if (known !== undefined) return known;
    const length = Math.min(Math.max(wanted, READ_AHEAD), this.source.size - position);
    this.budget -= length;
    if (this.budget < 0) throw new TooLargeError(MAX_READ_BYTES);
    const block = { start: position, bytes: await this.source.read(position, length) };
    this.blocks.push(block);
    return block;
  }
}
