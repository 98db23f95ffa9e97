/**
 * A poetry.lock as plain data: every key and value of layouts 1.0, 1.1, 2.0 and 2.1, and nothing of the text.
 * Survives `JSON.parse(JSON.stringify(lock))`. Tables whose keys are free are lists of entries, because JavaScript
 * would reorder a key such as `310`.
 */

/** A value that no field below describes. `literal` is a number or date as written. */
export type LockValue = string | boolean | LockLiteral | readonly LockValue[] | LockTable;
export interface LockLiteral {
  readonly literal: string;
}
export interface LockTable {
  readonly entries: readonly LockEntry[];
}
export type LockEntry = readonly [key: string, value: LockValue];

/** What sets a table apart from the one that Poetry would write; absent where nothing does. */
export interface Quirks {
  /** All keys of the table in file order. */
  readonly order: readonly string[];
  /** Keys that the model has no field for. */
  readonly unknown: readonly LockEntry[];
}

export type LockVersion = "1.0" | "1.1" | "2.0" | "2.1";

/** How a version of Poetry lays the data out. `poetryLayout` gives the layout of a lock version. */
export interface PoetryLockLayout {
  /** `package`: `files` in each package; `metadata`: all in `[metadata.files]`. */
  readonly files: "package" | "metadata";
  /** Order of the keys of a package, a source, the metadata: as Poetry declares them, or sorted (Poetry 1.0). */
  readonly keyOrder: "declared" | "alphabetical";
  /** A dependency with several keys: `x = {version = …}`, or a table of its own (Poetry 1.0). */
  readonly dependencyTables: "inline" | "sub-tables";
}

export interface PoetryLock {
  /** The `@generated` line: null where there is none (before Poetry 1.3), its version null before Poetry 1.4. */
  readonly generator: { readonly poetryVersion: string | null } | null;
  /** Other comment lines at the top of the file, with their `#`. */
  readonly comments: readonly string[];
  readonly lineEnding: "lf" | "crlf";
  /** As written; null where the file names none, which Poetry takes for 1.0. */
  readonly lockVersion: string | null;
  readonly pythonVersions: string;
  readonly contentHash: string;
  /** In file order: Poetry sorts by name, then version. */
  readonly packages: readonly LockedPackage[];
  /** Extras of the project itself: name and the packages it asks for. */
  readonly extras: readonly (readonly [extra: string, packages: readonly string[]])[];
  readonly layout: PoetryLockLayout;
  readonly quirks?: Quirks;
  readonly metadataQuirks?: Quirks;
  /** Layout `metadata` only: where `[metadata.files]` is not simply the files of the packages in their order. */
  readonly fileTable?: readonly (readonly [name: string, files: readonly LockedFile[]])[];
}

export interface LockedPackage {
  /** As written. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** `main`, `dev` or a group (Poetry <= 1.4); null in later files. */
  readonly category: string | null;
  readonly optional: boolean;
  readonly pythonVersions: string;
  /** Lock 2.1: sorted, `main` first; null in earlier files. */
  readonly groups: readonly string[] | null;
  /** Lock 2.1: one marker for all groups, or per group where they differ; null where it is always wanted. */
  readonly markers: string | readonly (readonly [group: string, marker: string])[] | null;
  readonly files: readonly LockedFile[];
  /** Directory and git sources. */
  readonly develop: boolean | null;
  readonly dependencies: readonly LockedDependency[];
  readonly extras: readonly (readonly [extra: string, requirements: readonly string[]])[];
  /** null for PyPI. */
  readonly source: LockedSource | null;
  readonly quirks?: Quirks;
}

export interface LockedFile {
  readonly file: string;
  /** `sha256:<hex>`. */
  readonly hash: string;
  readonly quirks?: Quirks;
}

/** What a package needs of one other package; several constraints hold under different markers. */
export interface LockedDependency {
  /** As written. */
  readonly name: string;
  readonly constraints: readonly LockedConstraint[];
  /** Set where the notation is not the one that Poetry would choose: a table with `version` alone, a list of one. */
  readonly notation?: { readonly list: boolean; readonly tables: boolean };
}

export interface LockedConstraint {
  /** Poetry's notation; null where the dependency is a path, URL or repository. */
  readonly version: string | null;
  readonly extras: readonly string[];
  readonly optional: boolean;
  readonly markers: string | null;
  /** Keys that say where it comes from (`git`, `rev`, `path`, `url`, …) and Poetry 1.0's `python`, in file order. */
  readonly location: readonly LockEntry[];
  readonly quirks?: Quirks;
}

export interface LockedSource {
  /** `legacy`, `git`, `url`, `file`, `directory`. */
  readonly type: string;
  readonly url: string;
  readonly reference: string | null;
  readonly resolvedReference: string | null;
  readonly subdirectory: string | null;
  readonly quirks?: Quirks;
}

/** The layout that Poetry uses for a lock version. */
export function poetryLayout(lockVersion: LockVersion): PoetryLockLayout {
  const sorted = lockVersion === "1.0";
  return {
    files: lockVersion.startsWith("1.") ? "metadata" : "package",
    keyOrder: sorted ? "alphabetical" : "declared",
    dependencyTables: sorted ? "sub-tables" : "inline",
  };
}

/** Poetry writes such a constraint as a text, if all constraints of the dependency are such. */
export function isVersionOnly(constraint: LockedConstraint): boolean {
  return (
    constraint.version !== null &&
    constraint.extras.length === 0 &&
    !constraint.optional &&
    constraint.markers === null &&
    constraint.location.length === 0 &&
    constraint.quirks === undefined
  );
}

/** Keys of a constraint that are its `location`. */
export const LOCATION_KEYS: readonly string[] = [
  "path",
  "develop",
  "url",
  "git",
  "branch",
  "tag",
  "rev",
  "subdirectory",
  "python",
];

/** Key orders of Poetry. `markers` of a package stands after `files` where it is a table (tomlkit puts tables last). */
export const PACKAGE_KEYS: readonly string[] = [
  "name",
  "version",
  "description",
  "category",
  "optional",
  "python-versions",
  "groups",
  "markers",
  "files",
  "develop",
];
export const PACKAGE_TABLES: readonly string[] = ["dependencies", "extras", "source"];
export const SOURCE_KEYS: readonly string[] = ["type", "url", "reference", "resolved_reference", "subdirectory"];
export const CONSTRAINT_KEYS: readonly string[] = [...LOCATION_KEYS, "version", "extras", "optional", "markers"];
export const FILE_KEYS: readonly string[] = ["file", "hash"];
export const METADATA_KEYS: readonly string[] = ["lock-version", "python-versions", "content-hash", "files"];
export const ROOT_KEYS: readonly string[] = ["package", "extras", "metadata"];
