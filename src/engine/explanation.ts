/** What is told about a package. */
import type { VersionExplanation } from "./explain-version.ts";
import type { FilePlace, PackageDemand } from "./requirement-chains.ts";

export interface PackageExplanation {
  /** Normalised. */
  readonly name: string;
  /** The version asked about, or null. */
  readonly version: string | null;
  /** Projects that have the package, or that could not be looked into. Empty: nothing here knows it. */
  readonly projects: readonly ProjectExplanation[];
  /** A known name that is nearly the same, where nothing here knows the one asked for. */
  readonly suggestion: string | null;
}

export interface ProjectExplanation {
  readonly project: string;
  readonly lock: string | null;
  /** Ids of all its targets. */
  readonly targets: readonly string[];
  /** Where manifests, and locks that are not followed, name the package. */
  readonly written: readonly WrittenPlace[];
  readonly installed: readonly InstalledVersion[];
  /** Who asks for it where none of the targets is: the lock has to serve them too. */
  readonly elsewhere: readonly ElsewhereDemand[];
  readonly asked: VersionExplanation | null;
  /** What could not be looked into, and what the answer leaves out. */
  readonly notes: readonly string[];
  /** Whether an index that was needed could not be asked. */
  readonly isOutOfReach: boolean;
}

export interface WrittenPlace extends FilePlace {
  /** `numpy ^1.24.2`. */
  readonly text: string;
  readonly ecosystem: "pypi" | "conda";
}

/** A requirement of a lock that takes part on no target. */
export interface ElsewhereDemand {
  readonly holder: string;
  readonly place: FilePlace;
  readonly asks: string;
  /** Its marker as the lock has it; null where the holder itself is installed on no target. */
  readonly condition: string | null;
  readonly restricts: boolean;
}

export interface InstalledVersion {
  readonly version: string;
  readonly place: FilePlace | null;
  /** Empty where the lock has it for other environments alone. */
  readonly targets: readonly string[];
  /** Those that keep newer versions out come first. */
  readonly demands: readonly (PackageDemand & { readonly targets: readonly string[] })[];
}
