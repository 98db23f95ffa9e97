/** Which versions Poetry's constraints allow. PEP 440, with Poetry's reading of exclusive bounds and local versions. */
import type { PoetryRange } from "./poetry-constraint-range.ts";
import { compareVersions, isPrerelease, makeVersion, publicVersion, type Pep440Version } from "./pep440-version.ts";
import { firstDevelopmentRelease } from "./poetry-version-steps.ts";

/** The highest version in question: `<2` ends before the prereleases of 2. */
export function allowedMax(range: PoetryRange): Pep440Version | null {
  if (range.kind === "version") return range.version;
  const { min, max } = range;
  if (max === null || range.includeMax || isPrerelease(max)) return max;
  const isEquality = min !== null && compareVersions(min, max) === 0 && range.includeMin;
  return isEquality ? max : firstDevelopmentRelease(max);
}

/** Whether a single range allows a version. */
export function rangeAllows(range: PoetryRange, version: Pep440Version): boolean {
  if (range.kind === "version") {
    const compared = range.version.local === null ? publicVersion(version) : version;
    return compareVersions(range.version, compared) === 0;
  }
  return isAboveMin(range, version) && isBelowMax(range, version);
}

type Bounds = PoetryRange & { kind: "range" };

function isAboveMin({ min, includeMin }: Bounds, version: Pep440Version): boolean {
  if (min === null) return true;
  let compared = version;
  // `>2.0` takes in neither 2.0.post1 nor 2.0+local (PEP 440, exclusive ordered comparison).
  if (!includeMin && min.post === null && version.post !== null) {
    compared = makeVersion({ ...version, post: null, dev: null });
  }
  if (min.local === null && compared.local !== null) compared = publicVersion(version);
  const order = compareVersions(compared, min);
  return order > 0 || (order === 0 && includeMin);
}

function isBelowMax(range: Bounds, version: Pep440Version): boolean {
  const { max, includeMax } = range;
  // The two ends differ in prereleases of `max` alone: most versions are told apart without making the lower one.
  if (max !== null && !includeMax && max.local === null && !isPrerelease(max) && !isPrerelease(version)) {
    return compareVersions(publicVersion(version), max) < 0;
  }
  const end = allowedMax(range);
  if (max === null || end === null) return true;
  const compared = end.local === null ? publicVersion(version) : version;
  if (compareVersions(compared, end) > 0) return false;
  return includeMax || (compareVersions(compared, max) !== 0 && compareVersions(compared, end) !== 0);
}
