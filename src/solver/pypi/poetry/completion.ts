/**
 * What a chosen release needs under the markers on the way to it. Poetry leaves out what no admitted interpreter or
 * platform needs, merges repeated requirements, and splits the solve where requirements of one name differ by marker.
 */
import { ANY_CONSTRAINT, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import {
  allowsAll,
  allowsAny,
  differenceOf,
  intersectConstraints,
  isAnyConstraint,
} from "#packaging/poetry-constraint-algebra.ts";
import { ANY_MARKER, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import { completeName, dependencyOnBase, transitiveMarkerOf, withMarker, type PoetryDependency } from "./dependency.ts";
import { separateMarkers } from "./overlap.ts";
import { markerWithExtras } from "./project.ts";

/** Requirements that stand for those of a package, by package and name: one choice for each split so far. */
export type Overrides = ReadonlyMap<string, ReadonlyMap<string, PoetryDependency>>;

/** One run of the solver: the project's Pythons, narrowed by the splits so far. */
export interface Run {
  readonly markers: PoetryMarkers;
  readonly overrides: Overrides;
  readonly python: PoetryConstraint;
  /** The markers of all overrides together. */
  readonly overrideMarker: PoetryMarker;
}

export function startRun(markers: PoetryMarkers, projectPython: PoetryConstraint, overrides: Overrides): Run {
  let overrideMarker = ANY_MARKER;
  for (const choices of overrides.values()) {
    for (const dependency of choices.values()) overrideMarker = markers.intersect(overrideMarker, dependency.marker);
  }
  const python = intersectConstraints(projectPython, markers.pythonConstraint(overrideMarker));
  return { markers, overrides, python, overrideMarker };
}

/** A release with its own requirements, as they stand in its metadata. */
export interface CompletedPackage {
  /** Names it among the overrides: complete name and version. */
  readonly key: string;
  readonly name: string;
  readonly isRoot: boolean;
  readonly exactVersion: PoetryConstraint;
  readonly pythonConstraint: PoetryConstraint;
  readonly requires: readonly PoetryDependency[];
  readonly extras: ReadonlyMap<string, readonly PoetryDependency[]>;
}

export type Completion =
  | { readonly kind: "needs"; readonly dependencies: readonly PoetryDependency[] }
  | { readonly kind: "split"; readonly overrides: readonly Overrides[] }
  | { readonly kind: "refused"; readonly reason: string }
  /** It cannot be chosen on the interpreters in question. */
  | { readonly kind: "python" };

/** @param asked the requirement through which the release is chosen, all requirements for it merged */
export function completePackage(run: Run, asked: PoetryDependency, chosen: CompletedPackage): Completion {
  const applicable = applicableDependencies(run, asked, chosen);
  const merged = mergeDuplicates(run, chosen, withOverrides(run, chosen, applicable.dependencies), applicable.extras);
  if (!Array.isArray(merged)) return merged as Completion;
  const needed = (merged as readonly PoetryDependency[]).flatMap((dependency) => neededUnder(run, asked, dependency));
  if (!chosen.isRoot && !admitsPythons(run, asked, chosen.pythonConstraint)) return { kind: "python" };
  return { kind: "needs", dependencies: withOverrides(run, chosen, needed) };
}

interface Applicable {
  readonly dependencies: readonly PoetryDependency[];
  /** Extras of the release that are asked for, those that they ask for in turn included. */
  readonly extras: ReadonlySet<string>;
}

function applicableDependencies(run: Run, asked: PoetryDependency, chosen: CompletedPackage): Applicable {
  const found = new Set<string>();
  const optional = new Set<string>();
  const open = [...asked.extras];
  for (let extra = open.pop(); extra !== undefined; extra = open.pop()) {
    if (found.has(extra)) continue;
    found.add(extra);
    for (const dependency of chosen.extras.get(extra) ?? []) {
      if (dependency.name === chosen.name) open.push(...dependency.extras);
      else optional.add(dependency.name);
    }
  }
  const dependencies: PoetryDependency[] = [];
  if (asked.extras.length > 0) dependencies.push(baseOf(run.markers, asked, chosen));
  for (const dependency of chosen.requires) {
    if (!allowsAny(run.python, dependency.pythonConstraint)) continue;
    if (chosen.isRoot) {
      const marker = markerWithExtras(run.markers, dependency);
      dependencies.push(marker === dependency.marker ? dependency : withMarker(run.markers, dependency, marker));
      continue;
    }
    if (dependency.optional && !optional.has(dependency.name)) continue;
    if (dependency.inExtras.length > 0 && !dependency.inExtras.some((extra) => found.has(extra))) continue;
    dependencies.push(dependency);
  }
  return { dependencies, extras: found };
}

function baseOf(markers: PoetryMarkers, asked: PoetryDependency, chosen: CompletedPackage): PoetryDependency {
  const base = { ...dependencyOnBase(chosen.name, chosen.exactVersion), source: asked.source };
  return withMarker(markers, base, asked.marker);
}

function withOverrides(
  run: Run,
  chosen: CompletedPackage,
  dependencies: readonly PoetryDependency[],
): readonly PoetryDependency[] {
  const overrides = run.overrides.get(chosen.key);
  if (overrides === undefined) return dependencies;
  const overridden = new Set<string>();
  return dependencies.flatMap((dependency) => {
    const override = overrides.get(dependency.name);
    if (override === undefined) return [dependency];
    if (overridden.has(dependency.name)) return [];
    overridden.add(dependency.name);
    if (override.constraint.kind === "empty") return [];
    // Markers on the way were found for this choice already; they stay.
    const isKnown = dependency.marker.key === override.marker.key && dependency.transitiveMarker !== null;
    return [isKnown ? dependency : override];
  });
}

/** One dependency for each name, or why that is not possible in this run. */
function mergeDuplicates(
  run: Run,
  chosen: CompletedPackage,
  dependencies: readonly PoetryDependency[],
  extras: ReadonlySet<string>,
): readonly PoetryDependency[] | Completion {
  const byName = Map.groupBy(dependencies, ({ name }) => name);
  const merged: PoetryDependency[] = [];
  for (const [name, group] of byName) {
    const [first] = group;
    if (group.length === 1 && first !== undefined) {
      merged.push(first);
      continue;
    }
    const separated = separateGroup(run, chosen, group, chosen.isRoot ? null : extras);
    if (typeof separated === "string") return { kind: "refused", reason: separated };
    if (separated.keep) {
      merged.push(...separated.dependencies);
      continue;
    }
    const [only] = separated.dependencies;
    if (separated.dependencies.length === 1 && only !== undefined) {
      merged.push(only);
      continue;
    }
    const relevant = separated.dependencies.filter(
      ({ marker }) => run.markers.intersect(run.overrideMarker, marker).kind !== "empty",
    );
    if (relevant.length >= 2)
      return { kind: "split", overrides: relevant.map((choice) => overrideWith(run, chosen, name, choice)) };
    merged.push(...relevant.filter(({ constraint }) => constraint.kind !== "empty"));
  }
  return merged;
}

interface Separated {
  readonly dependencies: readonly PoetryDependency[];
  /** They ask for different extras and overlap: all of them hold. */
  readonly keep: boolean;
}

function separateGroup(
  run: Run,
  chosen: CompletedPackage,
  group: readonly PoetryDependency[],
  activeExtras: ReadonlySet<string> | null,
): Separated | string {
  const { markers, python } = run;
  const requirer = chosen.isRoot ? "The project" : chosen.key;
  const byExtras = [...Map.groupBy(group, completeName).values()];
  if (byExtras.length === 1) {
    const separated = separateMarkers({ markers, python, activeExtras }, requirer, group);
    return typeof separated === "string" ? separated : { dependencies: separated, keep: false };
  }
  const separated: (readonly PoetryDependency[])[] = [];
  for (const same of byExtras) {
    const alone = same.length === 1 ? same : separateMarkers({ markers, python, activeExtras: null }, requirer, same);
    if (typeof alone === "string") return alone;
    separated.push(alone);
  }
  const all = separated.flat();
  const isExclusive =
    separated.every((same) => same.length === 1) &&
    all.every((one, index) =>
      all.slice(index + 1).every((other) => markers.intersect(one.marker, other.marker).kind === "empty"),
    );
  return { dependencies: all, keep: !isExclusive };
}

function overrideWith(run: Run, chosen: CompletedPackage, name: string, choice: PoetryDependency): Overrides {
  const own = new Map(run.overrides.get(chosen.key));
  own.set(name, choice);
  return new Map(run.overrides).set(chosen.key, own);
}

/** The dependency with the markers on the way to it, or nothing where they exclude each other. */
function neededUnder(run: Run, asked: PoetryDependency, dependency: PoetryDependency): readonly PoetryDependency[] {
  const { markers } = run;
  const way = markers.withoutExtras(transitiveMarkerOf(asked));
  let needed = dependency;
  if (way.kind !== "any") {
    const both = markers.intersect(way, markers.withoutExtras(dependency.marker));
    if (both.kind === "empty") return [];
    needed = { ...dependency, transitiveMarker: both };
  }
  if (isAnyConstraint(asked.pythonConstraint)) return [needed];
  const python = intersectConstraints(dependency.pythonConstraint, asked.pythonConstraint);
  return python.kind === "empty" ? [] : [needed];
}

/** Whether the release runs on all interpreters on which it is asked for. */
function admitsPythons(run: Run, asked: PoetryDependency, python: PoetryConstraint): boolean {
  if (allowsAll(python, run.python)) return true;
  const way = run.markers.pythonConstraint(transitiveMarkerOf(asked));
  if (isAnyConstraint(way)) return false;
  const common = intersectConstraints(python, way);
  if (common.kind === "empty") return false;
  if (intersectConstraints(run.python, asked.pythonConstraint).kind === "empty") return false;
  const missing = intersectConstraints(differenceOf(way, common), run.python);
  return missing.kind === "empty";
}

/** Everything that is asked of one package, as one requirement: the first one's marker, all ways to it. */
export function mergeAsked(markers: PoetryMarkers, asked: readonly PoetryDependency[]): PoetryDependency {
  const [first, ...rest] = asked;
  if (first === undefined) throw new Error("a package that nobody asks for was chosen");
  const way = rest.reduce(
    (all, dependency) => markers.unite(all, transitiveMarkerOf(dependency)),
    transitiveMarkerOf(first),
  );
  const source = asked.find((dependency) => dependency.source !== null)?.source ?? null;
  return { ...first, constraint: ANY_CONSTRAINT, transitiveMarker: way, source };
}
