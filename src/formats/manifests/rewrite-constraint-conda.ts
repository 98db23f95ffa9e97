/** Raises a conda constraint to a new version in its own style: operator, precision, blanks and globs stay. CEP 29, 33. */
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import { applySplices, type Splice } from "../text/splice.ts";
import { condaClausesOf, type CondaConstraintClause } from "./conda-constraint-clauses.ts";
import type { RaisedConstraint, RaiseStrategy } from "./rewrite-constraint.ts";

export interface CondaRaise {
  /** As written, without a build. */
  readonly text: string;
  readonly version: string;
  readonly strategy: RaiseStrategy;
  /** Whether `=1.2` is 1.2 alone: it is in `name=1.2=build` (CEP 29). */
  readonly exact?: boolean;
}

/**
 * Raises a version constraint so that it allows the version. No bound is ever moved backwards; alternatives (`|`),
 * parentheses, inner globs and regular expressions are kept as they are.
 */
export function raiseCondaConstraint(raise: CondaRaise): RaisedConstraint {
  const { text, strategy } = raise;
  const version = parseCondaVersion(raise.version);
  if (version === null) return kept(`${raise.version} is not a version`);
  if (/^[\s=~<>*]*$/.test(text)) return kept("it allows every version");
  const isAllowed = allows(raise, text, version);
  if (isAllowed && (strategy !== "bump" || /[|()^]/.test(text))) return kept(`it allows ${version.text} already`);
  if (text.includes("|")) return kept("it has alternatives");
  const clauses = condaClausesOf(text, raise.exact === true);
  if (clauses === null) return kept("it is not understood");
  const obstacle = clauses.map((clause) => obstacleIn(clause, version)).find((reason) => reason !== null);
  if (obstacle !== undefined) return kept(obstacle);
  return raiseClauses(raise, clauses, version);
}

function raiseClauses(
  raise: CondaRaise,
  clauses: readonly CondaConstraintClause[],
  version: CondaVersion,
): RaisedConstraint {
  const { text, strategy } = raise;
  // Where cutting a version to the written precision leaves it out (`1.3rc1` is before 1.3), it is written whole.
  for (const whole of [false, true]) {
    const splices = clauses.flatMap((clause) => raiseClause({ clause, clauses, version, strategy, whole }));
    const raised = applySplices(text, splices);
    if (raised === text && allows(raise, text, version)) return kept(`it allows ${version.text} already`);
    if (raised !== text && allows(raise, raised, version)) return { kind: "raised", text: raised };
  }
  return kept(`no constraint of its kind allows ${version.text}`);
}

function kept(reason: string): RaisedConstraint {
  return { kind: "kept", reason };
}

function allows({ exact }: CondaRaise, text: string, version: CondaVersion): boolean {
  const series = /^\s*=(?!=)\s*([^\s*,|]+)\s*$/.exec(text)?.[1];
  const spec = parseCondaVersionSpec(exact === true && series !== undefined ? `==${series}` : text);
  return !isCondaSpecProblem(spec) && condaSpecMatches(spec, version);
}

/** What stands against any raise of a clause. */
function obstacleIn(clause: CondaConstraintClause, version: CondaVersion): string | null {
  switch (clause.kind) {
    case "not":
      return isExcluded(clause, version) ? `it excludes ${version.text}` : null;
    case "below":
    case "at-most":
      return null;
    case "prefix":
    case "compatible":
      return isBefore(cut(clause.version, version, false), clause.version) && isBefore(version.text, clause.version)
        ? `${clause.version.text} is newer than ${version.text}`
        : null;
    case "exact":
    case "at-least":
    case "above":
      return isBefore(version.text, clause.version) ? `${clause.version.text} is newer than ${version.text}` : null;
  }
}

function isBefore(text: string, bound: CondaVersion): boolean {
  const version = parseCondaVersion(text);
  return version !== null && compareCondaVersions(version, bound) < 0;
}

function isExcluded({ version, hasGlob }: CondaConstraintClause, candidate: CondaVersion): boolean {
  const spec = parseCondaVersionSpec(`!=${version.text}${hasGlob ? ".*" : ""}`);
  return !isCondaSpecProblem(spec) && !condaSpecMatches(spec, candidate);
}

interface Raise {
  readonly clause: CondaConstraintClause;
  readonly clauses: readonly CondaConstraintClause[];
  readonly version: CondaVersion;
  readonly strategy: RaiseStrategy;
  /** Written whole, not in the precision of the old one. */
  readonly whole: boolean;
}

