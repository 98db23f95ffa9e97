/** Versions of conda packages: reading and ordering. CEP 33. */

/**
 * The components of one part of a version between dots: `2rc1` is a number, a word and a number. Each is kept as the
 * text that orders as it does; a number 0 and a missing component are both the empty text.
 */
type Segment = readonly string[];

export interface CondaVersion {
  /** As written, without surrounding blanks. */
  readonly text: string;
  /** The epoch first, then the main part. */
  readonly segments: readonly Segment[];
  /** What follows `+`; empty where there is none. */
  readonly localSegments: readonly Segment[];
  /** Orders as the version does when compared by code unit; equal exactly for equal versions. */
  readonly sortKey: string;
}

/** What a version can start with: a version, or one that lacks its last segments. */
export type CondaVersionPrefix = Pick<CondaVersion, "segments" | "localSegments">;

/** Longer texts are no versions; CEP 26 allows 64 characters. */
const LONGEST_TEXT = 1024;

const VERSION_PATTERN = /^(?:(?<epoch>\d+)!)?(?<main>[a-z0-9._-]+)(?:\+(?<local>[a-z0-9._-]+))?$/;

/**
 * Reads a version literal: numbers and words in any mix, `.`, `_` or `-` between segments, `1!` before, `+local` behind.
 * @returns null for text that is no version: empty, with other characters, or with an empty segment
 */
export function parseCondaVersion(text: string): CondaVersion | null {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_TEXT) return null;
  const groups = VERSION_PATTERN.exec(trimmed.toLowerCase())?.groups;
  if (groups === undefined) return null;
  const { epoch = "0", main = "", local } = groups;
  const mainSegments = segmentsOf(main);
  const localSegments = local === undefined ? [] : segmentsOf(local);
  if (mainSegments === null || localSegments === null) return null;
  const segments = [[numberKey(epoch)], ...mainSegments];
  return { text: trimmed, segments, localSegments, sortKey: segmentsKey(segments) + segmentsKey(localSegments) };
}

/** Negative, zero or positive as `a` is before, equal to or after `b`: `1.0` equals `1.0.0`, `1.1rc` is before `1.1.rc`. */
export function compareCondaVersions(a: CondaVersion, b: CondaVersion): number {
  return a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0;
}

/**
 * Whether a version is the prefix or continues it, by segments: `1.8.3` starts with `1.8`, `1.80` does not.
 * A word may go on (`1.0rc1` starts with `1.0r`), a number may not. A prefix with a local part needs the same main part.
 */
export function condaVersionStartsWith(version: CondaVersion, prefix: CondaVersionPrefix): boolean {
  if (prefix.localSegments.length === 0) return startsWithSegments(version.segments, prefix.segments);
  return (
    sameSegments(version.segments, prefix.segments, Math.max(version.segments.length, prefix.segments.length)) &&
    startsWithSegments(version.localSegments, prefix.localSegments)
  );
}

function startsWithSegments(all: readonly Segment[], start: readonly Segment[]): boolean {
  const last = start.length - 1;
  if (!sameSegments(all, start, last)) return false;
  const own = all[last] ?? [];
  const wanted = start[last] ?? [];
  const lastComponent = wanted.length - 1;
  if (!sameComponents(own, wanted, lastComponent)) return false;
  const component = own[lastComponent] ?? "";
  const wantedComponent = wanted[lastComponent] ?? "";
  return wantedComponent.startsWith(WORD)
    ? component.startsWith(wantedComponent.slice(0, -WORD_END.length))
    : component === wantedComponent;
}

function sameSegments(a: readonly Segment[], b: readonly Segment[], count: number): boolean {
  for (let index = 0; index < count; index += 1) {
    const left = a[index] ?? [];
    const right = b[index] ?? [];
    if (!sameComponents(left, right, Math.max(left.length, right.length))) return false;
  }
  return true;
}

function sameComponents(a: Segment, b: Segment, count: number): boolean {
  for (let index = 0; index < count; index += 1) if ((a[index] ?? "") !== (b[index] ?? "")) return false;
  return true;
}

/** Nine of ten versions. */
const PLAIN_RELEASE = /^\d+(?:\.\d+)*$/;

/** A single underscore at the end belongs to the last segment (`1.0.1_` of openssl); elsewhere it separates. */
function segmentsOf(text: string): Segment[] | null {
  if (PLAIN_RELEASE.test(text)) return text.split(".").map((digits) => [numberKey(digits)]);
  const glued = /[_-]$/.test(text);
  const parts = (glued ? text.slice(0, -1) : text).split(/[._-]/);
  const last = parts.length - 1;
  const texts = parts.map((part, index) => (glued && index === last ? `${part}_` : part));
  return texts.includes("") ? null : texts.map(componentsOf);
}

function componentsOf(text: string): Segment {
  const components = (text.match(/\d+|\D+/g) ?? []).map((run) => (/^\d/.test(run) ? numberKey(run) : wordKey(run)));
  // A number stands first, so that numbers meet numbers and words meet words.
  return /^\d/.test(text) ? components : ["", ...components];
}

/*
 * Layout of the key. In a segment, a number and a word alternate, the number first. A number is its digits after a
 * character that stands for how many there are, so `9` precedes `10`; 0 is nothing at all. What can stand in the place
 * of a word orders as `dev`, words, the end of the segment, `post`, and all of them precede a positive number.
 */
const DEV = "\u0002";
const WORD = "\u0003";
const WORD_END = "\u0001";
const SEGMENT_END = "\u0004";
const POST = "\u0005";

function numberKey(digits: string): string {
  const significant = digits.startsWith("0") ? digits.replace(/^0+/, "") : digits;
  return significant === "" ? "" : String.fromCharCode(0x30 + significant.length) + significant;
}

function wordKey(word: string): string {
  return word === "dev" ? DEV : word === "post" ? POST : WORD + word + WORD_END;
}

/*
 * Between segments, as many zero segments follow a version as it takes. So a run of them is a number before the next
 * other segment: below the mark of the end if that segment is less than zero (the sooner the lower), else above it.
 */
const FIRST_NEGATIVE = 0x20;
const END_OF_SEGMENTS = "\u6000";
const FIRST_POSITIVE = 0xd7ff;

function segmentsKey(segments: readonly Segment[]): string {
  let key = "";
  let zeros = 0;
  for (const segment of segments) {
    const content = segment.join("");
    if (content === "") {
      zeros += 1;
      continue;
    }
    const negative = content.startsWith(DEV) || content.startsWith(WORD);
    key += String.fromCharCode(negative ? FIRST_NEGATIVE + zeros : FIRST_POSITIVE - zeros) + content + SEGMENT_END;
    zeros = 0;
  }
  return key + END_OF_SEGMENTS;
}
