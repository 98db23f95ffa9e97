/** Splits the options of a requirements line as a POSIX shell would; pip uses Python's shlex for it. */

export interface Argument {
  /** Without quotes and backslashes. */
  readonly value: string;
  /** Where it stands in the line, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** The arguments from `from` on, or null where a quote or a backslash is left open. */
export function splitArguments(text: string, from: number): readonly Argument[] | null {
  const found: Argument[] = [];
  let index = from;
  while (index < text.length) {
    if (isBlank(text[index])) {
      index += 1;
      continue;
    }
    const argument = readArgument(text, index);
    if (argument === null) return null;
    found.push(argument);
    index = argument.end;
  }
  return found;
}

function readArgument(text: string, start: number): Argument | null {
  let value = "";
  let index = start;
  while (index < text.length && !isBlank(text[index])) {
    const character = text[index] ?? "";
    if (character === "\\") {
      if (index + 1 >= text.length) return null;
      value += text[index + 1] ?? "";
      index += 2;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(text, index);
      if (quoted === null) return null;
      value += quoted.value;
      index = quoted.end;
    } else {
      value += character;
      index += 1;
    }
  }
  return { value, start, end: index };
}

function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } | null {
  const quote = text[start];
  let value = "";
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (character === quote) return { value, end: index + 1 };
    // Within double quotes a backslash only escapes a backslash and the quote itself.
    const next = text[index + 1];
    if (quote === '"' && character === "\\" && (next === '"' || next === "\\")) {
      value += next;
      index += 1;
    } else {
      value += character;
    }
  }
  return null;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}
