/** A set of builds of one name as text: ranges of versions that exist, and builds where not all of a version are meant. */
import { candidatesOf, hasCandidate, type CandidateSet } from "../core/candidate-set.ts";
import type { Term } from "../core/incompatibility.ts";
import type { CondaCandidate } from "./listing.ts";
import type { CondaProvider } from "./provider.ts";

const MOST_RANGES = 4;
const MOST_BUILDS = 3;
const MOST_PLACES = 2;

/** ` (conda-forge/linux-64)`: where the builds of a term lie; empty for what no channel has. */
export function placesOf(provider: CondaProvider, { package: package_, set }: Term): string {
  const places = new Set<string>();
  for (const index of candidatesOf(set)) {
    const { channel, record } = provider.candidateOf(package_, index);
    if (channel.name !== "") places.add(`${channel.name}/${record.subdir}`);
  }
  return places.size === 0 ? "" : ` (${shortened([...places].sort(), MOST_PLACES)})`;
}

/** `1.26.4 py311_0`, `>=1.20,<=1.26.4`, `1.26.4 (3 of 9 builds: …)`; empty where it is all of them. */
export function describeRecords(candidates: readonly CondaCandidate[], set: CandidateSet): string {
  const meant = candidates.filter((_, index) => hasCandidate(set, index));
  if (meant.length === candidates.length && candidates.length !== 1) return "";
  const versions = new Map<number, string>();
  for (const { versionRank, record } of candidates) {
    if (!versions.has(versionRank)) versions.set(versionRank, record.version);
  }
  const ranks = new Set(meant.map(({ versionRank }) => versionRank));
  const all = candidates.filter(({ versionRank }) => ranks.has(versionRank));
  return `${rangesText(ranks, versions)}${buildsText(meant, all.length)}`;
}

function buildsText(meant: readonly CondaCandidate[], all: number): string {
  const builds = [...new Set(meant.map(({ record }) => record.build))];
  if (meant.length === 1) return ` ${builds.join("")}`;
  if (meant.length === all) return "";
  return ` (${meant.length} of ${all} builds: ${shortened(builds, MOST_BUILDS)})`;
}

function rangesText(ranks: ReadonlySet<number>, versions: ReadonlyMap<number, string>): string {
  const runs: [number, number][] = [];
  for (const rank of [...ranks].sort((left, right) => left - right)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === rank - 1) last[1] = rank;
    else runs.push([rank, rank]);
  }
  const highest = versions.size - 1;
  const texts = runs.map(([from, to]) => {
    const lower = versions.get(from) ?? "";
    const upper = versions.get(to) ?? "";
    if (from === to) return lower;
    if (from === 0) return to === highest ? "of every version" : `<=${upper}`;
    return to === highest ? `>=${lower}` : `>=${lower},<=${upper}`;
  });
  const shown = texts.slice(0, MOST_RANGES);
  const rest = texts.length - shown.length;
  return rest > 0 ? `${shown.join(" or ")} or ${rest} other ranges` : shown.join(" or ");
}

function shortened(texts: readonly string[], most: number): string {
  const rest = texts.length - most;
  return rest > 0 ? `${texts.slice(0, most).join(", ")} and ${rest} more` : texts.join(", ");
}
