/** What differs between two locks, package by package and platform by platform. Order and layout are no differences. */
import { parseCondaPackageFile } from "#packaging/conda-package-file.ts";
import type { CondaLock, CondaLockPackage } from "./model.ts";

export interface CondaLockDiff {
  /** By manager, name, platform; only what differs. */
  readonly changes: readonly CondaLockChange[];
  readonly platforms: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Platforms of both locks whose manifests have changed. */
  readonly rehashed: readonly string[];
}

export interface CondaLockChange {
  readonly manager: "conda" | "pip";
  readonly name: string;
  readonly platform: string;
  /**
   * `version`; `build`: the same version built otherwise; `file`: the same build from another URL; `metadata`: the same
   * URL with other dependencies or another hash, which is a hotfix of the channel; `category` alone.
   */
  readonly kind: "added" | "removed" | "version" | "build" | "file" | "metadata" | "category";
  readonly from: LockedState | null;
  readonly to: LockedState | null;
}

export interface LockedState {
  readonly version: string;
  /** Of the name of the file; null for pip. */
  readonly build: string | null;
  readonly url: string;
  /** By alphabet. */
  readonly categories: readonly string[];
}

export function diffCondaLocks(before: CondaLock, after: CondaLock): CondaLockDiff {
  const old = byKey(before);
  const fresh = byKey(after);
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const changes = keys.flatMap((key) => changeOf(old.get(key) ?? [], fresh.get(key) ?? []));
  const [from, to] = [platformsOf(before), platformsOf(after)];
  const { contentHash } = before.metadata;
  return {
    changes,
    platforms: {
      added: to.filter((platform) => !from.includes(platform)),
      removed: from.filter((platform) => !to.includes(platform)),
    },
    rehashed: to.filter((platform) => {
      const recorded = contentHash.get(platform);
      return recorded !== undefined && recorded !== after.metadata.contentHash.get(platform);
    }),
  };
}

function platformsOf({ metadata }: CondaLock): readonly string[] {
  return [...new Set([...metadata.platforms, ...metadata.contentHash.keys()])];
}

/** A package stands once for each of its categories. */
function byKey({ packages }: CondaLock): ReadonlyMap<string, readonly CondaLockPackage[]> {
  const keys = new Map<string, CondaLockPackage[]>();
  for (const entry of packages) {
    const key = `${entry.manager} ${entry.name} ${entry.platform}`;
    const present = keys.get(key);
    if (present === undefined) keys.set(key, [entry]);
    else present.push(entry);
  }
  return keys;
}

function changeOf(old: readonly CondaLockPackage[], fresh: readonly CondaLockPackage[]): readonly CondaLockChange[] {
  const [before] = old;
  const [after] = fresh;
  const any = before ?? after;
  if (any === undefined) return [];
  const from = before === undefined ? null : stateOf(before, old);
  const to = after === undefined ? null : stateOf(after, fresh);
  const own = { manager: any.manager, name: any.name, platform: any.platform, from, to };
  if (from === null || to === null) return [{ ...own, kind: from === null ? "added" : "removed" }];
  if (from.version !== to.version) return [{ ...own, kind: "version" }];
  if (from.build !== to.build) return [{ ...own, kind: "build" }];
  if (from.url !== to.url) return [{ ...own, kind: "file" }];
  if (contentOf(before) !== contentOf(after)) return [{ ...own, kind: "metadata" }];
  return from.categories.join(" ") === to.categories.join(" ") ? [] : [{ ...own, kind: "category" }];
}

function stateOf(entry: CondaLockPackage, all: readonly CondaLockPackage[]): LockedState {
  const build = entry.manager === "pip" ? null : (parseCondaPackageFile(entry.url)?.build ?? entry.build);
  const categories = [...new Set(all.map(({ category }) => category))].sort();
  return { version: entry.version, build, url: entry.url, categories };
}

function contentOf(entry: CondaLockPackage | undefined): string {
  if (entry === undefined) return "";
  const dependencies = [...entry.dependencies].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return JSON.stringify([dependencies, entry.hash.md5, entry.hash.sha256, entry.source?.url ?? null]);
}
