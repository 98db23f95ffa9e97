/** For each name its candidates in order, what each of them depends on, and which of them nothing can fulfil. */
import { addCandidate, emptySet, setOf, type CandidateSet } from "../core/candidate-set.ts";
import type { Dependency } from "../core/provider.ts";
import { orderCandidates, type DependencyView, type Selectable } from "./dependency-order.ts";
import type { CondaKnowledge } from "./knowledge.ts";
import { findLack } from "./lack.ts";
import { buildListing, virtualListing, type CondaCandidate, type Listing, type ListingRules } from "./listing.ts";
import { isVirtualName, type PackageTable } from "./packages.ts";
import { namePolicy } from "./policy.ts";
import type { CondaProblem } from "./problem.ts";
import type { CondaExclusionReason, Lack } from "./reasons.ts";
import { matchingCandidates, plainName, SpecTable, type SpecEntry } from "./spec-table.ts";

/** A name that takes part in the solve. */
export interface NameState {
  readonly name: string;
  readonly candidates: readonly CondaCandidate[];
  /** For each candidate; empty where it may not be chosen. */
  readonly dependencies: readonly (readonly Dependency[])[];
  /** By key of a dependency, the candidates that have it. */
  readonly sharing: ReadonlyMap<number, CandidateSet>;
  /** For each candidate why it may not be chosen, or null. */
  readonly exclusions: readonly (CondaExclusionReason | null)[];
}

export class NameTable implements DependencyView {
  readonly specs = new SpecTable();
  private readonly problem: CondaProblem;
  private readonly knowledge: CondaKnowledge;
  private readonly packages: PackageTable;
  private readonly rules = new Map<string, ListingRules>();
  private readonly listings = new Map<string, Listing>();
  private readonly ordered = new Map<string, readonly CondaCandidate[]>();
  private readonly states = new Map<string, NameState>();
  private readonly matches = new Map<number, readonly number[]>();
  private readonly bests = new Map<string, Selectable | null>();
  private readonly allowedSets = new Map<number, CandidateSet>();
  private readonly favourites = new Map<string, number>();
  private readonly lacks = new Map<number, Lack | null>();

  constructor(problem: CondaProblem, knowledge: CondaKnowledge, packages: PackageTable) {
    this.problem = problem;
    this.knowledge = knowledge;
    this.packages = packages;
    for (const { spec } of problem.specs.map(({ text }) => this.specs.entry(text))) {
      if (spec === null) continue;
      const before = this.rulesOf(spec.name);
      const tiedTo = spec.channelPattern === null ? before.tiedTo : [...before.tiedTo, spec];
      this.rules.set(spec.name, { ...before, direct: true, tiedTo });
    }
  }

  /** Candidates as far as their own records order them; what is not known is empty. Ask when the name is answered. */
  listing(name: string): Listing {
    const known = this.listings.get(name);
    if (known !== undefined) return known;
    const rules = this.rulesOf(name);
    const listing = isVirtualName(name)
      ? virtualListing(name, this.problem.virtualPackages, rules)
      : buildListing(name, this.knowledge.channels(name), rules);
    this.listings.set(name, listing);
    return listing;
  }

  /** Candidates in their final order. Ask when every name that can be reached is answered. */
  candidates(name: string): readonly CondaCandidate[] {
    const known = this.ordered.get(name);
    if (known !== undefined) return known;
    const candidates = orderCandidates(this.listing(name), this.rulesOf(name), this);
    this.ordered.set(name, candidates);
    return candidates;
  }

  state(name: string): NameState {
    const known = this.states.get(name);
    if (known !== undefined) return known;
    const state = this.buildState(name);
    this.states.set(name, state);
    return state;
  }

  nameOf(text: string): string | null {
    return plainName(text) ?? this.specs.entry(text).spec?.name ?? null;
  }

  best(text: string): Selectable | null {
    const known = this.bests.get(text);
    if (known !== undefined) return known;
    const best = this.findBest(this.specs.entry(text));
    this.bests.set(text, best);
    return best;
  }