function raiseClause(raise: Raise): readonly Splice[] {
  const { clause, version, strategy, whole } = raise;
  switch (clause.kind) {
    case "exact":
      return compareCondaVersions(version, clause.version) === 0 ? [] : [splice(clause, exactText(raise))];
    case "prefix":
    case "compatible":
      return strategy === "widen" ? [widened(raise)] : [splice(clause, cut(clause.version, version, whole))];
    case "at-least":
      return strategy === "bump" ? [raisedFloor(raise)] : [];
    case "below":
      return compareCondaVersions(version, clause.version) < 0 ? [] : [splice(clause, boundText(raise))];
    case "at-most":
      return compareCondaVersions(version, clause.version) <= 0 ? [] : [splice(clause, version.text)];
    case "above":
    case "not":
      return [];
  }
}

/** In the precision of the old one where that says the same: 2.4 of 2.4.0, where 2.1 stood. */
function exactText({ clause, version }: Raise): string {
  const short = parseCondaVersion(cut(clause.version, version, false));
  const isSame = short !== null && compareCondaVersions(short, version) === 0;
  return isSame && short.text.length < version.text.length ? short.text : version.text;
}

function raisedFloor({ clause, version, whole }: Raise): Splice {
  const floor = cut(clause.version, version, whole);
  return splice(clause, isBefore(floor, clause.version) ? clause.version.text : floor);
}

function splice(clause: CondaConstraintClause, text: string): Splice {
  return { start: clause.versionStart, end: clause.versionEnd, text };
}

/** A version between its epoch and its local part. */
interface Parts {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly local: string;
}

function partsOf(text: string): Parts {
  const {
    epoch = "",
    main = "",
    local = "",
  } = /^(?<epoch>\d+!)?(?<main>[^+]*)(?<local>\+.*)?$/.exec(text)?.groups ?? {};
  return { epoch, release: main.split("."), local };
}

/**
 * The version with as many parts as the written one. Parts that are missing become 0 where both are numbers throughout
 * (`1.2.0` for 1.2); a part behind the last written one, and a word in that (`2rc1`), are left out.
 */
function cut(written: CondaVersion, version: CondaVersion, whole: boolean): string {
  const old = partsOf(written.text);
  const { epoch, release, local } = partsOf(version.text);
  const count = old.release.length;
  const isPlain = old.release.every(isNumber);
  const kept = whole ? release.slice() : release.slice(0, count);
  const last = kept.at(-1) ?? "";
  if (!whole && isPlain && kept.length === count && /^\d/.test(last)) kept[count - 1] = /^\d+/.exec(last)?.[0] ?? last;
  if (isPlain && kept.every(isNumber)) while (kept.length < count) kept.push("0");
  return `${epoch}${kept.join(".")}${whole || old.local !== "" ? local : ""}`;
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part);
}

/** `=1.2` with 1.4.1 becomes `>=1.2,<1.5`: the same floor, the bound that the same operator would give the new one. */
function widened({ clause, version }: Raise): Splice {
  const written = partsOf(clause.version.text);
  const digit = written.release.length - (clause.kind === "compatible" ? 2 : 1);
  const bound = bumpAt(version, Math.max(0, digit));
  return { start: clause.start, end: clause.end, text: `>=${clause.version.text},<${bound.join(".")}` };
}

/** The next upper bound after the new version, as precise as the old one: `<2.0a0` with 2.5 is `<3.0a0`. */
function boundText({ clause, clauses, version, strategy }: Raise): string {
  const { release } = partsOf(clause.version.text);
  const bound = release.map(leadingNumber);
  const floor = clauses.find(({ kind }) => kind === "at-least" || kind === "above")?.version.text;
  const digit =
    strategy === "bump" && floor !== undefined
      ? firstDifference(partsOf(floor).release.map(leadingNumber), bound)
      : Math.max(
          0,
          bound.findLastIndex((part) => part > 0),
        );
  const rest = release.slice(digit + 1).map((part) => part.replace(/^\d+/, "0"));
  return `${partsOf(version.text).epoch}${[...bumpAt(version, digit), ...rest].join(".")}`;
}

function firstDifference(floor: readonly number[], bound: readonly number[]): number {
  const index = bound.findIndex((part, position) => part !== (floor[position] ?? 0));
  return index === -1 ? bound.length - 1 : index;
}

function leadingNumber(part: string): number {
  return Number(/^\d{1,15}/.exec(part)?.[0] ?? 0);
}

/** The numbers of the version up to `digit`, which is counted up. */
function bumpAt(version: CondaVersion, digit: number): readonly string[] {
  const release = partsOf(version.text).release.map(leadingNumber);
  return Array.from({ length: digit + 1 }, (_, index) => String((release[index] ?? 0) + (index === digit ? 1 : 0)));
}
