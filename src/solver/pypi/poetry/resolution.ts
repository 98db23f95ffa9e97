/** The answer of a solve by Poetry's rules, as plain data. */
import { formatPoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import { areFacts, type PoetryCandidate, type PoetryCatalog, type PoetryReleaseFacts } from "./catalog.ts";
import { pep508Text, type PoetryDependency } from "./dependency.ts";
import type { SolvedPackage } from "./graph.ts";
import type { PoetryProblem, PoetryResolution, PoetryResolvedDependency, PoetryResolvedPackage } from "./problem.ts";

export function buildPoetryResolution(
  markers: PoetryMarkers,
  problem: PoetryProblem,
  catalog: PoetryCatalog,
  solved: readonly SolvedPackage[],
): PoetryResolution {
  const packages = solved.map((each) => describe(markers, problem, catalog, each));
  return { project: describeProject(problem), packages: packages.toSorted(byNameAndVersion(solved, packages)) };
}

function describeProject({ python, requirements }: PoetryProblem): PoetryResolution["project"] {
  const extras = new Map<string, string[]>();
  for (const { inExtras, writtenName } of requirements) {
    for (const extra of inExtras) extras.set(extra, [...(extras.get(extra) ?? []), writtenName]);
  }
  const sorted = [...extras].map(([extra, names]) => [extra, names.toSorted(compareTexts)] as const);
  return { pythonVersions: python, extras: Object.fromEntries(sorted) };
}

function byNameAndVersion(
  solved: readonly SolvedPackage[],
  packages: readonly PoetryResolvedPackage[],
): (left: PoetryResolvedPackage, right: PoetryResolvedPackage) => number {
  const keys = new Map(
    packages.map((each, index) => [each, `${each.name}\0${solved[index]?.candidate.version.sortKey ?? ""}`]),
  );
  return (left, right) => ((keys.get(left) ?? "") < (keys.get(right) ?? "") ? -1 : 1);
}

function describe(
  markers: PoetryMarkers,
  problem: PoetryProblem,
  catalog: PoetryCatalog,
  { name, candidate, requires, optional, markers: byGroup }: SolvedPackage,
): PoetryResolvedPackage {
  const facts = catalog.facts(name, candidate);
  if (!areFacts(facts)) throw new Error(`${name} was chosen without metadata`);
  const groups = [...byGroup.keys()].toSorted(compareGroups);
  return {
    name,
    prettyName: name,
    version: candidate.version.text,
    description: facts.description,
    pythonVersions: facts.pythonVersions,
    optional,
    groups,
    markers: Object.fromEntries(groups.map((group) => [group, textOf(byGroup, group)])),
    dependencies: requires.toSorted((left, right) => compareTexts(left.name, right.name)).map(describeDependency),
    extras: extrasOf(markers, facts),
    files: candidate.files.map(({ file }) => file),
    source: sourceOf(problem, candidate),
  };
}

function textOf(byGroup: SolvedPackage["markers"], group: string): string {
  const marker = byGroup.get(group);
  return marker === undefined ? "" : formatPoetryMarker(marker);
}

/** `main` first, then by name. */
export function compareGroups(left: string, right: string): number {
  if ((left === "main") !== (right === "main")) return left === "main" ? -1 : 1;
  return compareTexts(left, right);
}

function compareTexts(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function describeDependency(dependency: PoetryDependency): PoetryResolvedDependency {
  const marker = formatPoetryMarker(dependency.marker);
  return {
    prettyName: dependency.prettyName,
    constraint: dependency.constraintText,
    extras: dependency.extras,
    optional: dependency.optional,
    markers: marker === "" ? null : marker,
  };
}

function extrasOf(markers: PoetryMarkers, facts: PoetryReleaseFacts): Readonly<Record<string, readonly string[]>> {
  const sorted = [...facts.extras].toSorted(([left], [right]) => compareTexts(left, right));
  const texts = sorted.map(([extra, dependencies]) => [
    extra,
    dependencies.map((dependency) => pep508Text(markers, dependency, false)).toSorted(compareTexts),
  ]);
  return Object.fromEntries(texts) as Record<string, readonly string[]>;
}

/** The source that a lock names: the one of the project whose address the files come from; null for PyPI. */
function sourceOf(
  { sources = [] }: PoetryProblem,
  { files, source }: PoetryCandidate,
): PoetryResolvedPackage["source"] {
  const address = withoutSlash(files[0]?.indexUrl ?? "");
  const found = sources.find(({ url }) => withoutSlash(url) === address) ?? sources.find(({ name }) => name === source);
  if (found === undefined || found.name.toLowerCase() === "pypi") return null;
  return { name: found.name, url: withoutSlash(found.url) };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
