/** What is known of a name from its records alone: the same for every solve, and for every platform that has the same records. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { CondaCandidate } from "./listing.ts";
import { isVirtualName } from "./packages.ts";
import {
  isVersionOnly,
  matchingPlaces,
  readName,
  VersionTable,
  type ChannelListing,
  type NameRecords,
} from "./read-names.ts";
import { SpecTable, type SpecEntry } from "./spec-table.ts";

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

/**
 * Versions and match specs, each text read once, and names that platforms have in common. Solves for several platforms may share
 * them: what they ask for is much the same, and the packages of `noarch` are the same.
 */
export class CondaTexts {
  readonly specs = new SpecTable();
  readonly versions = new VersionTable();
  private readonly names = new WeakMap<readonly CondaRecord[], NameKnowledge>();

  /** A name that one channel alone has is known once for all platforms that got the same list of its records. */
  name(name: string, listings: readonly ChannelListing[]): NameKnowledge {
    const [first, second] = listings;
    if (first === undefined || second !== undefined) return new NameKnowledge(name, listings, this);
    const known = this.names.get(first.records);
    if (known?.isOf(name, first)) return known;
    const made = new NameKnowledge(name, listings, this);
    this.names.set(first.records, made);
    return made;
  }
}

export class NameKnowledge {
  readonly name: string;
  /** In the order of channels, those that have the name. */
  readonly listings: readonly ChannelListing[];
  private readonly texts: CondaTexts;
  private readonly entries: (readonly SpecEntry[] | undefined)[] = [];
  private readonly matches = new Map<number, readonly number[]>();
  private readonly wanted = new Map<ChannelListing, readonly string[]>();
  private read: NameRecords | null = null;
  private specs: NameSpecs | null = null;
  private inOrder: readonly string[] | null = null;

  constructor(name: string, listings: readonly ChannelListing[], texts: CondaTexts) {
    this.name = name;
    this.listings = listings;
    this.texts = texts;
  }

  /** Whether it is what would be known of a listing with the same records. */
  isOf(name: string, { channel }: ChannelListing): boolean {
    const own = this.listings[0]?.channel;
    return this.name === name && own?.rank === channel.rank && own.url === channel.url && own.name === channel.name;
  }

  get records(): NameRecords {
    return (this.read ??= readName(this.name, this.listings, this.texts.versions));
  }

  /** What a record depends on, by its place. */
  depends(place: number): readonly SpecEntry[] {
    const depends = this.records.records[place]?.record.depends ?? [];
    return (this.entries[place] ??= depends.map((text) => this.texts.specs.entry(text)));
  }

  /** What the records depend on and constrain. */
  specsOf(): NameSpecs {
    if (this.specs !== null) return this.specs;
    const { records } = this.records;
    const depends = byEntry(records.map((_, place) => this.depends(place)));
    const constrains = byEntry(
      records.map(({ record }) => record.constrains.map((text) => this.texts.specs.entry(text))),
    );
    const narrowing = [
      ...[...depends.keys()].filter(isNarrowing).map((entry) => ["requires", entry] as const),
      ...[...constrains.keys()].map((entry) => ["constrains", entry] as const),
    ];
    this.specs = { depends, constrains, narrowing };
    return this.specs;
  }

  /** Places of the records that match a match spec of this name. */
  matching({ spec, number }: SpecEntry): readonly number[] {
    const known = this.matches.get(number);
    if (known !== undefined) return known;
    const places = spec === null ? [] : matchingPlaces(spec, this.records);
    this.matches.set(number, places);
    return places;
  }

  /** The names that the records of one of its listings depend on, each once. */
  wantedBy(listing: ChannelListing): readonly string[] {
    const known = this.wanted.get(listing);
    if (known !== undefined) return known;
    const names = new Set<string>();
    const texts = new Set<string>();
    for (const { depends } of listing.records) for (const text of depends) texts.add(text);
    for (const text of texts) {
      const name = this.texts.specs.nameOf(text);
      if (name !== null) names.add(name);
    }
    const list = [...names].sort();
    this.wanted.set(listing, list);
    return list;
  }

  /** The names that the records depend on, each once, as they are met from the highest version down, features last. */
  wantedInOrder(): readonly string[] {
    if (this.inOrder !== null) return this.inOrder;
    const highest = this.records.best.toReversed();
    const plain = highest.filter(({ record }) => record.trackFeatures.length === 0);
    const featured = highest.filter(({ record }) => record.trackFeatures.length > 0);
    // Most texts stand in many records, and most of these records are never tried.
    const texts = new Set<string>();
    for (const { record } of [...plain, ...featured]) for (const text of record.depends) texts.add(text);
    const names = new Set<string>();
    for (const text of texts) {
      const { spec } = this.texts.specs.entry(text);
      if (spec !== null) names.add(spec.name);
    }
    this.inOrder = [...names];
    return this.inOrder;
  }
}

function byEntry(lists: readonly (readonly SpecEntry[])[]): ReadonlyMap<SpecEntry, readonly number[]> {
  const places = new Map<SpecEntry, number[]>();
  lists.forEach((list, place) => {
    for (const entry of list) {
      const known = places.get(entry);
      if (known === undefined) places.set(entry, [place]);
      else if (known.at(-1) !== place) known.push(place);
    }
  });
  return places;
}

function isNarrowing({ spec }: SpecEntry): boolean {
  return spec !== null && !isVirtualName(spec.name) && !(spec.version === null && isVersionOnly(spec));
}
