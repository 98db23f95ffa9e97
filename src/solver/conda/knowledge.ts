/** Answers about names, for one platform and list of channels. Solves may share it, and then the later ones ask for less. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaReply } from "./questions.ts";
import { matchingPlaces, readName, VersionTable, type ChannelListing, type NameRecords } from "./read-names.ts";
import { SpecTable, type SpecEntry } from "./spec-table.ts";

export type { Channel, ChannelListing } from "./read-names.ts";

/** Versions and match specs, each text read once. Solves for several platforms may share them: what they ask for is much the same. */
export class CondaTexts {
  readonly specs = new SpecTable();
  readonly versions = new VersionTable();
}

export class CondaKnowledge {
  readonly texts: CondaTexts;
  private readonly listings = new Map<string, readonly ChannelListing[]>();
  private readonly read = new Map<string, NameRecords>();
  private readonly entries = new Map<string, (readonly SpecEntry[] | undefined)[]>();
  private readonly matches: (readonly number[] | undefined)[] = [];
  private readonly wanted = new Map<ChannelListing, readonly string[]>();
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
    const known = this.entries.get(name) ?? [];
    if (known.length === 0) this.entries.set(name, known);
    const entries = (known[place] ??= this.records(name).records[place]?.record.depends.map((text) =>
      this.texts.specs.entry(text),
    ));
    return entries ?? [];
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

  /** The names that the records of a listing depend on, each once. */
  wantedBy(listing: ChannelListing): readonly string[] {
    const known = this.wanted.get(listing);
    if (known !== undefined) return known;
    const texts = new Set(listing.records.flatMap(({ depends }) => depends));
    const names = new Set<string>();
    for (const text of texts) {
      const name = this.texts.specs.nameOf(text);
      if (name !== null) names.add(name);
    }
    const list = [...names].sort();
    this.wanted.set(listing, list);
    return list;
  }
}
