/** From what a page says of a file to an IndexFile; what cannot be trusted or used is left out, with the reason. */
import { normalizeName } from "#packaging/names.ts";
import { parseSdistFilename, WheelNames } from "#packaging/filenames.ts";
import type { IndexFile } from "#packaging/index-records.ts";

/** A file as a page lists it, nothing checked yet but its types. */
export interface ListedFile {
  readonly filename: string;
  /** May be relative, and may have a fragment. */
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython: string | null;
  readonly yanked: false | string;
  readonly uploadTime: string | null;
  readonly size: number | null;
  readonly coreMetadata: boolean | Readonly<Record<string, string>>;
}

export interface SkippedFile {
  readonly filename: string;
  readonly reason: string;
}

/** What a parsed page is judged by. */
export interface PageContext {
  /** Normalised name of the project that was asked for. */
  readonly name: string;
  /** What relative URLs are relative to. */
  readonly baseUrl: string;
  /** Maps a fetched URL to the one that is recorded. */
  readonly recorded: (url: string) => string;
}

/** Checks the files of a page for one project. Hashes that are none are dropped; a file of another project is skipped. */
export function judgeFiles(
  listed: readonly ListedFile[],
  context: PageContext,
): { readonly files: readonly IndexFile[]; readonly skipped: readonly SkippedFile[] } {
  const files: IndexFile[] = [];
  const skipped: SkippedFile[] = [];
  const wheelNames = new WheelNames();
  for (const file of listed) {
    const reason = nameProblem(file.filename, context.name, wheelNames);
    const url = reason === null ? absoluteUrl(file.url, context) : null;
    if (url === null) skipped.push({ filename: file.filename, reason: reason ?? "its URL is not an http(s) URL" });
    else files.push({ ...file, url, hashes: validHashes(file.hashes), coreMetadata: validDigests(file.coreMetadata) });
  }
  return { files, skipped };
}

/** Why a file is not a usable file of a project, or null. Of many files, `wheelNames` is best shared. */
export function nameProblem(filename: string, name: string, wheelNames = new WheelNames()): string | null {
  if (filename.endsWith(".whl")) {
    const wheel = wheelNames.parse(filename);
    if (wheel === null) return "it is not named as a wheel with a PEP 440 version";
    return wheel.name === normalizeName(name) ? null : `it is a file of ${wheel.name}`;
  }
  return parseSdistFilename(filename, name) === null
    ? `it is neither a wheel nor a source distribution of ${name} with a PEP 440 version`
    : null;
}

/** Hex digests of known algorithms, in lower case. A digest of the wrong length or alphabet says nothing. */
export function validHashes(hashes: Readonly<Record<string, string>>): Record<string, string> {
  const valid: Record<string, string> = {};
  for (const [algorithm, digest] of Object.entries(hashes)) {
    const length = DIGEST_LENGTHS[algorithm.toLowerCase()];
    if (digest.length === length && /^[0-9a-f]+$/i.test(digest)) valid[algorithm.toLowerCase()] = digest.toLowerCase();
  }
  return valid;
}

const DIGEST_LENGTHS: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b: 128,
};

function validDigests(value: ListedFile["coreMetadata"]): ListedFile["coreMetadata"] {
  if (typeof value === "boolean") return value;
  const valid = validHashes(value);
  return Object.keys(valid).length === 0 ? true : valid;
}

/** No credentials, no fragment, mirror prefixes mapped back; null for anything but http(s). */
function absoluteUrl(url: string, context: PageContext): string | null {
  const parsed = URL.parse(url, context.baseUrl);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return null;
  parsed.hash = "";
  parsed.username = "";
  parsed.password = "";
  return context.recorded(parsed.href);
}
