/** What one comparison with a version allows, as intervals. PEP 440, "Version specifiers". */
import {
  cutAfterLocals,
  cutAfterPosts,
  cutBefore,
  cutBeforePrereleases,
  cutsAroundRelease,
  isPrerelease,
  makeVersion,
  type Pep440Version,
} from "./pep440-version.ts";
import type { SpecifierOperator } from "./specifier.ts";

/**
 * An end of an interval. `version` and `inclusive` say it as a person would write it; `cut` is the exact place:
 * `<2` ends before `2.dev0`, `<=2` after `2+local`, `>2` begins after `2.post9`.
 */
export interface VersionBound {
  readonly version: Pep440Version;
  readonly inclusive: boolean;
  /** Versions whose `sortKey` is equal or greater lie above it. */
  readonly cut: string;
}

/** Null is unbounded. */
export interface VersionInterval {
  readonly lower: VersionBound | null;
  readonly upper: VersionBound | null;
}

type ComparingOperator = Exclude<SpecifierOperator, "===">;

/** The places that the bounds of comparisons with one version stand for. */
interface Cuts {
  readonly lessThan: (version: Pep440Version) => string;
  readonly from: (version: Pep440Version) => string;
  readonly upTo: (version: Pep440Version) => string;
  readonly moreThan: (version: Pep440Version) => string;
  readonly wildcard: (version: Pep440Version) => string;
}

const EXACT_CUTS: Cuts = {
  lessThan: (version) => (isPrerelease(version) ? cutBefore(version) : cutBeforePrereleases(version)),
  from: cutBefore,
  // A version with a local part takes nothing along: the place right after its own key.
  upTo: (version) => (version.local === null ? cutAfterLocals(version) : `${cutBefore(version)}\u0000`),
  moreThan: (version) =>
    version.post === null && version.dev === null ? cutAfterPosts(version) : cutAfterLocals(version),
  wildcard: cutBeforePrereleases,
};

const beforeRelease = (version: Pep440Version) => cutsAroundRelease(version)[0];
const afterRelease = (version: Pep440Version) => cutsAroundRelease(version)[1];

const RELEASE_CUTS: Cuts = {
  lessThan: beforeRelease,
  from: beforeRelease,
  upTo: afterRelease,
  moreThan: afterRelease,
  wildcard: beforeRelease,
};

/** What `operator version` allows, ascending, by the rules of PEP 440. */
export function intervalsOf(
  operator: ComparingOperator,
  version: Pep440Version,
  wildcard: boolean,
): readonly VersionInterval[] {
  return intervalsBy(EXACT_CUTS, operator, version, wildcard);
}

/**
 * The same where pre-releases, post-releases and local parts do not count: `3.13.0rc1` is 3.13.0. This is how
 * requires-python and Python's version in markers are read, so that `<3.9` and `>=3.9` leave no gap.
 */
export function releaseIntervalsOf(
  operator: ComparingOperator,
  version: Pep440Version,
  wildcard: boolean,
): readonly VersionInterval[] {
  return intervalsBy(RELEASE_CUTS, operator, version, wildcard);
}

function intervalsBy(
  cuts: Cuts,
  operator: ComparingOperator,
  version: Pep440Version,
  wildcard: boolean,
): readonly VersionInterval[] {
  const bound = (inclusive: boolean, cut: string): VersionBound => ({ version, inclusive, cut });
  switch (operator) {
    case ">=":
      return [{ lower: bound(true, cuts.from(version)), upper: null }];
    case "<=":
      return [{ lower: null, upper: bound(true, cuts.upTo(version)) }];
    case "<":
      return [{ lower: null, upper: bound(false, cuts.lessThan(version)) }];
    case ">":
      return [{ lower: bound(false, cuts.moreThan(version)), upper: null }];
    case "~=": {
      const prefix = makeVersion({ ...finalOf(version), release: version.release.slice(0, -1) });
      return [{ lower: bound(true, cuts.from(version)), upper: endOfPrefix(cuts, prefix) }];
    }
    case "==":
      return [equalInterval(cuts, version, wildcard)];
    case "!=": {
      const { lower, upper } = equalInterval(cuts, version, wildcard);
      return [
        { lower: null, upper: oppositeBound(lower) },
        { lower: oppositeBound(upper), upper: null },
      ];
    }
  }
}

function equalInterval(cuts: Cuts, version: Pep440Version, wildcard: boolean): VersionInterval {
  if (wildcard) {
    return { lower: { version, inclusive: true, cut: cuts.wildcard(version) }, upper: endOfPrefix(cuts, version) };
  }
  return {
    lower: { version, inclusive: true, cut: cuts.from(version) },
    upper: { version, inclusive: true, cut: cuts.upTo(version) },
  };
}

/** The end of `==V.*`: before the earliest pre-release of the next V. */
function endOfPrefix(cuts: Cuts, version: Pep440Version): VersionBound {
  const next = nextPrefix(version);
  return { version: next, inclusive: false, cut: cuts.wildcard(next) };
}

function nextPrefix(version: Pep440Version): Pep440Version {
  const last = version.release.length - 1;
  return makeVersion({ ...version, release: version.release.with(last, (version.release[last] ?? 0) + 1) });
}

function finalOf(version: Pep440Version): Pep440Version {
  return makeVersion({ ...version, pre: null, post: null, dev: null, local: null });
}

/** The same place seen from the other side: the end of one interval as the beginning of the next. */
export function oppositeBound(bound: VersionBound | null): VersionBound | null {
  return bound === null ? null : { ...bound, inclusive: !bound.inclusive };
}
