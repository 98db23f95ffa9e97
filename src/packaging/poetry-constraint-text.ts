/** How Poetry writes a version constraint. */
import { excludedVersion } from "./poetry-constraint-algebra.ts";
import { includesMax, includesMin, maxOf, minOf } from "./poetry-constraint-range.ts";
import type { PoetryConstraint, PoetryRange } from "./poetry-constraint-range.ts";
import { compareVersions, makeVersion, type Pep440Version } from "./pep440-version.ts";
import { firstDevelopmentRelease } from "./poetry-version-steps.ts";

/** The text that Poetry writes: `>=1.0,<2.0`, `!=1.5`, `==1.2.*`, `<1 || >2`, `*`; an exact version is bare. */
export function formatPoetryConstraint(constraint: PoetryConstraint): string {
  switch (constraint.kind) {
    case "empty":
      return "<empty>";
    case "version":
      return constraint.version.text;
    case "range":
      return rangeText(constraint);
    case "union": {
      const excluded = excludedVersion(constraint);
      if (excluded !== null) return `!=${excluded.text}`;
      return excludedWildcard(constraint.ranges) ?? constraint.ranges.map(formatPoetryConstraint).join(" || ");
    }
  }
}

function rangeText(range: PoetryRange & { kind: "range" }): string {
  const { min, max, includeMin, includeMax } = range;
  if (min !== null && max !== null && includeMin && !includeMax && isWildcard(min, max, false)) {
    return `==${wildcardText(min, max)}`;
  }
  const lower = min === null ? "" : `${includeMin ? ">=" : ">"}${min.text}`;
  const upper = max === null ? "" : `${includeMax ? "<=" : "<"}${max.text}`;
  if (lower === "" && upper === "") return "*";
  return lower !== "" && upper !== "" ? `${lower},${upper}` : lower + upper;
}

function excludedWildcard(ranges: readonly PoetryRange[]): string | null {
  const [first, second] = ranges;
  if (ranges.length !== 2 || first === undefined || second === undefined) return null;
  const [low, high] = maxOf(first) === null ? [second, first] : [first, second];
  const end = maxOf(low);
  const start = minOf(high);
  if (end === null || start === null || minOf(low) !== null || maxOf(high) !== null) return null;
  if (includesMax(low) || !includesMin(high)) return null;
  return isWildcard(start, end, true) ? `!=${wildcardText(end, start)}` : null;
}

/**
 * Whether the bounds are those of a wildcard: `>=1.2.dev0,<1.3` is `==1.2.*`. `inverted` swaps which bound must be one
 * step behind the other.
 */
function isWildcard(min: Pep440Version, max: Pep440Version, inverted: boolean): boolean {
  if (min.local !== null || max.local !== null || min.pre !== null || max.pre !== null) return false;
  if ((min.post !== null) !== (max.post !== null)) return false;
  if (compareVersions(firstDevelopmentRelease(min), min) !== 0) return false;
  if (max.dev !== null && compareVersions(firstDevelopmentRelease(max), max) !== 0) return false;
  const [first, second] = inverted ? [max, min] : [min, max];
  const end = withoutTrailingZeros(second.release);
  if (first.release.slice(end.length).some((part) => part !== 0)) return false;
  const start = end.map((_, index) => first.release[index] ?? 0);
  const last = end.length - 1;
  if (first.post !== null) return start.every((part, index) => part === end[index]) && first.post + 1 === second.post;
  return last >= 0 && start.every((part, index) => (index === last ? part + 1 : part) === end[index]);
}

function wildcardText(first: Pep440Version, second: Pep440Version): string {
  if (first.post !== null) return `${makeVersion({ ...first, dev: null }).text}.*`;
  const parts = withoutTrailingZeros(second.release);
  return `${parts.map((part, index) => (index === parts.length - 1 ? part - 1 : part)).join(".")}.*`;
}

function withoutTrailingZeros(release: readonly number[]): readonly number[] {
  let length = release.length;
  while (length > 0 && release[length - 1] === 0) length -= 1;
  return release.slice(0, length);
}
