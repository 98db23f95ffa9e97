/** The `[key=value, …]` at the end of a MatchSpec. CEP 29; lists of CEP 44 and 45. */
import type { CondaSpecProblem } from "./conda-text-pattern.ts";

/** What stands before the brackets, and what stands in them: a text, or the items of a list. */
export interface BracketedText {
  readonly before: string;
  readonly fields: ReadonlyMap<string, string | readonly string[]>;
  /** Where the value of each field starts in the text, its quote included. */
  readonly starts: ReadonlyMap<string, number>;
}

/** Parts a MatchSpec from its comment and its brackets. */
export function splitBrackets(text: string): BracketedText | CondaSpecProblem {
  const bare = withoutComment(text).trim();
  if (!bare.endsWith("]")) return { before: bare, fields: new Map(), starts: NO_STARTS };
  // A build or a name that is a regular expression may have brackets of its own, which do not hold an assignment.
  for (let start = bare.indexOf("["); start >= 0; start = bare.indexOf("[", start + 1)) {
    if (closingBracket(bare, start) !== bare.length - 1) continue;
    const read = readFields(bare.slice(start + 1, -1), text.indexOf(bare) + start + 1);
    return "problem" in read ? read : { before: bare.slice(0, start).trim(), ...read };
  }
  return { problem: `"${text}": a bracket is not closed, or there are several pairs` };
}

const NO_STARTS: BracketedText["starts"] = new Map();

/** A `#` in a quoted value is part of the value. */
function withoutComment(text: string): string {
  if (!text.includes("#")) return text;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "[") depth += 1;
    else if (character === "]") depth -= 1;
    else if (depth > 0 && isQuote(character)) index = closingQuote(text, index);
    else if (character === "#") return text.slice(0, index);
  }
  return text;
}

/** Place of the `]` of the `[` at `start`; past the end where there is none. */
function closingBracket(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (isQuote(character)) index = closingQuote(text, index);
    else if (character === "[") depth += 1;
    else if (character === "]") {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return text.length;
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}

/** Place of the quote that ends the one at `start`; past the end where there is none. */
function closingQuote(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text.charAt(index) === "\\") index += 1;
    else if (text.charAt(index) === text.charAt(start)) return index;
  }
  return text.length;
}

const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,"'[\]]+`;
const FIELD = new RegExp(String.raw`\s*([A-Za-z0-9_-]+)\s*=\s*(\[[^\]]*\]|${VALUE})(?:\s*,|\s+|$)`, "sy");
const ITEM = new RegExp(String.raw`\s*(${VALUE})\s*(?:,|$)`, "sy");

/** @param offset of `text` in the whole spec */
function readFields(text: string, offset: number): Omit<BracketedText, "before"> | CondaSpecProblem {
  const fields = new Map<string, string | readonly string[]>();
  const starts = new Map<string, number>();
  let place = 0;
  while (text.slice(place).trim() !== "") {
    FIELD.lastIndex = place;
    const [whole, key, value] = FIELD.exec(text) ?? [];
    if (whole === undefined || key === undefined || value === undefined) {
      return { problem: `"${text.slice(place).trim()}" in brackets is not KEY=VALUE` };
    }
    const items = value.startsWith("[") ? readItems(value.slice(1, -1)) : unquoted(value);
    if (items === null || items === "") return { problem: `the value of "${key}" in brackets is not readable` };
    fields.set(key.toLowerCase(), items);
    starts.set(key.toLowerCase(), offset + place + whole.lastIndexOf(value));
    place += whole.length;
  }
  return { fields, starts };
}

function readItems(text: string): string[] | null {
  const items: string[] = [];
  let place = 0;
  while (text.slice(place).trim() !== "") {
    ITEM.lastIndex = place;
    const [whole, value] = ITEM.exec(text) ?? [];
    if (whole === undefined || value === undefined) return null;
    items.push(unquoted(value));
    place += whole.length;
  }
  return items;
}

function unquoted(value: string): string {
  return isQuote(value.charAt(0)) ? value.slice(1, -1).replaceAll(/\\(.)/gs, "$1").trim() : value;
}
