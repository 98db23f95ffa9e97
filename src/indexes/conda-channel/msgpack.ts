/** MessagePack of strangers: measured before it is read, since a header may promise far more than the text holds. */
import { decode } from "@msgpack/msgpack";
import { BadBodyError } from "../http/problems.ts";

/** A record of a channel has no more levels than this, by far. */
const MAX_DEPTH = 32;
/** Each takes up to a hundred bytes of memory, be it one byte of text. The largest shards have a tenth of this. */
const MAX_VALUES = 2_000_000;

/**
 * The one value of a text. Throws BadBodyError where it is not whole, goes on after its end, is too deep, or has a key that
 * is no text or number, or `__proto__`, or has too many values. Time and memory are linear in the length of the text.
 */
export function decodeMsgpack(text: Uint8Array): unknown {
  measure(text);
  try {
    return decode(text);
  } catch (error) {
    throw new BadBodyError(`its MessagePack breaks: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Walks over a text without keeping anything of it. */
function measure(text: Uint8Array): void {
  const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  /** Of each array and map that is open: how many values are to come after the one that is being read. */
  const open: number[] = [];
  let left = 1;
  let at = 0;
  let values = 0;
  do {
    left--;
    const head = headAt(text, at);
    at++;
    let inside = VALUES[head] ?? 0;
    let bytes = BYTES[head] ?? 0;
    const lengthBytes = LENGTH_BYTES[head] ?? 0;
    if (lengthBytes !== 0) {
      if (lengthBytes > text.length - at) throw broken("ends in the middle", at);
      const length = readLength(view, at, lengthBytes);
      at += lengthBytes;
      if (inside === 0) bytes += length;
      else inside *= length;
    }
    // Each value takes a byte at least.
    if (bytes + inside > text.length - at) throw broken("ends in the middle", at);
    at += bytes;
    if (inside > 0) {
      values += inside;
      checkSize(open.length, values, at);
      open.push(left);
      left = inside;
    }
    while (left === 0 && open.length > 0) left = open.pop() ?? 0;
  } while (left > 0);
  if (at < text.length) throw broken("goes on after its end", at);
}

function checkSize(depth: number, values: number, at: number): void {
  if (depth >= MAX_DEPTH) throw broken("is nested too deeply", at);
  if (values > MAX_VALUES) throw broken("has too many values", at);
}

function headAt(text: Uint8Array, at: number): number {
  const head = text[at];
  if (head === undefined) throw broken("ends in the middle", at);
  if (head === 0xc1) throw broken("has a byte that means nothing", at);
  return head;
}

function readLength(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}

function broken(what: string, at: number): BadBodyError {
  return new BadBodyError(`its MessagePack ${what}, at byte ${at}`);
}

/** By head: bytes of the length that follows it. */
const LENGTH_BYTES = new Uint8Array(256);
/** By head: bytes besides those that the length counts. */
const BYTES = new Uint8Array(256);
/** By head: the values inside, or for each that the length counts; 0 where it counts bytes. */
const VALUES = new Uint8Array(256);

for (let count = 0; count < 16; count++) {
  VALUES[0x80 + count] = 2 * count;
  VALUES[0x90 + count] = count;
}
for (let count = 0; count < 32; count++) BYTES[0xa0 + count] = count;
/** From 0xc0 to 0xdf: bytes of the length, bytes besides, values. */
const LONG_HEADS: readonly (readonly [length: number, bytes: number, values: number])[] = [
  [0, 0, 0], // nil
  [0, 0, 0], // means nothing
  [0, 0, 0], // false
  [0, 0, 0], // true
  [1, 0, 0], // bin
  [2, 0, 0],
  [4, 0, 0],
  [1, 1, 0], // ext
  [2, 1, 0],
  [4, 1, 0],
  [0, 4, 0], // float
  [0, 8, 0],
  [0, 1, 0], // uint
  [0, 2, 0],
  [0, 4, 0],
  [0, 8, 0],
  [0, 1, 0], // int
  [0, 2, 0],
  [0, 4, 0],
  [0, 8, 0],
  [0, 2, 0], // fixext
  [0, 3, 0],
  [0, 5, 0],
  [0, 9, 0],
  [0, 17, 0],
  [1, 0, 0], // str
  [2, 0, 0],
  [4, 0, 0],
  [2, 0, 1], // array
  [4, 0, 1],
  [2, 0, 2], // map
  [4, 0, 2],
];
LONG_HEADS.forEach(([length, bytes, values], place) => {
  LENGTH_BYTES[0xc0 + place] = length;
  BYTES[0xc0 + place] = bytes;
  VALUES[0xc0 + place] = values;
});
