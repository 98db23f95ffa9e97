/** The project itself as Poetry sees it: its requirements with complete markers, and its Pythons. */
import { parsePoetryConstraint, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { parseTextConstraint } from "#packaging/poetry-generic-constraint.ts";
import { nestedMarkerText, nestedTextMarker } from "#packaging/poetry-marker-python.ts";
import { ANY_MARKER, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import { dependencyOfProject, type PoetryDependency } from "./dependency.ts";
import type { PoetryProblem, PoetryRequirement } from "./problem.ts";

export interface PoetryProject {
  readonly python: PoetryConstraint;
  /** By group: `main` first, then the groups in the order in which they occur. */
  readonly dependencies: readonly PoetryDependency[];
}

/** Every interpreter, as Poetry counts them. */
const ALL_PYTHONS = "~2.7 || >=3.4";

/** @returns a sentence where Poetry could not read the project */
export function readPoetryProject(markers: PoetryMarkers, problem: PoetryProblem): PoetryProject | string {
  const python = parsePoetryConstraint(
    problem.python.trim() === "*" || problem.python === "" ? ALL_PYTHONS : problem.python,
  );
  if (python === null || python.kind === "empty") return `Poetry cannot read the Python constraint "${problem.python}"`;
  const dependencies: PoetryDependency[] = [];
  for (const requirement of byGroup(problem.requirements)) {
    const marker = completeMarker(markers, requirement);
    if (typeof marker === "string") return marker;
    const dependency = dependencyOfProject(markers, requirement, marker);
    if (typeof dependency === "string") return dependency;
    dependencies.push(dependency);
  }
  return { python, dependencies };
}

function byGroup(requirements: readonly PoetryRequirement[]): readonly PoetryRequirement[] {
  const groups = new Map<string, PoetryRequirement[]>([["main", []]]);
  for (const requirement of requirements) {
    groups.set(requirement.group, [...(groups.get(requirement.group) ?? []), requirement]);
  }
  return [...groups.values()].flat();
}

/** `markers`, `python` and `platform` of a requirement together. */
function completeMarker(markers: PoetryMarkers, requirement: PoetryRequirement): PoetryMarker | string {
  const written = markers.parse(requirement.marker ?? "");
  if (written === null) return `Poetry cannot read the marker "${requirement.marker ?? ""}" of ${requirement.name}`;
  const python = parsePoetryConstraint(requirement.python ?? "*");
  if (python === null) return `Poetry cannot read "python = ${requirement.python ?? ""}" of ${requirement.name}`;
  const platform = parseTextConstraint(requirement.platform ?? "*", false);
  if (platform === null) return `Poetry cannot read "platform = ${requirement.platform ?? ""}" of ${requirement.name}`;
  const onPython = markers.parse(nestedMarkerText("python_version", python)) ?? ANY_MARKER;
  const onPlatform = markers.parse(nestedTextMarker("sys_platform", platform)) ?? ANY_MARKER;
  return markers.intersect(markers.intersect(written, onPython), onPlatform);
}

/** The marker with the extras of the project that bring the dependency in. */
export function markerWithExtras(markers: PoetryMarkers, dependency: PoetryDependency): PoetryMarker {
  if (dependency.inExtras.length === 0) return dependency.marker;
  const extras = dependency.inExtras.map((extra) => `extra == "${extra}"`).join(" or ");
  return markers.intersect(dependency.marker, markers.parse(extras) ?? ANY_MARKER);
}
