/** From the files that an index lists to the releases that a solve may choose from. */
import { compareBuilds, parseSdistFilename, WheelNames } from "#packaging/filenames.ts";
import type { IndexFile, ProjectListing } from "#packaging/index-records.ts";
import { compareVersions, isPrerelease, type Pep440Version } from "#packaging/pep440-version.ts";
import { bestRank } from "#packaging/wheel-tags.ts";

export interface ReleaseFile {
  readonly file: IndexFile;
  readonly kind: "wheel" | "sdist";
  /** Expanded; empty for a source distribution. */
  readonly tags: readonly string[];
  readonly build: readonly [number, string] | null;
  readonly indexUrl: string;
}

/** One version of a project with its files. */
export interface Release {
  readonly version: Pep440Version;
  readonly prerelease: boolean;
  readonly files: readonly ReleaseFile[];
}

/** Reads each listing once, however many targets are solved from it. */
export class ReleaseCatalog {
  private readonly known = new WeakMap<ProjectListing, readonly VersionedFile[]>();
  private readonly wheelNames = new WheelNames();

  /** Releases of all listings together, newest first. A file that several listings name counts for the first. */
  releases(listings: readonly ProjectListing[]): readonly Release[] {
    const byVersion = new Map<string, { version: Pep440Version; files: ReleaseFile[]; names: Set<string> }>();
    for (const listing of listings) {
      for (const file of this.files(listing)) {
        const key = file.version.sortKey;
        const release = byVersion.get(key) ?? { version: file.version, files: [], names: new Set() };
        byVersion.set(key, release);
        if (release.names.has(file.file.filename)) continue;
        release.names.add(file.file.filename);
        release.files.push(file);
      }
    }
    return [...byVersion.values()]
      .map(({ version, files }) => ({ version, prerelease: isPrerelease(version), files }))
      .sort((left, right) => compareVersions(right.version, left.version));
  }

  private files(listing: ProjectListing): readonly VersionedFile[] {
    const known = this.known.get(listing);
    if (known !== undefined) return known;
    const read = listing.files.map((file) => this.readFile(file, listing)).filter((file) => file !== null);
    this.known.set(listing, read);
    return read;
  }

  /** Null for a file whose name follows no rule: no installer would take it. */
  private readFile(file: IndexFile, { name, indexUrl }: ProjectListing): VersionedFile | null {
    const wheel = this.wheelNames.parse(file.filename);
    if (wheel !== null) {
      if (wheel.name !== name) return null;
      const { version, tags, build } = wheel;
      return { file, kind: "wheel", tags, build, version, indexUrl };
    }
    const sdist = parseSdistFilename(file.filename, name);
    return sdist === null
      ? null
      : { file, kind: "sdist", tags: NO_TAGS, build: null, version: sdist.version, indexUrl };
  }
}

type VersionedFile = ReleaseFile & { readonly version: Pep440Version };

const NO_TAGS: readonly string[] = [];

/** Best first for these tags: wheels that fit, by tag and then by build number; source distributions; wheels that do not fit. */
export function orderFiles(files: readonly ReleaseFile[], ranks: ReadonlyMap<string, number>): readonly ReleaseFile[] {
  const rankOf = (file: ReleaseFile): number => {
    if (file.kind === "sdist") return 1e6;
    return bestRank(file.tags, ranks) ?? 2e6;
  };
  return [...files].sort(
    (left, right) =>
      rankOf(left) - rankOf(right) ||
      compareBuilds(right.build, left.build) ||
      (left.file.filename < right.file.filename ? -1 : 1),
  );
}
