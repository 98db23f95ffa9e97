/** Lines of a requirements file as pip sees them: continuations joined, comments cut off, positions kept. */

/** One joined line. Offsets of its characters in the file are found with `offsetIn`. */
export interface LogicalLine {
  /** Joined, without the comment; not trimmed. */
  readonly text: string;
  /** Comment without `#`, trimmed; null where there is none. */
  readonly comment: string | null;
  /** 1-based number of the first physical line. */
  readonly line: number;
  /** Where the pieces of `text` come from, in order: `at` in `text`, `offset` in the file. */
  readonly pieces: readonly { readonly at: number; readonly offset: number }[];
  /** Longer than any line that a person or tool writes: `text` is then empty. */
  readonly isTooLong: boolean;
}

/** A package with a thousand hashes has a joined line of 90,000 characters. */
const MAXIMUM_LENGTH = 200_000;
const MAXIMUM_LINES = 2_000;

/** A physical line: its text without the end of line, and where it starts. */
export interface PhysicalLine {
  readonly text: string;
  readonly offset: number;
}

/** Whether a line holds a character at which Python's `splitlines`, and so pip, ends a line, and no editor does. */
export function hasOddLineEnd(text: string): boolean {
  return /[\v\f\u0085\u2028\u2029]/.test(text) || ["\u001c", "\u001d", "\u001e"].some((end) => text.includes(end));
}

/** Cuts a text at `\n`, `\r\n` and a lone `\r`. A text that ends with one has no empty last line. */
export function physicalLines(text: string): readonly PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  const ends = /\r\n|\n|\r/g;
  let offset = 0;
  for (const match of text.matchAll(ends)) {
    lines.push({ text: text.slice(offset, match.index), offset });
    offset = match.index + match[0].length;
  }
  if (offset < text.length) lines.push({ text: text.slice(offset), offset });
  return lines;
}

/**
 * Joins lines that end with a backslash, as pip does: a comment line ends the joined line that it stands in, and a `#`
 * after white space starts a comment that swallows the rest of the joined line, continuations included.
 */
export function logicalLines(lines: readonly PhysicalLine[]): readonly LogicalLine[] {
  const joined: LogicalLine[] = [];
  let pending: PhysicalLine[] = [];
  for (const [index, physical] of lines.entries()) {
    const isComment = /^\s*#/.test(physical.text);
    pending.push(physical);
    if (physical.text.endsWith("\\") && !isComment) continue;
    joined.push(join(pending, index + 2 - pending.length));
    pending = [];
  }
  if (pending.length > 0) joined.push(join(pending, lines.length + 1 - pending.length));
  return joined;
}

/** Offset in the file of the character at `index` of a logical line. */
export function offsetIn(line: LogicalLine, index: number): number {
  const piece = line.pieces[pieceOf(line, index)];
  return piece === undefined ? 0 : piece.offset + (index - piece.at);
}

/** Number of the piece, and so of the physical line within the joined one, that holds a character. */
export function pieceOf(line: LogicalLine, index: number): number {
  let low = 0;
  let high = line.pieces.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((line.pieces[middle]?.at ?? 0) <= index) low = middle;
    else high = middle;
  }
  return low;
}

function join(parts: readonly PhysicalLine[], line: number): LogicalLine {
  const length = parts.reduce((sum, part) => sum + part.text.length, 0);
  if (parts.length > MAXIMUM_LINES || length > MAXIMUM_LENGTH) {
    return { text: "", comment: null, line, pieces: [], isTooLong: true };
  }
  const pieces: { at: number; offset: number }[] = [];
  let text = "";
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const continued = !isLast || part.text.endsWith("\\");
    if (isLast && index > 0 && /^\s*#/.test(part.text)) text += " ";
    const leading = continued ? (/^\\+/.exec(part.text)?.[0].length ?? 0) : 0;
    pieces.push({ at: text.length, offset: part.offset + leading });
    text += continued && !/^\s*#/.test(part.text) ? part.text.replace(/^\\+|\\+$/g, "") : part.text;
  }
  const hash = /(?:^|\s)#/.exec(text);
  if (hash === null) return { text, comment: null, line, pieces, isTooLong: false };
  const comment = text
    .slice(hash.index + hash[0].length)
    .replace(/^#+/, "")
    .trim();
  return { text: text.slice(0, hash.index), comment, line, pieces, isTooLong: false };
}
