/** Real manifests with the lock that their own tool wrote, as solves to be made: one for each solve group and platform. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { ChannelPriority } from "#solver/conda/problem.ts";

/** A manifest and its lock at one commit. */
export interface Scenario {
  /** `owner/repo@commit` */
  readonly id: string;
  readonly repository: string;
  readonly kind: "pixi" | "conda-lock" | "explicit";
  /** Milliseconds: the commit, less what the manifest's exclude-newer keeps away. */
  readonly cutoffMs: number;
  readonly groups: readonly ScenarioGroup[];
}

/** What is solved at once. */
export interface ScenarioGroup {
  readonly scenario: string;
  /** Of the group, or of the environment that stands alone. */
  readonly name: string;
  /** The platform's name in the manifest. */
  readonly platform: string;
  readonly subdir: string;
  /** As the manifest names them. */
  readonly channels: readonly string[];
  readonly priority: ChannelPriority;
  readonly virtualPackages: readonly VirtualPackage[];
  readonly cutoffMs: number;
  /** Environments whose closures the solve gives, each a cell. */
  readonly cells: readonly ScenarioCell[];
}

export interface ScenarioCell {
  readonly environment: string;
  /** Match specs that people wrote, and what packages built from source need. */
  readonly specs: readonly string[];
  /** URLs of conda files in the reference lock. */
  readonly reference: readonly string[];
  /** Packages of the reference that nobody asks for as far as the manifest says: what a local package's build needs. */
  readonly inferRoots: boolean;
}

/** A cell with the records of its reference. */
export interface ReferenceRecords {
  readonly records: readonly CondaRecord[];
  /** URLs that no channel has. */
  readonly unknown: readonly string[];
}
