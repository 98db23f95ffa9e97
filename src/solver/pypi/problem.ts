/** What a PyPI solve is given. Plain values throughout: a problem may be sent to a worker thread. */
import type { Requirement } from "#packaging/requirement.ts";
import type { SpecifierSet } from "#packaging/specifier.ts";
import type { Target } from "#packaging/target.ts";
import type { Budget } from "../core/solve.ts";

export interface RequirementOrigin {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** A requirement that people wrote. */
export interface RootRequirement {
  readonly requirement: Requirement;
  /** Where it stands, or null (an option of the command). */
  readonly origin: RequirementOrigin | null;
  /** Name of the source that it is tied to, or null. */
  readonly source: string | null;
}

/**
 * Kept where possible, dropped where not; of several that cannot be kept together the earlier one stays.
 * `requires` brings the package in; `constrains` only speaks where something else does.
 */
export interface SoftConstraint {
  readonly kind: "requires" | "constrains";
  readonly requirement: Requirement;
  readonly origin: RequirementOrigin | null;
}

/** uv's modes; `if-necessary-or-explicit` is an old name of `if-necessary`. */
export const PRERELEASE_MODES = ["disallow", "allow", "if-necessary", "explicit", "if-necessary-or-explicit"] as const;
export type PrereleaseMode = (typeof PRERELEASE_MODES)[number];

/** Files uploaded after a cutoff are not seen. Milliseconds since the epoch, null for none. */
export interface CutoffPolicy {
  readonly general: number | null;
  /** Takes the place of `general` for these names. */
  readonly byName: ReadonlyMap<string, number | null>;
  /** What happens, under a cutoff, to a file for which the index gives no date. */
  readonly undated: "keep" | "drop";
}

export interface PypiOptions {
  /** Versions of an existing lock by normalised name. */
  readonly locked: ReadonlyMap<string, string>;
  /** `least-change` keeps locked versions where it can; `upgrade` does so except for the names given (null: for none). */
  readonly mode:
    { readonly kind: "least-change" } | { readonly kind: "upgrade"; readonly names: ReadonlySet<string> | null };
  readonly order: "highest" | "lowest" | "lowest-direct";
  readonly prerelease: PrereleaseMode;
  readonly cutoff: CutoffPolicy;
  /** Normalised names whose source distributions, or wheels, may not be used. */
  readonly noBuild: ReadonlySet<string>;
  readonly noBinary: ReadonlySet<string>;
  /** Whether an upper bound in a package's Requires-Python counts: uv ignores it, pip does not. */
  readonly pythonUpperBounds: "ignore" | "respect";
  readonly budget: Budget;
}

interface ProblemParts {
  readonly requirements: readonly RootRequirement[];
  /** Pip's `-c`: they only speak where something else brings the package in. */
  readonly constraints: readonly RootRequirement[];
  /** Take the place of every requirement of the same name. */
  readonly overrides: readonly Requirement[];
  readonly soft: readonly SoftConstraint[];
  readonly options: PypiOptions;
}

/** One target: markers have an answer, and a package needs a file that fits. */
export interface PypiProblem extends ProblemParts {
  readonly target: Target;
}

/** All platforms and every Python of a range at once: packages get markers. */
export interface UniversalProblem extends ProblemParts {
  readonly requiresPython: SpecifierSet;
  /** Versions and environments (as marker texts) of an earlier universal lock are preferred per fork. */
  readonly forkMarkers: readonly string[];
}

export const DEFAULT_BUDGET: Budget = { decisions: 200_000, conflicts: 20_000 };

/** Newest versions, uv's prerelease mode, no cutoff. */
export const DEFAULT_OPTIONS: PypiOptions = {
  locked: new Map(),
  mode: { kind: "least-change" },
  order: "highest",
  prerelease: "if-necessary-or-explicit",
  cutoff: { general: null, byName: new Map(), undated: "keep" },
  noBuild: new Set(),
  noBinary: new Set(),
  pythonUpperBounds: "ignore",
  budget: DEFAULT_BUDGET,
};
