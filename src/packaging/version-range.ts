/** Sets of versions as unions of intervals, with their algebra. */
import type { Pep440Version } from "./pep440-version.ts";
import type { Specifier, SpecifierSet } from "./specifier.ts";
import {
  intervalsOf,
  oppositeBound,
  releaseIntervalsOf,
  type VersionBound,
  type VersionInterval,
} from "./version-interval.ts";

/** Ascending, without overlap, not touching each other, none of them empty. */
export interface VersionRange {
  readonly intervals: readonly VersionInterval[];
}

export const FULL_RANGE: VersionRange = { intervals: [{ lower: null, upper: null }] };
export const EMPTY_RANGE: VersionRange = { intervals: [] };

/**
 * The versions that a set allows, exactly as `setContains` says, but that `===V` is every spelling of version V
 * (and nothing where V is no PEP 440 version).
 */
export function rangeFromSpecifierSet(set: SpecifierSet): VersionRange {
  return rangeBy(set, intervalsOf);
}

/**
 * The Python versions that a requires-python or a `python_full_version` comparison allows. Only releases count:
 * `3.13.0rc1` is 3.13.0 here, so that `<3.9` and `>=3.9` together are everything.
 */
export function pythonRangeFromSpecifierSet(set: SpecifierSet): VersionRange {
  return rangeBy(set, releaseIntervalsOf);
}

function rangeBy(set: SpecifierSet, intervals: typeof intervalsOf): VersionRange {
  return set.specifiers.map((specifier) => rangeOf(specifier, intervals)).reduce(intersectRanges, FULL_RANGE);
}

function rangeOf({ operator, version, wildcard }: Specifier, intervals: typeof intervalsOf): VersionRange {
  if (version === null) return EMPTY_RANGE;
  if (operator !== "===") return uniteIntervals(intervals(operator, version, wildcard));
  const exactly: VersionInterval = {
    lower: { version, inclusive: true, cut: version.sortKey },
    upper: { version, inclusive: true, cut: `${version.sortKey}\u0000` },
  };
  return intervals === intervalsOf ? { intervals: [exactly] } : { intervals: intervals("==", version, false) };
}

/** Versions that are in both. */
export function intersectRanges(a: VersionRange, b: VersionRange): VersionRange {
  const intervals: VersionInterval[] = [];
  let indexA = 0;
  let indexB = 0;
  for (;;) {
    const inA = a.intervals[indexA];
    const inB = b.intervals[indexB];
    if (inA === undefined || inB === undefined) return { intervals };
    const lower = compareLower(inA.lower, inB.lower) >= 0 ? inA.lower : inB.lower;
    const endsFirst = compareUpper(inA.upper, inB.upper) <= 0;
    const upper = endsFirst ? inA.upper : inB.upper;
    if (!isEmptyInterval({ lower, upper })) intervals.push({ lower, upper });
    if (endsFirst) indexA += 1;
    else indexB += 1;
  }
}

/** Versions that are in at least one. */
export function uniteRanges(a: VersionRange, b: VersionRange): VersionRange {
  return uniteIntervals([...a.intervals, ...b.intervals]);
}

function uniteIntervals(intervals: readonly VersionInterval[]): VersionRange {
  const sorted = intervals
    .filter((interval) => !isEmptyInterval(interval))
    .toSorted((a, b) => compareLower(a.lower, b.lower));
  const united: VersionInterval[] = [];
  for (const interval of sorted) {
    const previous = united.at(-1);
    if (previous === undefined || leavesGap(previous.upper, interval.lower)) united.push(interval);
    else if (compareUpper(previous.upper, interval.upper) < 0) {
      united[united.length - 1] = { lower: previous.lower, upper: interval.upper };
    }
  }
  return { intervals: united };
}

/** Versions that are not in it. */
export function complementRange(range: VersionRange): VersionRange {
  const intervals: VersionInterval[] = [];
  let lower: VersionBound | null = null;
  for (const interval of range.intervals) {
    if (interval.lower !== null) intervals.push({ lower, upper: oppositeBound(interval.lower) });
    if (interval.upper === null) return { intervals };
    lower = oppositeBound(interval.upper);
  }
  return { intervals: [...intervals, { lower, upper: null }] };
}

/** Whether a version is in it. */
export function rangeContains(range: VersionRange, version: Pep440Version): boolean {
  const key = version.sortKey;
  return range.intervals.some(
    ({ lower, upper }) => (lower === null || key >= lower.cut) && (upper === null || key < upper.cut),
  );
}

/** Whether it has no interval. Between two neighbours (`>1.dev0,<1.dev1`) there may be an interval without a version. */
export function isEmptyRange(range: VersionRange): boolean {
  return range.intervals.length === 0;
}

export function isFullRange(range: VersionRange): boolean {
  const [first] = range.intervals;
  return first !== undefined && first.lower === null && first.upper === null;
}

/** Whether every version of `inner` is in `outer`. */
export function isSubsetRange(inner: VersionRange, outer: VersionRange): boolean {
  return isEmptyRange(intersectRanges(inner, complementRange(outer)));
}

/** Whether they contain the same versions; how the bounds are written does not count. */
export function rangesEqual(a: VersionRange, b: VersionRange): boolean {
  return (
    a.intervals.length === b.intervals.length &&
    a.intervals.every((interval, index) => {
      const other = b.intervals[index];
      return other?.lower?.cut === interval.lower?.cut && other?.upper?.cut === interval.upper?.cut;
    })
  );
}

/** For messages: `>=3.8,<3.9 || >=3.10`; `*` for everything, `nothing` for the empty range. */
export function formatRange(range: VersionRange): string {
  if (isEmptyRange(range)) return "nothing";
  return range.intervals.map(formatInterval).join(" || ");
}

function formatInterval({ lower, upper }: VersionInterval): string {
  const texts = [
    ...(lower === null ? [] : [`${lower.inclusive ? ">=" : ">"}${lower.version.text}`]),
    ...(upper === null ? [] : [`${upper.inclusive ? "<=" : "<"}${upper.version.text}`]),
  ];
  return texts.length === 0 ? "*" : texts.join(",");
}

function isEmptyInterval({ lower, upper }: VersionInterval): boolean {
  return lower !== null && upper !== null && lower.cut >= upper.cut;
}

function leavesGap(upper: VersionBound | null, lower: VersionBound | null): boolean {
  return upper !== null && lower !== null && upper.cut < lower.cut;
}

function compareLower(a: VersionBound | null, b: VersionBound | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a.cut < b.cut ? -1 : a.cut > b.cut ? 1 : 0;
}

function compareUpper(a: VersionBound | null, b: VersionBound | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a.cut < b.cut ? -1 : a.cut > b.cut ? 1 : 0;
}
