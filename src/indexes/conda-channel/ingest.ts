/** Turns the body of a repodata.json into a store while it arrives. */
import { once } from "node:events";
import { open, type FileHandle } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { BadBodyError, problem, RequestFailed, TooLargeError } from "../http/problems.ts";
import { shownUrl } from "../http/safe-url.ts";
import { StoreWriter, type StoreIndex } from "./channel-store.ts";
import { RepodataScanner } from "./repodata-scanner.ts";

export interface IngestRules {
  /** For messages. */
  readonly url: string;
  /** The file is written here. */
  readonly path: string;
  readonly zstd: boolean;
  /** Unpacked bytes. */
  readonly maxBytes: number;
}

/** One try to read a body. Its methods throw what problemOf() names. */
export interface Ingest {
  write(chunk: Buffer): Promise<void>;
  /** To be called once the whole body was written. */
  finish(): Promise<StoreIndex>;
  /** Closes the file; may be called at any time, and more than once. */
  close(): Promise<void>;
}

export async function startIngest(rules: IngestRules): Promise<Ingest> {
  const guard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw ownError(error, rules.url);
    });
  const file = await guard(open(rules.path, "w", 0o600));
  const reader = createReader(rules, file);
  const unpacked = rules.zstd ? startUnpacking((chunk) => reader.write(chunk)) : null;
  let closed: Promise<void> | null = null;
  return {
    write: (chunk) => guard(unpacked === null ? reader.write(chunk) : unpacked.write(chunk)),
    finish: () =>
      guard(
        (async () => {
          await unpacked?.end();
          return reader.finish();
        })(),
      ),
    close: () => (closed ??= Promise.resolve(unpacked?.stop()).then(() => file.close())),
  };
}

function createReader(rules: IngestRules, file: FileHandle) {
  const writer = new StoreWriter(file);
  const removed: string[] = [];
  let baseUrl: string | null = null;
  let bytes = 0;
  const scanner = new RepodataScanner({
    info: (value) => {
      const written: unknown = isObject(value) ? value["base_url"] : null;
      baseUrl = typeof written === "string" && written !== "" ? written : null;
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
      return writer.finish(baseUrl, removed);
    },
  };
}

/** A record without a name is kept under its file name, where the reader of that name finds out and says so. */
function nameOf(record: unknown, filename: string): string {
  const name = isObject(record) ? record["name"] : null;
  return (typeof name === "string" ? name : filename).toLowerCase();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Unpacks what is written to it, and hands it on in order. */
function startUnpacking(take: (chunk: Buffer) => Promise<void>) {
  const input = new PassThrough();
  const done = pipeline(input, createZstdDecompress(), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) await take(piece);
  });
  // What went wrong is thrown by the next write, or by the end.
  done.catch(() => undefined);
  return {
    write: async (chunk: Buffer): Promise<void> => {
      if (input.destroyed) await done;
      if (!input.write(chunk)) await Promise.race([once(input, "drain"), done]);
    },
    end: async (): Promise<void> => {
      input.end();
      await done;
    },
    stop: async (): Promise<void> => {
      input.destroy();
      await done.catch(() => undefined);
    },
  };
}

/** Tells what is wrong with the body from what is wrong with our own disk. */
function ownError(error: unknown, url: string): unknown {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (/^(ZSTD|Z_|ERR_|ABORT)/.test(code)) return new BadBodyError("its compression is broken", { cause: error });
  if (!/^E[A-Z]+$/.test(code)) return error;
  const sentence = `What ${shownUrl(url)} sent could not be kept (${code}); make room for temporary files, or name another --cache-dir.`;
  return new RequestFailed(problem("unreachable", url, sentence).problem);
}
