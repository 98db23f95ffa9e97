/** Answers about names, for one platform and list of channels. Solves may share it, and then the later ones ask for less. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { CondaTexts, NameKnowledge, type NameOrder, type NameSpecs } from "./name-knowledge.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaReply } from "./questions.ts";
import type { ChannelListing, NameRecords } from "./read-names.ts";
import type { SpecEntry } from "./spec-table.ts";

export { CondaTexts, type NameOrder, type NameSpecs } from "./name-knowledge.ts";
export type { ChannelListing } from "./read-names.ts";

const NO_SPECS: NameSpecs = { depends: new Map(), constrains: new Map(), narrowing: [] };

export class CondaKnowledge {
  readonly texts: CondaTexts;
  private readonly names = new Map<string, NameKnowledge>();
  private readonly matches: (readonly number[] | undefined)[] = [];
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
      if (this.names.has(name)) continue;
      const listings = channels.map((channel, rank) => ({
        channel,
        records: answer.channels[rank]?.records.get(name) ?? [],
      }));
      const having = listings.filter(({ records }) => records.length > 0);
      this.names.set(name, this.texts.name(name, having));
    }
  }

  /** Why the channels could not answer, or null. */
  get problem(): IndexProblem | null {
    return this.failure;
  }

  isAnswered(name: string): boolean {
    return this.names.has(name);
  }

  /** In the order of channels, those that have the name; empty where nothing is known. */
  channels(name: string): readonly ChannelListing[] {
    return this.names.get(name)?.listings ?? [];
  }

  /** Of a name that is answered; virtual packages are not in here. */
  records(name: string): NameRecords {
    return this.known(name).records;
  }

  /** What a record depends on, by its place. */
  depends(name: string, place: number): readonly SpecEntry[] {
    return this.known(name).depends(place);
  }

  /** What the records of a name depend on and constrain; virtual packages do neither. */
  specsOf(name: string): NameSpecs {
    return this.names.get(name)?.specsOf() ?? NO_SPECS;
  }

  /** Places of the records that match, of a name that is answered. */
  matching(entry: SpecEntry): readonly number[] {
    const { spec, number } = entry;
    if (spec === null || isVirtualName(spec.name)) return [];
    const known = this.matches[number];
    if (known !== undefined) return known;
    const places = this.known(spec.name).matching(entry);
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
  wantedBy(name: string, listing: ChannelListing): readonly string[] {
    return this.known(name).wantedBy(listing);
  }

  /** The names that the records of a name depend on, each once, as they are met from the highest version down, features last. */
  wantedInOrder(name: string): readonly string[] {
    return this.known(name).wantedInOrder();
  }

  /** What is not answered has no records, and may be answered later. */
  private known(name: string): NameKnowledge {
    return this.names.get(name) ?? new NameKnowledge(name, [], this.texts);
  }
}
