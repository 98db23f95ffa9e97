/** A conda environment: the files that one lock is made from, merged for one platform. */
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { PlatformName } from "#packaging/target.ts";
import type { Manifest, ManifestIndex, ManifestRequirement, PipOptions } from "./manifests/manifest.ts";

/** A requirement of an environment with what locking adds to it. */
export interface EnvironmentRequirement {
  readonly requirement: ManifestRequirement;
  /** MatchSpec text (conda) or PEP 508 text (pip, with ` --hash=…` behind it where one is written), without comment and selector. */
  readonly text: string;
  /** conda-lock's category: `main`, `dev`, the name of a group. */
  readonly category: string;
}

/** A requirement with who installs it. */
export interface SourceEntry extends EnvironmentRequirement {
  readonly manager: "conda" | "pip";
  readonly name: string;
}

/** What an environment asks for on one platform. */
export interface CondaEnvironment {
  readonly platform: PlatformName;
  /** In order of priority, `nodefaults` left out; empty where no file names one, and the tool's default counts. */
  readonly channels: readonly string[];
  /** Channels that specs alone name (`nvidia::cuda`): asked too, for these specs only. */
  readonly specChannels: readonly string[];
  /** A later file takes the place of an earlier one for each name. Within one file conda wants all of a name, conda-lock the last. */
  readonly conda: readonly EnvironmentRequirement[];
  readonly pip: readonly EnvironmentRequirement[];
  /** Lines of `-c` files: they limit what is installed, and install nothing. */
  readonly pipConstraints: readonly EnvironmentRequirement[];
  /**
   * The category of the conda package `pip` that conda-lock adds for a pip section, with any version; null where the
   * last file that names `pip` names it itself, or no file has a pip section. conda-lock's content hash has this `pip`
   * (version `*`) in place of the one that is written; a solve keeps the one that is written, and asks for any `pip` where none is.
   */
  readonly impliedPip: { readonly category: string } | null;
  /** Indexes and find-links pages of the pip sections and the files that they include. */
  readonly indexes: readonly ManifestIndex[];
  /** `pip-repositories`: conda-lock's way to name further indexes. */
  readonly pipRepositories: readonly string[];
  /** Of all pip sections and included files taken together. */
  readonly pipOptions: PipOptions;
  /** Requirements that another of the same name took the place of. */
  readonly overridden: readonly { readonly requirement: ManifestRequirement; readonly by: ManifestRequirement }[];
  /** Requirements of the platform that take no part, each with the reason (a clause). */
  readonly skipped: readonly { readonly requirement: ManifestRequirement; readonly reason: string }[];
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

export interface MergeOptions {
  /** Whose rule counts where one file names a conda package twice: conda wants both, conda-lock the last. Default: conda-lock. */
  readonly tool?: "conda" | "conda-lock";
  /** For pyproject.toml, whose PyPI names become conda names. Without it a name stays the same. */
  readonly names?: CondaPypiNames;
}

/**
 * Signature of the merge, by which callers may be written.
 * `manifests`: environment and pyproject.toml files in the order in which they are given to the locking tool;
 * requirements files that they include may stand anywhere among them, and others are not looked at.
 */
export type MergeEnvironments = (
  manifests: readonly Manifest[],
  platform: PlatformName,
  options?: MergeOptions,
) => EnvironmentAnswer;
