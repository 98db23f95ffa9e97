/** When one fork of a universal solve has to become several: uv's rules. */
import type { MarkerDiagram } from "#packaging/marker-diagram.ts";
import type { MarkerComparison, MarkerExpression } from "#packaging/marker-syntax.ts";
import { compareVersions, parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { rangeFromSpecifierSet } from "#packaging/version-range.ts";
import type { Candidate } from "../candidates.ts";
import type { UniversalEnvironment } from "./universal-environment.ts";

/** One of the environments that take the place of a fork. */
export interface Part {
  readonly fork: MarkerDiagram;
  /** A version to try first for the package whose choice made the split, as `sortKey`. */
  readonly prefer: { readonly name: string; readonly sortKey: string } | null;
}

/** In the order in which they are solved. */
export type Split = readonly Part[];

interface SiblingFork {
  readonly fork: MarkerDiagram;
  readonly requirements: readonly Requirement[];
}

/** A requirement with the marker that it has for this package or extra. */
interface Sibling {
  readonly requirement: Requirement;
  readonly marker: MarkerDiagram;
}

/**
 * Looks at the requirements of one package version: where several of the same name have different markers, the fork is split at
 * each of them. Requirements of different packages never split, which can miss a solution (uv documents the same).
 */
export function splitBySiblings(
  environment: UniversalEnvironment,
  requirements: readonly Requirement[],
  extras: ReadonlySet<string>,
  lowest: boolean,
): Split | null {
  const { context } = environment;
  const byName = new Map<string, Sibling[]>();
  for (const requirement of requirements) {
    const siblings = byName.get(requirement.name) ?? [];
    siblings.push({ requirement, marker: context.edge(requirement.marker, extras) });
    byName.set(requirement.name, siblings);
  }
  let forks: readonly SiblingFork[] = [{ fork: environment.fork, requirements: [] }];
  for (const name of [...byName.keys()].sort()) {
    const siblings = byName.get(name) ?? [];
    const [first] = siblings;
    const sameMarker = siblings.every(({ marker }) => marker === first?.marker);
    const divides = !sameMarker || (first !== undefined && raisesPython(environment, first));
    for (const sibling of siblings)
      forks = divides ? divide(environment, forks, sibling) : join(environment, forks, sibling);
  }
  if (forks.length < 2) return null;
  return orderForks(environment, forks, lowest).map(({ fork }) => ({ fork, prefer: null }));
}

/** The candidate needs a newer Python than the oldest of the fork: newer Pythons may have it, older ones go without. */
export function splitByPython(environment: UniversalEnvironment, requiresPython: string): Split | null {
  const relation = environment.pythonRelation(requiresPython);
  if (relation.kind !== "straddles") return null;
  const { algebra } = environment.context;
  return [
    { fork: algebra.and(environment.fork, relation.enough), prefer: null },
    { fork: algebra.and(environment.fork, algebra.not(relation.enough)), prefer: null },
  ];
}

/**
 * A local version (`2.5.2+cpu`) without source distribution, whose wheels serve fewer platforms than those of the same version
 * without local part: the rest of the platforms get the latter.
 * @returns `base` where the fork has none of the local version's platforms; null where nothing is to be done
 */
export function splitByCoverage(
  environment: UniversalEnvironment,
  name: string,
  local: Candidate,
  base: Candidate,
): Split | "base" | null {
  const { algebra } = environment.context;
  const covered = environment.coverage(local);
  if (algebra.isTrue(covered)) return null;
  let remainder = algebra.and(environment.coverage(base), algebra.not(covered));
  if (algebra.isFalse(remainder) || !environment.includes(remainder)) return null;
  if (!environment.includes(covered)) return "base";
  for (const system of ["darwin", "linux", "win32"]) {
    // A system that only the other version serves, however partly, goes to it as a whole: the marker stays simple.
    const whole = algebra.fromExpression(comparison(system));
    if (algebra.isDisjoint(covered, whole) && !algebra.isDisjoint(remainder, whole))
      remainder = algebra.or(remainder, whole);
  }
  const rest = algebra.not(remainder);
  if (!environment.includes(rest)) return null;
  return [
    { fork: algebra.and(environment.fork, rest), prefer: { name, sortKey: local.version.sortKey } },
    { fork: algebra.and(environment.fork, remainder), prefer: { name, sortKey: base.version.sortKey } },
  ];
}

function comparison(value: string): MarkerExpression {
  return { kind: "compare", variable: "sys_platform", operator: "==", value, reversed: false };
}

/** Adds a requirement that does not divide to the forks where it takes part. */
function join(
  environment: UniversalEnvironment,
  forks: readonly SiblingFork[],
  { requirement, marker }: Sibling,
): readonly SiblingFork[] {
  return forks.map((each) =>
    overlaps(environment, each.fork, marker)
      ? { fork: each.fork, requirements: [...each.requirements, requirement] }
      : each,
  );
}

function divide(
  environment: UniversalEnvironment,
  forks: readonly SiblingFork[],
  sibling: Sibling,
): readonly SiblingFork[] {
  const { algebra } = environment.context;
  const { requirement, marker } = sibling;
  if (!environment.includes(marker)) return forks;
  if (algebra.isTrue(marker)) return join(environment, forks, sibling);
  return forks.flatMap((each) => {
    if (!overlaps(environment, each.fork, marker)) return [each];
    const inside = { fork: algebra.and(each.fork, marker), requirements: [...each.requirements, requirement] };
    const outside = { fork: algebra.and(each.fork, algebra.not(marker)), requirements: each.requirements };
    return overlaps(environment, outside.fork, algebra.anything) ? [outside, inside] : [inside];
  });
}

function overlaps(environment: UniversalEnvironment, fork: MarkerDiagram, marker: MarkerDiagram): boolean {
  const { algebra } = environment.context;
  return !algebra.isDisjoint(algebra.and(environment.all, fork), marker);
}

/** Whether a requirement only takes part for newer Pythons than the fork's oldest. */
function raisesPython(environment: UniversalEnvironment, { requirement, marker }: Sibling): boolean {
  const versions = requirement.marker === null ? [] : pythonVersionsOf(requirement.marker);
  if (versions.length === 0) return false;
  const before = lowestPython(environment, environment.all, versions);
  const after = lowestPython(environment, environment.context.algebra.and(environment.all, marker), versions);
  return after !== null && (before === null || compareVersions(after, before) > 0);
}

/**
 * The highest of some versions that all Pythons of a diagram reach. Diagrams do not tell their bounds, so the versions that
 * could be one are tried.
 */
function lowestPython(
  environment: UniversalEnvironment,
  diagram: MarkerDiagram,
  versions: readonly Pep440Version[],
): Pep440Version | null {
  const { algebra, requiresPython } = environment.context;
  const own = requiresPython.specifiers.flatMap(({ version }) => (version === null ? [] : [version]));
  let best: Pep440Version | null = null;
  for (const version of [...own, ...versions]) {
    if (best !== null && compareVersions(version, best) <= 0) continue;
    if (algebra.implies(diagram, environment.context.pythonFrom(version))) best = version;
  }
  return best;
}

/** Versions that a marker's comparisons with Python may make a lower bound: `> "3.7"` of `python_version` is 3.8. */
function pythonVersionsOf(marker: MarkerExpression): readonly Pep440Version[] {
  if (marker.kind !== "compare") return marker.parts.flatMap(pythonVersionsOf);
  return isPythonComparison(marker) ? marker.value.split(/[\s,|]+/).flatMap(boundsNear) : [];
}

function isPythonComparison({ variable }: MarkerComparison): boolean {
  return variable === "python_version" || variable === "python_full_version";
}

function boundsNear(text: string): readonly Pep440Version[] {
  const version = parseVersion(text.replace(/\.\*$/, ""));
  if (version === null) return [];
  const [major = 0, minor = 0] = version.release;
  const next = parseVersion(`${major}.${minor + 1}`);
  return next === null ? [version] : [version, next];
}

/**
 * The order in which uv solves forks: those with newer Pythons first (with lowest versions, older ones), so that each Python
 * gets the best it can have; then those with more upper bounds, whose answer may serve the others too.
 */
function orderForks(
  environment: UniversalEnvironment,
  forks: readonly SiblingFork[],
  lowest: boolean,
): readonly SiblingFork[] {
  const { algebra } = environment.context;
  const versions = forks.flatMap(({ requirements }) =>
    requirements.flatMap(({ marker }) => (marker === null ? [] : pythonVersionsOf(marker))),
  );
  const ranked = forks.map((each, place) => ({
    each,
    place,
    python: lowestPython(environment, algebra.and(environment.all, each.fork), versions),
    upperBounds: each.requirements.filter(hasUpperBound).length,
  }));
  ranked.sort((left, right) => {
    const byPython = comparePythons(right.python, left.python) * (lowest ? -1 : 1);
    return byPython || right.upperBounds - left.upperBounds || right.place - left.place;
  });
  return ranked.map(({ each }) => each);
}

function comparePythons(left: Pep440Version | null, right: Pep440Version | null): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  return compareVersions(left, right);
}

function hasUpperBound({ specifiers }: Requirement): boolean {
  const last = rangeFromSpecifierSet(specifiers).intervals.at(-1);
  return last !== undefined && last.upper !== null;
}
