/** Dependencies as Poetry sees them: a constraint, a marker, and what follows from the marker. */
import {
  ANY_CONSTRAINT,
  formatPoetryConstraint,
  parsePoetryConstraint,
  type PoetryConstraint,
} from "#packaging/poetry-constraint.ts";
import { excludedVersion } from "#packaging/poetry-constraint-algebra.ts";
import { includesMax, includesMin, maxOf, minOf, rangesOf } from "#packaging/poetry-constraint-range.ts";
import { comparisonsByVariable, isOpenFor, pythonVersionsText } from "#packaging/poetry-marker-python.ts";
import { ANY_MARKER, formatPoetryMarker, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import { normalizeExtra } from "#packaging/names.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { formatSpecifierSet } from "#packaging/specifier.ts";
import type { PoetryRequirement } from "./problem.ts";

export interface PoetryDependency {
  /** Normalised. */
  readonly name: string;
  /** As written. */
  readonly prettyName: string;
  /** Extras asked for: sorted, normalised. */
  readonly extras: readonly string[];
  readonly constraint: PoetryConstraint;
  /** What a lock records of the constraint. */
  readonly constraintText: string;
  readonly marker: PoetryMarker;
  /** The marker together with those on the way from the root; null: the marker itself. */
  readonly transitiveMarker: PoetryMarker | null;
  readonly pythonConstraint: PoetryConstraint;
  readonly optional: boolean;
  /** Extras of the depending package that bring it in. */
  readonly inExtras: readonly string[];
  /** Groups of the project; dependencies of packages are in `main`. */
  readonly groups: readonly string[];
  readonly source: string | null;
  readonly isDirect: boolean;
  readonly origin: PoetryRequirement["origin"];
}

/** `name` or `name[a,b]`. */
export function completeName(dependency: Pick<PoetryDependency, "name" | "extras">): string {
  return dependency.extras.length === 0 ? dependency.name : `${dependency.name}[${dependency.extras.join(",")}]`;
}

export function transitiveMarkerOf(dependency: PoetryDependency): PoetryMarker {
  return dependency.transitiveMarker ?? dependency.marker;
}

/** Equal for equal constraints, however they are spelt. */
export function constraintKey(constraint: PoetryConstraint): string {
  const ranges = rangesOf(constraint).map(
    (range) =>
      `${includesMin(range) ? "[" : "("}${minOf(range)?.sortKey ?? ""}\u0000${maxOf(range)?.sortKey ?? ""}${includesMax(range) ? "]" : ")"}`,
  );
  return ranges.join("\u0001");
}

/** The dependency with another marker, and what follows from it. */
export function withMarker(
  markers: PoetryMarkers,
  dependency: PoetryDependency,
  marker: PoetryMarker,
): PoetryDependency {
  const comparisons = comparisonsByVariable(markers, marker);
  const extras = (comparisons.get("extra") ?? []).flatMap((list) => list.flatMap(extrasNamed));
  const inExtras = [...dependency.inExtras];
  for (const extra of extras) if (!inExtras.includes(extra)) inExtras.push(extra);
  const python = isOpenFor(comparisons, "python_version")
    ? ANY_CONSTRAINT
    : parsePoetryConstraint(pythonVersionsText(comparisons.get("python_version") ?? []));
  return {
    ...dependency,
    marker,
    optional: dependency.optional || comparisons.has("extra"),
    inExtras,
    // Poetry refuses what it cannot read here; a constraint that says nothing keeps every candidate.
    pythonConstraint: python ?? ANY_CONSTRAINT,
  };
}

function extrasNamed([operator, value]: readonly [string, string]): readonly string[] {
  if (operator === "==") return [normalizeExtra(value)];
  if (operator !== "" || !/[|,]/.test(value)) return [];
  const listed = value.split(value.includes("||") ? "||" : ",").map((extra) => extra.trim());
  return listed.filter((extra) => !extra.startsWith("!=")).map(normalizeExtra);
}

export function withConstraint(dependency: PoetryDependency, constraint: PoetryConstraint): PoetryDependency {
  return { ...dependency, constraint, constraintText: formatPoetryConstraint(constraint) };
}

const BARE = {
  extras: [],
  marker: ANY_MARKER,
  transitiveMarker: null,
  pythonConstraint: ANY_CONSTRAINT,
  optional: false,
  inExtras: [],
  groups: ["main"],
  source: null,
  isDirect: false,
  origin: null,
} as const;

/**
 * A Requires-Dist line. Poetry drops a marker that it cannot read, and leaves out a requirement that it cannot read.
 * @returns null where the requirement is left out, a sentence where the release cannot be used
 */
export function dependencyOfMetadata(markers: PoetryMarkers, text: string): PoetryDependency | string | null {
  const [head = "", ...rest] = text.split(";");
  const requirement = parseRequirement(head);
  if (isRequirementProblem(requirement)) return null;
  if (requirement.url !== null) return `it requires ${requirement.name} from the address ${requirement.url}`;
  const written = formatSpecifierSet(requirement.specifiers);
  const constraint = written === "" ? ANY_CONSTRAINT : parsePoetryConstraint(written);
  if (constraint === null) return null;
  const dependency: PoetryDependency = {
    ...BARE,
    name: requirement.name,
    prettyName: requirement.writtenName,
    extras: requirement.extras.toSorted(),
    constraint,
    constraintText: formatPoetryConstraint(constraint),
  };
  const marker = markers.parse(rest.join(";").trim());
  return marker === null || marker.kind === "any" ? dependency : withMarker(markers, dependency, marker);
}

/** The base package that `name[extra]` needs in exactly its version. */
export function dependencyOnBase(name: string, constraint: PoetryConstraint): PoetryDependency {
  return { ...BARE, name, prettyName: name, constraint, constraintText: formatPoetryConstraint(constraint) };
}

/** A requirement of the project, its marker complete; a sentence where Poetry cannot read it. */
export function dependencyOfProject(
  markers: PoetryMarkers,
  requirement: PoetryRequirement,
  marker: PoetryMarker,
): PoetryDependency | string {
  const constraint = parsePoetryConstraint(requirement.constraint === "" ? "*" : requirement.constraint);
  if (constraint === null)
    return `Poetry cannot read the constraint "${requirement.constraint}" of ${requirement.name}`;
  const dependency: PoetryDependency = {
    ...BARE,
    name: requirement.name,
    prettyName: requirement.writtenName,
    extras: requirement.extras.map(normalizeExtra).toSorted(),
    constraint,
    constraintText: formatPoetryConstraint(constraint),
    optional: requirement.optional || requirement.inExtras.length > 0,
    inExtras: requirement.inExtras,
    groups: [requirement.group],
    source: requirement.source,
    isDirect: requirement.direct,
    origin: requirement.origin,
  };
  return marker.kind === "any" ? dependency : withMarker(markers, dependency, marker);
}

/** The PEP 508 text that Poetry writes for an extra of a package: `name[x] (>=1,<2) ; python_version < "3.9"`. */
export function pep508Text(markers: PoetryMarkers, dependency: PoetryDependency, withExtras: boolean): string {
  const head = `${dependency.prettyName}${dependency.extras.length === 0 ? "" : `[${dependency.extras.join(",")}]`}`;
  const marker = withExtras ? dependency.marker : markers.withoutExtras(dependency.marker);
  const hasMarker = marker.kind !== "any" && marker.kind !== "empty";
  return `${head}${constraintInParentheses(dependency)}${hasMarker ? ` ; ${formatPoetryMarker(marker)}` : ""}`;
}

function constraintInParentheses({ constraint, constraintText }: PoetryDependency): string {
  if (constraint.kind === "version") return ` (==${constraint.version.text})`;
  if (constraint.kind !== "union") return constraintText === "*" ? "" : ` (${constraintText})`;
  if (excludedVersion(constraint) !== null || constraintText.startsWith("!=")) return ` (${constraintText})`;
  const parts = constraintText.split(",").map((part) => {
    const parsed = parsePoetryConstraint(part);
    return parsed === null ? part : formatPoetryConstraint(parsed);
  });
  return ` (${parts.join(",")})`;
}
