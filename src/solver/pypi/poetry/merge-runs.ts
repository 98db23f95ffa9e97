/** Puts the runs of a split solve together: a package is needed where its run holds and its run needs it. */
import type { PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { ANY_MARKER, EMPTY_MARKER, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import type { Overrides } from "./completion.ts";
import { identityOf, sameDependency, type SolvedPackage } from "./graph.ts";

/** What one run of a split solve came to. */
export interface RunResult {
  readonly overrides: Overrides;
  readonly packages: readonly SolvedPackage[];
}

interface Occurrence {
  readonly package: SolvedPackage;
  /** Where the run holds. */
  readonly marker: PoetryMarker;
}

export function mergeRuns(
  markers: PoetryMarkers,
  runs: readonly RunResult[],
  projectPython: PoetryConstraint,
): readonly SolvedPackage[] {
  const byPackage = new Map<string, Occurrence[]>();
  for (const { overrides, packages } of runs) {
    const marker = markers.reduceByPython(markerOfOverrides(markers, overrides), projectPython);
    for (const solved of packages) {
      for (const [group, own] of solved.markers) solved.markers.set(group, withoutParts(markers, own, marker));
      const key = `${solved.name} ${identityOf(solved.candidate)}`;
      byPackage.set(key, [...(byPackage.get(key) ?? []), { package: solved, marker }]);
    }
  }
  return [...byPackage.values()].flatMap((occurrences) => mergeOccurrences(markers, occurrences));
}

function markerOfOverrides(markers: PoetryMarkers, overrides: Overrides): PoetryMarker {
  let marker = ANY_MARKER;
  for (const choices of overrides.values()) {
    for (const choice of choices.values()) marker = markers.intersect(marker, markers.withoutExtras(choice.marker));
  }
  return marker;
}

/** Takes the parts of the run's marker out of a conjunction that has them all; they come back with the whole. */
function withoutParts(markers: PoetryMarkers, marker: PoetryMarker, run: PoetryMarker): PoetryMarker {
  const parts = run.kind === "and" ? run.parts : run.kind === "single" ? [run] : null;
  if (parts === null || marker.kind !== "and") return marker;
  const keys = new Set(parts.map(({ key }) => key));
  if (![...keys].every((key) => marker.parts.some((part) => part.key === key))) return marker;
  return markers.conjunction(marker.parts.filter(({ key }) => !keys.has(key)));
}

function mergeOccurrences(markers: PoetryMarkers, occurrences: readonly Occurrence[]): readonly SolvedPackage[] {
  const [first, ...rest] = occurrences;
  if (first === undefined) return [];
  const merged = first.package;
  const own = new Map(merged.markers);
  if (rest.every((other) => sameMarkers(other.package.markers, own))) {
    const all = occurrences.reduce((joined, { marker }) => markers.unite(joined, marker), EMPTY_MARKER);
    for (const [group, marker] of own) merged.markers.set(group, markers.intersect(all, marker));
  } else {
    for (const [group, marker] of own) merged.markers.set(group, markers.intersect(first.marker, marker));
    for (const { package: other, marker } of rest) {
      for (const [group, theirs] of other.markers) {
        const known = merged.markers.get(group) ?? EMPTY_MARKER;
        merged.markers.set(group, markers.unite(known, markers.intersect(marker, theirs)));
      }
    }
  }
  const requires = [...merged.requires];
  for (const dependency of rest.flatMap((other) => other.package.requires)) {
    if (!requires.some((known) => sameDependency(known, dependency))) requires.push(dependency);
  }
  merged.requires = requires;
  return [merged];
}

function sameMarkers(left: ReadonlyMap<string, PoetryMarker>, right: ReadonlyMap<string, PoetryMarker>): boolean {
  return left.size === right.size && [...left].every(([group, marker]) => right.get(group)?.key === marker.key);
}
