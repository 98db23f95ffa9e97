/** The versions next to a version, as Poetry's constraint language counts them. */
import { compareReleases } from "./marker-diagram-cuts.ts";
import { isPrerelease, makeVersion, type Pep440Version, type VersionParts } from "./pep440-version.ts";

const BARE = { pre: null, post: null, dev: null, local: null } as const;

/** The release that a prerelease leads to; any other version itself. */
export function stableVersion(version: Pep440Version): Pep440Version {
  if (!isPrerelease(version)) return version;
  return makeVersion({ ...version, ...BARE, post: version.pre === null ? version.post : null });
}

/** Whether counting up leaves the release behind; a prerelease of `1.0` counts up to `1.0` itself. */
function countsUp(version: Pep440Version): boolean {
  return !isPrerelease(version) || (version.pre === null && version.post !== null);
}

function withRelease(version: Pep440Version, release: readonly number[]): Pep440Version {
  return makeVersion({ ...BARE, epoch: version.epoch, release });
}

export function nextMajor(version: Pep440Version): Pep440Version {
  const [major = 0] = version.release;
  if (!countsUp(version) && compareReleases([major], version.release) >= 0)
    return withRelease(version, version.release);
  const release = version.release.map((_, index) => (index === 0 ? major + 1 : 0));
  return withRelease(version, release);
}

export function nextMinor(version: Pep440Version): Pep440Version {
  const [major = 0, minor = 0] = version.release;
  if (!countsUp(version) && compareReleases([major, minor], version.release) >= 0) {
    return withRelease(version, version.release);
  }
  return withRelease(version, [major, minor + 1, ...version.release.slice(2).map(() => 0)]);
}

export function nextPatch(version: Pep440Version): Pep440Version {
  const [major = 0, minor = 0, patch = 0] = version.release;
  if (!countsUp(version) && compareReleases([major, minor, patch], version.release) >= 0) {
    return withRelease(version, version.release);
  }
  return withRelease(version, [major, minor, patch + 1, ...version.release.slice(3)]);
}

/** Where `^` ends: the next version that may break, by the first number that is not zero. */
export function nextBreaking(version: Pep440Version): Pep440Version {
  const [major = 0, minor] = version.release;
  const stable = stableVersion(version);
  if (major > 0 || minor === undefined) return nextMajor(stable);
  if (minor > 0 || version.release.length < 3) return nextMinor(stable);
  return nextPatch(stable);
}

/** The earliest version of a release, pre- or post-release: `1.0.dev0`, `1.0.post1.dev0`. */
export function firstDevelopmentRelease(version: VersionParts): Pep440Version {
  return makeVersion({ ...version, dev: 0, local: null });
}

/** Where `==V.*` ends, before Poetry moves it to a development release. */
export function nextSibling(version: Pep440Version): Pep440Version {
  if (version.post !== null) {
    const post = version.dev === null ? version.post + 1 : version.post;
    return makeVersion({ ...version, post, dev: null, local: null });
  }
  if (version.pre !== null) {
    const number = version.dev === null ? version.pre[1] + 1 : version.pre[1];
    return makeVersion({ ...version, ...BARE, pre: [version.pre[0], number] });
  }
  if (version.dev !== null) return makeVersion({ ...version, ...BARE, dev: version.dev + 1 });
  const last = version.release.length - 1;
  const release = version.release.map((part, index) => (index === last ? part + 1 : part));
  return makeVersion({ ...version, ...BARE, release, local: version.local });
}
