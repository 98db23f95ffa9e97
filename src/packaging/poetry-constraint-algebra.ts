/**
 * Intersection, union and difference of Poetry's version constraints. They follow Poetry's own steps, because the text of
 * the result goes into locks: bounds keep their spelling, and `<2` stands for "before 2.dev0" only where versions are compared.
 */
import { allowedMax, rangeAllows } from "./poetry-constraint-membership.ts";
import {
  ANY_CONSTRAINT,
  EMPTY_CONSTRAINT,
  includesMax,
  includesMin,
  maxOf,
  minOf,
  rangesOf,
} from "./poetry-constraint-range.ts";
import type { PoetryConstraint, PoetryRange } from "./poetry-constraint-range.ts";
import { compareVersions, type Pep440Version } from "./pep440-version.ts";
import { nextPatch, stableVersion } from "./poetry-version-steps.ts";

export function isAnyConstraint(constraint: PoetryConstraint): boolean {
  return constraint.kind === "range" && constraint.min === null && constraint.max === null;
}

/** Whether one comparison can say it: a version, a single bound, or all but one version. */
export function isSimpleConstraint(constraint: PoetryConstraint): boolean {
  if (constraint.kind === "union") return excludedVersion(constraint) !== null;
  return (
    constraint.kind === "version" ||
    constraint.kind === "empty" ||
    (constraint.kind === "range" && (constraint.min === null || constraint.max === null))
  );
}

function sameVersion(left: Pep440Version | null, right: Pep440Version | null): boolean {
  if (left === null || right === null) return left === right;
  return left.sortKey === right.sortKey;
}

function sameRange(left: PoetryRange, right: PoetryRange): boolean {
  return (
    sameVersion(minOf(left), minOf(right)) &&
    sameVersion(maxOf(left), maxOf(right)) &&
    includesMin(left) === includesMin(right) &&
    includesMax(left) === includesMax(right)
  );
}

export function sameConstraint(left: PoetryConstraint, right: PoetryConstraint): boolean {
  if ((left.kind === "union") !== (right.kind === "union")) return false;
  const leftRanges = rangesOf(left);
  const rightRanges = rangesOf(right);
  if (leftRanges.length !== rightRanges.length) return false;
  return leftRanges.every((range, index) => {
    const other = rightRanges[index];
    return other !== undefined && sameRange(range, other);
  });
}

/** The one version that a union leaves out, or null. */
export function excludedVersion(union: PoetryConstraint & { kind: "union" }): Pep440Version | null {
  const left = differenceOf(ANY_CONSTRAINT, union);
  return left.kind === "version" ? left.version : null;
}

function allowsLower(left: PoetryRange, right: PoetryRange): boolean {
  const mine = minOf(left);
  const theirs = minOf(right);
  if (mine === null) return theirs !== null;
  if (theirs === null) return false;
  return compareVersions(mine, theirs) < 0 || (sameVersion(mine, theirs) && includesMin(left) && !includesMin(right));
}

function allowsHigher(left: PoetryRange, right: PoetryRange): boolean {
  const mine = allowedMax(left);
  const theirs = allowedMax(right);
  if (mine === null) return theirs !== null;
  if (theirs === null) return false;
  return compareVersions(mine, theirs) > 0 || (sameVersion(mine, theirs) && includesMax(left) && !includesMax(right));
}

function isStrictlyLower(left: PoetryRange, right: PoetryRange): boolean {
  const mine = allowedMax(left);
  const theirs = minOf(right);
  if (mine === null || theirs === null) return false;
  const order = compareVersions(mine, theirs);
  return order < 0 || (order === 0 && !(includesMax(left) && includesMin(right)));
}

function isAdjacent(left: PoetryRange, right: PoetryRange): boolean {
  return sameVersion(maxOf(left), minOf(right)) && includesMax(left) !== includesMin(right);
}

