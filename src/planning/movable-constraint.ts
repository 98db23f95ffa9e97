/** Which part of a written constraint may move, and the wider requirement to solve with instead. */
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";

/** A requirement to solve with in place of the written one; PEP 440 text that Poetry reads alike. */
export interface MovableConstraint {
  /** For moves within the major version. */
  readonly withinMajor: string;
  /** For moves to any newer version, or null where the constraint must not be left. */
  readonly anyMajor: string | null;
  /** Why it must not be left, or null. */
  readonly cap: string | null;
}

/** A pin and its kin: what people write to name one version or series, and expect a bot to raise. */
const SERIES = /^(?:\^|~=|~|===?|=)?\s*v?(\d[^\s,|]*?)(?:\.\*)?$/u;
const CLAUSE = /^(>=|>|<=|<|!=)\s*(\S+)$/u;

/**
 * Reads a constraint for what may move.
 * @param text as written, PEP 440 or Poetry
 * @param current the version in use: locked, or named by the constraint itself
 */
export function movableConstraint(text: string, current: Pep440Version): MovableConstraint {
  const written = text.trim();
  if (written.includes("||")) {
    return stays(written, `alternatives (${written}) are kept as they are`);
  }
  const clauses = written.split(",").map((clause) => clause.trim());
  const floor = publicText(current);
  const nextMajor = majorBound(current);
  if (written === "" || written === "*") {
    return { withinMajor: `<${nextMajor}`, anyMajor: "*", cap: null };
  }
  const exclusions = clauses.filter((clause) => clause.startsWith("!="));
  const rest = clauses.filter((clause) => !clause.startsWith("!="));
  const [only] = rest;
  if (rest.length === 1 && only !== undefined && SERIES.test(only)) {
    return {
      withinMajor: [`>=${floor}`, `<${nextMajor}`, ...exclusions].join(","),
      anyMajor: [`>=${floor}`, ...exclusions].join(","),
      cap: null,
    };
  }
  return boundedConstraint(written, rest, exclusions, current);
}

/** `>=a`, `>=a,<b` and the like: a bound at the next major is the habit of semantic versioning, a lower one is meant. */
function boundedConstraint(
  written: string,
  clauses: readonly string[],
  exclusions: readonly string[],
  current: Pep440Version,
): MovableConstraint {
  const parsed = clauses.map((clause) => CLAUSE.exec(clause));
  if (parsed.some((clause) => clause === null)) {
    return stays(written, `${written} combines a series with bounds and is kept as it is`);
  }
  const upper = parsed.filter((clause) => clause?.[1] === "<" || clause?.[1] === "<=");
  const floor = `>=${publicText(current)}`;
  const nextMajor = `<${majorBound(current)}`;
  if (upper.length === 0) {
    return { withinMajor: [written, nextMajor].join(","), anyMajor: [floor, ...exclusions].join(","), cap: null };
  }
  const habitual = upper.length === 1 && upper[0]?.[1] === "<" && isMajorBound(upper[0][2] ?? "", current);
  return habitual
    ? { withinMajor: written, anyMajor: [floor, ...exclusions].join(","), cap: null }
    : stays(`${written},${nextMajor}`, `the upper bound of ${written} is kept`);
}

function stays(text: string, cap: string): MovableConstraint {
  return { withinMajor: text, anyMajor: null, cap };
}

/** `<2`, `<2.0`, `<2.0.0` for a current 1.x. */
function isMajorBound(text: string, current: Pep440Version): boolean {
  const bound = parseVersion(text);
  if (bound === null || bound.pre !== null || bound.epoch !== current.epoch) {
    return false;
  }
  const [major = 0, ...rest] = bound.release;
  return major === (current.release[0] ?? 0) + 1 && rest.every((segment) => segment === 0);
}

function majorBound(current: Pep440Version): string {
  const epoch = current.epoch === 0 ? "" : `${current.epoch}!`;
  return `${epoch}${(current.release[0] ?? 0) + 1}`;
}

/** Bounds may not name a local version (PEP 440). */
function publicText(current: Pep440Version): string {
  return current.text.split("+")[0] ?? current.text;
}
