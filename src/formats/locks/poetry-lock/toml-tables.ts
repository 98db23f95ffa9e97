/**
 * Reads the TOML that lock writers use, in file order and with line numbers, several times faster than a general parser.
 * Left out because no lock writer uses them, and refused: dotted keys in assignments, multi-line strings.
 */

/** A table in file order. `header`: it has a `[header]` of its own; else it is `{inline}`. */
export interface TableNode {
  readonly line: number;
  readonly header: boolean;
  readonly entries: Map<string, Node>;
}
export interface LiteralNode {
  readonly literal: string;
}
/** A list; `aot`: an array of `[[header]]` tables. */
export interface ListNode {
  readonly items: Node[];
  readonly aot: boolean;
}
export type Node = string | boolean | LiteralNode | ListNode | TableNode;

export type TomlReading =
  | {
      readonly kind: "table";
      readonly root: TableNode;
      readonly comments: readonly string[];
      readonly bodyComments: readonly number[];
    }
  | { readonly kind: "refused"; readonly line: number; readonly reason: string };

export function isTable(node: Node | undefined): node is TableNode {
  return typeof node === "object" && "entries" in node;
}
export function isList(node: Node | undefined): node is ListNode {
  return typeof node === "object" && "items" in node;
}

/** Reads a whole text; what cannot be read is a refusal with its line. */
export function readTomlTables(text: string): TomlReading {
  const scanner = new Scanner(text);
  try {
    return readDocument(scanner);
  } catch (error) {
    if (!(error instanceof SyntaxRefusal)) throw error;
    return { kind: "refused", line: scanner.lineAt(error.position), reason: error.message };
  }
}

/** Carries a position up to `readTomlTables`; never leaves this file. */
class SyntaxRefusal extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const MAXIMUM_DEPTH = 100;

class Scanner {
  readonly text: string;
  position = 0;
  depth = 0;
  private line = 1;
  private counted = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Positions are asked for in rising order, so lines are counted once; a position before the last starts again. */
  lineAt(position: number): number {
    if (position < this.counted) {
      this.counted = 0;
      this.line = 1;
    }
    for (;;) {
      const feed = this.text.indexOf("\n", this.counted);
      if (feed === -1 || feed >= position) return this.line;
      this.line += 1;
      this.counted = feed + 1;
    }
  }

  code(): number {
    return this.text.charCodeAt(this.position);
  }

  refuse(reason: string, position = this.position): never {
    throw new SyntaxRefusal(reason, position);
  }

  expect(character: string): void {
    if (this.text[this.position] !== character) {
      if (this.position >= this.text.length) this.refuse("the file ends in the middle: it is cut off");
      this.refuse(`expected ${character} here`);
    }
    this.position += 1;
  }

  /** Opens a list or table; a lock nests two deep, and hostile text must not exhaust the stack. */
  enter(character: string): void {
    this.depth += 1;
    if (this.depth > MAXIMUM_DEPTH) this.refuse("lists and tables are nested too deeply here");
    this.expect(character);
  }

  leave(character: string): void {
    this.depth -= 1;
    this.expect(character);
  }

  skipBlanks(): void {
    let code = this.code();
    while (code === 32 || code === 9) {
      this.position += 1;
      code = this.code();
    }
  }

  /** Blanks, line ends and comments, as between the elements of a list. */
  skipFiller(onComment: (position: number) => void): void {
    for (;;) {
      const code = this.code();
      if (code === 32 || code === 9 || code === 10 || code === 13) this.position += 1;
      else if (code === 35) {
        onComment(this.position);
        this.skipLine();
      } else return;
    }
  }

  skipLine(): void {
    const feed = this.text.indexOf("\n", this.position);
    this.position = feed === -1 ? this.text.length : feed;
  }
}

interface Document {
  readonly scanner: Scanner;
  readonly root: TableNode;
  readonly bodyComments: number[];
}

