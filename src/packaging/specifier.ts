/** Version specifiers (`>=1.0,!=1.5.*`): reading, matching, writing. PEP 440; no prerelease policy is applied here. */
import { formatVersion, isPrerelease, parseVersion, type Pep440Version } from "./pep440-version.ts";
import { intervalsOf, type VersionInterval } from "./version-interval.ts";

export const SPECIFIER_OPERATORS = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"] as const;
export type SpecifierOperator = (typeof SPECIFIER_OPERATORS)[number];

export interface Specifier {
  readonly operator: SpecifierOperator;
  /** As written, `.*` included. */
  readonly versionText: string;
  /** Without the wildcard; null where `===` names something that is no PEP 440 version. */
  readonly version: Pep440Version | null;
  readonly wildcard: boolean;
  /** What it allows, ascending; null for `===`, which compares texts. */
  readonly intervals: readonly VersionInterval[] | null;
}

/** All specifiers must hold; the empty set allows everything. */
export interface SpecifierSet {
  readonly specifiers: readonly Specifier[];
}

/** Why a text is no specifier set. */
export interface SpecifierProblem {
  readonly problem: string;
  /** Offset in the text. */
  readonly position: number;
}

export const ANY_VERSION: SpecifierSet = { specifiers: [] };

export function isSpecifierProblem(parsed: SpecifierSet | SpecifierProblem): parsed is SpecifierProblem {
  return "problem" in parsed;
}

/** Reads specifiers separated by commas; blanks, a trailing comma and parentheses around the whole are allowed. */
export function parseSpecifierSet(text: string): SpecifierSet | SpecifierProblem {
  const parenthesised = /^\s*\((.*)\)\s*$/s.exec(text);
  const inner = parenthesised?.[1] ?? text;
  let position = parenthesised === null ? 0 : text.indexOf("(") + 1;
  const specifiers: Specifier[] = [];
  for (const piece of inner.split(",")) {
    const trimmed = piece.trim();
    if (trimmed !== "") {
      const specifier = parseSpecifier(trimmed);
      if (typeof specifier === "string") return { problem: specifier, position: position + piece.indexOf(trimmed) };
      specifiers.push(specifier);
    }
    position += piece.length + 1;
  }
  return { specifiers };
}

/** Reads one specifier, or says in a sentence what is wrong with it. */
export function parseSpecifier(text: string): Specifier | string {
  const operator = SPECIFIER_OPERATORS.find((candidate) => text.startsWith(candidate));
  if (operator === undefined) return `"${text}" does not start with one of ~= == != <= >= < > ===`;
  const versionText = text.slice(operator.length).trim();
  if (versionText === "") return `"${text}" names no version`;
  if (operator === "===") return arbitraryEquality(versionText);
  const wildcard = versionText.endsWith(".*");
  const version = parseVersion(wildcard ? versionText.slice(0, -2) : versionText);
  if (version === null) return `"${versionText}" is not a version (PEP 440)`;
  const problem = problemOf(operator, version, wildcard);
  if (problem !== null) return `"${text}": ${problem}`;
  return { operator, versionText, version, wildcard, intervals: intervalsOf(operator, version, wildcard) };
}

function arbitraryEquality(versionText: string): Specifier | string {
  if (/[\s;)]/.test(versionText)) return `"===${versionText}" has a blank, ";" or ")" in it`;
  return { operator: "===", versionText, version: parseVersion(versionText), wildcard: false, intervals: null };
}

function isFinal({ pre, post, dev, local }: Pep440Version): boolean {
  return pre === null && post === null && dev === null && local === null;
}

function problemOf(operator: SpecifierOperator, version: Pep440Version, wildcard: boolean): string | null {
  const equality = operator === "==" || operator === "!=";
  if (wildcard && !equality) return "a wildcard is allowed after == and != only";
  if (wildcard && !isFinal(version)) return "a wildcard may follow the numbers of a release only";
  if (version.local !== null && !equality) return "a local version is allowed after == and != only";
  if (operator === "~=" && version.release.length < 2) return "~= needs at least two numbers";
  return null;
}

/** Whether one specifier allows a version. `===` compares texts, as written or normalised, without case. */
export function specifierContains(specifier: Specifier, version: Pep440Version): boolean {
  if (specifier.intervals === null) {
    const wanted = specifier.versionText.toLowerCase();
    return wanted === version.text.toLowerCase() || wanted === formatVersion(version);
  }
  const key = version.sortKey;
  return specifier.intervals.some(
    ({ lower, upper }) => (lower === null || key >= lower.cut) && (upper === null || key < upper.cut),
  );
}

/** Whether all specifiers of a set allow a version. */
export function setContains(set: SpecifierSet, version: Pep440Version): boolean {
  return set.specifiers.every((specifier) => specifierContains(specifier, version));
}

/**
 * Whether a set names a pre-release, which by PEP 440 lets pre-releases in. `!=` does not count: to exclude
 * a pre-release is no wish for one.
 */
export function mentionsPrerelease(set: SpecifierSet): boolean {
  return set.specifiers.some(({ operator, version }) => operator !== "!=" && version !== null && isPrerelease(version));
}

/** The set as text, in its order, versions as written: `>=1.0,<2`. */
export function formatSpecifierSet(set: SpecifierSet, separator = ","): string {
  return set.specifiers.map(({ operator, versionText }) => operator + versionText).join(separator);
}
