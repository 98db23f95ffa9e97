/** Which manifests a lock is made from: what the lock says, what CI says, and what the names say, in this order. */
import { resolveInclude } from "../manifests/resolve-include.ts";
import { baseName, directoryOf } from "../project-files.ts";
import type { LockCommand } from "./ci-commands.ts";
import { platformInName, withoutPlatform } from "./conda-file.ts";
import type { CondaLock } from "../locks/conda-lock/model.ts";
import { variantOf, type LockSet } from "./lock-sets.ts";

/** What is known of a repository's files. */
export interface SourceSearch {
  readonly paths: ReadonlySet<string>;
  /** Environment files that a person writes, and pyproject.toml files with `[tool.conda-lock]`. */
  readonly candidates: readonly string[];
  readonly commands: readonly LockCommand[];
}

export interface LockSources {
  /** In the order in which they were given to conda-lock. */
  readonly sources: readonly string[];
  /** As the lock or the command writes them, where the repository has no such file. */
  readonly missing: readonly string[];
}

/**
 * The sources of a set of locks; none where nothing tells them. Where some are missing, a file that is a source by its name
 * is one too: it must not be edited without the lock.
 */
export function sourcesOf(set: LockSet, search: SourceSearch): LockSources {
  const { sources, missing } = statedSources(set, search);
  if (sources.length > 0 && missing.length === 0) return { sources, missing };
  const named = sourceByName(set, search.candidates);
  return { sources: [...new Set(named === null ? sources : [...sources, named])], missing };
}

function statedSources(set: LockSet, search: SourceSearch): LockSources {
  const lock = set.unified?.lock ?? null;
  if (set.unified !== null && lock !== null && lock.metadata.sources.length > 0) {
    return metadataSources(set.unified.path, lock, search.paths);
  }
  const command = search.commands.find((each) => writes(each, set));
  if (command !== undefined) {
    return resolveAll(command.sources, (written) => resolveWord(command.file, written, search.paths));
  }
  return { sources: [], missing: [] };
}

/** The sources that a unified lock names itself. */
export function metadataSources(path: string, lock: CondaLock, paths: ReadonlySet<string>): LockSources {
  const { sources } = lock.metadata;
  const root = foreignRoot(sources, paths);
  return resolveAll(sources, (written) => resolveSource(path, { written, root }, paths));
}

/** A lock is made from a handful of files. */
const MAXIMUM_SOURCES = 50;

function resolveAll(written: readonly string[], resolve: (written: string) => string | null): LockSources {
  const found = written.slice(0, MAXIMUM_SOURCES).map((text) => ({ text, path: resolve(text) }));
  return {
    sources: [...new Set(found.flatMap(({ path }) => path ?? []))],
    missing: found.filter(({ path }) => path === null).map(({ text }) => text),
  };
}

/** A path of a lock's metadata: relative to the lock, or an absolute one below `root` of another machine. */
function resolveSource(
  lock: string,
  { written, root }: { readonly written: string; readonly root: number },
  paths: ReadonlySet<string>,
): string | null {
  const plain = written.replaceAll("\\", "/");
  if (isAbsolute(plain)) {
    const end = plain.split("/").slice(root).join("/");
    return paths.has(end) ? end : null;
  }
  const resolved = resolveInclude(lock, plain);
  return resolved.kind === "path" && paths.has(resolved.path) ? resolved.path : null;
}

function isAbsolute(path: string): boolean {
  return /^(?:\/|[a-z]:\/)/i.test(path);
}

/**
 * How many parts of absolute paths are the checkout of the machine that wrote them: as few as make every path one of
 * the repository, and the same for all, so that two of them never become one.
 */
function foreignRoot(sources: readonly string[], paths: ReadonlySet<string>): number {
  const absolute = sources
    .slice(0, MAXIMUM_SOURCES)
    .map((written) => written.replaceAll("\\", "/"))
    .filter(isAbsolute)
    .map((path) => path.split("/", MAXIMUM_PARTS));
  const [first = [], ...others] = absolute;
  const different = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  const shared = different < 0 ? first.length - 1 : different;
  for (let root = 0; root < shared; root += 1) {
    if (absolute.every((parts) => paths.has(parts.slice(root).join("/")))) return root;
  }
  return Math.max(0, shared);
}

/** Nobody nests deeper, and each end costs as much as its length. */
const MAXIMUM_PARTS = 40;

/** A word of a command: from the root of the repository, from the folder of the file, or from anywhere by its name. */
function resolveWord(file: string, written: string, paths: ReadonlySet<string>): string | null {
  const resolved = [`x`, file].map((from) => resolveInclude(from, written));
  const near = resolved.find((each) => each.kind === "path" && paths.has(each.path));
  if (near?.kind === "path") return near.path;
  const end = written.replace(/^(?:\.\.?\/|\/)+/, "");
  const elsewhere = [...paths].filter((path) => path === end || path.endsWith(`/${end}`));
  return elsewhere.length === 1 ? (elsewhere[0] ?? null) : null;
}

/** Whether a command writes the files of a set, by the name that it gives, or that the tool takes by itself. */
function writes(command: LockCommand, set: LockSet): boolean {
  const files = [set.unified?.path, ...set.explicit.map(({ path }) => path), ...set.rendered.map(({ path }) => path)];
  const own = files.filter((path) => path !== undefined);
  if (command.lock === null) {
    const name =
      command.kind === "lock" ? "conda-lock.yml" : command.kind === "explicit" ? "conda-.lock" : "conda-.lock.yml";
    return own.some((path) => withoutPlatform(path) === name);
  }
  const written = baseName(command.lock.replaceAll("{platform}", "linux-64"));
  return own.some((path) => baseName(path) === written || withoutPlatform(path) === withoutPlatform(written));
}

/** An environment file of the same variant in the lock's directory, or in the one above it for a folder of locks. */
function sourceByName(set: LockSet, candidates: readonly string[]): string | null {
  const parent = directoryOf(set.directory);
  const isFolderOfLocks = /^(?:.*[-_.])?(?:locks?|lockfiles?|conda[-_]?locks?)$/i.test(baseName(set.directory));
  const directories = set.directory !== "" && isFolderOfLocks ? [set.directory, parent] : [set.directory];
  for (const directory of directories) {
    const here = candidates.filter((path) => directoryOf(path) === directory && isOfSet(path, set));
    const environment = here.find((path) => /^environment\.ya?ml$/.test(baseName(path)));
    const only = here.length === 1 ? here[0] : undefined;
    const found = environment ?? only;
    if (found !== undefined) return found;
  }
  return null;
}

/** One variant, and no other platform than the only one of the set. */
function isOfSet(path: string, { variant, explicit, rendered }: LockSet): boolean {
  const platform = platformInName(path);
  const own = new Set([...explicit, ...rendered].map((lock) => lock.platform));
  return variantOf(path) === variant && (platform === null || (own.size === 1 && own.has(platform)));
}
