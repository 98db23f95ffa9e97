/** For each name its candidates in order, what they depend on, and which of them nothing can fulfil. */
import { addCandidate, emptySet, type CandidateSet } from "../core/candidate-set.ts";
import type { Dependency } from "../core/provider.ts";
import { orderCandidates, type DependencyView, type Selectable } from "./dependency-order.ts";
import type { CondaKnowledge, NameOrder } from "./knowledge.ts";
import { findLack } from "./lack.ts";
import {
  buildListing,
  openChannels,
  virtualRecords,
  type CondaCandidate,
  type Listing,
  type ListingRules,
} from "./listing.ts";
import { matchingPlaces, type ChannelListing, type NameRecords } from "./read-names.ts";
import { isVirtualName, type PackageTable } from "./packages.ts";
import { NameState } from "./name-state.ts";
import { namePolicy } from "./policy.ts";
import type { CondaProblem } from "./problem.ts";
import type { CondaExclusionReason, Lack } from "./reasons.ts";
import type { SpecEntry, SpecTable } from "./spec-table.ts";

/** What of a name keeps to the lock; empty where the lock does not have it, or it is unlocked. */
export interface Favourites {
  /** The locked build. */
  readonly builds: readonly number[];
  /** All builds of the locked version, best first. */
  readonly versions: readonly number[];
}

export class NameTable implements DependencyView {
  readonly specs: SpecTable;
  private readonly problem: CondaProblem;
  private readonly knowledge: CondaKnowledge;
  private readonly packages: PackageTable;
  private readonly rules = new Map<string, ListingRules>();
  private readonly virtual = new Map<string, NameRecords>();
  private readonly listings = new Map<string, Listing>();
  private readonly orders: Map<string, NameOrder>;
  private readonly states = new Map<string, NameState>();
  private readonly favoured = new Map<string, Favourites>();
  /** By number of a match spec, and of a dependency. */
  private readonly bests: (Selectable | null | undefined)[] = [];
  private readonly allowedSets: (CandidateSet | undefined)[] = [];
  private readonly lacks: (Lack | null | undefined)[] = [];
  private readonly deaths: (CondaExclusionReason | undefined)[] = [];
  private readonly made: (Dependency | undefined)[] = [];

  constructor(problem: CondaProblem, knowledge: CondaKnowledge, packages: PackageTable) {
    this.problem = problem;
    this.knowledge = knowledge;
    this.packages = packages;
    this.specs = knowledge.texts.specs;
    this.orders = knowledge.orders(orderKey(problem));
    for (const { spec } of problem.specs.map(({ text }) => this.specs.entry(text))) {
      if (spec === null) continue;
      const before = this.rulesOf(spec.name);
      const tiedTo = spec.channelPattern === null ? before.tiedTo : [...before.tiedTo, spec];
      this.rules.set(spec.name, { ...before, direct: true, tiedTo });
    }
  }

  /** Candidates in no order of preference; what is not known is empty. Ask when the name is answered. */
  listing(name: string): Listing {
    const known = this.listings.get(name);
    if (known !== undefined) return known;
    const channels = isVirtualName(name) ? [] : this.knowledge.channels(name);
    const listing = buildListing(this.records(name), channels, this.rulesOf(name));
    this.listings.set(name, listing);
    return listing;
  }

  /** Candidates in their final order. Ask when every name that can be reached is answered. */
  candidates(name: string): readonly CondaCandidate[] {
    return this.order(name).candidates;
  }

  state(name: string): NameState {
    const known = this.states.get(name);
    if (known !== undefined) return known;
    const { depends, constrains } = this.knowledge.specsOf(name);
    const state = new NameState(name, this, {
      ...this.order(name),
      holders: ({ kind, key }) =>
        (kind === "requires" ? depends : constrains).get(this.specs.numbered(key >>> 1)) ?? [],
      suspects: this.suspects(name),
    });
    this.states.set(name, state);
    return state;
  }

  /** The dependencies of its candidates that can leave some of another name, each once. */
  known(name: string): readonly Dependency[] {
    const { narrowing } = this.knowledge.specsOf(name);
    return narrowing.map(([kind, entry]) => this.dependency(kind, entry));
  }

  nameOf(text: string): string | null {
    return this.specs.nameOf(text);
  }

