/** Versions of Python projects: reading, ordering and writing. PEP 440. */

export type PreReleasePhase = "a" | "b" | "rc";

export interface Pep440Version {
  readonly epoch: number;
  /** As written, trailing zeros included. */
  readonly release: readonly number[];
  readonly pre: readonly [PreReleasePhase, number] | null;
  readonly post: number | null;
  readonly dev: number | null;
  /** A segment of digits that exceeds the safe integers stays a string, yet orders as the number that it is. */
  readonly local: readonly (string | number)[] | null;
  /** As written, without surrounding blanks. */
  readonly text: string;
  /** Orders as the version does when compared by code unit; equal exactly for equal versions. */
  readonly sortKey: string;
}

/** What makes a version, before its text and key are known. */
export type VersionParts = Omit<Pep440Version, "text" | "sortKey">;

const VERSION_PATTERN = new RegExp(
  [
    String.raw`^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)`,
    String.raw`(?:[-_.]?(?<phase>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?<pre>\d*))?`,
    String.raw`(?:-(?<dashPost>\d+)|[-_.]?(?<postWord>post|rev|r)[-_.]?(?<post>\d*))?`,
    String.raw`(?:[-_.]?(?<devWord>dev)[-_.]?(?<dev>\d*))?`,
    String.raw`(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`,
  ].join(""),
  "i",
);

const PHASES: Readonly<Record<string, PreReleasePhase>> = {
  a: "a",
  alpha: "a",
  b: "b",
  beta: "b",
  c: "rc",
  rc: "rc",
  pre: "rc",
  preview: "rc",
};

/**
 * Reads a version in any spelling that PEP 440 normalises (`v1.0`, `1.0-beta_2`, `1.0-1`, `1.0.RC`).
 * @returns null for text that is not such a version, and where a number exceeds the safe integers (2^53 - 1)
 */
export function parseVersion(text: string): Pep440Version | null {
  const trimmed = text.trim();
  if (PLAIN_RELEASE.test(trimmed)) return plainVersion(trimmed);
  const groups = VERSION_PATTERN.exec(trimmed)?.groups;
  if (groups === undefined) return null;
  const { phase, pre, dashPost, postWord, post, devWord, dev, local } = groups;
  const parts: VersionParts = {
    epoch: Number(groups["epoch"] ?? 0),
    release: (groups["release"] ?? "").split(".").map(Number),
    pre: phase === undefined ? null : [PHASES[phase.toLowerCase()] ?? "rc", Number(pre)],
    post: dashPost !== undefined ? Number(dashPost) : postWord === undefined ? null : Number(post),
    dev: devWord === undefined ? null : Number(dev),
    local: local === undefined ? null : local.toLowerCase().split(/[-_.]/).map(localSegment),
  };
  return hasSafeNumbers(parts) ? { ...parts, text: trimmed, sortKey: sortKeyOf(parts) } : null;
}

/** Nine of ten versions are numbers and dots; no number of this length is unsafe. */
const PLAIN_RELEASE = /^\d{1,15}(?:\.\d{1,15})*$/;

function plainVersion(text: string): Pep440Version {
  const own = { epoch: 0, release: text.split(".").map(Number), pre: null, post: null, dev: null, local: null };
  return { ...own, text, sortKey: sortKeyOf(own) };
}

function hasSafeNumbers({ epoch, release, pre, post, dev }: VersionParts): boolean {
  return [epoch, ...release, pre?.[1] ?? 0, post ?? 0, dev ?? 0].every(Number.isSafeInteger);
}

function localSegment(text: string): string | number {
  if (!/^\d+$/.test(text)) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text.replace(/^0+/, "");
}

/** A version made of parts, its text in normalised form. */
export function makeVersion(parts: VersionParts): Pep440Version {
  const { epoch, release, pre, post, dev, local } = parts;
  const own = { epoch, release, pre, post, dev, local };
  return { ...own, text: formatVersion(own), sortKey: sortKeyOf(own) };
}

/** Negative, zero or positive as `a` is before, equal to or after `b`. `1.0` equals `1.0.0`; `1.0` is before `1.0+x`. */
export function compareVersions(a: Pep440Version, b: Pep440Version): number {
  return a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0;
}

