/** The answer of a universal solve: each package version with the environments where it is installed. */
import type { MarkerDiagram } from "#packaging/marker-diagram.ts";
import type { MarkerExpression } from "#packaging/marker-syntax.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { ROOT, type PackageId } from "../../core/provider.ts";
import type { Effort } from "../../core/solve.ts";
import type { PypiProvider } from "../provider.ts";
import { buildResolution, type ResolvedPackage } from "../resolution.ts";
import { uvMarkerText } from "./marker-text.ts";
import type { MarkerContext, UniversalEnvironment } from "./universal-environment.ts";

/** A name may occur more than once, under markers that exclude each other. */
export interface UniversalPackage extends ResolvedPackage {
  /** Where it is installed, under the solve's requires-python; null: everywhere. */
  readonly marker: MarkerExpression | null;
  /** The same as text in uv's form, or null. */
  readonly markerText: string | null;
}

export interface UniversalResolution {
  /** Sorted by name, then version, then marker. */
  readonly packages: readonly UniversalPackage[];
  /** Markers of the forks in the order in which they were solved; empty where there was one. */
  readonly forkMarkers: readonly string[];
  readonly dropped: readonly number[];
  readonly undated: readonly { readonly name: string; readonly version: string; readonly filename: string }[];
  readonly effort: Effort;
}

/** A fork that has an answer. */
export interface SolvedFork {
  readonly environment: UniversalEnvironment;
  readonly provider: PypiProvider;
  readonly choices: ReadonlyMap<PackageId, number>;
  readonly effort: Effort;
}

interface Collected {
  readonly package: ResolvedPackage;
  where: MarkerDiagram;
  readonly extras: Set<string>;
  readonly requiredBy: Map<string, ResolvedPackage["requiredBy"][number]>;
}

/** Puts the answers of all forks together. Packages that no environment reaches are left out. */
export function buildUniversalResolution(context: MarkerContext, forks: readonly SolvedFork[]): UniversalResolution {
  const collected = new Map<string, Collected>();
  const dropped = new Set<number>();
  const undated = new Map<string, UniversalResolution["undated"][number]>();
  for (const fork of forks) {
    const resolution = buildResolution(fork.provider, fork.choices, fork.effort);
    const where = reachedFrom(fork);
    for (const index of resolution.dropped) dropped.add(index);
    for (const package_ of resolution.packages) {
      const reached = where.get(fork.provider.packages.project(package_.name)) ?? context.algebra.nothing;
      if (!context.algebra.isFalse(reached)) collect(context, collected, package_, reached);
    }
    for (const each of resolution.undated) {
      if (collected.has(keyOf(each.name, each.version))) undated.set(each.filename, each);
    }
  }
  const packages = [...collected.values()].map((each) => toPackage(context, each));
  return {
    packages: packages.sort(comparePackages),
    forkMarkers: forks.length < 2 ? [] : forks.map(({ environment }) => markerText(context, environment.fork) ?? ""),
    dropped: [...dropped].sort((left, right) => left - right),
    undated: [...undated.values()],
    effort: forks.map(({ effort }) => effort).reduce(addEfforts, { decisions: 0, conflicts: 0 }),
  };
}

function collect(
  context: MarkerContext,
  collected: Map<string, Collected>,
  package_: ResolvedPackage,
  where: MarkerDiagram,
): void {
  const key = keyOf(package_.name, package_.version.text);
  const known = collected.get(key) ?? {
    package: package_,
    where: context.algebra.nothing,
    extras: new Set<string>(),
    requiredBy: new Map<string, ResolvedPackage["requiredBy"][number]>(),
  };
  collected.set(key, known);
  known.where = context.algebra.or(known.where, where);
  for (const extra of package_.extras) known.extras.add(extra);
  for (const reason of package_.requiredBy) {
    const { by, requirement, origin } = reason;
    const holder =
      by === null ? `${origin?.file ?? ""}:${origin?.line ?? ""}` : `${by.name} ${by.version.text} ${by.extra ?? ""}`;
    known.requiredBy.set(`${holder} ${requirement.text}`, reason);
  }
}

function toPackage(
  context: MarkerContext,
  { package: package_, where, extras, requiredBy }: Collected,
): UniversalPackage {
  const { algebra, requiresPython } = context;
  const simple = algebra.assuming(where, algebra.fromRequiresPython(requiresPython));
  const expression = algebra.toExpression(simple);
  return {
    ...package_,
    file: null,
    extras: [...extras].sort(),
    requiredBy: [...requiredBy.values()],
    direct: [...requiredBy.values()].some(({ by }) => by === null),
    marker: typeof expression === "boolean" ? null : expression,
    markerText: uvMarkerText(algebra, simple),
  };
}

function markerText(context: MarkerContext, fork: MarkerDiagram): string | null {
  const { algebra, requiresPython } = context;
  return uvMarkerText(algebra, algebra.assuming(fork, algebra.fromRequiresPython(requiresPython)));
}

/** Where each chosen package is reached from the root: along an edge, the marker of the parent and the marker of the edge. */
function reachedFrom({ environment, provider, choices }: SolvedFork): ReadonlyMap<PackageId, MarkerDiagram> {
  const { algebra } = environment.context;
  const reached = new Map<PackageId, MarkerDiagram>([[ROOT, environment.all]]);
  const queue = new Set<PackageId>([ROOT]);
  const reach = (package_: PackageId, where: MarkerDiagram): void => {
    const before = reached.get(package_) ?? algebra.nothing;
    const after = algebra.or(before, where);
    if (after === before || !choices.has(package_)) return;
    reached.set(package_, after);
    queue.add(package_);
  };
  for (const package_ of queue) {
    queue.delete(package_);
    const where = reached.get(package_) ?? algebra.nothing;
    const entry = provider.packages.entry(package_);
    const extras = new Set(entry.kind === "extra" ? [entry.extra] : []);
    if (entry.kind === "extra") reach(entry.base, where);
    if (entry.kind === "root") {
      for (const [id, candidate] of choices) {
        if (provider.packages.entry(id).kind === "soft" && candidate === 0) reach(id, where);
      }
    }
    for (const { requirement, kind } of provider.requirementsOf(package_, choices.get(package_) ?? -1)) {
      if (kind === "constrains") continue;
      const along = algebra.and(where, environment.context.edge(requirement.marker, extras));
      for (const target of targetsOf(provider, requirement)) reach(target, along);
    }
  }
  return reached;
}

function targetsOf(provider: PypiProvider, { name, extras }: Requirement): readonly PackageId[] {
  return [provider.packages.project(name), ...extras.map((extra) => provider.packages.extra(name, extra))];
}

function keyOf(name: string, version: string): string {
  return `${name} ${version}`;
}

function comparePackages(left: UniversalPackage, right: UniversalPackage): number {
  return (
    compareTexts(left.name, right.name) ||
    compareTexts(left.version.sortKey, right.version.sortKey) ||
    compareTexts(left.markerText ?? "", right.markerText ?? "")
  );
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function addEfforts(left: Effort, right: Effort): Effort {
  return { decisions: left.decisions + right.decisions, conflicts: left.conflicts + right.conflicts };
}
