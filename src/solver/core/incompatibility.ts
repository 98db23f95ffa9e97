/** Facts of the form "these terms are not all true at once", and why each is known. */
import type { CandidateSet } from "./candidate-set.ts";
import type { Dependency, PackageId } from "./provider.ts";

/** "The state of the package is one of `set`." */
export interface Term {
  readonly package: PackageId;
  readonly set: CandidateSet;
}

/** Why an incompatibility holds. Leaves carry what the provider needs to put it into words. */
export type Cause =
  /** The candidates of the first term have this dependency (`requires` and `constrains` alike). */
  | { readonly kind: "dependency"; readonly dependency: Dependency }
  /** The provider ruled these candidates out; `reason` is its own number for why. */
  | { readonly kind: "excluded"; readonly reason: number }
  /** The provider would choose none of these candidates. */
  | { readonly kind: "no-candidate" }
  /** The two packages are one thing under two names (`name` and `name[extra]`) and have the same candidate. */
  | { readonly kind: "same" }
  /** Follows from two others by resolution. */
  | { readonly kind: "learned"; readonly left: Incompatibility; readonly right: Incompatibility };

export interface Incompatibility {
  /** Position in the order of creation: a name that is the same in every run. */
  readonly id: number;
  /** At most one term per package. */
  readonly terms: readonly Term[];
  readonly cause: Cause;
}

/** What propagation notes about an incompatibility, besides the fact itself. */
export interface IndexedIncompatibility extends Incompatibility {
  /** Replaced as a whole when a dependency is found to hold for another candidate; sets are never changed in place. */
  terms: readonly Term[];
  /** Whether propagation looks at it. */
  indexed: boolean;
  /** Serial of the decision level at which it was last seen to be contradicted, -1 if none: it cannot matter until that level is undone. */
  contradictedIn: number;
  /** The level that had the serial. */
  contradictedLevel: number;
}
