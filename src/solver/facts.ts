/** The facts that a conflict rests on: a sealed list, so that whoever reports one has thought of every case. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { ExclusionReason } from "./pypi/reasons.ts";

export interface FactOrigin {
  readonly file: string;
  readonly line: number;
}

/** A package with the versions that a fact speaks of, as text (`>=1.0,<=2.3`, empty for every version). */
export interface FactPackage {
  readonly name: string;
  readonly versions: string;
}

export type Fact =
  /** `holder` null: the requirement is written in a manifest (`origin`) or given with the command. */
  | {
      readonly kind: "requires";
      readonly holder: FactPackage | null;
      readonly name: string;
      readonly requirement: string;
      readonly origin: FactOrigin | null;
      /** No version matches the requirement, whatever its files. */
      readonly noVersion: boolean;
    }
  /** A constraints file, or a package that allows no other version beside itself. */
  | {
      readonly kind: "constrains";
      readonly holder: FactPackage | null;
      readonly name: string;
      readonly requirement: string;
      readonly origin: FactOrigin | null;
    }
  /** No index knows the project. */
  | {
      readonly kind: "unknown-project";
      readonly name: string;
      readonly requiredBy: FactPackage | null;
      readonly origin: FactOrigin | null;
    }
  /** An index could not answer what the solve had to know: no proof, the solve stopped there. */
  | { readonly kind: "index-problem"; readonly name: string; readonly problem: IndexProblem }
  /** `name @ url`: its metadata is not read. */
  | {
      readonly kind: "address";
      readonly name: string;
      readonly url: string;
      readonly requiredBy: FactPackage | null;
      readonly origin: FactOrigin | null;
    }
  /** These versions exist and may not be chosen. */
  | { readonly kind: "excluded"; readonly package: FactPackage; readonly reason: ExclusionReason }
  /** A profile would choose none of these versions. */
  | { readonly kind: "not-eligible"; readonly package: FactPackage };