function readDocument(scanner: Scanner): TomlReading {
  const comments: string[] = [];
  const document: Document = {
    scanner,
    root: { line: 1, header: true, entries: new Map() },
    bodyComments: [],
  };
  let current = document.root;
  let inBody = false;
  for (;;) {
    scanner.skipFiller((position) => {
      const end = scanner.text.indexOf("\n", position);
      const comment = scanner.text.slice(position, end === -1 ? undefined : end).trimEnd();
      if (inBody) document.bodyComments.push(scanner.lineAt(position));
      else comments.push(comment);
    });
    if (scanner.position >= scanner.text.length) break;
    inBody = true;
    if (scanner.code() === 91) current = readHeader(document);
    else readAssignment(document, current);
    endLine(document);
  }
  return { kind: "table", root: document.root, comments, bodyComments: document.bodyComments };
}

function endLine({ scanner, bodyComments }: Document): void {
  scanner.skipBlanks();
  const code = scanner.code();
  if (code === 35) {
    bodyComments.push(scanner.lineAt(scanner.position));
    scanner.skipLine();
  } else if (code === 13 && scanner.text.charCodeAt(scanner.position + 1) === 10) scanner.position += 1;
  else if (code !== 10 && scanner.position < scanner.text.length) scanner.refuse("expected the end of the line here");
}

function readHeader(document: Document): TableNode {
  const { scanner } = document;
  const start = scanner.position;
  const isArray = scanner.text[start + 1] === "[";
  scanner.position += isArray ? 2 : 1;
  const path: string[] = [];
  for (;;) {
    scanner.skipBlanks();
    path.push(readKey(scanner));
    if (path.length > MAXIMUM_DEPTH) scanner.refuse("this header is nested too deeply");
    scanner.skipBlanks();
    if (scanner.text[scanner.position] !== ".") break;
    scanner.position += 1;
  }
  scanner.expect("]");
  if (isArray) scanner.expect("]");
  return openTable(document, path, { isArray, start });
}

function openTable(
  document: Document,
  path: readonly string[],
  header: { readonly isArray: boolean; readonly start: number },
): TableNode {
  const { scanner } = document;
  let table = document.root;
  const line = scanner.lineAt(header.start);
  for (const key of path.slice(0, -1)) {
    const present = table.entries.get(key);
    const created: TableNode = { line, header: true, entries: new Map() };
    if (present === undefined) table.entries.set(key, created);
    const next = isList(present) ? present.items.at(-1) : (present ?? created);
    if (!isTable(next)) return scanner.refuse(`${key} is not a table`, header.start);
    table = next;
  }
  const last = path.at(-1) ?? "";
  const present = table.entries.get(last);
  const created: TableNode = { line, header: true, entries: new Map() };
  if (!header.isArray) {
    if (present !== undefined) scanner.refuse(`${path.join(".")} stands twice`, header.start);
    table.entries.set(last, created);
  } else if (present === undefined) table.entries.set(last, { items: [created], aot: true });
  else if (isList(present) && present.aot) present.items.push(created);
  else scanner.refuse(`${path.join(".")} stands twice`, header.start);
  return created;
}

function readAssignment(document: Document, table: TableNode): void {
  const { scanner } = document;
  const start = scanner.position;
  const key = readKey(scanner);
  scanner.skipBlanks();
  scanner.expect("=");
  scanner.skipBlanks();
  const value = readValue(document);
  if (table.entries.has(key)) scanner.refuse(`${key} stands twice`, start);
  table.entries.set(key, value);
}

function readKey(scanner: Scanner): string {
  const code = scanner.code();
  if (code === 34 || code === 39) return readString(scanner);
  const start = scanner.position;
  while (isBareKeyCode(scanner.code())) scanner.position += 1;
  if (scanner.position > start) return scanner.text.slice(start, scanner.position);
  const rest = scanner.text.slice(scanner.position, scanner.position + 8);
  if (/^(<{7}|={7}|>{7}|\|{7})/.test(rest)) scanner.refuse("a merge conflict is not resolved here");
  if (scanner.position >= scanner.text.length) scanner.refuse("the file ends in the middle: it is cut off");
  return scanner.refuse("expected a key or a table here");
}

function isBareKeyCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 45 ||
    code === 95
  );
}

function readValue(document: Document): Node {
  const { scanner } = document;
  const code = scanner.code();
  if (code === 34 || code === 39) return readString(scanner);
  if (code === 91) return readList(document);
  if (code === 123) return readInlineTable(document);
  const start = scanner.position;
  while (isLiteralCode(scanner.code())) scanner.position += 1;
  const literal = scanner.text.slice(start, scanner.position);
  if (literal === "") {
    if (scanner.position >= scanner.text.length) scanner.refuse("the file ends in the middle: it is cut off");
    return scanner.refuse("expected a value here");
  }
  if (literal === "true") return true;
  if (literal === "false") return false;
  if (!/^[+-]?(\d|inf$|nan$)/.test(literal)) scanner.refuse(`${literal} is not a value`);
  return { literal };
}

/** Numbers, dates and `true`: letters, digits and `_-+:.`. */
function isLiteralCode(code: number): boolean {
  return isBareKeyCode(code) || code === 43 || code === 46 || code === 58;
}

function readList(document: Document): ListNode {
  const { scanner } = document;
  const items: Node[] = [];
  const onComment = (position: number): void => {
    document.bodyComments.push(scanner.lineAt(position));
  };
  scanner.enter("[");
  for (;;) {
    scanner.skipFiller(onComment);
    if (scanner.code() === 93) break;
    items.push(readValue(document));
    scanner.skipFiller(onComment);
    if (scanner.code() !== 44) break;
    scanner.position += 1;
  }
  scanner.leave("]");
  return { items, aot: false };
}

function readInlineTable(document: Document): TableNode {
  const { scanner } = document;
  const table: TableNode = { line: scanner.lineAt(scanner.position), header: false, entries: new Map() };
  scanner.enter("{");
  scanner.skipBlanks();
  while (scanner.code() !== 125) {
    readAssignment(document, table);
    scanner.skipBlanks();
    if (scanner.code() !== 44) break;
    scanner.position += 1;
    scanner.skipBlanks();
  }
  scanner.leave("}");
  return table;
}

function readString(scanner: Scanner): string {
  const { text } = scanner;
  const start = scanner.position;
  const quote = text[start] ?? "";
  if (text.startsWith(quote.repeat(3), start)) scanner.refuse("multi-line strings are not read in a lock");
  const end = endOfString(text, start, quote);
  const feed = text.indexOf("\n", start);
  if (end === -1 || (feed !== -1 && feed < end)) {
    scanner.refuse(feed === -1 ? "the file ends in the middle: it is cut off" : "this string has no end");
  }
  scanner.position = end + 1;
  const raw = text.slice(start + 1, end);
  return quote === '"' && raw.includes("\\") ? unescape(scanner, raw, start) : raw;
}

/** Offset of the closing quote, or -1. */
function endOfString(text: string, start: number, quote: string): number {
  let end = text.indexOf(quote, start + 1);
  if (quote === "'") return end;
  while (end !== -1 && isEscaped(text, start, end)) end = text.indexOf(quote, end + 1);
  return end;
}

function isEscaped(text: string, start: number, end: number): boolean {
  let backslashes = 0;
  while (end - 1 - backslashes > start && text.charCodeAt(end - 1 - backslashes) === 92) backslashes += 1;
  return backslashes % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
  '"': '"',
  "\\": "\\",
};

function unescape(scanner: Scanner, raw: string, start: number): string {
  return raw.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.?))/gsu, (...match) => {
    const [, short, long, byte, simple] = match as (string | undefined)[];
    const digits = short ?? long ?? byte;
    if (digits === undefined) return ESCAPES[simple ?? ""] ?? scanner.refuse(`\\${simple ?? ""} is no escape`, start);
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) scanner.refuse(`\\u${digits} is no character`, start);
    return String.fromCodePoint(code);
  });
}
