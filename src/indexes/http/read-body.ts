/** Bodies, unpacked and counted as they arrive. */
import { pipeline } from "node:stream/promises";
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { BadBodyError, TooLargeError } from "./problems.ts";

/** Takes a body a piece at a time. */
export type BodySink = (chunk: Buffer) => void | Promise<void>;

/**
 * Sends a body to a sink, unpacked by its Content-Encoding. Throws TooLargeError as soon as more than `maxBytes` have
 * come out (so that a small packed body cannot fill memory), BadBodyError where it cannot be unpacked.
 */
export async function readBody(
  body: Readable,
  rules: { readonly encoding: string | null; readonly maxBytes: number },
  sink: BodySink,
): Promise<void> {
  const { encoding, maxBytes } = rules;
  let total = 0;
  const drain = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      total += piece.length;
      if (total > maxBytes) throw new TooLargeError(maxBytes);
      await sink(piece);
    }
  };
  const unpack = unpacker(encoding);
  try {
    await (unpack === null ? drain(body) : pipeline(body, unpack, drain));
  } catch (error) {
    throw isUnpackError(error) ? new BadBodyError("its compression is broken", { cause: error }) : error;
  }
}

function unpacker(encoding: string | null): Transform | null {
  switch ((encoding ?? "identity").trim().toLowerCase()) {
    case "":
    case "identity":
      return null;
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      throw new BadBodyError(`its Content-Encoding is not known`);
  }
}

function isUnpackError(error: unknown): boolean {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  return typeof code === "string" && /^(Z_|ERR__|ERR_BROTLI|ERR_PADDING)/.test(code);
}
