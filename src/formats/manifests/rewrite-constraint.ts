/** Raises a written constraint to a new version in its own style: operator, precision, blanks and separators stay. */
import { constraintAllows } from "#packaging/poetry-constraint-algebra.ts";
import { parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import {
  compareVersions,
  isPrerelease,
  parseVersion,
  publicVersion,
  type Pep440Version,
} from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { applySplices, type Splice } from "../text/splice.ts";
import { clausesOf, type ConstraintClause } from "./constraint-clauses.ts";
import type { ConstraintStyle } from "./manifest.ts";
import { raiseCondaConstraint } from "./rewrite-constraint-conda.ts";

/**
 * `bump` (applications): floors and pins go up to the new version. `widen` (libraries): what was allowed stays allowed,
 * the new version is added. `blocks-only` (libraries): only the clauses that exclude the new version change, each in
 * its own operator. The last two leave a constraint alone that allows the version already.
 */
export type RaiseStrategy = "bump" | "widen" | "blocks-only";

/** The new text, or one clause why the old one stays. */
export type RaisedConstraint =
  { readonly kind: "raised"; readonly text: string } | { readonly kind: "kept"; readonly reason: string };

/** Raises `text` so that it allows `newVersion`. No bound is ever moved backwards. */
export function raiseConstraint(
  style: ConstraintStyle,
  text: string,
  newVersion: string,
  strategy: RaiseStrategy,
): RaisedConstraint {
  if (style === "conda") return raiseCondaConstraint({ text, version: newVersion, strategy });
  const version = parseVersion(newVersion);
  if (version === null) return kept(`${newVersion} is not a version`);
  if (/^\s*\*?\s*$/.test(text)) return kept("it allows every version");
  const isAllowed = allows(style, text, version);
  if (isAllowed && strategy !== "bump") return kept(`it allows ${newVersion} already`);
  if (text.includes("|")) return kept(isAllowed ? `it allows ${newVersion} already` : "it has alternatives");
  const clauses = clausesOf(text);
  if (clauses === null) return kept("it is not understood");
  const obstacle = clauses.map((clause) => obstacleIn(clause, version)).find((reason) => reason !== null);
  if (obstacle !== undefined) return kept(obstacle);
  const raised = applySplices(
    text,
    clauses.flatMap((clause) => raiseClause({ clause, clauses, version, strategy })),
  );
  if (raised === text) return kept(`it allows ${newVersion} already`);
  if (!allows(style, raised, version)) return kept(`no constraint of its kind allows ${newVersion}`);
  return { kind: "raised", text: raised };
}

type WrittenStyle = Exclude<ConstraintStyle, "conda">;

function kept(reason: string): RaisedConstraint {
  return { kind: "kept", reason };
}

/** Whether a constraint allows a version by the rules of its style. */
function allows(style: WrittenStyle, text: string, version: Pep440Version): boolean {
  if (style === "poetry") {
    const constraint = parsePoetryConstraint(text);
    return constraint !== null && constraintAllows(constraint, version);
  }
  const set = parseSpecifierSet(text);
  return !isSpecifierProblem(set) && setContains(set, version);
}

/** What stands against any raise of a clause. */
function obstacleIn(clause: ConstraintClause, version: Pep440Version): string | null {
  if (clause.kind === "arbitrary") return "`===` compares texts and is a person's choice";
  if (clause.kind === "not") return isExcluded(clause, version) ? `it excludes ${version.text}` : null;
  if (clause.kind === "exact" && clause.version.local !== null && version.local === null) {
    return `it asks for the build +${clause.version.local.join(".")}, which ${version.text} does not name`;
  }
  const precise = clause.kind === "prefix" ? withPrecisionOf(clause.version, version) : publicVersion(version);
  const isBackwards = FLOOR_KINDS.has(clause.kind) && compareVersions(precise, publicVersion(clause.version)) < 0;
  return isBackwards ? `${clause.version.text} is newer than ${version.text}` : null;
}

const FLOOR_KINDS: ReadonlySet<ConstraintClause["kind"]> = new Set([
  "exact",
  "prefix",
  "caret",
  "tilde",
  "compatible",
  "at-least",
  "above",
]);

function isExcluded({ version, versionEnd, end }: ConstraintClause, candidate: Pep440Version): boolean {
  if (versionEnd === end) return compareVersions(publicVersion(version), publicVersion(candidate)) === 0;
  return compareVersions(withPrecisionOf(version, candidate), version) === 0;
}

interface Raise {
  readonly clause: ConstraintClause;
  readonly clauses: readonly ConstraintClause[];
  readonly version: Pep440Version;
  readonly strategy: RaiseStrategy;
}

function raiseClause(raise: Raise): readonly Splice[] {
  const { clause, version, strategy } = raise;
  switch (clause.kind) {
    case "exact":
      return repin(raise);
    case "caret":
    case "tilde":
    case "compatible":
    case "prefix":
      return strategy === "widen" ? [widenSplice(raise)] : [versionSplice(clause, floorText(clause.version, version))];
    case "at-least":
      return strategy === "bump" ? [versionSplice(clause, floorText(clause.version, version))] : [];
    case "below":
    case "at-most":
      return raiseCap(raise);
    case "above":
    case "not":
    case "arbitrary":
      return [];
  }
}

function repin({ clause, version }: Raise): readonly Splice[] {
  const pinned = clause.version.local === null ? publicVersion(version) : version;
  // `==1.0.0` is 1.0: another spelling of the same version is no change.
  return compareVersions(pinned, clause.version) === 0 ? [] : [versionSplice(clause, pinned.text)];
}

function raiseCap(raise: Raise): readonly Splice[] {
  const { clause, version } = raise;
  if (clause.kind === "below") return isBelow(clause.version, version) ? [] : [versionSplice(clause, boundText(raise))];
  // Less than the whole version would leave it out: 1.6.2 is above `<=1.6`.
  const isHigher = compareVersions(publicVersion(version), clause.version) > 0;
  return isHigher ? [versionSplice(clause, publicVersion(version).text)] : [];
}

/** Whether `<bound` allows the version: a prerelease of the bound itself is not below it. */
function isBelow(bound: Pep440Version, version: Pep440Version): boolean {
  if (compareVersions(version, bound) >= 0) return false;
  return !isPrerelease(version) || isPrerelease(bound) || compareVersions(releaseOf(version), releaseOf(bound)) < 0;
}

function releaseOf(version: Pep440Version): Pep440Version {
  return parseVersion(releaseText(version.epoch, version.release)) ?? version;
}

function versionSplice(clause: ConstraintClause, text: string): Splice {
  return { start: clause.versionStart, end: clause.versionEnd, text };
}

/** `~=7.2` with 8.0.1 becomes `>=7.2,<9`: the same floor, the bound that the same operator would give the new one. */
function widenSplice({ clause, version }: Raise): Splice {
  const floor = releaseText(clause.version.epoch, clause.version.release);
  const bound = releaseText(version.epoch, bumpAt(version, boundDigit(clause, version)));
  return { start: clause.start, end: clause.end, text: `>=${floor},<${bound}` };
}

/** Index of the number that a clause of this kind does not let grow, for the new version. */
function boundDigit({ kind, version: written }: ConstraintClause, version: Pep440Version): number {
  const length = written.release.length;
  if (kind === "prefix") return length - 1;
  if (kind === "compatible") return Math.max(0, length - 2);
  if (kind === "tilde") return Math.min(1, length - 1);
  const firstNonZero = version.release.findIndex((part) => part > 0);
  return firstNonZero === -1 ? length - 1 : Math.min(firstNonZero, length - 1);
}

/** The next upper bound after the new version, as precise as the old one. */
function boundText({ clause, clauses, version, strategy }: Raise): string {
  const bound = clause.version.release;
  const floor = clauses.find(({ kind }) => kind === "at-least" || kind === "above")?.version.release;
  const digit = strategy === "bump" && floor !== undefined ? firstDifference(floor, bound) : lastNonZero(bound);
  const release = bumpAt(version, digit);
  const padded = [...release, ...Array.from({ length: Math.max(0, bound.length - release.length) }, () => 0)];
  return releaseText(version.epoch, padded);
}

function firstDifference(floor: readonly number[], bound: readonly number[]): number {
  const index = bound.findIndex((part, position) => part !== (floor[position] ?? 0));
  return index === -1 ? bound.length - 1 : index;
}

function lastNonZero(release: readonly number[]): number {
  return Math.max(
    0,
    release.findLastIndex((part) => part > 0),
  );
}

/** The release with the number at `digit` counted up and nothing after it. */
function bumpAt(version: Pep440Version, digit: number): readonly number[] {
  return Array.from({ length: digit + 1 }, (_, index) => (version.release[index] ?? 0) + (index === digit ? 1 : 0));
}

/** The version in the precision of the old one; whole where cutting it off would leave it out (prereleases). */
function floorText(written: Pep440Version, version: Pep440Version): string {
  return isPrerelease(version) ? publicVersion(version).text : withPrecisionOf(written, version).text;
}

function withPrecisionOf(written: Pep440Version, version: Pep440Version): Pep440Version {
  const release = written.release.map((_, index) => version.release[index] ?? 0);
  return parseVersion(releaseText(version.epoch, release)) ?? version;
}

function releaseText(epoch: number, release: readonly number[]): string {
  return (epoch === 0 ? "" : `${epoch}!`) + release.join(".");
}
