/** Answers about names, for one platform and list of channels. Solves may share it, and then the later ones ask for less. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaCandidate } from "./listing.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaReply } from "./questions.ts";
import {
  isVersionOnly,
  matchingPlaces,
  readName,
  VersionTable,
  type ChannelListing,
  type NameRecords,
} from "./read-names.ts";
import { SpecTable, type SpecEntry } from "./spec-table.ts";

export type { ChannelListing } from "./read-names.ts";

/** Versions and match specs, each text read once. Solves for several platforms may share them: what they ask for is much the same. */
export class CondaTexts {
  readonly specs = new SpecTable();
  readonly versions = new VersionTable();
}

/** The match specs of the records of a name, each with the places of those that have it, in the order in which they are met. */
export interface NameSpecs {
  readonly depends: ReadonlyMap<SpecEntry, readonly number[]>;
  readonly constrains: ReadonlyMap<SpecEntry, readonly number[]>;
  /** Those that can leave some records of another name, each once: not `python`, and no virtual package that has to be there. */
  readonly narrowing: readonly (readonly ["requires" | "constrains", SpecEntry])[];
}

/** The candidates of a name in the order in which they are tried. */
export interface NameOrder {
  readonly candidates: readonly CondaCandidate[];
  /** By place among the records of the name the position in `candidates`, -1 where it is none. */
  readonly positions: Int32Array;
}

const NO_SPECS: NameSpecs = { depends: new Map(), constrains: new Map(), narrowing: [] };

export class CondaKnowledge {
  readonly texts: CondaTexts;
  private readonly listings = new Map<string, readonly ChannelListing[]>();
  private readonly read = new Map<string, NameRecords>();
  private readonly specs = new Map<string, NameSpecs>();
  private readonly entries = new Map<string, (readonly SpecEntry[] | undefined)[]>();
  private readonly matches: (readonly number[] | undefined)[] = [];
  private readonly wanted = new Map<ChannelListing, readonly string[]>();
  private readonly inOrder = new Map<string, readonly string[]>();
  private readonly ordersByKey = new Map<string, Map<string, NameOrder>>();
  private failure: IndexProblem | null = null;

  constructor(texts: CondaTexts = new CondaTexts()) {
    this.texts = texts;
  }

  /** A second answer about a name changes nothing. */
  accept({ question, answer }: CondaReply): void {
    if ("problem" in answer) {
      this.failure ??= answer.problem;
      return;
    }
    const channels = answer.channels.map(({ name, url }, rank) => ({ name, url, rank }));
    for (const name of question.names) {
      if (this.listings.has(name)) continue;
      const listings = channels.map((channel, rank) => ({
        channel,
        records: answer.channels[rank]?.records.get(name) ?? [],
      }));
      this.listings.set(
        name,
        listings.filter(({ records }) => records.length > 0),
      );
    }
  }

  /** Why the channels could not answer, or null. */
  get problem(): IndexProblem | null {
    return this.failure;
  }

  isAnswered(name: string): boolean {
    return this.listings.has(name);
  }

  /** In the order of channels, those that have the name; empty where nothing is known. */
  channels(name: string): readonly ChannelListing[] {
    return this.listings.get(name) ?? [];
  }

  /** Of a name that is answered; virtual packages are not in here. */
  records(name: string): NameRecords {
    const known = this.read.get(name);
    if (known !== undefined) return known;
    const records = readName(name, this.channels(name), this.texts.versions);
    if (this.isAnswered(name)) this.read.set(name, records);
    return records;
  }

  /** What a record depends on, by its place. */
  depends(name: string, place: number): readonly SpecEntry[] {
    const byPlace = this.entries.get(name) ?? [];
    if (byPlace.length === 0) this.entries.set(name, byPlace);
    const depends = this.records(name).records[place]?.record.depends ?? [];
    return (byPlace[place] ??= depends.map((text) => this.texts.specs.entry(text)));
  }

  /** What the records of a name depend on and constrain; virtual packages do neither. */
  specsOf(name: string): NameSpecs {
    const known = this.specs.get(name);
    if (known !== undefined) return known;
    if (!this.isAnswered(name)) return NO_SPECS;
    const { records } = this.records(name);
    const depends = this.byEntry(records.map(({ record }) => record.depends));
    const constrains = this.byEntry(records.map(({ record }) => record.constrains));
    const narrowing = [
      ...[...depends.keys()].filter(isNarrowing).map((entry) => ["requires", entry] as const),
      ...[...constrains.keys()].map((entry) => ["constrains", entry] as const),
    ];
    const specs = { depends, constrains, narrowing };
    this.specs.set(name, specs);
    return specs;
  }

  /** Places of the records that match, of a name that is answered. */
  matching({ spec, number }: SpecEntry): readonly number[] {
    if (spec === null || isVirtualName(spec.name)) return [];
    const known = this.matches[number];
    if (known !== undefined) return known;
    const places = matchingPlaces(spec, this.records(spec.name));
    if (this.isAnswered(spec.name)) this.matches[number] = places;
    return places;
  }

  /** Orders that solves with this key share, by name; those without a key share none. */
  orders(key: string | null): Map<string, NameOrder> {
    const shared = key === null ? undefined : this.ordersByKey.get(key);
    if (shared !== undefined) return shared;
    const orders = new Map<string, NameOrder>();
    if (key !== null) this.ordersByKey.set(key, orders);
    return orders;
  }

  /** The names that the records of a listing depend on, each once. */
  wantedBy(listing: ChannelListing): readonly string[] {
    const known = this.wanted.get(listing);
    if (known !== undefined) return known;
    const names = new Set<string>();
    for (const text of new Set(listing.records.flatMap(({ depends }) => depends))) {
      const name = this.texts.specs.nameOf(text);
      if (name !== null) names.add(name);
    }
    const list = [...names].sort();
    this.wanted.set(listing, list);
    return list;
  }

  /** The names that the records of a name depend on, each once, as they are met from the highest version down, features last. */
  wantedInOrder(name: string): readonly string[] {
    const known = this.inOrder.get(name);
    if (known !== undefined) return known;
    const highest = this.records(name).best.toReversed();
    const plain = highest.filter(({ record }) => record.trackFeatures.length === 0);
    const featured = highest.filter(({ record }) => record.trackFeatures.length > 0);
    const names = new Set<string>();
    for (const { place } of [...plain, ...featured]) {
      for (const { spec } of this.depends(name, place)) if (spec !== null) names.add(spec.name);
    }
    const list = [...names];
    if (this.isAnswered(name)) this.inOrder.set(name, list);
    return list;
  }

  private byEntry(texts: readonly (readonly string[])[]): ReadonlyMap<SpecEntry, readonly number[]> {
    const places = new Map<SpecEntry, number[]>();
    texts.forEach((list, place) => {
      for (const text of list) {
        const entry = this.texts.specs.entry(text);
        const known = places.get(entry);
        if (known === undefined) places.set(entry, [place]);
        else if (known.at(-1) !== place) known.push(place);
      }
    });
    return places;
  }
}

function isNarrowing({ spec }: SpecEntry): boolean {
  return spec !== null && !isVirtualName(spec.name) && !(spec.version === null && isVersionOnly(spec));
}
