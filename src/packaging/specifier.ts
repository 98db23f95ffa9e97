/** Version specifiers (`>=1.0,!=1.5.*`): reading, matching, writing. PEP 440; no prerelease policy is applied here. */
import {
  cutAfterLocals,
  cutAfterPosts,
  cutBefore,
  cutBeforePrereleases,
  formatVersion,
  isPrerelease,
  makeVersion,
  parseVersion,
  type Pep440Version,
} from "./pep440-version.ts";

export const SPECIFIER_OPERATORS = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"] as const;
export type SpecifierOperator = (typeof SPECIFIER_OPERATORS)[number];

export interface Specifier {
  readonly operator: SpecifierOperator;
  /** As written, `.*` included. */
  readonly versionText: string;
  /** Without the wildcard; null where `===` names something that is no PEP 440 version. */
  readonly version: Pep440Version | null;
  readonly wildcard: boolean;
  /** What it allows: pairs of cuts, from the first (included) up to the second (excluded); null for `===`. */
  readonly cuts: readonly SpecifierInterval[] | null;
}

/** From cut `lower` up to, not including, cut `upper`; null is unbounded. */
export interface SpecifierInterval {
  readonly lower: string | null;
  readonly upper: string | null;
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
  return { operator, versionText, version, wildcard, cuts: cutsOf(operator, version, wildcard) };
}

function arbitraryEquality(versionText: string): Specifier | string {
  if (/[\s;)]/.test(versionText)) return `"===${versionText}" has a blank, ";" or ")" in it`;
  return { operator: "===", versionText, version: parseVersion(versionText), wildcard: false, cuts: null };
}

function problemOf(operator: SpecifierOperator, version: Pep440Version, wildcard: boolean): string | null {
  const equality = operator === "==" || operator === "!=";
  if (wildcard && !equality) return "a wildcard is allowed after == and != only";
  if (wildcard && (version.dev !== null || version.local !== null)) return "no wildcard after a .dev or local part";
  if (version.local !== null && !equality) return "a local version is allowed after == and != only";
  if (operator === "~=" && version.release.length < 2) return "~= needs at least two numbers";
  return null;
}

function cutsOf(operator: SpecifierOperator, version: Pep440Version, wildcard: boolean): readonly SpecifierInterval[] {
  switch (operator) {
    case ">=":
      return [{ lower: cutBefore(version), upper: null }];
    case "<=":
      return [{ lower: null, upper: cutAfterLocals(version) }];
    case "<":
      return [{ lower: null, upper: isPrerelease(version) ? cutBefore(version) : cutBeforePrereleases(version) }];
    case ">":
      return [
        {
          lower: version.post === null && version.dev === null ? cutAfterPosts(version) : cutAfterLocals(version),
          upper: null,
        },
      ];
    case "~=": {
      const prefix = prefixCuts(
        makeVersion({ ...version, release: version.release.slice(0, -1), pre: null, post: null, dev: null }),
      );
      return [{ lower: cutBefore(version), upper: prefix.upper }];
    }
    case "==":
      return [equalCuts(version, wildcard)];
    case "!=": {
      const { lower, upper } = equalCuts(version, wildcard);
      return [
        { lower: null, upper: lower },
        { lower: upper, upper: null },
      ];
    }
    case "===":
      return [];
  }
}

function equalCuts(version: Pep440Version, wildcard: boolean): SpecifierInterval {
  if (wildcard) return prefixCuts(version);
  // One more code unit than any key with this beginning: a version with a local part equals only itself.
  const upper = version.local === null ? cutAfterLocals(version) : `${cutBefore(version)}\u0000`;
  return { lower: cutBefore(version), upper };
}

/** `==V.*`: from the earliest pre-release of V up to the earliest one of the next V. */
function prefixCuts(version: Pep440Version): SpecifierInterval {
  return { lower: cutBeforePrereleases(version), upper: cutBeforePrereleases(nextPrefix(version)) };
}

function nextPrefix(version: Pep440Version): Pep440Version {
  if (version.post !== null) return makeVersion({ ...version, post: version.post + 1 });
  if (version.pre !== null) return makeVersion({ ...version, pre: [version.pre[0], version.pre[1] + 1] });
  const last = version.release.length - 1;
  return makeVersion({ ...version, release: version.release.map((part, index) => (index === last ? part + 1 : part)) });
}

/** Whether one specifier allows a version. `===` compares texts, as written or normalised, without case. */
export function specifierContains(specifier: Specifier, version: Pep440Version): boolean {
  if (specifier.cuts === null) {
    const wanted = specifier.versionText.toLowerCase();
    return wanted === version.text.toLowerCase() || wanted === formatVersion(version);
  }
  const key = version.sortKey;
  return specifier.cuts.some(({ lower, upper }) => (lower === null || key >= lower) && (upper === null || key < upper));
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
