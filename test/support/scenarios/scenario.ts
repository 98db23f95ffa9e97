/** Real manifests with the lock that their own tool wrote, as solves to be made: one for each solve group and platform. */
import type { VirtualPackage } from "#packaging/target.ts";
import type { ChannelPriority } from "#solver/conda/problem.ts";

/** A manifest and its lock at one commit. */
export interface Scenario {
  /** `owner/repo@commit` */
  readonly id: string;
  readonly repository: string;
  readonly kind: "pixi" | "conda-lock" | "explicit";
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
  /** Milliseconds: the commit; null where its date is not known, and the newest file of the references counts. */
  readonly cutoffMs: number | null;
  /** Environments whose closures the solve gives, each a cell. */
  readonly cells: readonly ScenarioCell[];
}

export interface ScenarioCell {
  readonly environment: string;
  /** Match specs that people wrote, and what packages built from source need. */
  readonly specs: readonly string[];
  /** URLs of conda files in the reference lock. */
  readonly reference: readonly string[];
  /**
   * Packages of the reference that nobody asks for as far as the data's manifests say. `names`: they are asked for, because a
   * local package's build needs them. `versions`: with their versions and Python's minor version, because a manifest that
   * the lock was made from is not in the data.
   */
  readonly inferRoots: "no" | "names" | "versions";
}
