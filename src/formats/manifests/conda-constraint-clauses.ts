/** A written conda version constraint as clauses with their places. CEP 29, "Version matching". */
import { parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { ClauseKind } from "./constraint-clauses.ts";

export interface CondaConstraintClause {
  /** `prefix` is `=1.2`, `1.2.*` and `==1.2.*`; `exact` is `==1.2` and a version alone. */
  readonly kind: Exclude<ClauseKind, "arbitrary" | "caret" | "tilde">;
  readonly version: CondaVersion;
  readonly start: number;
  readonly versionStart: number;
  /** End of the version, before a `.*`. */
  readonly versionEnd: number;
  readonly end: number;
  readonly hasGlob: boolean;
}

const CLAUSE =
  /^(?<front>\s*(?<operator>==|!=|<=|>=|~=|<|>|=)?\s*)(?<version>[\w!+-]+(?:\.[\w!+-]+)*)(?<glob>[.*]*)\s*$/;

/** Longer texts are no constraint that people write. */
const LONGEST = 1000;

/**
 * Reads the clauses of a constraint that has no alternatives.
 * @param exact whether `=1.2` is 1.2 alone, as in `name=1.2=build`
 * @returns null where something in it is no plain clause: a regular expression, an inner glob, parentheses, `|`
 */
export function condaClausesOf(text: string, exact: boolean): readonly CondaConstraintClause[] | null {
  if (text.length > LONGEST) return null;
  const clauses: CondaConstraintClause[] = [];
  let start = 0;
  for (const piece of text.split(",")) {
    const clause = clauseOf(piece, start, exact);
    if (clause === null) return null;
    clauses.push(clause);
    start += piece.length + 1;
  }
  return clauses;
}

function clauseOf(piece: string, offset: number, exact: boolean): CondaConstraintClause | null {
  const { front = "", operator = "", version: written = "", glob = "" } = CLAUSE.exec(piece)?.groups ?? {};
  const version = parseCondaVersion(written);
  if (version === null || !/^(?:\.?\*)*\.?$/.test(glob) || glob === ".") return null;
  const versionStart = offset + front.length;
  const versionEnd = versionStart + written.length;
  return {
    kind: kindOf(operator, glob !== "", exact),
    version,
    start: offset + front.length - front.trimStart().length,
    versionStart,
    versionEnd,
    end: versionEnd + glob.length,
    hasGlob: glob !== "",
  };
}

function kindOf(operator: string, hasGlob: boolean, exact: boolean): CondaConstraintClause["kind"] {
  switch (operator) {
    case "!=":
      return "not";
    case "~=":
      return "compatible";
    case ">=":
      return "at-least";
    case ">":
      return "above";
    case "<":
      return "below";
    case "<=":
      return "at-most";
    case "=":
      return hasGlob || !exact ? "prefix" : "exact";
    default:
      return hasGlob ? "prefix" : "exact";
  }
}