/** Whether everything that `inner` allows is allowed by `outer`. */
export function allowsAll(outer: PoetryConstraint, inner: PoetryConstraint): boolean {
  if (inner.kind === "empty") return true;
  if (outer.kind === "empty") return false;
  if (outer.kind === "version") {
    return inner.kind === "version" ? rangeAllows(outer, inner.version) : sameConstraint(inner, outer);
  }
  if (outer.kind === "range") return rangesOf(inner).every((range) => rangeAllowsAll(outer, range));
  return everyRangeWithin(outer.ranges, rangesOf(inner));
}

function rangeAllowsAll(outer: PoetryRange, inner: PoetryRange): boolean {
  if (inner.kind === "version") return rangeAllows(outer, inner.version);
  if (outer.kind === "version") return sameRange(outer, inner);
  return !allowsLower(inner, outer) && !allowsHigher(inner, outer);
}

function everyRangeWithin(outer: readonly PoetryRange[], inner: readonly PoetryRange[]): boolean {
  let index = 0;
  for (const range of inner) {
    while (index < outer.length && !rangeAllowsAll(outer[index] ?? ANY_CONSTRAINT, range)) index += 1;
    if (index >= outer.length) return false;
  }
  return true;
}

/** Whether something is allowed by both. */
export function allowsAny(left: PoetryConstraint, right: PoetryConstraint): boolean {
  if (left.kind === "empty" || right.kind === "empty") return false;
  if (left.kind === "version") return intersectConstraints(left, right).kind !== "empty";
  if (left.kind === "range") return rangesOf(right).some((range) => rangeAllowsAny(left, range));
  const theirs = rangesOf(right);
  let mineIndex = 0;
  let theirIndex = 0;
  for (;;) {
    const mine = left.ranges[mineIndex];
    const other = theirs[theirIndex];
    if (mine === undefined || other === undefined) return false;
    if (rangeAllowsAny(mine, other)) return true;
    if (allowsHigher(other, mine)) mineIndex += 1;
    else theirIndex += 1;
  }
}

function rangeAllowsAny(left: PoetryRange, right: PoetryRange): boolean {
  if (left.kind === "version") return intersectConstraints(left, right).kind !== "empty";
  if (right.kind !== "version") return !isStrictlyLower(right, left) && !isStrictlyLower(left, right);
  if (rangeAllows(left, right.version)) return true;
  return left.min !== null && left.min.local !== null && rangeAllows(right, left.min);
}

export function intersectConstraints(left: PoetryConstraint, right: PoetryConstraint): PoetryConstraint {
  if (left.kind === "empty" || right.kind === "empty") return EMPTY_CONSTRAINT;
  if (left.kind === "union") return intersectUnion(left.ranges, rangesOf(right));
  if (right.kind === "union") return intersectUnion(right.ranges, [left]);
  if (left.kind === "version" && right.kind === "version") return intersectVersions(left, right);
  if (left.kind === "version") return intersectWithVersion(right, left);
  if (right.kind === "version") return intersectWithVersion(left, right);
  return intersectRanges(left, right);
}

type Single = PoetryRange & { kind: "version" };

function intersectVersions(left: Single, right: Single): PoetryConstraint {
  if (rangeAllows(left, right.version)) return right;
  return rangeAllows(right, left.version) ? left : EMPTY_CONSTRAINT;
}

function intersectWithVersion(range: PoetryRange, single: Single): PoetryConstraint {
  if (rangeAllows(range, single.version)) return single;
  const min = minOf(range);
  if (min === null || min.local === null || !rangeAllows(single, min)) return EMPTY_CONSTRAINT;
  const max = nextPatch(stableVersion(single.version));
  return { kind: "range", min, max, includeMin: includesMin(range), includeMax: false };
}

