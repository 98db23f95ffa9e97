/** What a Python package index says, parsed once at the edge. PEP 503, 691, 700, 592, 658, 714. */

/** One downloadable file of a project, as an index lists it. */
export interface IndexFile {
  readonly filename: string;
  /** Absolute, without a fragment, written as a lockfile would record it (mirror prefixes already mapped back). */
  readonly url: string;
  /** Lower-case algorithm name to lower-case hex digest; empty where the index gives none (find-links pages). */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython: string | null;
  /** `false`, or the reason, which may be the empty string (PEP 592). */
  readonly yanked: false | string;
  /** RFC 3339, or null where the index gives none. */
  readonly uploadTime: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** PEP 658: `false` no sidecar; `true` a sidecar without a digest; else its digests by algorithm. */
  readonly coreMetadata: boolean | Readonly<Record<string, string>>;
}

/** All files of one project on one index or find-links page. */
export interface ProjectListing {
  /** Normalised (PEP 503). */
  readonly name: string;
  /** The index root or find-links page that it comes from. */
  readonly indexUrl: string;
  readonly files: readonly IndexFile[];
}

/** Where the metadata of a release was read (reference for trust: later ones are weaker). */
export type MetadataOrigin = "sidecar" | "wheel" | "sdist-pkg-info" | "sdist-pyproject" | "sdist-requires-txt" | "lock";

/** The part of core metadata (PEP 566, 643, 685) that a resolution needs. */
export interface ReleaseMetadata {
  /** As the project writes it; normalise before comparing. */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly requiresPython: string | null;
  /** PEP 508 texts, in file order. */
  readonly requiresDist: readonly string[];
  readonly providesExtras: readonly string[];
  readonly origin: MetadataOrigin;
}

/** An index did not give what was asked; `message` is one sentence that names the URL and what to do. */
export interface IndexProblem {
  readonly kind:
    | "unreachable"
    | "not-found"
    | "blocked-address"
    | "bad-content"
    | "hash-mismatch"
    | "too-large"
    | "needs-build"
    | "offline";
  readonly url: string;
  readonly message: string;
}
