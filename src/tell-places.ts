/** What a conda explanation adds when no channel has a name for the platform: where else there are builds of it. */
import { parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaChannels, NamePlaces } from "#ports.ts";
import type { CondaFact, Lack } from "#solver/conda/reasons.ts";
import type { Explanation } from "#solver/explain.ts";

/** A longer list helps nobody. */
const MOST_NAMES = 4;

/**
 * The explanation with a sentence for each name that its facts say no channel has. The channels are asked only where there
 * is such a name.
 * @param facts those of the explanation that speak of conda
 */
export async function tellPlaces<F>(
  explanation: Explanation<F>,
  facts: readonly CondaFact[],
  channels: CondaChannels,
): Promise<Explanation<F>> {
  const missing = [...new Map(facts.flatMap(missingOf)).entries()].slice(0, MOST_NAMES);
  if (missing.length === 0) return explanation;
  const places = await channels.placesOf(missing.map(([name]) => name));
  const sentences = missing.flatMap(([name, platform]) => sentenceOf(name, platform, places.get(name)));
  return { ...explanation, text: [explanation.text, ...sentences].join("\n") };
}

function sentenceOf(name: string, platform: string, places: NamePlaces | undefined): readonly string[] {
  if (places === undefined) return [];
  if (places.subdirs.length > 0) {
    return [`${name} has builds for ${listed(places.subdirs)}, but none for ${platform} or noarch.`];
  }
  return places.unseen.length > 0 ? [] : [`No channel has ${name} for any platform; check its name.`];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

type Missing = readonly [name: string, platform: string];

function missingOf(fact: CondaFact): readonly Missing[] {
  if (fact.kind === "requires") return fact.lack === null ? [] : missingIn(fact.name, fact.lack);
  return fact.kind === "excluded" && fact.reason.kind === "dead"
    ? missingInSpec(fact.reason.spec, fact.reason.lack)
    : [];
}

function missingIn(name: string, lack: Lack): readonly Missing[] {
  if (lack.kind === "unknown-name") return [[name, lack.platform]];
  return lack.kind === "excluded" && lack.reason.kind === "dead"
    ? missingInSpec(lack.reason.spec, lack.reason.lack)
    : [];
}

function missingInSpec(text: string, lack: Lack): readonly Missing[] {
  const spec = parseMatchSpec(text);
  return "name" in spec && typeof spec.name === "string" ? missingIn(spec.name, lack) : [];
}
