/** What differs between two locks, package by package. The generator line, layout and order are no differences. */
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion } from "#packaging/pep440-version.ts";
import type { LockedPackage, PoetryLock } from "./model.ts";

export interface PoetryLockDiff {
  /** In order of name; only those in which something differs. */
  readonly packages: readonly LockedPackageDiff[];
  readonly pythonVersions: { readonly from: string; readonly to: string } | null;
  /** The manifest of the two locks differs in something that Poetry hashes. */
  readonly contentHashChanged: boolean;
  /** The lock was written in another layout. */
  readonly lockVersion: { readonly from: string | null; readonly to: string | null } | null;
}

export interface LockedPackageDiff {
  /** Normalised. */
  readonly name: string;
  /** Versions in ascending order; empty where the package is not in the lock. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `added`, `removed`, `moved`: the versions differ; `same`: only what follows does. */
  readonly kind: "added" | "removed" | "moved" | "same";
  /** Names of groups (or Poetry 1's categories) before and after, or null where they are the same or one lock has none. */
  readonly groups: { readonly from: readonly string[]; readonly to: readonly string[] } | null;
  /** Markers before and after, `always` where there is none, or null where they are the same. */
  readonly markers: { readonly from: string; readonly to: string } | null;
  /** The source (index, repository) before and after, `pypi` where none is named, or null where it is the same. */
  readonly source: { readonly from: string; readonly to: string } | null;
  /** Files of a version that stays: names that came, went, or have another hash now. */
  readonly files: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly rehashed: readonly string[];
  } | null;
  /** Requirements of a version that stays have changed. */
  readonly dependenciesChanged: boolean;
}

export function diffPoetryLocks(before: PoetryLock, after: PoetryLock): PoetryLockDiff {
  const old = byName(before);
  const fresh = byName(after);
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const packages = names
    .map((name) => diffPackage(name, old.get(name) ?? [], fresh.get(name) ?? []))
    .filter((diff) => diff !== null);
  return {
    packages,
    pythonVersions: changed(before.pythonVersions, after.pythonVersions),
    contentHashChanged: before.contentHash !== after.contentHash,
    lockVersion: changed(before.lockVersion, after.lockVersion),
  };
}

/** Whether the locks install the same: a pull request is worth opening only where they do not. */
export function hasPackageChanges(diff: PoetryLockDiff): boolean {
  return diff.packages.length > 0;
}

function byName(lock: PoetryLock): ReadonlyMap<string, readonly LockedPackage[]> {
  const names = new Map<string, LockedPackage[]>();
  for (const entry of lock.packages) {
    const name = normalizeName(entry.name);
    const present = names.get(name);
    if (present === undefined) names.set(name, [entry]);
    else present.push(entry);
  }
  for (const entries of names.values()) entries.sort((a, b) => compareTexts(a.version, b.version));
  return names;
}

/** By version; texts that are no versions stand first, in their own order. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left !== null && right !== null) return compareVersions(left, right);
  return left === null && right === null ? (a < b ? -1 : Number(a > b)) : left === null ? -1 : 1;
}

function diffPackage(
  name: string,
  old: readonly LockedPackage[],
  fresh: readonly LockedPackage[],
): LockedPackageDiff | null {
  const from = old.map(({ version }) => version);
  const to = fresh.map(({ version }) => version);
  const isSame = from.join(" ") === to.join(" ");
  if (from.length === 0 || to.length === 0) {
    return { name, from, to, kind: from.length === 0 ? "added" : "removed", ...NO_DETAILS };
  }
  const details = diffDetails({ old, fresh }, isSame);
  const hasDetails = Object.values(details).some((detail) => detail !== null && detail !== false);
  return isSame && !hasDetails ? null : { name, from, to, kind: isSame ? "same" : "moved", ...details };
}

type Details = Omit<LockedPackageDiff, "name" | "from" | "to" | "kind">;

const NO_DETAILS: Details = { groups: null, markers: null, source: null, files: null, dependenciesChanged: false };

function diffDetails(both: Both, isSame: boolean): Details {
  const { old, fresh } = both;
  // A lock before 2.1 keeps markers at its edges alone: there is nothing to compare with.
  const haveMarkers = [...old, ...fresh].every(({ groups }) => groups !== null);
  return {
    groups: diffGroups(both),
    markers: haveMarkers ? changed(markersOf(old), markersOf(fresh)) : null,
    source: changed(sourcesOf(old), sourcesOf(fresh)),
    files: diffFiles(both),
    dependenciesChanged: isSame && dependenciesOf(old) !== dependenciesOf(fresh),
  };
}

interface Both {
  readonly old: readonly LockedPackage[];
  readonly fresh: readonly LockedPackage[];
}

function changed<T>(from: T, to: T): { readonly from: T; readonly to: T } | null {
  return from === to ? null : { from, to };
}

/** Locks 2.0 of Poetry 1.5 to 1.8 name neither groups nor categories: nothing can be compared with them. */
function diffGroups({ old, fresh }: Both): LockedPackageDiff["groups"] {
  const from = groupsOf(old);
  const to = groupsOf(fresh);
  return from.length === 0 || to.length === 0 || from.join(" ") === to.join(" ") ? null : { from, to };
}

function groupsOf(entries: readonly LockedPackage[]): readonly string[] {
  const names = entries.flatMap(({ groups, category }) => groups ?? (category === null ? [] : [category]));
  return [...new Set(names)].sort();
}

function markersOf(entries: readonly LockedPackage[]): string {
  return entries
    .map(({ markers }) => {
      if (markers === null) return "always";
      return typeof markers === "string" ? markers : markers.map(([group, marker]) => `${group}: ${marker}`).join("; ");
    })
    .join(" | ");
}

function sourcesOf(entries: readonly LockedPackage[]): string {
  return entries
    .map(({ source }) => {
      if (source === null) return "pypi";
      const place = source.resolvedReference ?? source.reference;
      return `${source.type} ${source.url}${place === null ? "" : ` ${place}`}`;
    })
    .join(" | ");
}

function diffFiles({ old, fresh }: Both): LockedPackageDiff["files"] {
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const entry of old) {
    const twin = fresh.find(({ version }) => version === entry.version);
    if (twin === undefined) continue;
    for (const { file, hash } of entry.files) before.set(file, hash);
    for (const { file, hash } of twin.files) after.set(file, hash);
  }
  const added = [...after.keys()].filter((file) => !before.has(file)).sort();
  const removed = [...before.keys()].filter((file) => !after.has(file)).sort();
  const rehashed = [...after]
    .filter(([file, hash]) => before.has(file) && before.get(file) !== hash)
    .map(([file]) => file);
  return added.length + removed.length + rehashed.length === 0 ? null : { added, removed, rehashed: rehashed.sort() };
}

function dependenciesOf(entries: readonly LockedPackage[]): string {
  const texts = entries.flatMap(({ version, dependencies, extras, pythonVersions }) => [
    pythonVersions,
    ...dependencies.map(({ name, constraints }) => {
      const parts = constraints.map(({ version: range, extras: wanted, optional, markers, location }) =>
        JSON.stringify([range, [...wanted].sort(), optional, markers, location]),
      );
      return `${version} ${normalizeName(name)} ${parts.sort().join(" ")}`;
    }),
    ...extras.map(([extra, requirements]) => `${version} [${extra}] ${[...requirements].sort().join(" ")}`),
  ]);
  return texts.sort().join("\n");
}
