/** What a PyPI solve asks for when data is missing, and the form of the answers. */
import type { IndexFile, IndexProblem, ProjectListing, ReleaseMetadata } from "#packaging/index-records.ts";

/** Asks for all files of a project. */
export interface ListingQuestion {
  readonly kind: "listing";
  /** Normalised. */
  readonly name: string;
  /** Name of the source that the requirement is tied to, or null for the usual search. */
  readonly source: string | null;
  /** False where the solve waits for it; true where it is likely to be needed soon. */
  readonly speculative: boolean;
}

/** Asks for the metadata of one release. */
export interface MetadataQuestion {
  readonly kind: "metadata";
  /** Normalised. */
  readonly name: string;
  readonly source: string | null;
  /** As the listing's file names have it, in normalised form. */
  readonly version: string;
  /** The files of the release that the target or environments may use, best first; metadata is read from the best that can give it. */
  readonly files: readonly IndexFile[];
  readonly speculative: boolean;
}

export type PypiQuestion = ListingQuestion | MetadataQuestion;

/** A project that no index knows is an empty list; a problem is an index that could not answer. */
export interface ListingReply {
  readonly question: ListingQuestion;
  readonly answer: { readonly listings: readonly ProjectListing[] } | { readonly problem: IndexProblem };
}

export interface MetadataReply {
  readonly question: MetadataQuestion;
  readonly answer: { readonly metadata: ReleaseMetadata } | { readonly problem: IndexProblem };
}

export type PypiReply = ListingReply | MetadataReply;
