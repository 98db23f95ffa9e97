/** Turns a repodata.json on disk into a store, a piece at a time. */
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { BadBodyError, TooLargeError } from "../http/problems.ts";
import { isObject, NO_INFO, readChannelInfo } from "./channel-info.ts";
import { StoreWriter, type StoreIndex } from "./channel-store.ts";
import { RepodataScanner } from "./repodata-scanner.ts";

export interface IngestRules {
  /** The repodata.json, packed or not. */
  readonly source: string;
  readonly zstd: boolean;
  /** The file of blocks is written here. */
  readonly target: string;
  /** Unpacked bytes. */
  readonly maxBytes: number;
}

/** The small pieces of the default cost most of the time in going to and fro between threads. */
const PIECE_BYTES = 262_144;

/** Throws BadBodyError where the source is broken, TooLargeError where it is too large, and what the disk says. */
export async function ingestRepodata(rules: IngestRules): Promise<StoreIndex> {
  const file = await open(rules.target, "w", 0o600);
  try {
    const reader = createReader(rules, file);
    const source = createReadStream(rules.source, { highWaterMark: PIECE_BYTES });
    const take = async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) await reader.write(piece);
    };
    if (rules.zstd) await pipeline(source, createZstdDecompress({ chunkSize: PIECE_BYTES }), take);
    else await pipeline(source, take);
    return await reader.finish();
  } catch (error) {
    throw isUnpackError(error) ? new BadBodyError("its compression is broken", { cause: error }) : error;
  } finally {
    await file.close();
  }
}

function createReader(rules: IngestRules, file: FileHandle) {
  const writer = new StoreWriter(file);
  const removed: string[] = [];
  let info = NO_INFO;
  let bytes = 0;
  const scanner = new RepodataScanner({
    info: (value) => {
      info = readChannelInfo(value);
    },
    file: (filename, record, member) => writer.add(nameOf(record, filename), member),
    removed: (filename) => {
      if (typeof filename === "string") removed.push(filename);
    },
  });
  return {
    write: async (chunk: Buffer): Promise<void> => {
      bytes += chunk.length;
      if (bytes > rules.maxBytes) throw new TooLargeError(rules.maxBytes);
      scanner.write(chunk);
      await writer.drain();
    },
    finish: async (): Promise<StoreIndex> => {
      scanner.end();
      return writer.finish(info, removed);
    },
  };
}

/** A record without a name is kept under its file name, where the reader of that name finds out and says so. */
function nameOf(record: unknown, filename: string): string {
  const name = isObject(record) ? record["name"] : null;
  return (typeof name === "string" ? name : filename).toLowerCase();
}

function isUnpackError(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return /^(ZSTD|Z_)/.test(code);
}