  /** The names that its records depend on, in the channels that strict priority and the problem's own match specs leave. */
  wantedBy(name: string): readonly string[] {
    if (isVirtualName(name)) return [];
    const [first, ...more] = this.openChannels(name).map((listing) => this.knowledge.wantedBy(name, listing));
    return more.length === 0 ? (first ?? []) : [...(first ?? []), ...more.flat()];
  }

  private openChannels(name: string): readonly ChannelListing[] {
    const channels = this.knowledge.channels(name);
    const rules = this.rulesOf(name);
    return channels.length < 2 && rules.tiedTo.length === 0
      ? channels
      : openChannels(this.records(name), channels, rules);
  }

  depends({ record, place }: CondaCandidate): readonly SpecEntry[] {
    return isVirtualName(record.name) ? [] : this.knowledge.depends(record.name, place);
  }

  /** Why a candidate may not be chosen, or null. */
  exclusion(candidate: CondaCandidate): CondaExclusionReason | null {
    return candidate.exclusion ?? this.deadness(candidate);
  }

  dependencies(candidate: CondaCandidate): readonly Dependency[] {
    return [
      ...this.depends(candidate).map((entry) => this.dependency("requires", entry)),
      ...candidate.record.constrains.map((text) => this.dependency("constrains", this.specs.entry(text))),
    ];
  }

  best(entry: SpecEntry): Selectable | null {
    const known = this.bests[entry.number];
    if (known !== undefined) return known;
    const best = this.findBest(entry);
    this.bests[entry.number] = best;
    return best;
  }

  /** Positions in `candidates` that match. */
  matching(entry: SpecEntry): readonly number[] {
    if (entry.spec === null) return [];
    const { positions } = this.order(entry.spec.name);
    return this.places(entry)
      .map((place) => positions[place] ?? -1)
      .filter((position) => position >= 0);
  }

  allowed(entry: SpecEntry): CandidateSet {
    const known = this.allowedSets[entry.number];
    if (known !== undefined) return known;
    const set = this.findAllowed(entry);
    this.allowedSets[entry.number] = set;
    return set;
  }

  dependency(kind: Dependency["kind"], entry: SpecEntry): Dependency {
    const key = entry.number * 2 + (kind === "requires" ? 0 : 1);
    return (this.made[key] ??= { kind, package: this.packages.id(entry.spec?.name ?? ""), key });
  }

  entryOf(dependency: Dependency): SpecEntry {
    return this.specs.numbered(dependency.key >>> 1);
  }

  /** Places of the candidates that keep to the lock. */
  favourites(name: string): Favourites {
    const known = this.favoured.get(name);
    if (known !== undefined) return known;
    const { isFavoured, isFavouredVersion } = this.rulesOf(name).policy;
    const candidates = this.candidates(name);
    const usable = [...candidates.keys()].filter((place) => candidates[place]?.exclusion === null);
    const placesOf = (keeps: (each: CondaCandidate) => boolean): readonly number[] =>
      usable.filter((place) => candidates[place] !== undefined && keeps(candidates[place]));
    const favourites = { builds: placesOf(isFavoured), versions: placesOf(isFavouredVersion) };
    this.favoured.set(name, favourites);
    return favourites;
  }

  /** Why nothing will do for a match spec, or null where something would. */
  lack(entry: SpecEntry): Lack | null {
    const known = this.lacks[entry.number];
    if (known !== undefined) return known;
    const lack = this.lackOf(entry);
    this.lacks[entry.number] = lack;
    return lack;
  }

  private rulesOf(name: string): ListingRules {
    const known = this.rules.get(name);
    if (known !== undefined) return known;
    const { options } = this.problem;
    const rules = { options, direct: false, policy: namePolicy(name, options), tiedTo: [] };
    this.rules.set(name, rules);
    return rules;
  }

  private records(name: string): NameRecords {
    if (!isVirtualName(name)) return this.knowledge.records(name);
    const known = this.virtual.get(name);
    if (known !== undefined) return known;
    const records = virtualRecords(name, this.problem.virtualPackages);
    this.virtual.set(name, records);
    return records;
  }

  private order(name: string): NameOrder {
    const known = this.orders.get(name);
    if (known !== undefined) return known;
    const order = this.findOrder(name);
    // Others share the orders, and may know the name later.
    if (isVirtualName(name) || this.knowledge.isAnswered(name)) this.orders.set(name, order);
    return order;
  }