  /** Positions in `candidates` that match. */
  matching(entry: SpecEntry): readonly number[] {
    const { spec, number } = entry;
    if (spec === null) return [];
    const known = this.matches.get(number);
    if (known !== undefined) return known;
    const matches = matchingCandidates(spec, this.candidates(spec.name));
    this.matches.set(number, matches);
    return matches;
  }

  allowed(entry: SpecEntry): CandidateSet {
    const known = this.allowedSets.get(entry.number);
    if (known !== undefined) return known;
    const count = entry.spec === null ? 0 : this.candidates(entry.spec.name).length;
    const set = setOf(count, this.matching(entry));
    this.allowedSets.set(entry.number, set);
    return set;
  }

  dependency(kind: Dependency["kind"], entry: SpecEntry): Dependency {
    const package_ = this.packages.id(entry.spec?.name ?? "");
    return { kind, package: package_, key: entry.number * 2 + (kind === "requires" ? 0 : 1) };
  }

  entryOf(dependency: Dependency): SpecEntry {
    return this.specs.numbered(dependency.key >>> 1);
  }

  /** Place of the candidate that the lock has, -1 where it has none that is to be followed. */
  favoured(name: string): number {
    const known = this.favourites.get(name);
    if (known !== undefined) return known;
    const { isFavoured } = this.rulesOf(name).policy;
    const place = this.candidates(name).findIndex((each) => each.exclusion === null && isFavoured(each));
    this.favourites.set(name, place);
    return place;
  }

  private rulesOf(name: string): ListingRules {
    const known = this.rules.get(name);
    if (known !== undefined) return known;
    const { options } = this.problem;
    const rules = { options, direct: false, policy: namePolicy(name, options), tiedTo: [] };
    this.rules.set(name, rules);
    return rules;
  }

  private findBest({ spec }: SpecEntry): Selectable | null {
    if (spec === null) return null;
    const { candidates } = this.listing(spec.name);
    let best: Selectable | null = null;
    for (const index of matchingCandidates(spec, candidates)) {
      const candidate = candidates[index];
      if (candidate === undefined || candidate.exclusion !== null) continue;
      const { versionRank, record } = candidate;
      if (best !== null && best.versionRank >= versionRank) continue;
      best = { versionRank, trackFeatures: record.trackFeatures.length > 0 };
    }
    return best;
  }

  private buildState(name: string): NameState {
    const candidates = this.candidates(name);
    const exclusions = candidates.map((candidate) => candidate.exclusion ?? this.deadness(candidate));
    const sharing = new Map<number, CandidateSet>();
    const dependencies = candidates.map(({ record }, index) => {
      if (exclusions[index] !== null) return [];
      const list = [
        ...record.depends.map((text) => this.dependency("requires", this.specs.entry(text))),
        ...record.constrains.map((text) => this.dependency("constrains", this.specs.entry(text))),
      ];
      for (const { key } of list) {
        const set = sharing.get(key) ?? emptySet(candidates.length);
        addCandidate(set, index);
        sharing.set(key, set);
      }
      return list;
    });
    return { name, candidates, exclusions, dependencies, sharing };
  }

  /** Why nothing will do for a match spec, or null where something would. */
  lack(entry: SpecEntry): Lack | null {
    const known = this.lacks.get(entry.number);
    if (known !== undefined) return known;
    const lack = this.lackOf(entry);
    this.lacks.set(entry.number, lack);
    return lack;
  }

  /** A constraint that cannot be read cannot be honoured either. */
  private deadness({ record }: CondaCandidate): CondaExclusionReason | null {
    const unreadable = [...record.depends, ...record.constrains].find((text) => this.specs.entry(text).spec === null);
    if (unreadable !== undefined) {
      return { kind: "unreadable", spec: unreadable, message: this.specs.entry(unreadable).problem ?? "" };
    }
    for (const text of record.depends) {
      const lack = this.lack(this.specs.entry(text));
      if (lack !== null) return { kind: "dead", spec: text, lack };
    }
    return null;
  }

  private lackOf(entry: SpecEntry): Lack | null {
    const { spec } = entry;
    if (spec === null) return null;
    const candidates = this.candidates(spec.name);
    const matches = this.matching(entry).flatMap((index) => candidates[index] ?? []);
    return findLack(spec, { candidates, matches, platform: this.problem.platform });
  }
}
