/** What policy hides of an index: releases that are too young, and builds for another accelerator. */
import { parseSdistFilename, parseWheelFilename, WheelNames } from "#packaging/filenames.ts";
import type { IndexFile, ProjectListing } from "#packaging/index-records.ts";
import { formatVersion, parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { acceleratorOf } from "./update-kind.ts";

export interface ListingPolicy {
  /** Milliseconds since the epoch, by name: files uploaded later are hidden; null hides none. */
  readonly uploadedBefore: (name: string) => number | null;
  /** Files without an upload time. */
  readonly undated: "keep" | "drop";
  /** Normalised versions in use, by name: never hidden for their age, so that nothing moves backwards by policy alone. */
  readonly inUse: ReadonlyMap<string, ReadonlySet<string>>;
  /** Versions that somebody asks not to use, by name. */
  readonly refuses: (name: string, version: string) => boolean;
}

/** Hides nothing. */
export const OPEN_POLICY: ListingPolicy = {
  uploadedBefore: () => null,
  undated: "keep",
  inUse: new Map(),
  refuses: () => false,
};

/** What was hidden and kept, beside the listing that is left. */
export interface FilteredListing {
  readonly listing: ProjectListing;
  /** Normalised versions of which all files are too young. */
  readonly tooYoung: readonly string[];
  /** Names of files that were kept without an upload time although a time was asked for. */
  readonly undated: readonly string[];
}

/** Applies a policy to the files of one project. */
export function filterListing(listing: ProjectListing, policy: ListingPolicy): FilteredListing {
  const inUse = policy.inUse.get(listing.name) ?? new Set<string>();
  const accelerators = acceleratorsInUse(inUse);
  const limit = policy.uploadedBefore(listing.name);
  const kept: IndexFile[] = [];
  const keptVersions = new Set<string>();
  const young = new Set<string>();
  const undated: string[] = [];
  const versions = new FileVersions(listing.name);
  for (const file of listing.files) {
    const version = versions.of(file.filename);
    if (version === null || inUse.has(version)) {
      kept.push(file);
      continue;
    }
    if (policy.refuses(listing.name, version) || crossesAccelerator(version, accelerators)) {
      continue;
    }
    const age = ageOf(file, limit);
    if (age === "young") {
      young.add(version);
      continue;
    }
    if (age === "undated" && policy.undated === "drop") {
      continue;
    }
    if (age === "undated") {
      undated.push(file.filename);
    }
    kept.push(file);
    keptVersions.add(version);
  }
  const tooYoung = [...young].filter((version) => !keptVersions.has(version));
  return { listing: { ...listing, files: kept }, tooYoung, undated };
}

/** Normalised version that a file name states, or null where the name is not one of a distribution. */
export function versionOf(file: IndexFile, name: string): string | null {
  const version = (parseWheelFilename(file.filename) ?? parseSdistFilename(file.filename, name))?.version;
  return version === undefined ? null : formatVersion(version);
}

/** Normalised versions of many files of one project: the files of a release share theirs. */
class FileVersions {
  readonly #project: string;
  readonly #wheelNames = new WheelNames();
  readonly #texts = new Map<Pep440Version, string>();

  constructor(project: string) {
    this.#project = project;
  }

  of(filename: string): string | null {
    const version = (this.#wheelNames.parse(filename) ?? parseSdistFilename(filename, this.#project))?.version;
    if (version === undefined) {
      return null;
    }
    const text = this.#texts.get(version) ?? formatVersion(version);
    this.#texts.set(version, text);
    return text;
  }
}

function ageOf(file: IndexFile, limit: number | null): "fine" | "young" | "undated" {
  if (limit === null) {
    return "fine";
  }
  const instant = file.uploadTime === null ? Number.NaN : Date.parse(file.uploadTime);
  if (Number.isNaN(instant)) {
    return "undated";
  }
  return instant <= limit ? "fine" : "young";
}

function acceleratorsInUse(inUse: ReadonlySet<string>): ReadonlySet<string> {
  const found = [...inUse].map((text) => {
    const version = parseVersion(text);
    return version === null ? null : acceleratorOf(version);
  });
  return new Set(found.filter((accelerator) => accelerator !== null));
}

/** A build for CUDA 12 where CUDA 11 is in use: the driver and the image decide that, not a version solve. */
function crossesAccelerator(version: string, accelerators: ReadonlySet<string>): boolean {
  if (accelerators.size === 0) {
    return false;
  }
  const parsed = parseVersion(version);
  const accelerator = parsed === null ? null : acceleratorOf(parsed);
  return accelerator !== null && !accelerators.has(accelerator);
}
