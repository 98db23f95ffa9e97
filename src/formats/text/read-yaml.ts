/** YAML with positions, for files that strangers write: every refusal has a line, and no text makes the parser hang. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";

export interface YamlText {
  /** null for an empty document. */
  readonly root: Node | null;
  /** 1-based line of an offset. */
  readonly lineOf: (offset: number) => number;
  /** Follows an alias one step; other nodes are given back as they are. */
  readonly follow: (node: unknown) => unknown;
}

export type YamlAnswer =
  | { readonly kind: "yaml"; readonly yaml: YamlText }
  /** `message` is a sentence without the name of the file. */
  | { readonly kind: "unreadable"; readonly line: number | null; readonly message: string };

/** Real files nest four levels. A parser that recurses needs a limit below its stack. */
const MAXIMUM_DEPTH = 60;

/** Each takes a kilobyte of the parser's memory, and ten microseconds. A lock of 5 MB has as many. */
const MAXIMUM_MARKS = 500_000;
const MARKS: ReadonlySet<number> = new Set(Array.from("\n:,[]{}'\"&*!?", (mark) => mark.charCodeAt(0)));

/** Following an alias searches the whole document, and nobody needs many. */
const MAXIMUM_ALIASES = 100;
/** Tags or anchors heaped on one value: the parser takes the square of their number. Each begins behind a blank. */
const HEAPED_MARKS = /(?:(?<!\S)[!&]\S*[ \t]+){20}/;

/** Reads one YAML document. Aliases are not expanded, so a bomb of them stays as small as its text. */
export function readYaml(text: string): YamlAnswer {
  if (hasTooManyMarks(text)) {
    return { kind: "unreadable", line: null, message: `the file has more than ${MAXIMUM_MARKS} lines and entries.` };
  }
  const tooDeep = `the file nests more than ${MAXIMUM_DEPTH} levels deep.`;
  const deep = tooDeepAt(text);
  if (deep !== null) return { kind: "unreadable", line: deep, message: tooDeep };
  const counter = new LineCounter();
  const document = parse(text, counter);
  if (document === null) return { kind: "unreadable", line: null, message: tooDeep };
  const lineOf = (offset: number): number => Math.max(1, counter.linePos(offset).line);
  const [error] = document.errors;
  if (error !== undefined) {
    const message = `the file is not valid YAML: ${firstLine(error.message)}.`;
    return { kind: "unreadable", line: lineOf(error.pos[0]), message };
  }
  let followed = 0;
  const follow = (node: unknown): unknown => {
    if (!isAlias(node) || followed >= MAXIMUM_ALIASES) return node;
    followed += 1;
    return node.resolve(document);
  };
  return { kind: "yaml", yaml: { root: document.contents, lineOf, follow } };
}

function hasTooManyMarks(text: string): boolean {
  if (text.length <= MAXIMUM_MARKS) return false;
  let marks = 0;
  for (let at = 0; at < text.length; at += 1) if (MARKS.has(text.charCodeAt(at))) marks += 1;
  return marks > MAXIMUM_MARKS;
}

/** The entries of a map whose keys are plain strings, in order. */
export function entriesOf(
  map: YAMLMap,
): readonly { readonly key: Scalar; readonly name: string; readonly value: unknown }[] {
  return map.items.flatMap((pair: Pair) =>
    isScalar(pair.key) ? [{ key: pair.key, name: String(pair.key.value), value: pair.value }] : [],
  );
}

/** The value of a key, aliases followed; undefined where the map has none. */
export function valueOf(yaml: YamlText, map: unknown, name: string): unknown {
  if (!isMap(map)) return undefined;
  const entry = entriesOf(map).find((each) => each.name === name);
  return entry === undefined ? undefined : yaml.follow(entry.value);
}

/** The items of a sequence, aliases followed; empty where it is none. */
export function itemsOf(yaml: YamlText, node: unknown): readonly unknown[] {
  return isSeq(node) ? node.items.map((item) => yaml.follow(item)) : [];
}

/** The string of a scalar, numbers as they were written (`3.10` stays `3.10`); null where it is none. */
export function stringOf(node: unknown): string | null {
  if (!isScalar(node) || node.value === null || node.value === undefined) return null;
  return typeof node.value === "string" ? node.value : (node.source ?? null);
}

/** Where a node starts; 0 where it has no place. */
export function startOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
}

/**
 * Where the value of a scalar stands in the text character by character, or null where it is written with escapes,
 * as a block, or over several lines.
 */
export function exactSpan(text: string, node: Scalar): { readonly start: number; readonly end: number } | null {
  const value = stringOf(node);
  const [start, end] = node.range ?? [0, 0];
  if (value === null) return null;
  if (text.slice(start, end) === value) return { start, end };
  const quoted = text[start] === '"' || text[start] === "'";
  return quoted && text.slice(start + 1, end - 1) === value ? { start: start + 1, end: end - 1 } : null;
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "")
    .slice(0, 200)
    .replace(/ at line \d+, column \d+:?$/, "")
    .replace(/[.:]$/, "");
}

/**
 * 1-based line where the nesting within one line or one pair of brackets passes the limit, or null. Heaped tags count. Quotes are not
 * looked at: this only keeps the common bombs from costing time, and `parse` catches what passes it.
 */
function tooDeepAt(text: string): number | null {
  let brackets = 0;
  for (const [index, written] of text.split(/\r\n|\n|\r/).entries()) {
    if (written.trimStart().startsWith("#")) continue;
    const marks = /^[ \t]*(?:[-?:][ \t]+)*/.exec(written)?.[0] ?? "";
    if (HEAPED_MARKS.test(written)) return index + 1;
    if (marks.replace(/[ \t]/g, "").length > MAXIMUM_DEPTH) return index + 1;
    for (const character of written.match(/[[\]{}]/g) ?? []) {
      brackets = Math.max(0, brackets + (character === "[" || character === "{" ? 1 : -1));
      if (brackets > MAXIMUM_DEPTH) return index + 1;
    }
  }
  return null;
}

/** The document, or null where the parser ran out of stack. */
function parse(text: string, counter: LineCounter): Document.Parsed | null {
  try {
    // With `uniqueKeys` the parser compares all keys of a map with each other, with `prettyErrors` it shows the line of each
    // error: either takes minutes on a hostile file.
    return parseDocument(text, { lineCounter: counter, uniqueKeys: false, prettyErrors: false, logLevel: "error" });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
