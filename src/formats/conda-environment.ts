/** A conda environment: the files that one lock is made from, merged for one platform. */
import type { PlatformName } from "#packaging/target.ts";
import type { Manifest, ManifestIndex, ManifestRequirement } from "./manifests/manifest.ts";

/** A requirement of an environment with what locking adds to it. */
export interface EnvironmentRequirement {
  readonly requirement: ManifestRequirement;
  /** MatchSpec text (conda) or PEP 508 text (pip), without comment and selector. */
  readonly text: string;
  /** conda-lock's category: `main`, `dev`, the name of a group. */
  readonly category: string;
}

/** What an environment asks for on one platform. */
export interface CondaEnvironment {
  readonly platform: PlatformName;
  /** In order of priority, `nodefaults` left out. */
  readonly channels: readonly string[];
  /** One for each name: a later file takes the place of an earlier one (conda-lock's rule). */
  readonly conda: readonly EnvironmentRequirement[];
  readonly pip: readonly EnvironmentRequirement[];
  /** Indexes and find-links pages of the pip sections. */
  readonly indexes: readonly ManifestIndex[];
}

/** The files of a conda project's locks. Absent kinds are empty. */
export interface CondaLockFiles {
  /** The unified lock (`conda-lock.yml`), or null where there are rendered ones alone. */
  readonly unified: string | null;
  /** `@EXPLICIT` files, one for each platform. */
  readonly explicit: readonly RenderedLock[];
  /** Rendered environments (`conda-linux-64.lock.yml`). */
  readonly rendered: readonly RenderedLock[];
  /** Lists of names and versions that are made from an explicit lock (`packages.txt`). */
  readonly packageLists: readonly RenderedLock[];
  /** `virtual-packages.yml` beside the lock, or null. */
  readonly virtualPackages: string | null;
  /** Manifests in the order in which they were given to conda-lock. */
  readonly sources: readonly string[];
}

export interface RenderedLock {
  readonly path: string;
  readonly platform: PlatformName;
}

/** A merged environment, or why the files cannot be merged (a clause). */
export type EnvironmentAnswer = { readonly environment: CondaEnvironment } | { readonly reason: string };

/** Signature of the merge, by which callers may be written. */
export type MergeEnvironments = (manifests: readonly Manifest[], platform: PlatformName) => EnvironmentAnswer;
