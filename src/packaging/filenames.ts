/** File names of wheels and source distributions. PEP 427, 491, 625 and the names from before them. */
import { normalizeName } from "./names.ts";
import { parseVersion, type Pep440Version } from "./pep440-version.ts";

export interface WheelFilename {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly version: Pep440Version;
  /** Number, then the rest of the text: `1local` is `[1, "local"]`. Orders wheels of equal tags; null is lowest. */
  readonly build: readonly [number, string] | null;
  /** Compressed sets expanded: `py2.py3-none-any` is `py2-none-any` and `py3-none-any`. */
  readonly tags: readonly string[];
}

export interface SdistFilename {
  readonly version: Pep440Version;
  /** Not as PEP 625 wants it: another archive than `.tar.gz`, or a name that is not written normalised. */
  readonly legacy: boolean;
}

const SDIST_EXTENSIONS = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar"] as const;

/** No file system takes a longer name, and reading one takes the square of its length. */
const MAX_LENGTH = 255;

/** Reads `name-version(-build)?-python-abi-platform.whl`; null for any other name or a version outside PEP 440. */
export function parseWheelFilename(filename: string): WheelFilename | null {
  if (!filename.endsWith(".whl") || filename.length > MAX_LENGTH) return null;
  const parts = filename.slice(0, -".whl".length).split("-");
  if (parts.length !== 5 && parts.length !== 6) return null;
  const head = parseHead(parts[0] ?? "", parts[1] ?? "");
  const build = parts.length === 6 ? parseBuild(parts[2] ?? "") : null;
  const tags = expandTags(parts.slice(-3));
  return head === null || tags === null || build === "malformed" ? null : { ...head, build, tags };
}

type WheelHead = Pick<WheelFilename, "name" | "version">;

function parseHead(name: string, versionText: string): WheelHead | null {
  const version = parseVersion(versionText.replaceAll("_", "-"));
  return version === null || !/^[\w.]+$/.test(name) ? null : { name: normalizeName(name), version };
}

/**
 * Reads many names of wheels. A release has dozens of them that differ in their tags alone, and the tags recur from release to
 * release, so each half of a name is read once; equal versions and equal tags are one object, comparable by identity.
 */
export class WheelNames {
  readonly #heads = new Map<string, WheelHead | null>();
  readonly #tails = new Map<string, readonly string[] | null>();

  /** As {@link parseWheelFilename}. */
  parse(filename: string): WheelFilename | null {
    if (!filename.endsWith(".whl") || filename.length > MAX_LENGTH) return null;
    const first = filename.indexOf("-");
    const second = filename.indexOf("-", first + 1);
    const tail = filename.slice(second + 1, -".whl".length);
    const tags = this.#tagsOf(tail);
    // A build number stands between the halves: such a name is read whole each time.
    if (first < 0 || second < 0 || tags === null) return parseWheelFilename(filename);
    const head = this.#headOf(filename.slice(0, first), filename.slice(first + 1, second));
    return head === null ? null : { ...head, build: null, tags };
  }

  #headOf(name: string, version: string): WheelHead | null {
    const text = `${name}-${version}`;
    const known = this.#heads.get(text);
    if (known !== undefined) return known;
    const head = parseHead(name, version);
    this.#heads.set(text, head);
    return head;
  }

  /** Null where the text is not three sets of tags. */
  #tagsOf(tail: string): readonly string[] | null {
    const known = this.#tails.get(tail);
    if (known !== undefined) return known;
    const sets = tail.split("-");
    const tags = sets.length === 3 ? expandTags(sets) : null;
    this.#tails.set(tail, tags);
    return tags;
  }
}

function parseBuild(text: string): readonly [number, string] | "malformed" {
  const match = /^(\d+)([\w.]*)$/.exec(text);
  return match === null ? "malformed" : [Number(match[1]), match[2] ?? ""];
}

function expandTags(compressed: readonly string[]): readonly string[] | null {
  const sets = compressed.map((text) => text.toLowerCase().split("."));
  if (!sets.flat().every((tag) => /^\w+$/.test(tag))) return null;
  const [pythonTags = [], abiTags = [], platformTags = []] = sets;
  return pythonTags.flatMap((python) =>
    abiTags.flatMap((abi) => platformTags.map((platform) => `${python}-${abi}-${platform}`)),
  );
}

/** Below 0, 0, above 0 as the first build tag is lower; a missing one is the lowest. */
export function compareBuilds(a: WheelFilename["build"], b: WheelFilename["build"]): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
}

/**
 * Reads the name of a source distribution of a project. Older names may have dashes both in the project's name and in
 * the version (`foo-bar-1.0-beta.zip`), so the project must be known: the longest beginning that is its name is taken off.
 * @returns null for a file of another kind or project, or a version outside PEP 440
 */
export function parseSdistFilename(filename: string, projectName: string): SdistFilename | null {
  const extension = SDIST_EXTENSIONS.find((candidate) => filename.toLowerCase().endsWith(candidate.toLowerCase()));
  if (extension === undefined || filename.length > MAX_LENGTH) return null;
  const stem = filename.slice(0, -extension.length);
  if (!/^[\w.!+-]+$/.test(stem)) return null;
  const wanted = normalizeName(projectName);
  for (let dash = stem.lastIndexOf("-"); dash > 0; dash = stem.lastIndexOf("-", dash - 1)) {
    const name = stem.slice(0, dash);
    if (normalizeName(name) === wanted) {
      const version = parseVersion(stem.slice(dash + 1));
      if (version !== null) return { version, legacy: extension !== ".tar.gz" || name !== wanted.replaceAll("-", "_") };
    }
  }
  return null;
}
