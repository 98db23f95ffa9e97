/** The interfaces to the outside world. Everything that does I/O is reached through one of these. */
import type { CondaLockNames } from "#packaging/conda-lock-names.ts";
import type { TracedCondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexFile, IndexProblem, ProjectListing, ReleaseMetadata } from "#packaging/index-records.ts";

export type { IndexLocation, IndexPolicy } from "#packaging/index-policy.ts";

/** Listing of a project, or why there is none. A project that no index knows is an empty list, not a problem. */
export type ListingAnswer = { readonly listings: readonly ProjectListing[] } | { readonly problem: IndexProblem };
export type MetadataAnswer = { readonly metadata: ReleaseMetadata } | { readonly problem: IndexProblem };
export type HashAnswer = { readonly sha256: string } | { readonly problem: IndexProblem };

/** A question for one project: `source` is the name of a source that the requirement is tied to, or null. */
export interface ListingRequest {
  readonly name: string;
  readonly source: string | null;
}

/** Index data for one resolution, opened with one IndexPolicy. Never throws for what an index did. */
export interface PackageIndex {
  listing(request: ListingRequest): Promise<ListingAnswer>;
  /** Metadata of one release, from the best of its files (reference/pypi.md §7 chain; never a build). */
  metadata(name: string, version: string, files: readonly IndexFile[]): Promise<MetadataAnswer>;
  /** Streams a file that its index lists without a hash, once, and remembers its sha256 for good. */
  fileHash(file: IndexFile): Promise<HashAnswer>;
}

/** Which conda channels a resolution sees, and for which platform (a value: it goes to worker threads). */
export interface CondaChannelPolicy {
  /** Names (`conda-forge`, `conda-forge/label/dev`) or URLs, the first one first. */
  readonly channels: readonly string[];
  /** `linux-64`; records of `noarch` are always seen too. */
  readonly subdir: string;
}

/** What one channel has of the names that were asked for. */
export interface ChannelRecords {
  /** As it was named in the policy. */
  readonly name: string;
  /** Its root without a trailing slash, as in the `channel` of its records. */
  readonly url: string;
  /** By name, those of the platform and of `noarch` together; a name that the channel does not have is not a key. */
  readonly records: ReadonlyMap<string, readonly CondaRecord[]>;
  /** The channels that it declares as its own company (CEP 42). They are not searched for it. */
  readonly relations?: readonly ChannelRelation[];
}

/** `base`: a channel that should come before; `overrides`: one that should come after. */
export interface ChannelRelation {
  readonly kind: "base" | "overrides";
  /** Root of the related channel. */
  readonly url: string;
}

/** In which folders a name occurs. */
export interface NamePlaces {
  /** Folders other than that of the platform and `noarch` that have builds of it, sorted. */
  readonly subdirs: readonly string[];
  /** Folders of which this is not known, sorted. */
  readonly unseen: readonly string[];
}

/** One entry for each channel of the policy, in its order. */
export type ChannelsAnswer = { readonly channels: readonly ChannelRecords[] } | { readonly problem: IndexProblem };

/** Conda channels for one resolution, opened with one CondaChannelPolicy. Never throws for what a channel did. */
export interface CondaChannels {
  /**
   * Every record of these (lower-case) names. Removed files are left out, and so is a `.tar.bz2` beside the `.conda` of the
   * same build, unless it is older (a time limit may leave it alone). A channel that cannot be read is a problem for all.
   */
  records(names: readonly string[]): Promise<ChannelsAnswer>;
  /**
   * Where else the channels have these names: for an explanation, since "no build for this platform" is another thing than
   * "no such package". It looks at what is kept, and fetches indexes of shards, but no whole repodata.json.
   */
  placesOf(names: readonly string[]): Promise<ReadonlyMap<string, NamePlaces>>;
}

/** The published mappings between the names of conda packages and of PyPI projects. Never throws for what a server did. */
export interface NameMappings {
  /**
   * Names for the channels of a resolution, named as in its policy. A mapping that cannot be had is a problem in the answer;
   * the names are then those that need none (purls of the records, same names on conda-forge).
   */
  open(
    channels: readonly string[],
  ): Promise<{ readonly names: TracedCondaPypiNames; readonly problems: readonly IndexProblem[] }>;
  /** Names as conda-lock translates them, for what must be written as conda-lock would; without the mapping, each name is itself. */
  condaLock(): Promise<{ readonly names: CondaLockNames; readonly problem: IndexProblem | null }>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** One typed stream of progress; renderers decide how it looks. */
export type ProgressEvent =
  | { readonly kind: "phase"; readonly message: string }
  | { readonly kind: "fetch"; readonly done: number; readonly asked: number }
  | {
      readonly kind: "solve";
      readonly project: string;
      readonly target: string;
      readonly state: "start" | "done" | "conflict";
    }
  | { readonly kind: "warning"; readonly message: string };

export type Progress = (event: ProgressEvent) => void;
