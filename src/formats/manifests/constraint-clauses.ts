/** A written constraint as clauses with their places, so that a rewrite touches nothing but versions. */
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";

/**
 * What a clause means. `exact` is one version; `prefix` all that begin with it (`==1.2.*`, conda's `=1.2`);
 * `caret`, `tilde` (`~1.2`) and `compatible` (`~=1.2`) a floor with a bound that follows from it.
 */
export type ClauseKind =
  | "exact"
  | "arbitrary"
  | "prefix"
  | "caret"
  | "tilde"
  | "compatible"
  | "at-least"
  | "above"
  | "below"
  | "at-most"
  | "not";

export interface ConstraintClause {
  readonly kind: ClauseKind;
  readonly version: Pep440Version;
  /** Of the operator, or of the version where there is none. */
  readonly start: number;
  readonly versionStart: number;
  /** End of the version, before a `.*`. */
  readonly versionEnd: number;
  readonly end: number;
}

const OPERATORS: Readonly<Record<string, ClauseKind>> = {
  "===": "arbitrary",
  "==": "exact",
  "~=": "compatible",
  "!=": "not",
  "<=": "at-most",
  ">=": "at-least",
  "<": "below",
  ">": "above",
  "^": "caret",
  "~": "tilde",
};

const CLAUSE = /(===|==|~=|!=|<=|>=|<|>|\^|~|=)?[ \t]*([vV]?\d[0-9A-Za-z!+_.-]*?)(\.\*|\.x)?(?=[\s,]|$)/g;

/** Reads the clauses of a PEP 440 or Poetry constraint without alternatives; null where something in it is no clause. */
export function clausesOf(text: string): readonly ConstraintClause[] | null {
  const clauses: ConstraintClause[] = [];
  let rest = "";
  let position = 0;
  for (const match of text.matchAll(CLAUSE)) {
    const [whole, operator = "", written = "", wildcard = ""] = match;
    const version = parseVersion(written);
    const kind = kindOf(operator, wildcard !== "");
    if (version === null || kind === null) return null;
    rest += text.slice(position, match.index);
    position = match.index + whole.length;
    const versionEnd = position - wildcard.length;
    clauses.push({
      kind,
      version,
      start: match.index,
      versionStart: versionEnd - written.length,
      versionEnd,
      end: position,
    });
  }
  rest += text.slice(position);
  return clauses.length > 0 && /^[\s,]*$/.test(rest) ? clauses : null;
}

function kindOf(operator: string, wildcard: boolean): ClauseKind | null {
  const isEquality = operator === "" || operator === "=" || operator === "==";
  if (wildcard) return isEquality ? "prefix" : operator === "!=" ? "not" : null;
  if (operator === "=" || operator === "") return "exact";
  return OPERATORS[operator] ?? null;
}