function intersectRanges(left: PoetryRange, right: PoetryRange): PoetryConstraint {
  const lower = allowsLower(left, right);
  if (lower ? isStrictlyLower(left, right) : isStrictlyLower(right, left)) return EMPTY_CONSTRAINT;
  const from = lower ? right : left;
  const to = allowsHigher(left, right) ? right : left;
  const min = minOf(from);
  const max = maxOf(to);
  if (min === null && max === null) return ANY_CONSTRAINT;
  if (min !== null && sameVersion(min, max)) return { kind: "version", version: min };
  return { kind: "range", min, max, includeMin: includesMin(from), includeMax: includesMax(to) };
}

function intersectUnion(ours: readonly PoetryRange[], theirs: readonly PoetryRange[]): PoetryConstraint {
  const found: PoetryConstraint[] = [];
  let ourIndex = 0;
  let theirIndex = 0;
  for (;;) {
    const our = ours[ourIndex];
    const their = theirs[theirIndex];
    if (our === undefined || their === undefined) return unionOf(found);
    const both = intersectConstraints(our, their);
    if (both.kind !== "empty") found.push(both);
    if (allowsHigher(their, our)) ourIndex += 1;
    else theirIndex += 1;
  }
}

/** The union of any number of constraints; what touches or overlaps becomes one range. */
export function unionOf(constraints: readonly PoetryConstraint[]): PoetryConstraint {
  const flat = constraints.flatMap(rangesOf);
  if (flat.length === 0) return EMPTY_CONSTRAINT;
  if (flat.some(isAnyConstraint)) return ANY_CONSTRAINT;
  const merged: PoetryRange[] = [];
  for (const range of flat.toSorted(compareRanges)) {
    const last = merged.at(-1);
    if (last === undefined || (!rangeAllowsAny(last, range) && !isAdjacent(last, range))) {
      merged.push(range);
      continue;
    }
    const both = unionConstraints(last, range);
    // Ranges that overlap in Poetry's sense but not in their union (local versions) stay as they are.
    if (both.kind === "version" || both.kind === "range") merged[merged.length - 1] = both;
    else merged.push(range);
  }
  const [only] = merged;
  return merged.length === 1 && only !== undefined ? only : { kind: "union", ranges: merged };
}

function compareRanges(left: PoetryRange, right: PoetryRange): number {
  const leftMin = minOf(left);
  const rightMin = minOf(right);
  if (leftMin === null || rightMin === null) {
    if (leftMin === rightMin) return compareMax(left, right);
    return leftMin === null ? -1 : 1;
  }
  const order = compareVersions(leftMin, rightMin);
  if (order !== 0) return order;
  if (includesMin(left) !== includesMin(right)) return includesMin(left) ? -1 : 1;
  return compareMax(left, right);
}

function compareMax(left: PoetryRange, right: PoetryRange): number {
  const leftMax = maxOf(left);
  const rightMax = maxOf(right);
  if (leftMax === null || rightMax === null) {
    if (leftMax === rightMax) return 0;
    return leftMax === null ? 1 : -1;
  }
  const order = compareVersions(leftMax, rightMax);
  if (order !== 0) return order;
  return includesMax(left) === includesMax(right) ? 0 : includesMax(left) ? 1 : -1;
}

export function unionConstraints(left: PoetryConstraint, right: PoetryConstraint): PoetryConstraint {
  if (left.kind === "empty") return right;
  if (left.kind === "union") return unionOf([left, right]);
  if (left.kind === "version") return unionWithVersion(left, right);
  if (right.kind === "version") {
    const { version } = right;
    if (rangeAllows(left, version)) return left;
    if (sameVersion(version, left.min)) return { ...left, includeMin: true };
    if (sameVersion(version, left.max)) return { ...left, includeMax: true };
  }
  if (right.kind !== "range") return unionOf([left, right]);
  return unionRanges(left, right);
}