/** The normalised text: `1!2.0rc1.post2.dev3+local.1`. Trailing zeros of the release are kept. */
export function formatVersion(version: VersionParts): string {
  const epoch = version.epoch === 0 ? "" : `${version.epoch}!`;
  const pre = version.pre === null ? "" : version.pre.join("");
  const post = version.post === null ? "" : `.post${version.post}`;
  const dev = version.dev === null ? "" : `.dev${version.dev}`;
  const local = version.local === null ? "" : `+${version.local.join(".")}`;
  return epoch + version.release.join(".") + pre + post + dev + local;
}

/** Whether it is an alpha, beta, release candidate or development release (of a post-release too). */
export function isPrerelease(version: Pep440Version): boolean {
  return version.pre !== null || version.dev !== null;
}

/** The version without its local part. */
export function publicVersion(version: Pep440Version): Pep440Version {
  return version.local === null ? version : makeVersion({ ...version, local: null });
}

/** Epoch and release alone: `1!2.0` of `1!2.0rc1.post2.dev3+x`. */
export function baseVersion(version: Pep440Version): Pep440Version {
  return makeVersion({ ...version, pre: null, post: null, dev: null, local: null });
}

/*
 * Layout of the key: epoch, release without trailing zeros, 0x01, pre, post, dev, local. Numbers are their digits
 * after a character that stands for how many there are, so `9` precedes `10`. Every absent part is a character that
 * sorts where PEP 440 puts the absence: nothing before `a1` for a bare `.dev`, after `rc` otherwise.
 */
const LOWEST = "\u0002";
const HIGHEST = "~";

function sortKeyOf(parts: VersionParts): string {
  return `${releaseKey(parts)}\u0001${preKey(parts)}${postKey(parts)}${devKey(parts)}${localKey(parts)}`;
}

/** The head of the key that all versions of one release share; `\u0001` follows it in a whole key. */
export function releaseKey(parts: Pick<VersionParts, "epoch" | "release">): string {
  let count = parts.release.length;
  while (count > 0 && parts.release[count - 1] === 0) count -= 1;
  let key = numberKey(parts.epoch);
  for (let index = 0; index < count; index += 1) key += numberKey(parts.release[index] ?? 0);
  return key;
}

function numberKey(value: number | string): string {
  const digits = String(value);
  return String.fromCharCode(0x30 + digits.length) + digits;
}

function preKey({ pre, post, dev }: VersionParts): string {
  if (pre !== null) return pre[0].charAt(0) + numberKey(pre[1]);
  return post === null && dev !== null ? LOWEST : HIGHEST;
}

function postKey({ post }: VersionParts): string {
  return post === null ? LOWEST : `p${numberKey(post)}`;
}

function devKey({ dev }: VersionParts): string {
  return dev === null ? HIGHEST : `d${numberKey(dev)}`;
}

function localKey({ local }: VersionParts): string {
  if (local === null) return "";
  return local.map((part) => (isDigits(part) ? `\u0003${numberKey(part)}` : `\u0002${part}\u0001`)).join("");
}

function isDigits(part: string | number): boolean {
  return typeof part === "number" || /^\d+$/.test(part);
}

/*
 * A cut is a place between versions, in the order of `sortKey`. Intervals of versions are pairs of cuts, so every
 * rule of PEP 440 about what a bound takes along becomes a choice of place.
 */

/** The place just before a version, its local versions after it. */
export function cutBefore(version: Pep440Version): string {
  return version.sortKey;
}

/** The place after a version and all its local versions (`1.0`, `1.0+cpu`), before `1.0.post0.dev0`. */
export function cutAfterLocals(version: Pep440Version): string {
  return `${version.sortKey}\u007f`;
}

/** The place after a version, its local versions and its post-releases. */
export function cutAfterPosts(version: Pep440Version): string {
  return `${releaseKey(version)}\u0001${preKey(version)}\u007f`;
}

/** The place before the earliest pre-release of a version, `1.0.dev0` of `1.0`. */
export function cutBeforePrereleases(version: Pep440Version): string {
  return sortKeyOf({ ...version, dev: 0, local: null });
}

/** The place before everything that has the release of a version, and the place after it. */
export function cutsAroundRelease(version: Pep440Version): readonly [string, string] {
  const head = releaseKey(version);
  return [`${head}\u0001`, `${head}\u0002`];
}
