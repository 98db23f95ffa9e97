/** Takes a marker's text apart, token by token. */
import type { MarkerOperator, MarkerProblem } from "./marker-syntax.ts";

export type MarkerOperand = { readonly kind: "name" | "literal"; readonly text: string };

const BLANKS = /\s*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_.]*/y;
const OPERATOR = /===|==|!=|<=|>=|~=|<|>|not\s+in(?![A-Za-z0-9_])|in(?![A-Za-z0-9_])/y;
const LITERAL = /'([^']*)'|"([^"]*)"/y;

/** Deeper nesting than any sensible marker has; keeps hostile metadata from exhausting the stack. */
const DEEPEST = 200;

/** A position that moves over a text. */
export class MarkerReader {
  position: number;
  readonly #text: string;
  #depth = 0;

  constructor(text: string, position: number) {
    this.#text = text;
    this.position = position;
    this.#skipBlanks();
  }

  atEnd(): boolean {
    return this.position >= this.#text.length;
  }

  problem(message: string, position = this.position): MarkerProblem {
    return { message: `${message} in the marker "${this.#text}"`, position };
  }

  /** Opens a level of parentheses, if there may be one more. */
  enter(): boolean {
    this.#depth += 1;
    return this.#depth <= DEEPEST;
  }

  leave(): void {
    this.#depth -= 1;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.#text.startsWith(symbol, this.position)) return false;
    this.position += symbol.length;
    this.#skipBlanks();
    return true;
  }

  takeWord(word: string): boolean {
    const before = this.position;
    if (this.#take(NAME)?.[0] === word) return true;
    this.position = before;
    return false;
  }

  takeOperator(): MarkerOperator | null {
    const found = this.#take(OPERATOR)?.[0];
    if (found === undefined) return null;
    return (found.startsWith("not") ? "not in" : found) as MarkerOperator;
  }

  takeOperand(): MarkerOperand | null {
    const literal = this.#take(LITERAL);
    if (literal !== null) return { kind: "literal", text: literal[1] ?? literal[2] ?? "" };
    const name = this.#take(NAME);
    return name === null ? null : { kind: "name", text: name[0] };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern);
    sticky.lastIndex = this.position;
    const match = sticky.exec(this.#text);
    if (match === null) return null;
    this.position += match[0].length;
    this.#skipBlanks();
    return match;
  }

  #skipBlanks(): void {
    const blanks = new RegExp(BLANKS);
    blanks.lastIndex = this.position;
    this.position += blanks.exec(this.#text)?.[0].length ?? 0;
  }
}
