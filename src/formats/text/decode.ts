/** From the bytes of a file to text and back, so that an edit changes no byte that it does not mean to. */

export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be";
export type LineEnding = "lf" | "crlf" | "cr" | "mixed" | "none";

/** A text and what is needed to write the same bytes again. */
export interface DecodedText {
  /** Without the byte order mark. */
  readonly text: string;
  readonly encoding: TextEncoding;
  /** A byte order mark stood before the text. */
  readonly bom: boolean;
  /** `mixed` where the file has more than one kind, `none` where it is one line without an end. */
  readonly lineEnding: LineEnding;
}

/** Why bytes are not read as a text. */
export type UnreadableReason = "too-large" | "git-lfs-pointer" | "nul-bytes" | "invalid-encoding" | "merge-conflict";

/** Bytes that are not read; `line` where one is to blame. `message` is a sentence without the name of the file. */
export interface Unreadable {
  readonly reason: UnreadableReason;
  readonly line: number | null;
  readonly message: string;
}

export type Decoding =
  | { readonly kind: "text"; readonly decoded: DecodedText }
  | { readonly kind: "unreadable"; readonly unreadable: Unreadable };

/** Manifests are kilobytes; the largest lock that we met has 6 MB. */
export const MAXIMUM_TEXT_BYTES = 16 * 1024 * 1024;

const LFS_POINTER_START = "version https://git-lfs.github.com/spec/";
const CONFLICT_START = /^<{7}(?: |\r?$)/m;
const CONFLICT_END = /^>{7}(?: |\r?$)/m;

/**
 * Reads the bytes of a manifest or lock as text.
 * UTF-8 unless a byte order mark says UTF-16 (PowerShell's `>` writes that). Lone surrogates, overlong forms and the
 * like are refused, because they would not be written back as the same bytes.
 */
export function decodeText(bytes: Uint8Array, maximumBytes: number = MAXIMUM_TEXT_BYTES): Decoding {
  if (bytes.length > maximumBytes) {
    const size = `${bytes.length} bytes, the limit is ${maximumBytes}`;
    return unreadable("too-large", null, `the file is too large to be read as a manifest or lock (${size})`);
  }
  const { encoding, markLength } = sniff(bytes);
  const body = bytes.subarray(markLength);
  if (encoding === "utf-8" && body.includes(0)) {
    const line = countLineFeeds(body, body.indexOf(0)) + 1;
    return unreadable("nul-bytes", line, "the file holds NUL bytes: it is binary, or UTF-16 without a byte order mark");
  }
  const text = decodeStrictly(body, encoding);
  if (text === null) {
    const line = encoding === "utf-8" ? lineOfFirstInvalid(body) : null;
    return unreadable("invalid-encoding", line, `the file is not valid ${encoding.toUpperCase()}`);
  }
  if (text.includes("\0")) {
    const line = lineAt(text, text.indexOf("\0"));
    return unreadable("nul-bytes", line, "the file holds NUL characters: it is binary, or UTF-32");
  }
  if (text.startsWith(LFS_POINTER_START)) {
    const advice = "its content is in Git LFS and is not read";
    return unreadable("git-lfs-pointer", 1, `the file is a Git LFS pointer: ${advice}`);
  }
  const conflict = CONFLICT_START.exec(text);
  if (conflict !== null && CONFLICT_END.test(text)) {
    const line = lineAt(text, conflict.index);
    return unreadable("merge-conflict", line, "the file holds merge conflict markers: resolve the conflict first");
  }
  return { kind: "text", decoded: { text, encoding, bom: markLength > 0, lineEnding: lineEndingOf(text) } };
}

/** Writes a text as the bytes that `decodeText` would read: same encoding, same byte order mark. */
export function encodeText(decoded: Pick<DecodedText, "text" | "encoding" | "bom">): Uint8Array {
  const text = decoded.bom ? `\uFEFF${decoded.text}` : decoded.text;
  if (decoded.encoding === "utf-8") return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index += 1) {
    view.setUint16(index * 2, text.charCodeAt(index), decoded.encoding === "utf-16le");
  }
  return bytes;
}

/** 1-based line of an offset; `\n`, `\r\n` and a lone `\r` end a line. For many offsets of one text use `lineStarts`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let index = 0; index < offset && index < text.length; index += 1) {
    if (endsLine(text, index)) line += 1;
  }
  return line;
}

/** Offsets at which the lines of a text start, the first always 0. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index += 1) {
    if (endsLine(text, index)) starts.push(index + 1);
  }
  return starts;
}

/** 1-based line of an offset, by the starts of the lines. */
export function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

function endsLine(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10);
}

function unreadable(reason: UnreadableReason, line: number | null, message: string): Decoding {
  return { kind: "unreadable", unreadable: { reason, line, message } };
}

function sniff(bytes: Uint8Array): { readonly encoding: TextEncoding; readonly markLength: number } {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", markLength: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", markLength: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", markLength: 2 };
  return { encoding: "utf-8", markLength: 0 };
}

function decodeStrictly(body: Uint8Array, encoding: TextEncoding): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}

/** Bisects for the longest valid prefix, to name the line that a person should look at. */
function lineOfFirstInvalid(body: Uint8Array): number {
  let low = 0;
  let high = body.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (isValidPrefix(body.subarray(0, middle))) low = middle;
    else high = middle;
  }
  return countLineFeeds(body, low) + 1;
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    // `stream` tolerates a character that is cut off at the end.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function countLineFeeds(bytes: Uint8Array, end: number): number {
  let count = 0;
  for (let index = 0; index < end; index += 1) if (bytes[index] === 10) count += 1;
  return count;
}

function lineEndingOf(text: string): LineEnding {
  const crlf = text.includes("\r\n");
  const lf = /(?<!\r)\n/.test(text);
  const cr = /\r(?!\n)/.test(text);
  const kinds = [crlf, lf, cr].filter(Boolean).length;
  if (kinds === 0) return "none";
  if (kinds > 1) return "mixed";
  if (crlf) return "crlf";
  return lf ? "lf" : "cr";
}