  private findOrder(name: string): NameOrder {
    const candidates = orderCandidates(this.listing(name), this.rulesOf(name), this);
    const positions = new Int32Array(this.records(name).records.length).fill(-1);
    candidates.forEach(({ place }, position) => (positions[place] = position));
    return { candidates, positions };
  }

  private findAllowed(entry: SpecEntry): CandidateSet {
    if (entry.spec === null) return emptySet(0);
    const { candidates, positions } = this.order(entry.spec.name);
    const set = emptySet(candidates.length);
    for (const place of this.places(entry)) {
      const position = positions[place] ?? -1;
      if (position >= 0) addCandidate(set, position);
    }
    return set;
  }

  /** Places of the records of the name that match. */
  private places(entry: SpecEntry): readonly number[] {
    const { spec } = entry;
    if (spec === null) return [];
    return isVirtualName(spec.name) ? matchingPlaces(spec, this.records(spec.name)) : this.knowledge.matching(entry);
  }

  private findBest(entry: SpecEntry): Selectable | null {
    if (entry.spec === null) return null;
    const { byPlace } = this.listing(entry.spec.name);
    let best: Selectable | null = null;
    for (const place of this.places(entry)) {
      const candidate = byPlace[place] ?? null;
      if (candidate === null || candidate.exclusion !== null) continue;
      const { versionRank, record } = candidate;
      const trackFeatures = record.trackFeatures.length > 0;
      if (best !== null && (best.versionRank > versionRank || (best.versionRank === versionRank && trackFeatures)))
        continue;
      best = { versionRank, trackFeatures };
    }
    return best;
  }

  /** Places of the records with a match spec that rules them out: few have one, and those of a name share theirs. */
  private suspects(name: string): ReadonlySet<number> {
    const { depends, constrains } = this.knowledge.specsOf(name);
    const suspects = new Set<number>();
    for (const [entry, places] of depends) {
      if (entry.spec === null || this.lack(entry) !== null) for (const place of places) suspects.add(place);
    }
    for (const [{ spec }, places] of constrains) if (spec === null) for (const place of places) suspects.add(place);
    return suspects;
  }

  /** A constraint that cannot be read cannot be honoured either. */
  private deadness(candidate: CondaCandidate): CondaExclusionReason | null {
    const depends = this.depends(candidate);
    const unreadable =
      depends.find(({ spec }) => spec === null) ??
      candidate.record.constrains.map((text) => this.specs.entry(text)).find(({ spec }) => spec === null);
    if (unreadable !== undefined) {
      const { number, text, problem } = unreadable;
      return (this.deaths[number] ??= { kind: "unreadable", spec: text, message: problem ?? "" });
    }
    for (const entry of depends) {
      const lack = this.lack(entry);
      if (lack !== null) return (this.deaths[entry.number] ??= { kind: "dead", spec: entry.text, lack });
    }
    return null;
  }

  private lackOf(entry: SpecEntry): Lack | null {
    const { spec } = entry;
    if (spec === null) return null;
    const { byPlace, isOpen } = this.listing(spec.name);
    const places = this.places(entry);
    if (isOpen && places.length > 0) return null;
    if (places.some((place) => byPlace[place]?.exclusion === null)) return null;
    const candidates = this.candidates(spec.name);
    const matches = this.matching(entry).flatMap((index) => candidates[index] ?? []);
    return findLack(spec, { candidates, matches, platform: this.problem.platform });
  }
}

/**
 * Equal for problems that try the candidates of every name in the same order; null where that is not known. The order looks at the
 * versions of dependencies, so whatever rules records out changes it.
 */
function orderKey({ specs, virtualPackages, options }: CondaProblem): string | null {
  const { channelPriority, order, cutoff, pinned, refused, rule } = options;
  const isOpen = cutoff.general === null && cutoff.byName.size === 0 && pinned.size + refused.size === 0;
  const isPlain = isOpen && rule === undefined && order !== "lowest-direct";
  if (!isPlain || specs.some(({ text }) => text.includes(":") || text.includes("channel"))) return null;
  return JSON.stringify([channelPriority, order, virtualPackages]);
}
