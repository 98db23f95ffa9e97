/** Cuts of the line of Python releases: the places where the truth of a version marker can change. */

/**
 * A place between two releases. `after: false` lies just before `release`, `after: true` just behind it.
 * Markers are decided on final releases only: an interpreter's prerelease counts as its release, so that
 * `< "3.9"` and `>= "3.9"` together cover everything (PEP 440 alone leaves 3.9.0b1 in neither).
 */
export interface ReleaseCut {
  /** Without trailing zeros, so that 3.8 and 3.8.0 are one. */
  readonly release: readonly number[];
  readonly after: boolean;
}

/** A half-open stretch of releases; null is unbounded. */
export interface ReleaseInterval {
  readonly lower: ReleaseCut | null;
  readonly upper: ReleaseCut | null;
}

/** The same release without its trailing zeros. */
export function trimRelease(release: readonly number[]): readonly number[] {
  let length = release.length;
  while (length > 0 && release[length - 1] === 0) length -= 1;
  return release.slice(0, length);
}

export function compareReleases(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function compareCuts(left: ReleaseCut, right: ReleaseCut): number {
  return compareReleases(left.release, right.release) || Number(left.after) - Number(right.after);
}

export function cutBefore(release: readonly number[]): ReleaseCut {
  return { release: trimRelease(release), after: false };
}

export function cutAfter(release: readonly number[]): ReleaseCut {
  return { release: trimRelease(release), after: true };
}

/** Where the releases that start with `prefix` end: 3.8 gives the cut before 3.9. */
export function cutBehindPrefix(prefix: readonly number[]): ReleaseCut {
  return cutBefore([...prefix.slice(0, -1), (prefix.at(-1) ?? 0) + 1]);
}

/** The releases that start with `prefix`, as `== "3.8.*"` means them. */
export function intervalOfPrefix(prefix: readonly number[]): ReleaseInterval {
  return { lower: cutBefore(prefix), upper: cutBehindPrefix(prefix) };
}

/**
 * `python_version` is the first two parts of the full version. The cut of the full version that separates the same
 * interpreters as `cut` separates their two-part versions.
 */
export function widenToMinor(cut: ReleaseCut): ReleaseCut {
  const minor = [cut.release[0] ?? 0, cut.release[1] ?? 0];
  return !cut.after && cut.release.length <= 2 ? cut : cutBehindPrefix(minor);
}
