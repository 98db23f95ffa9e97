/** What an ecosystem gives to the core. The core sees integers and bit sets; names and versions stay here. */
import type { CandidateSet } from "./candidate-set.ts";
import type { Term } from "./incompatibility.ts";

/** Small consecutive integers from 0. Package 0 is the root: it has one candidate, and its dependencies are the problem. */
export type PackageId = number;

export const ROOT: PackageId = 0;

/** The dependency counts only where the package is selected with one of these candidates. */
export interface Condition {
  readonly package: PackageId;
  /** Without "not selected": nothing may depend on the absence of a package. */
  readonly set: CandidateSet;
}

export interface Dependency {
  /** `requires`: the package is selected and in the set. `constrains`: if the package is selected, it is in the set. */
  readonly kind: "requires" | "constrains";
  readonly package: PackageId;
  /**
   * Equal keys mean: same kind, same package, same set, same condition. Candidates of one package that share a key share one incompatibility.
   * The provider finds its own words for the explanation by this number.
   */
  readonly key: number;
  readonly condition?: Condition;
}

/** Candidates that may not be chosen, for one reason. */
export interface Exclusion {
  readonly candidates: CandidateSet;
  readonly reason: number;
  /** Only where this holds of another package, whose candidates are known; without it never. */
  readonly where?: Term;
}

/**
 * A candidate, or -1 where none may be chosen, or a fact that rules the domain out as things stand: all its terms are true when
 * the package has one of the domain's states. The fact must hold whatever else is decided.
 */
export type Choice = number | { readonly terms: readonly Term[]; readonly reason: number };

/**
 * `null`: not known yet. `unusable`: known, and it may not be chosen, for the provider's numbered reason.
 * `interrupt`: this choice cannot be made in this solve; the caller has to split the problem and start others.
 */
export type Dependencies = readonly Dependency[] | { readonly unusable: number } | { readonly interrupt: true } | null;

/** What a provider may look at when it chooses. */
export interface SolveView {
  /** Index of the chosen candidate, or -1. */
  decided(package_: PackageId): number;
  /** States still possible, or null where nothing was asked of the package. */
  domain(package_: PackageId): CandidateSet | null;
  /** How often a choice for the package had to be taken back. */
  rejections(package_: PackageId): number;
  /** How often a choice for the package made another one impossible. */
  blames(package_: PackageId): number;
}

export interface CoreProvider {
  /** Number of candidates, fixed from the first answer that is not null; null while the listing is not known. */
  candidateCount(package_: PackageId): number | null;
  /** Asked once, when the package first takes part. */
  exclusions(package_: PackageId): readonly Exclusion[];
  /** The package whose candidate this one shares (`name` for `name[extra]`), or null. It has the same candidates in the same order. */
  base(package_: PackageId): PackageId | null;
  dependencies(package_: PackageId, candidate: number): Dependencies;
  /** The candidates that a dependency allows. Asked when the package's count is known. */
  allowed(dependency: Dependency): CandidateSet;
  /**
   * Candidates of the package that are known to have this dependency too, or null. With all metadata at hand (conda) that
   * is the full set; where metadata comes late (PyPI) the core widens as it visits candidates, so that nothing
   * depends on what happens to be loaded.
   */
  sharing(package_: PackageId, dependency: Dependency): CandidateSet | null;
  /**
   * Dependencies of the package's candidates that are known before any is tried, each once; `sharing` gives the candidates. Where
   * an ecosystem knows everything (conda) this narrows packages early.
   */
  known?(package_: PackageId): Iterable<Dependency>;
  /** A dependency takes part for the first time, or again with another candidate: the time to note what decides the order. */
  onDependency(dependency: Dependency): void;
  /** What to try from `domain` (never empty). Must not depend on time or order of answers. */
  choose(package_: PackageId, domain: CandidateSet, view: SolveView): Choice;
  /** The package of those that wait which is decided now, or null for the one of the lowest priority. */
  next?(waiting: Iterable<PackageId>, view: SolveView): PackageId | null;
  /** Lower is decided earlier; ties go to the package that took part first. Below 1e15. */
  priority(package_: PackageId, view: SolveView): number;
  /** After conflicts: packages whose decision, and all later ones, should be taken back and made again in a new order. */
  reconsider(affected: PackageId, culprits: readonly PackageId[], view: SolveView): readonly PackageId[];
}
