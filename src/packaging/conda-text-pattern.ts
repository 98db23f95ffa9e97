/** How a MatchSpec describes a text: literally, as a glob or as a regular expression. CEP 29, "String matching". */

/** Case never matters. */
export type TextPattern =
  | { readonly kind: "exact"; readonly text: string; readonly folded: string }
  /** `pieces` are what stands between the `*`, in lower case. */
  | { readonly kind: "glob"; readonly text: string; readonly pieces: readonly string[] }
  | { readonly kind: "regex"; readonly text: string; readonly expression: RegExp };

/** Why a text is no version spec, MatchSpec or pattern. */
export interface CondaSpecProblem {
  readonly problem: string;
}

export function isCondaSpecProblem(value: object): value is CondaSpecProblem {
  return "problem" in value;
}

/** Longer texts are refused, so that none takes long to read; real ones stay below 300 characters. */
export const LONGEST_SPEC = 2048;

/** Texts come from repositories and channels, so an expression must not be able to take exponential time. */
const MOST_REPETITIONS = 4;
const LONGEST_MATCHED_TEXT = 256;

/** Reads `^…$` as a regular expression, a text with `*` as a glob, all else literally. */
export function parseTextPattern(text: string): TextPattern | CondaSpecProblem {
  if (text.startsWith("^") || text.endsWith("$")) return parseExpression(text);
  const folded = text.toLowerCase();
  return text.includes("*") ? { kind: "glob", text, pieces: folded.split("*") } : { kind: "exact", text, folded };
}

/** Whether all of `text` fits, in any case of letters. */
export function textPatternMatches(pattern: TextPattern, text: string): boolean {
  switch (pattern.kind) {
    case "exact":
      return text === pattern.text || text.toLowerCase() === pattern.folded;
    case "glob":
      return globMatches(pattern.pieces, text.toLowerCase());
    case "regex":
      return text.length <= LONGEST_MATCHED_TEXT && pattern.expression.test(text);
  }
}

function parseExpression(text: string): TextPattern | CondaSpecProblem {
  if (!text.startsWith("^") || !text.endsWith("$") || text.length < 2) {
    return { problem: `"${text}": a regular expression starts with ^ and ends with $` };
  }
  if (/\(\?(?!:)|\\[1-9k]/.test(text)) {
    return { problem: `"${text}": lookaround and references are not supported in a regular expression` };
  }
  const literal = text.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
  const repetitions = literal.match(/[*+]|\{\d*,?\d*\}/g)?.length ?? 0;
  if (/\)[*+{]/.test(literal) || repetitions > MOST_REPETITIONS) {
    return { problem: `"${text}" repeats a group, or repeats more than ${MOST_REPETITIONS} times: write it simpler` };
  }
  try {
    return { kind: "regex", text, expression: new RegExp(text, "i") };
  } catch {
    return { problem: `"${text}" is not a regular expression` };
  }
}

/** Each piece at the first place where it fits: no other choice can succeed where this fails. */
function globMatches(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let place = first.length;
  for (let index = 1; index < pieces.length - 1; index += 1) {
    const piece = pieces[index] ?? "";
    const found = text.indexOf(piece, place);
    if (found < 0 || found + piece.length > end) return false;
    place = found + piece.length;
  }
  return true;
}
