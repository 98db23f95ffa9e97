/** A name that takes part in the solve: which of its candidates may be chosen, and what they need. */
import { addCandidate, emptySet, type CandidateSet } from "../core/candidate-set.ts";
import type { Dependency } from "../core/provider.ts";
import type { CondaCandidate } from "./listing.ts";
import type { CondaExclusionReason } from "./reasons.ts";

/** What is asked when it is needed: most candidates are never looked at. */
export interface CandidateView {
  exclusion(candidate: CondaCandidate): CondaExclusionReason | null;
  dependencies(candidate: CondaCandidate): readonly Dependency[];
}

interface StateParts {
  /** In their final order. */
  readonly candidates: readonly CondaCandidate[];
  /** By place among the records of the name the position in `candidates`, -1 where it is none. */
  readonly positions: Int32Array;
  /** Places of the records that have a dependency. */
  readonly holders: (dependency: Dependency) => readonly number[];
  /** Places of the records that may have a dependency that nothing can fulfil. */
  readonly suspects: ReadonlySet<number>;
}

export class NameState {
  readonly name: string;
  readonly candidates: readonly CondaCandidate[];
  /** For each candidate why it may not be chosen, or null. */
  readonly exclusions: readonly (CondaExclusionReason | null)[];
  private readonly view: CandidateView;
  private readonly parts: StateParts;
  private readonly found: (readonly Dependency[] | undefined)[] = [];
  private readonly shared = new Map<number, CandidateSet>();
  private all: readonly (readonly Dependency[])[] | null = null;

  constructor(name: string, view: CandidateView, parts: StateParts) {
    this.name = name;
    this.view = view;
    this.parts = parts;
    this.candidates = parts.candidates;
    this.exclusions = parts.candidates.map((each) =>
      parts.suspects.has(each.place) ? view.exclusion(each) : each.exclusion,
    );
  }

  /** For each candidate; empty where it may not be chosen. */
  get dependencies(): readonly (readonly Dependency[])[] {
    this.all ??= this.candidates.map((_, index) => this.dependenciesOf(index));
    return this.all;
  }

  dependenciesOf(index: number): readonly Dependency[] {
    const candidate = this.candidates[index];
    if (candidate === undefined || this.exclusions[index] !== null) return [];
    return (this.found[index] ??= this.view.dependencies(candidate));
  }

  /** The candidates that have a dependency. */
  sharing(dependency: Dependency): CandidateSet {
    const known = this.shared.get(dependency.key);
    if (known !== undefined) return known;
    const set = emptySet(this.candidates.length);
    for (const place of this.parts.holders(dependency)) {
      const index = this.parts.positions[place] ?? -1;
      if (index >= 0 && this.exclusions[index] === null) addCandidate(set, index);
    }
    this.shared.set(dependency.key, set);
    return set;
  }
}