function unionWithVersion(single: Single, other: PoetryConstraint): PoetryConstraint {
  const { version } = single;
  if (rangesOf(other).some((range) => rangeAllows(range, version))) return other;
  if (other.kind === "version" || other.kind === "range") {
    const min = minOf(other);
    const max = maxOf(other);
    const bounds = { kind: "range", min, max, includeMin: includesMin(other), includeMax: includesMax(other) } as const;
    if (min !== null && rangeAllows(single, min)) return { ...bounds, includeMin: true };
    if (max !== null && rangeAllows(single, max)) return { ...bounds, includeMax: true };
  }
  return unionOf([single, other]);
}

function unionRanges(left: PoetryRange & { kind: "range" }, right: PoetryRange & { kind: "range" }): PoetryConstraint {
  const touches =
    (left.max !== null && sameVersion(left.max, right.min) && (left.includeMax || right.includeMin)) ||
    (left.min !== null && sameVersion(left.min, right.max) && (left.includeMin || right.includeMax));
  if (!touches && !rangeAllowsAny(left, right)) return unionOf([left, right]);
  const from = allowsLower(left, right) ? left : right;
  const to = allowsHigher(left, right) ? left : right;
  return { kind: "range", min: from.min, max: to.max, includeMin: from.includeMin, includeMax: to.includeMax };
}

/** What `left` allows and `right` does not. */
export function differenceOf(left: PoetryConstraint, right: PoetryConstraint): PoetryConstraint {
  if (left.kind === "empty") return left;
  // Poetry loses a union from which nothing is taken; other results depend on it.
  if (right.kind === "empty") return left.kind === "union" ? EMPTY_CONSTRAINT : left;
  if (left.kind === "union") return unionOf(left.ranges.map((range) => differenceOf(range, right)));
  if (left.kind === "version") {
    return rangesOf(right).some((range) => rangeAllows(range, left.version)) ? EMPTY_CONSTRAINT : left;
  }
  if (right.kind === "version") return withoutVersion(left, right.version);
  if (right.kind === "range") return withoutRange(left, right);
  return right.ranges.reduce<PoetryConstraint>((rest, range) => differenceOf(rest, range), left);
}

function withoutVersion(range: PoetryRange & { kind: "range" }, version: Pep440Version): PoetryConstraint {
  if (!rangeAllows(range, version)) return range;
  if (sameVersion(version, range.min)) return { ...range, includeMin: false };
  if (sameVersion(version, range.max)) return { ...range, includeMax: false };
  return unionOf([
    { ...range, max: version, includeMax: false },
    { ...range, min: version, includeMin: false },
  ]);
}

function withoutRange(left: PoetryRange & { kind: "range" }, right: PoetryRange & { kind: "range" }): PoetryConstraint {
  if (!rangeAllowsAny(left, right)) return left;
  const parts: PoetryConstraint[] = [];
  if (allowsLower(left, right)) {
    if (left.min !== null && sameVersion(left.min, right.min)) parts.push({ kind: "version", version: left.min });
    else parts.push({ ...left, max: right.min, includeMax: !right.includeMin });
  }
  if (allowsHigher(left, right)) {
    if (left.max !== null && sameVersion(left.max, right.max)) parts.push({ kind: "version", version: left.max });
    else parts.push({ ...left, min: right.max, includeMin: !right.includeMax });
  }
  const [only] = parts;
  if (only === undefined) return EMPTY_CONSTRAINT;
  return parts.length === 1 ? only : unionOf(parts);
}

function hasLocalBound(range: PoetryRange): boolean {
  return (minOf(range)?.local ?? maxOf(range)?.local ?? null) !== null;
}

/** Whether `constraint` allows a version. */
export function constraintAllows(constraint: PoetryConstraint, version: Pep440Version): boolean {
  if (constraint.kind === "empty") return false;
  if (constraint.kind !== "union") return rangeAllows(constraint, version);
  // `!=2.0+x` leaves 2.0 itself in.
  const excluded = constraint.ranges.some(hasLocalBound) ? excludedVersion(constraint) : null;
  if (excluded?.local != null) return compareVersions(excluded, version) !== 0;
  return constraint.ranges.some((range) => rangeAllows(range, version));
}
