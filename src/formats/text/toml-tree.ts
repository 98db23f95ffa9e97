/** TOML as a tree of values that know where they stand. */
import { parseTOML, type AST } from "toml-eslint-parser";

export interface TomlString {
  readonly kind: "string";
  readonly value: string;
  /** Of what stands between the quotes. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** How many characters of `value` stand at `start` as they are, up to the first escape. */
  readonly verbatimLength: number;
}
/** `text` is the number or date as written; `value` only for what JSON can hold. */
export interface TomlScalar {
  readonly kind: "integer" | "float" | "boolean" | "date";
  readonly text: string;
  readonly line: number;
}
export interface TomlList {
  readonly kind: "list";
  readonly items: readonly TomlNode[];
  readonly line: number;
}
export interface TomlTable {
  readonly kind: "table";
  readonly entries: ReadonlyMap<string, TomlNode>;
  /** Line of its header, its `{`, or its first key. */
  readonly line: number;
  /** Lines of its keys. */
  readonly keyLines: ReadonlyMap<string, number>;
}
export type TomlNode = TomlString | TomlScalar | TomlList | TomlTable;

export type TomlReading =
  | { readonly kind: "tree"; readonly root: TomlTable; readonly comments: readonly TomlComment[] }
  | { readonly kind: "refused"; readonly line: number | null; readonly reason: string };

export interface TomlComment {
  readonly line: number;
  /** Without `#`. */
  readonly text: string;
}

interface MutableTable extends TomlTable {
  readonly entries: Map<string, TomlNode>;
  readonly keyLines: Map<string, number>;
}

/** Readers of the tree go down by recursion, which hostile text must not exhaust. */
const MAXIMUM_DEPTH = 100;

/** Carries the line up to `readTomlTree`. */
class DepthRefusal extends Error {
  readonly lineNumber: number;
  constructor(line: number) {
    super("its keys are nested too deeply");
    this.lineNumber = line;
  }
}

/** Reads a TOML 1.1 text. */
export function readTomlTree(text: string): TomlReading {
  try {
    const program = parseTOML(text, { tomlVersion: "1.1" });
    const [top] = program.body;
    const root = emptyTable(1);
    for (const node of top.body) {
      if (node.type === "TOMLKeyValue") assign(root, node, text);
      else openTable(root, node, text);
    }
    const comments = program.comments.map(({ loc, value }) => ({ line: loc.start.line, text: value.trim() }));
    return { kind: "tree", root, comments };
  } catch (error) {
    if (!isParseError(error)) throw error;
    const line = error.lineNumber ?? null;
    return { kind: "refused", line, reason: `it is not valid TOML: ${error.message}` };
  }
}

/** The value at a path of keys, or undefined. */
export function tomlAt(node: TomlNode | undefined, ...path: readonly string[]): TomlNode | undefined {
  let current = node;
  for (const key of path) current = current?.kind === "table" ? current.entries.get(key) : undefined;
  return current;
}

/** The same as plain data, for comparing: numbers and dates as `{ kind, text }`, tables as sorted entries. */
export function tomlPlain(node: TomlNode): unknown {
  switch (node.kind) {
    case "string":
      return node.value;
    case "list":
      return node.items.map(tomlPlain);
    case "table":
      return { entries: [...node.entries].map(([key, value]) => [key, tomlPlain(value)]) };
    case "integer":
    case "float":
    case "boolean":
    case "date":
      return { kind: node.kind, text: node.text };
  }
}

function isParseError(error: unknown): error is Error & { readonly lineNumber?: number } {
  return error instanceof SyntaxError || (error instanceof Error && "lineNumber" in error);
}

function emptyTable(line: number): MutableTable {
  return { kind: "table", entries: new Map(), keyLines: new Map(), line };
}

function openTable(root: MutableTable, node: AST.TOMLTable, text: string): void {
  const keys = node.key.keys.map(keyName);
  const line = node.loc.start.line;
  const parent = descend(root, keys.slice(0, -1), line);
  const last = keys.at(-1) ?? "";
  const table = emptyTable(line);
  const present = parent.entries.get(last);
  if (node.kind === "array") {
    if (present?.kind === "list") (present.items as TomlNode[]).push(table);
    else put(parent, last, { kind: "list", items: [table], line });
  } else if (present?.kind === "table") {
    // `[a.b]` before `[a]`, or `a.b = 1` in the table above: the same table goes on.
    for (const entry of node.body) assign(present as MutableTable, entry, text);
    return;
  } else put(parent, last, table);
  for (const entry of node.body) assign(table, entry, text);
}

function put(table: MutableTable, key: string, value: TomlNode): void {
  table.entries.set(key, value);
  table.keyLines.set(key, value.line);
}

function descend(root: MutableTable, keys: readonly string[], line: number): MutableTable {
  if (keys.length > MAXIMUM_DEPTH) throw new DepthRefusal(line);
  let table = root;
  for (const key of keys) {
    const present = table.entries.get(key);
    const next = present?.kind === "list" ? present.items.at(-1) : present;
    if (next?.kind === "table") table = next as MutableTable;
    else {
      const created = emptyTable(line);
      put(table, key, created);
      table = created;
    }
  }
  return table;
}

function assign(table: MutableTable, node: AST.TOMLKeyValue, text: string): void {
  const keys = node.key.keys.map(keyName);
  const line = node.loc.start.line;
  const parent = descend(table, keys.slice(0, -1), line);
  parent.entries.set(keys.at(-1) ?? "", valueOf(node.value, text));
  parent.keyLines.set(keys.at(-1) ?? "", line);
}

function keyName(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function valueOf(node: AST.TOMLContentNode, text: string): TomlNode {
  const line = node.loc.start.line;
  if (node.type === "TOMLArray") {
    return { kind: "list", items: node.elements.map((element) => valueOf(element, text)), line };
  }
  if (node.type === "TOMLInlineTable") {
    const table = emptyTable(line);
    for (const entry of node.body) assign(table, entry, text);
    return table;
  }
  const written = text.slice(node.range[0], node.range[1]);
  if (node.kind === "string") {
    const quote = node.multiline ? 3 : 1;
    const start = node.range[0] + quote;
    const end = node.range[1] - quote;
    const verbatimLength = commonLength(text.slice(start, end), node.value);
    return { kind: "string", value: node.value, start, end, line, verbatimLength };
  }
  const kind = node.kind === "integer" || node.kind === "float" || node.kind === "boolean" ? node.kind : "date";
  return { kind, text: written, line };
}

function commonLength(written: string, value: string): number {
  if (written === value) return value.length;
  let length = 0;
  while (length < value.length && written[length] === value[length]) length += 1;
  return length;
}
