/** MessagePack of strangers: measured before it is read, since a header may promise far more than the text holds. */
import { decode } from "@msgpack/msgpack";
import { BadBodyError } from "../http/problems.ts";

/** A record of a channel has no more levels than this, by far. */
const MAX_DEPTH = 32;

/**
 * The one value of a text. Throws BadBodyError where it is not whole, goes on after its end, is too deep, or has a key that
 * is no text or number, or `__proto__`. Time and memory are linear in the length of the text.
 */
export function decodeMsgpack(text: Uint8Array): unknown {
  new Measure(text).check();
  try {
    return decode(text);
  } catch (error) {
    throw new BadBodyError(`its MessagePack breaks: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Walks over a text without keeping anything of it. */
class Measure {
  private readonly text: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  /** Of the value that was read last: how many values follow inside it. */
  private inside = 0;

  constructor(text: Uint8Array) {
    this.text = text;
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  }

  check(): void {
    const open: number[] = [];
    let left = 1;
    for (;;) {
      while (left === 0) {
        const outer = open.pop();
        if (outer === undefined) {
          if (this.at < this.text.length) throw this.broken("goes on after its end");
          return;
        }
        left = outer;
      }
      left--;
      this.pass();
      if (this.inside === 0) continue;
      // Each value takes a byte at least.
      if (this.inside > this.text.length - this.at) throw this.broken("ends in the middle");
      if (open.length >= MAX_DEPTH) throw this.broken("is nested too deeply");
      open.push(left);
      left = this.inside;
    }
  }

  /** Passes over a value, of an array or map only over its header. */
  private pass(): void {
    const head = this.text[this.at];
    if (head === undefined) throw this.broken("ends in the middle");
    this.at++;
    this.inside = 0;
    if (head <= 0x7f || head >= 0xe0) return;
    if (head <= 0x8f) this.inside = 2 * (head & 0x0f);
    else if (head <= 0x9f) this.inside = head & 0x0f;
    else if (head <= 0xbf) this.skip(head & 0x1f);
    else this.passLong(head);
  }

  private passLong(head: number): void {
    const layout = LAYOUTS[head - 0xc0];
    if (layout === undefined) throw this.broken("has a byte that means nothing");
    const [lengthBytes, fixed, values] = layout;
    const length = this.length(lengthBytes);
    if (values > 0) this.inside = length * values;
    else this.skip(length + fixed);
  }

  private length(bytes: number): number {
    if (bytes === 0) return 0;
    if (this.at + bytes > this.text.length) throw this.broken("ends in the middle");
    const start = this.at;
    this.at += bytes;
    if (bytes === 1) return this.view.getUint8(start);
    return bytes === 2 ? this.view.getUint16(start) : this.view.getUint32(start);
  }

  private skip(bytes: number): void {
    if (bytes > this.text.length - this.at) throw this.broken("ends in the middle");
    this.at += bytes;
  }

  private broken(what: string): BadBodyError {
    return new BadBodyError(`its MessagePack ${what}, at byte ${this.at}`);
  }
}

/** Bytes of the length, bytes besides, values for each of the length (0: they are bytes). */
type Layout = readonly [lengthBytes: number, fixed: number, values: number];

/** Of the heads 0xc0 to 0xdf. */
const LAYOUTS: readonly (Layout | undefined)[] = [
  [0, 0, 0], // nil
  undefined,
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
