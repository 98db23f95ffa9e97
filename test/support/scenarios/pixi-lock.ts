/** Which conda files a pixi.lock (versions 1 to 7) names, as a reference to compare solves with. */
import { parse } from "yaml";
import type { VirtualPackage } from "#packaging/target.ts";

/** A package of a lock: a file of a channel, or one that is built from source. */
export interface LockedEntry {
  /** Null where it is built from source. */
  readonly url: string | null;
  /** Of a source package: what its build found it to need. */
  readonly depends: readonly string[];
  readonly constrains: readonly string[];
  /** Its name where it is built from source. */
  readonly sourceName: string | null;
}

export interface PixiLock {
  readonly version: number;
  /** Entries by environment, then by platform (its subdir; with its capabilities, where there are several, see `platforms`). */
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, readonly LockedEntry[]>>;
  /** Platforms of version 7 by name. */
  readonly platforms: ReadonlyMap<
    string,
    { readonly subdir: string; readonly virtualPackages: readonly VirtualPackage[] }
  >;
  /** Everything that the lock says of a package file, by URL. */
  readonly records: ReadonlyMap<string, RawPackage>;
}

/** A package as the lock writes it; older versions name some of it otherwise. */
export interface RawPackage {
  readonly kind?: string;
  readonly manager?: string;
  readonly platform?: string;
  readonly conda?: string;
  readonly conda_source?: string;
  readonly url?: string;
  readonly path?: string;
  readonly name?: string;
  readonly version?: string;
  readonly build?: string;
  readonly build_number?: number;
  readonly subdir?: string;
  readonly depends?: readonly string[];
  readonly dependencies?: readonly string[];
  readonly constrains?: readonly string[];
  readonly track_features?: string | readonly string[];
  readonly timestamp?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly size?: number;
}

interface RawLock {
  readonly version: number;
  readonly package?: readonly RawPackage[];
  readonly packages?: readonly RawPackage[];
  readonly platforms?: readonly {
    readonly name: string;
    readonly subdir?: string;
    readonly "virtual-packages"?: readonly string[];
  }[];
  readonly environments?: Readonly<
    Record<string, { readonly packages: Readonly<Record<string, readonly RawPackage[]>> }>
  >;
}

export function readPixiLock(text: string): PixiLock {
  const lock = parse(text) as RawLock;
  const packages = lock.packages ?? lock.package ?? [];
  const records = new Map<string, RawPackage>();
  for (const each of packages) {
    const key = keyOf(each);
    if (key !== null) records.set(key, each);
  }
  const platforms = new Map(
    (lock.platforms ?? []).map((each) => [
      each.name,
      { subdir: each.subdir ?? each.name, virtualPackages: (each["virtual-packages"] ?? []).map(readVirtual) },
    ]),
  );
  const environments = lock.environments === undefined ? onlyEnvironment(packages) : namedEnvironments(lock, records);
  return { version: lock.version, environments, platforms, records };
}

/** URL or place of a conda package; null for other kinds. */
function keyOf(each: RawPackage): string | null {
  if (each.conda !== undefined) return each.conda;
  if (each.conda_source !== undefined) return each.conda_source;
  const isConda = each.kind === "conda" || each.manager === "conda";
  return isConda ? (each.url ?? each.path ?? null) : null;
}

function entryOf(key: string, raw: RawPackage | undefined): LockedEntry {
  const isFile = /^https?:/u.test(key);
  const depends = raw?.depends ?? raw?.dependencies ?? [];
  const sourceName = raw?.name ?? /^[^[\s]+/u.exec(key)?.[0] ?? key;
  return {
    url: isFile ? key : null,
    depends,
    constrains: raw?.constrains ?? [],
    sourceName: isFile ? null : sourceName,
  };
}

function namedEnvironments(lock: RawLock, records: PixiLock["records"]): PixiLock["environments"] {
  return new Map(
    Object.entries(lock.environments ?? {}).map(([name, { packages }]) => [
      name,
      new Map(
        Object.entries(packages).map(([platform, list]) => [
          platform,
          list.flatMap((each) => {
            const key = each.conda ?? each.conda_source;
            return key === undefined ? [] : [entryOf(key, records.get(key))];
          }),
        ]),
      ),
    ]),
  );
}

/** Versions 1 to 3 know one environment, and name each package once for each platform. */
function onlyEnvironment(packages: readonly RawPackage[]): PixiLock["environments"] {
  const byPlatform = new Map<string, LockedEntry[]>();
  for (const each of packages) {
    const key = keyOf(each);
    if (key === null || each.platform === undefined) continue;
    const list = byPlatform.get(each.platform) ?? [];
    list.push(entryOf(key, each));
    byPlatform.set(each.platform, list);
  }
  return new Map([["default", byPlatform]]);
}

/** `__linux=4.18`, `__archspec=0=x86_64`. */
function readVirtual(text: string): VirtualPackage {
  const [name = "", version = "0", build = "0"] = text.split("=");
  return { name, version, build };
}
