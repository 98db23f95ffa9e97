/** Between Poetry's markers and constraints on the Python version. */
import type { TextConstraint } from "./poetry-generic-constraint.ts";
import { textOfConstraint } from "./poetry-generic-constraint.ts";
import { ANY_CONSTRAINT, EMPTY_CONSTRAINT, parsePoetryConstraint, type PoetryConstraint } from "./poetry-constraint.ts";
import { isAnyConstraint } from "./poetry-constraint-algebra.ts";
import type { LikeSingle, MarkerOperations, PoetryMarker } from "./poetry-marker-model.ts";
import { isJoined, isLikeSingle, PYTHON_VARIABLES } from "./poetry-marker-model.ts";
import { listedVersions } from "./poetry-marker-single.ts";
import { makeVersion, parseVersion, type Pep440Version } from "./pep440-version.ts";
import { nextMinor, stableVersion } from "./poetry-version-steps.ts";

/** Operator and value, as Poetry passes comparisons around; the operator of a set of texts is empty. */
export type Comparison = readonly [operator: string, value: string];

/** For each variable: one list of comparisons per alternative of the marker; an empty list says nothing of the variable. */
export function comparisonsByVariable(
  operations: MarkerOperations,
  marker: PoetryMarker,
): ReadonlyMap<string, readonly (readonly Comparison[])[]> {
  const normal = operations.dnf(marker);
  const alternatives = normal.kind === "or" ? normal.parts : [normal];
  const found = new Map<string, Comparison[][]>();
  alternatives.forEach((alternative, index) => {
    const parts = alternative.kind === "and" ? alternative.parts : [alternative];
    for (const part of parts.filter(isLikeSingle)) {
      const name = PYTHON_VARIABLES.has(part.name) ? "python_version" : part.name;
      const lists = found.get(name) ?? alternatives.map(() => []);
      lists[index]?.push(comparisonOf(part));
      found.set(name, lists);
    }
  });
  return new Map([...found].map(([name, lists]) => [name, withoutRepetitions(lists)]));
}

function comparisonOf(marker: LikeSingle): Comparison {
  if (marker.kind === "single") return [marker.operator, marker.value];
  return ["", textOfConstraint(marker.constraint.value)];
}

function withoutRepetitions(lists: readonly (readonly Comparison[])[]): readonly (readonly Comparison[])[] {
  const unique = new Map(lists.map((list) => [JSON.stringify(list), list]));
  return [...unique.values()];
}

/** Whether some alternative says nothing of the variable. */
export function isOpenFor(comparisons: ReadonlyMap<string, readonly (readonly Comparison[])[]>, name: string): boolean {
  return comparisons.get(name)?.some((list) => list.length === 0) ?? true;
}

/** The interpreters that a marker admits, as a constraint on the full version. */
export function pythonConstraintOf(operations: MarkerOperations, marker: PoetryMarker): PoetryConstraint {
  const python = onlyVariables(operations, marker, PYTHON_VARIABLES);
  if (python.kind === "any") return ANY_CONSTRAINT;
  if (python.kind === "empty") return EMPTY_CONSTRAINT;
  const comparisons = comparisonsByVariable(operations, marker);
  if (isOpenFor(comparisons, "python_version")) return ANY_CONSTRAINT;
  const text = pythonVersionsText(comparisons.get("python_version") ?? []);
  // Poetry refuses such a marker; a constraint that says nothing keeps every candidate.
  return parsePoetryConstraint(text, { marker: true, kernelRelease: false }) ?? ANY_CONSTRAINT;
}

/** The marker without all but the given variables. */
export function onlyVariables(
  operations: MarkerOperations,
  marker: PoetryMarker,
  names: ReadonlySet<string>,
): PoetryMarker {
  if (isLikeSingle(marker)) return names.has(marker.name) ? marker : { kind: "any", key: "any" };
  if (!isJoined(marker)) return marker;
  const parts = marker.parts.map((part) => onlyVariables(operations, part, names));
  return marker.kind === "and" ? operations.conjunction(parts) : operations.disjunction(parts);
}

/** The comparisons of `python_version` as constraint text on the full version: `~3.8 || >=3.10`. */
export function pythonVersionsText(alternatives: readonly (readonly Comparison[])[]): string {
  return alternatives.map((list) => list.map(pythonComparisonText).join(" ")).join(" || ");
}

function pythonComparisonText([operator, value]: Comparison): string {
  const dots = value.split(".").length - 1;
  const isShort = !value.includes("*") && dots < 2;
  const padded = dots === 0 ? `${value}.0` : value;
  if (operator === "==" && isShort) return `~${padded}`;
  if (operator === "!=" && isShort) return `!=${padded}.*`;
  if (operator === "in" || operator === "not in") return listedVersions(operator, value);
  if (operator === "<=" || operator === ">") {
    const version = parseVersion(value);
    // `python_version` has two parts: `> "3.8"` begins with 3.9, `<= "3.8"` takes all of 3.8 in.
    if (version !== null && version.release.length < 3) {
      return `${operator === "<=" ? "<" : ">="}${nextMinor(version).text}`;
    }
  }
  return `${operator}${value}`;
}

/** The marker text that says a constraint on a variable; `""` where it allows everything. */
export function nestedMarkerText(name: string, constraint: PoetryConstraint): string {
  if (constraint.kind === "empty" || isAnyConstraint(constraint)) return "";
  if (constraint.kind === "union") {
    return constraint.ranges.map((range) => `(${nestedMarkerText(name, range)})`).join(" or ");
  }
  if (constraint.kind === "version") {
    return `${nameFor(name, constraint.version)} == "${constraint.version.text}"`;
  }
  const parts: string[] = [];
  if (constraint.min !== null) parts.push(boundText(name, constraint.includeMin ? ">=" : ">", constraint.min));
  if (constraint.max !== null) parts.push(boundText(name, constraint.includeMax ? "<=" : "<", constraint.max));
  return parts.join(" and ");
}

/** `python_version` has two parts only. */
function nameFor(name: string, version: Pep440Version): string {
  return name === "python_version" && version.release.length >= 3 ? "python_full_version" : name;
}

function boundText(name: string, operator: string, version: Pep440Version): string {
  if (name === "python_version" && version.release.length < 3 && (operator === ">" || operator === "<=")) {
    const release = [...version.release, 0, 0].slice(0, 3);
    return `python_full_version ${operator} "${makeVersion({ ...version, release }).text}"`;
  }
  return `${nameFor(name, version)} ${operator} "${stableVersion(version).text}"`;
}

/** The marker text of a constraint on texts (`platform = "linux"` of a Poetry table). */
export function nestedTextMarker(name: string, constraint: TextConstraint): string {
  switch (constraint.kind) {
    case "any":
    case "empty":
      return "";
    case "one":
      return `${name} ${constraint.operator} "${constraint.value}"`;
    case "all":
      return constraint.parts.map((part) => nestedTextMarker(name, part)).join(" and ");
    case "some":
      return constraint.parts
        .map((part) => (part.kind === "one" ? nestedTextMarker(name, part) : `(${nestedTextMarker(name, part)})`))
        .join(" or ");
  }
}
