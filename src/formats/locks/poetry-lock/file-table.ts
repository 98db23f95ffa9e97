/** `[metadata.files]` of lock versions 1.0 and 1.1, which lists the files of all packages by name. */
import type { LockedFile, LockedPackage } from "./model.ts";

export type FileTable = readonly (readonly [name: string, files: readonly LockedFile[]])[];

/** The table that Poetry writes for these packages: names in order of first occurrence, files of all their versions. */
export function fileTableOf(packages: readonly LockedPackage[]): FileTable {
  const table = new Map<string, LockedFile[]>();
  for (const { name, files } of packages) {
    const present = table.get(name);
    if (present === undefined) table.set(name, [...files]);
    else present.push(...files);
  }
  return [...table];
}

/**
 * Gives each package its files.
 * @returns `exact` where `fileTableOf` gives the same table back; else the caller has to keep the table.
 */
export function splitFileTable(
  packages: readonly LockedPackage[],
  table: FileTable,
): { readonly packages: readonly LockedPackage[]; readonly exact: boolean } {
  const byName = new Map(table);
  const count = new Map<string, number>();
  for (const { name } of packages) count.set(name, (count.get(name) ?? 0) + 1);
  const split = packages.map((entry, index) => {
    const files = byName.get(entry.name) ?? [];
    if (count.get(entry.name) === 1) return { ...entry, files };
    const twins = packages.filter(({ name }) => name === entry.name);
    const isFirst = packages.findIndex(({ name }) => name === entry.name) === index;
    // A file that names none of the versions is given to the first, so that it is not lost.
    const isOrphan = (file: string): boolean => isFirst && !twins.some((twin) => isOfVersion(file, twin));
    return { ...entry, files: files.filter(({ file }) => isOfVersion(file, entry) || isOrphan(file)) };
  });
  return { packages: split, exact: JSON.stringify(fileTableOf(split)) === JSON.stringify(table) };
}

/**
 * The table to write: that of the packages, in the order of the table that was read as far as that still holds.
 * Names without a package are dropped, as Poetry would.
 */
export function mergeFileTable(packages: readonly LockedPackage[], read: FileTable | undefined): FileTable {
  const own = fileTableOf(packages);
  if (read === undefined) return own;
  const byName = new Map(own);
  const kept = read.flatMap(([name, files]): [string, readonly LockedFile[]][] => {
    const wanted = byName.get(name);
    if (wanted === undefined) return [];
    return [[name, keyOf(files) === keyOf(wanted) ? files : wanted]];
  });
  const names = new Set(kept.map(([name]) => name));
  return [...kept, ...own.filter(([name]) => !names.has(name))];
}

function keyOf(files: readonly LockedFile[]): string {
  return files
    .map((file) => JSON.stringify(file))
    .sort()
    .join("\n");
}

/** Whether a file name (`name-version-tags.whl`, `name-version.tar.gz`) is of the version of a package. */
function isOfVersion(file: string, { name, version }: LockedPackage): boolean {
  const wheel = /^[^-]+-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/.exec(file);
  if (wheel !== null) return sameVersion(wheel[1] ?? "", version);
  const stem = file.replace(/\.(?:tar\.(?:gz|bz2|xz|Z)|tgz|zip|egg)$/, "");
  return sameVersion(stem.slice(name.length + 1), version);
}

/** File names write a local version's `-` and `.` as `_`, and some escape `+`. */
function sameVersion(written: string, version: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll("%2b", "+").replaceAll(/[-_]/g, ".");
  return plain(written) === plain(version);
}
