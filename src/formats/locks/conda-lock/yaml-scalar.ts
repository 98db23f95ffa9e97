/** Texts as PyYAML writes them: plain, in single or in double quotes, folded behind column 80. */
import { isImplicit } from "./yaml-implicit.ts";

export interface ScalarPlace {
  /** 0-based column of the first character. */
  readonly column: number;
  /** Of the lines that it continues on. */
  readonly indent: number;
  /** A key stays on one line. */
  readonly isKey: boolean;
}

export const YAML_WIDTH = 80;

/** The text of a scalar, line breaks and indentation included (YAML 1.1; `yaml.dump` with its defaults). */
export function yamlScalar(text: string, place: ScalarPlace): string {
  const analysis = analyse(text);
  const multiline = text.includes("\n");
  const fitsPlain = analysis.plain && !(place.isKey && (text === "" || multiline));
  if (fitsPlain && !isImplicit(text)) return plain(text, place);
  return analysis.single && !(place.isKey && multiline) ? single(text, place) : double(text, place);
}

/** Characters that only double quotes can hold: `allow_unicode` is off. */
const SPECIAL = /[^\n\x20-\x7E]/;
const PLAIN_START = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.)/;

function analyse(text: string): { readonly plain: boolean; readonly single: boolean } {
  if (text === "") return { plain: true, single: true };
  const isSpecial = SPECIAL.test(text);
  const single = !isSpecial && !text.includes(" \n") && !text.includes("\n ");
  const hasIndicator = PLAIN_START.test(text) || /:(?:\s|$)/.test(text) || /\s#/.test(text);
  return { single, plain: single && !hasIndicator && !/^ | $|\n/.test(text) };
}

/** Spaces at which a line is folded, and the pieces between. */
class Folding {
  readonly #place: ScalarPlace;
  #column: number;
  #out = "";

  constructor(place: ScalarPlace, opening: string) {
    this.#place = place;
    this.#column = place.column + opening.length;
    this.#out = opening;
  }

  get column(): number {
    return this.#column;
  }

  write(piece: string): void {
    this.#out += piece;
    this.#column += Array.from(piece).length;
  }

  newLine(breaks = 1): void {
    this.#out += "\n".repeat(breaks) + " ".repeat(this.#place.indent);
    this.#column = this.#place.indent;
  }

  text(closing: string): string {
    return this.#out + closing;
  }
}

function plain(text: string, place: ScalarPlace): string {
  if (!text.includes(" ")) return text;
  const folding = new Folding(place, "");
  for (const piece of text.split(/( +)/)) {
    if (piece === " " && folding.column > YAML_WIDTH && !place.isKey) folding.newLine();
    else folding.write(piece);
  }
  return folding.text("");
}

function single(text: string, place: ScalarPlace): string {
  if (!/[ \n]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const folding = new Folding(place, "'");
  let end = 0;
  for (const piece of text.split(/( +|\n+)/)) {
    const isInner = end !== 0 && end + piece.length !== text.length;
    end += piece.length;
    // A line break in quotes reads as a space, so one more is written.
    if (piece.startsWith("\n")) folding.newLine(piece.length + 1);
    else if (piece === " " && folding.column > YAML_WIDTH && !place.isKey && isInner) folding.newLine();
    else folding.write(piece.replaceAll("'", "''"));
  }
  return folding.text("'");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\0", "0"],
  ["\x07", "a"],
  ["\x08", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\x0B", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\x1B", "e"],
  ['"', '"'],
  ["\\", "\\"],
  ["\x85", "N"],
  ["\xA0", "_"],
  ["\u2028", "L"],
  ["\u2029", "P"],
]);

function escaped(character: string): string {
  const short = ESCAPES.get(character);
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

const NEEDS_ESCAPE = /^(?:["\\]|[^\x20-\x7E])$/u;

/** Follows PyYAML's `write_double_quoted`: what is pending is written at an escape, at the end, and where a line is full. */
function double(text: string, place: ScalarPlace): string {
  const folding = new Folding(place, '"');
  const characters = Array.from(text);
  let pending = "";
  for (const [end, character] of characters.entries()) {
    const needsEscape = NEEDS_ESCAPE.test(character);
    if (needsEscape) {
      folding.write(pending + escaped(character));
      pending = "";
    }
    const mayFold = end > 0 && end < characters.length - 1 && (character === " " || needsEscape || pending === "");
    if (mayFold && !place.isKey && folding.column + pending.length > YAML_WIDTH) {
      folding.write(`${pending}\\`);
      pending = "";
      folding.newLine();
      const next = needsEscape ? characters[end + 1] : character;
      if (next === " ") folding.write("\\");
    }
    if (!needsEscape) pending += character;
  }
  folding.write(pending);
  return folding.text('"');
}
