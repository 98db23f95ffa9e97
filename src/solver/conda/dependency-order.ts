/**
 * Which of several equal builds is tried first: the one whose dependencies can be newer. Dependencies that all of them have
 * are compared in the order of their names (rattler's rule), so that of builds for several Pythons the newest Python wins.
 */
import {
  compareCandidates,
  compareLeftovers,
  sortCandidates,
  type CondaCandidate,
  type Listing,
  type ListingRules,
} from "./listing.ts";
import type { SpecEntry } from "./spec-table.ts";

/** The best that a match spec can select: place of the version among those of its package, 0 for the lowest. */
export interface Selectable {
  readonly versionRank: number;
  /** Only builds with track_features have this version. */
  readonly trackFeatures: boolean;
}

/** What is known about dependencies. */
export interface DependencyView {
  depends(candidate: CondaCandidate): readonly SpecEntry[];
  /** Null where nothing that may be chosen matches. */
  best(entry: SpecEntry): Selectable | null;
}

/** Candidates in their final order; those that may not be chosen are last among equals. */
export function orderCandidates(
  listing: Listing,
  rules: ListingRules,
  view: DependencyView,
): readonly CondaCandidate[] {
  const ordered: CondaCandidate[] = [];
  for (const tied of runsOfEquals(sortCandidates(listing, rules), rules)) {
    const usable = tied.filter(({ exclusion }) => exclusion === null);
    ordered.push(...(usable.length > 1 ? breakTies(usable, rules, view) : usable));
    ordered.push(...tied.filter(({ exclusion }) => exclusion !== null));
  }
  return ordered;
}

function runsOfEquals(candidates: readonly CondaCandidate[], rules: ListingRules): readonly CondaCandidate[][] {
  const runs: CondaCandidate[][] = [];
  for (const candidate of candidates) {
    const run = runs.at(-1);
    const [first] = run ?? [];
    if (run !== undefined && first !== undefined && compareCandidates(first, candidate, rules) === 0) {
      run.push(candidate);
    } else runs.push([candidate]);
  }
  return runs;
}

function breakTies(
  tied: readonly CondaCandidate[],
  rules: ListingRules,
  view: DependencyView,
): readonly CondaCandidate[] {
  const specs = tied.map((candidate) => specsByName(view.depends(candidate)));
  const [first = new Map<string, readonly SpecEntry[]>()] = specs;
  const shared = [...first.keys()].filter((name) => specs.every((each) => each.has(name))).sort();
  const scored = tied.map((candidate, index) => ({
    candidate,
    scores: shared.map((name) => worst(specs[index]?.get(name) ?? [], view)),
  }));
  const direction = rules.options.order === "lowest" ? -1 : 1;
  scored.sort((left, right) => {
    for (const [index, score] of left.scores.entries()) {
      const order = compareScores(score, right.scores[index] ?? null, direction);
      if (order !== 0) return order;
    }
    return compareLeftovers(left.candidate, right.candidate);
  });
  return scored.map(({ candidate }) => candidate);
}

function specsByName(depends: readonly SpecEntry[]): ReadonlyMap<string, readonly SpecEntry[]> {
  const byName = new Map<string, SpecEntry[]>();
  for (const entry of depends) {
    if (entry.spec === null) continue;
    const entries = byName.get(entry.spec.name);
    if (entries === undefined) byName.set(entry.spec.name, [entry]);
    else entries.push(entry);
  }
  return byName;
}

/** Several match specs of one name all have to hold, so the one that allows least counts. */
function worst(entries: readonly SpecEntry[], view: DependencyView): Selectable | null {
  let found: Selectable | null = null;
  for (const entry of entries) {
    const best = view.best(entry);
    if (best !== null && (found === null || compareScores(best, found, 1) > 0)) found = best;
  }
  return found;
}

/** Negative where the left one is better. */
function compareScores(left: Selectable | null, right: Selectable | null, direction: number): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  const features = Number(left.trackFeatures) - Number(right.trackFeatures);
  return features !== 0 ? features : direction * (right.versionRank - left.versionRank);
}
