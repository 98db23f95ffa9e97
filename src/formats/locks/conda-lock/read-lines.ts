/**
 * A reader for the YAML that conda-lock and its kin write: one key or item a line, block style, texts on one line.
 * A lock has 40,000 lines, which a YAML parser takes half a second for. Whatever else occurs is left to that parser.
 */
import type { YamlNode, YamlTree } from "./yaml-node.ts";

/** Locks nest four levels deep. */
const MAXIMUM_DEPTH = 8;
const KEY = /^[A-Za-z0-9_./][\w./+~@!-]*$/;
const NULLS: ReadonlySet<string> = new Set(["~", "null", "Null", "NULL"]);

/** Something that needs a whole YAML parser; caught in `readLines`. */
class NotPlain extends Error {}

/** @returns the tree, or null where the text is not in the shape that this reader knows (it may be valid YAML) */
export function readLines(text: string): Extract<YamlTree, { kind: "tree" }> | null {
  const reader = new LineReader(text);
  try {
    const root = reader.node(0, 0);
    if (root === null || !reader.isAtEnd()) return null;
    return { kind: "tree", root, header: reader.header, comments: reader.comments };
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

class LineReader {
  readonly header: string[] = [];
  readonly comments: number[] = [];
  readonly #lines: readonly string[];
  /** 0-based line, and what it has: an item's first key stands behind its dash as if on a line of its own. */
  #index = -1;
  #indent = -1;
  #content = "";

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
    this.#next();
  }

  isAtEnd(): boolean {
    return this.#indent === -1;
  }

  /** The node whose lines have this indentation; null where there is none. */
  node(indent: number, depth: number): YamlNode | null {
    if (this.#indent !== indent) return null;
    if (depth > MAXIMUM_DEPTH) throw new NotPlain();
    return this.#isItem() ? this.#list(indent, depth, indent) : this.#map(indent, depth);
  }

  #isItem(): boolean {
    return this.#content.startsWith("- ");
  }

  #next(): void {
    for (;;) {
      this.#index += 1;
      const line = this.#lines[this.#index];
      if (line === undefined) {
        this.#indent = -1;
        this.#content = "";
        return;
      }
      const start = indentOf(line);
      if (start === line.length) continue;
      if (line.charCodeAt(start) !== 35) {
        this.#indent = start;
        this.#content = line.slice(start).trimEnd();
        return;
      }
      if (this.#content === "" && start === 0) this.header.push(line);
      else this.comments.push(this.#index + 1);
    }
  }

  #map(indent: number, depth: number): YamlNode {
    const entries = new Map<string, YamlNode>();
    const line = this.#index + 1;
    while (this.#indent === indent && !this.#isItem()) {
      const colon = keyEnd(this.#content);
      const key = keyOf(this.#content.slice(0, colon));
      if (entries.has(key)) throw new NotPlain();
      const rest = this.#content.slice(colon + 1).trimStart();
      entries.set(key, rest === "" ? this.#below(indent, depth, colon) : this.#beside(rest, indent + colon + 2));
    }
    if (this.#indent > indent || entries.size === 0) throw new NotPlain();
    return { kind: "map", entries, line };
  }

  /** The value of a key that ends its line. */
  #below(indent: number, depth: number, colon: number): YamlNode {
    const line = this.#index + 1;
    this.#next();
    const isList = this.#isItem();
    if (isList && this.#indent >= indent) return this.#list(this.#indent, depth + 1, indent);
    if (this.#indent <= indent) return { kind: "text", text: "", plain: true, column: indent + colon + 2, line };
    if (keyEnd(this.#content, true) !== -1) return this.node(this.#indent, depth + 1) as YamlNode;
    return this.#beside(this.#content, -1);
  }

  /** A text, and the step to the next line, which must not continue it. */
  #beside(written: string, column: number): YamlNode {
    const own = this.#indent;
    const node = scalar(written, column, this.#index + 1);
    this.#next();
    if (column === -1 ? this.#indent >= own : this.#indent > own) throw new NotPlain();
    return node;
  }

  #list(indent: number, depth: number, keyIndent: number): YamlNode {
    const items: YamlNode[] = [];
    const line = this.#index + 1;
    if (depth > MAXIMUM_DEPTH) throw new NotPlain();
    while (this.#indent === indent && this.#isItem()) {
      const rest = this.#content.slice(2);
      if (rest.startsWith(" ") || rest.startsWith("- ") || rest === "") throw new NotPlain();
      this.#indent = indent + 2;
      this.#content = rest;
      if (keyEnd(rest, true) === -1) items.push(this.#beside(rest, indent + 2));
      else items.push(this.#map(indent + 2, depth + 1));
    }
    if (this.#indent > indent) throw new NotPlain();
    return { kind: "list", items, indent: indent - keyIndent, line };
  }
}

function indentOf(line: string): number {
  let start = 0;
  while (line.charCodeAt(start) === 32) start += 1;
  if (line.charCodeAt(start) === 9) throw new NotPlain();
  return start;
}

/** Where the colon of a key stands; without one -1, or the end of the hope where a key is needed. */
function keyEnd(content: string, optional = false): number {
  if (content.startsWith("'") || content.startsWith('"')) {
    const close = content.indexOf(content.charAt(0), 1);
    if (content.charAt(close + 1) === ":" && close !== -1) return close + 1;
  } else {
    const colon = content.indexOf(": ");
    if (colon !== -1) return colon;
    if (content.endsWith(":")) return content.length - 1;
  }
  if (optional) return -1;
  throw new NotPlain();
}

function keyOf(written: string): string {
  if (KEY.test(written)) return written;
  const quote = written.charAt(0);
  const inner = written.slice(1, -1);
  const isQuoted = (quote === "'" || quote === '"') && written.length > 2 && written.endsWith(quote);
  if (!isQuoted || inner.includes(quote) || inner.includes("\\")) throw new NotPlain();
  return inner;
}

function scalar(written: string, column: number, line: number): YamlNode {
  if (written === "{}") return { kind: "map", entries: new Map(), line };
  if (written === "[]") return { kind: "list", items: [], indent: 0, line };
  const quote = written.charCodeAt(0);
  if (quote === 39 || quote === 34) {
    const inner = written.slice(1, -1);
    const isClosed = written.length > 1 && written.charCodeAt(written.length - 1) === quote;
    if (!isClosed || inner.includes(quote === 39 ? "'" : '"') || (quote === 34 && inner.includes("\\"))) {
      throw new NotPlain();
    }
    return { kind: "text", text: inner, plain: false, column, line };
  }
  if (!isPlain(written)) throw new NotPlain();
  return { kind: "text", text: NULLS.has(written) ? "" : written, plain: true, column, line };
}

/** YAML 1.2, 7.3.3: no indicator in front, no comment and no further key inside. */
function isPlain(written: string): boolean {
  if (/^[,[\]{}#&*!|>%@`]/.test(written) || /^[-?:](?: |$)/.test(written)) return false;
  return !written.includes(": ") && !written.endsWith(":") && !written.includes(" #") && !written.includes("\t");
}
