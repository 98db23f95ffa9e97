/** Which lock files belong together: the forms of one environment's lock. */
import type { RenderedLock } from "../conda-environment.ts";
import type { CondaLock } from "../locks/conda-lock/model.ts";
import { baseName, directoryOf } from "../project-files.ts";
import { platformInName, withoutPlatform, type CondaFile, type ExplicitFile } from "./conda-file.ts";

/** The locks of one environment. At least one of `unified`, `explicit` and `rendered` is there. */
export interface LockSet {
  /** Directory of its first file. */
  readonly directory: string;
  /** Words of the names that tell it from its neighbours: `gpu` of conda-lock-gpu.yml; sorted, empty most of the time. */
  readonly variant: string;
  /** `lock` is null where the file is a lock by its name alone. */
  readonly unified: { readonly path: string; readonly lock: CondaLock | null } | null;
  readonly explicit: readonly RenderedLock[];
  readonly rendered: readonly RenderedLock[];
  /** The first of its files was not read, or not understood. */
  readonly isUnread: boolean;
}

/** Words that say nothing of which environment is meant. */
const COMMON_WORDS = new Set(
  "conda lock locks env envs environment environments yml yaml txt explicit requirements file spec main default".split(
    " ",
  ),
);

/** What is particular about a name: `environment-gpu.yml`, `gpu.conda-lock.yml` and `conda-gpu-linux-64.lock` share `gpu`. */
export function variantOf(path: string): string {
  const words = withoutPlatform(path)
    .toLowerCase()
    .split(/[-_.]+/);
  return words
    .filter((word) => word !== "" && !COMMON_WORDS.has(word))
    .sort()
    .join(" ");
}

interface RenderedGroup {
  readonly directory: string;
  readonly variant: string;
  readonly hashes: ReadonlySet<string>;
  readonly explicit: RenderedLock[];
  readonly rendered: RenderedLock[];
}

/**
 * Groups lock files. Rendered ones belong to a unified lock by its content hash, else by directory and name.
 * @param environments paths of environment files: one for a platform alone (`x_linux-64_environment.yml`) has a lock of its own
 */
export function lockSets(files: readonly CondaFile[], environments: readonly string[]): readonly LockSet[] {
  const unified = files.filter((file) => file.kind === "unified");
  const groups = renderedGroups(files, new Set(environments.map(placeKey)));
  const owned = new Map<RenderedGroup, string>();
  for (const group of groups) {
    const owner =
      unified.find(({ lock }) => [...lock.metadata.contentHash.values()].some((hash) => group.hashes.has(hash))) ??
      unified.find(({ path }) => directoryOf(path) === group.directory && variantOf(path) === group.variant);
    if (owner !== undefined) owned.set(group, owner.path);
  }
  const sets = unified.map(({ path, lock }): LockSet => {
    const own = groups.filter((group) => owned.get(group) === path);
    return {
      directory: directoryOf(path),
      variant: variantOf(path),
      unified: { path, lock },
      explicit: own.flatMap(({ explicit }) => explicit),
      rendered: own.flatMap(({ rendered }) => rendered),
      isUnread: false,
    };
  });
  const alone = groups.filter((group) => !owned.has(group));
  return [...sets, ...alone.map((group) => ({ ...group, unified: null, isUnread: false }))];
}

/** Rendered locks of one directory and variant: one for each platform, in one or both forms. */
function renderedGroups(files: readonly CondaFile[], environments: ReadonlySet<string>): readonly RenderedGroup[] {
  const groups = new Map<string, RenderedGroup & { readonly hashes: Set<string> }>();
  for (const file of files) {
    if (file.kind !== "rendered" && !isExplicitLock(file)) continue;
    const { path, platform, inputHash } = file;
    const own = `${directoryOf(path)}/ ${variantOf(path)} ${platform}`;
    const key = environments.has(own) ? own : `${directoryOf(path)}/ ${variantOf(path)}`;
    const group = groups.get(key) ?? {
      directory: directoryOf(path),
      variant: variantOf(path),
      hashes: new Set<string>(),
      explicit: [],
      rendered: [],
    };
    groups.set(key, group);
    if (inputHash !== null) group.hashes.add(inputHash);
    (file.kind === "rendered" ? group.rendered : group.explicit).push({ path, platform });
  }
  return [...groups.values()];
}

function placeKey(path: string): string {
  return `${directoryOf(path)}/ ${variantOf(path)} ${platformInName(path) ?? ""}`;
}

function isExplicitLock(file: CondaFile): file is ExplicitFile & { readonly platform: RenderedLock["platform"] } {
  return file.kind === "explicit" && file.isLock && file.platform !== null;
}

/** Lists of packages that say that they are made from one of the set's explicit locks, in its directory. */
export function packageListsOf(set: LockSet, files: readonly CondaFile[]): readonly RenderedLock[] {
  return files.flatMap((file) => {
    if (file.kind !== "package-list") return [];
    const made = set.explicit.find(({ path }) => {
      return baseName(path) === file.source && directoryOf(path) === directoryOf(file.path);
    });
    return made === undefined ? [] : [{ path: file.path, platform: made.platform }];
  });
}
