/** Several requirements of one package for the same name: merged where they agree, else kept apart by their markers. */
import { ANY_CONSTRAINT, EMPTY_CONSTRAINT, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { allowsAny, intersectConstraints } from "#packaging/poetry-constraint-algebra.ts";
import { ANY_MARKER, formatPoetryMarker, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import { completeName, constraintKey, withConstraint, withMarker, type PoetryDependency } from "./dependency.ts";

/** What decides whether a marker matters at all. */
export interface Relevance {
  readonly markers: PoetryMarkers;
  /** The Pythons of this solve. */
  readonly python: PoetryConstraint;
  /** Extras asked of the depending package; null: any could be (the project itself). */
  readonly activeExtras: ReadonlySet<string> | null;
}

/** The requirements without repetitions: those with one constraint and source become one with the union of their markers. */
function mergeByConstraint(markers: PoetryMarkers, dependencies: readonly PoetryDependency[]): PoetryDependency[] {
  const bySource = new Map<string, Map<string, PoetryDependency[]>>();
  for (const dependency of dependencies) {
    const source = `${dependency.isDirect ? "direct" : ""}\0${dependency.source ?? ""}`;
    const group = bySource.get(source) ?? new Map<string, PoetryDependency[]>();
    bySource.set(source, group);
    const key = constraintKey(dependency.constraint);
    group.set(key, [...(group.get(key) ?? []), dependency]);
  }
  const groups = [...bySource.values()].flatMap((group) => [...group.values()]);
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length === 1) return [first];
    return [withMarker(markers, first, markers.uniteAll(group.map(({ marker }) => marker)))];
  });
}

/**
 * Makes the markers of requirements for one name exclude each other: one requirement for every combination of markers
 * that can occur, with all constraints that hold there; an empty constraint where none does.
 * @returns a sentence where constraints that hold together contradict each other
 */
export function separateMarkers(
  relevance: Relevance,
  requirer: string,
  dependencies: readonly PoetryDependency[],
): readonly PoetryDependency[] | string {
  const { markers } = relevance;
  const merged = mergeByConstraint(markers, dependencies);
  const separated: PoetryDependency[] = [];
  const combinations = 2 ** merged.length;
  for (let number = 0; number < combinations; number += 1) {
    // All are used in the first combination, none in the last, the first requirement changing slowest.
    const uses = merged.map((_, index) => ((number >> (merged.length - 1 - index)) & 1) === 0);
    const marker = combinedMarker(markers, merged, uses);
    if (!isRelevant(relevance, marker)) continue;
    const used = merged.filter((_, index) => uses[index] === true);
    const joined = joinUsed(requirer, merged, used);
    if (typeof joined === "string") return joined;
    separated.push(withMarker(markers, joined, marker));
  }
  return mergeByConstraint(markers, separated);
}

function combinedMarker(
  markers: PoetryMarkers,
  dependencies: readonly PoetryDependency[],
  uses: readonly boolean[],
): PoetryMarker {
  const used = dependencies.filter((_, index) => uses[index] === true).map(({ marker }) => marker);
  const unused = dependencies.filter((_, index) => uses[index] === false).map(({ marker }) => markers.invert(marker));
  return [...used, ...unused].reduce((all, marker) => markers.intersect(all, marker), ANY_MARKER);
}

function isRelevant({ markers, python, activeExtras }: Relevance, marker: PoetryMarker): boolean {
  if (marker.kind === "empty" || !allowsAny(python, markers.pythonConstraint(marker))) return false;
  return activeExtras === null || admitsExtras(marker, activeExtras);
}

/** Whether the marker can hold with exactly these extras; what it says of other variables is left open. */
function admitsExtras(marker: PoetryMarker, extras: ReadonlySet<string>): boolean {
  switch (marker.kind) {
    case "any":
      return true;
    case "empty":
      return false;
    case "and":
      return marker.parts.every((part) => admitsExtras(part, extras));
    case "or":
      return marker.parts.some((part) => admitsExtras(part, extras));
    case "single":
      if (marker.name !== "extra") return true;
      return extras.has(marker.value) === (marker.operator === "==");
    case "atomic-and":
    case "atomic-or": {
      if (marker.name !== "extra") return true;
      const { value } = marker.constraint;
      const parts = value.kind === "all" || value.kind === "some" ? value.parts : [];
      const holds = parts.map((part) => part.kind === "one" && extras.has(part.value) === (part.operator === "=="));
      return marker.kind === "atomic-and" ? holds.every(Boolean) : holds.some(Boolean);
    }
  }
}

function joinUsed(
  requirer: string,
  all: readonly PoetryDependency[],
  used: readonly PoetryDependency[],
): PoetryDependency | string {
  const [first] = used;
  if (first === undefined) {
    const [any] = all;
    if (any === undefined) throw new Error("there is no requirement to keep apart");
    return withConstraint(any, EMPTY_CONSTRAINT);
  }
  let tied: PoetryDependency | null = null;
  let constraint: PoetryConstraint = ANY_CONSTRAINT;
  for (const dependency of used) {
    if (dependency.isDirect || dependency.source !== null) {
      const isOther = tied !== null && (tied.source !== dependency.source || tied.isDirect !== dependency.isDirect);
      if (isOther) return incompatible(requirer, used);
      tied = dependency;
    }
    constraint = intersectConstraints(constraint, dependency.constraint);
  }
  if (constraint.kind === "empty") return incompatible(requirer, used);
  return withConstraint(tied ?? first, constraint);
}

function incompatible(requirer: string, used: readonly PoetryDependency[]): string {
  const listed = used.map((dependency) => {
    const marker = formatPoetryMarker(dependency.marker);
    const from = dependency.origin === null ? "" : ` (${dependency.origin.file}:${dependency.origin.line})`;
    return `${completeName(dependency)} ${dependency.constraintText}${marker === "" ? "" : `; ${marker}`}${from}`;
  });
  return `${requirer} has requirements that hold together and contradict each other: ${listed.join(" and ")}.`;
}
