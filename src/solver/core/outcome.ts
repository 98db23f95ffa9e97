/** What a solve may cost, and how it ends. */
import type { Incompatibility } from "./incompatibility.ts";
import type { PackageId } from "./provider.ts";

/** How much work was done, in units that are the same on every machine. */
export interface Effort {
  readonly decisions: number;
  readonly conflicts: number;
}

/** Most work before the answer is "undecided". */
export interface Budget {
  readonly decisions: number;
  readonly conflicts: number;
}

export type CoreOutcome =
  /** The solve waits for these; the provider may ask for more that is likely to be needed. */
  | {
      readonly kind: "needs";
      readonly listings: readonly PackageId[];
      readonly dependencies: readonly (readonly [PackageId, number])[];
    }
  | { readonly kind: "solved"; readonly choices: ReadonlyMap<PackageId, number> }
  /** The root cannot be chosen; the incompatibility's causes are the proof. */
  | { readonly kind: "conflict"; readonly incompatibility: Incompatibility }
  | { readonly kind: "undecided"; readonly effort: Effort }
  /** The provider interrupted at this choice. */
  | { readonly kind: "interrupted"; readonly package: PackageId; readonly candidate: number };
