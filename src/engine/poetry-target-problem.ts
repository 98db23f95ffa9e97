/**
 * A Poetry project as the solver for one target takes it.
 * Poetry solves for all platforms at once; what cannot be had on one target cannot be had in its lock either, and the
 * proof for one target is the one that people can follow.
 */
import { evaluateMarker, isMarkerProblem, parseMarker } from "#packaging/marker-syntax.ts";
import { formatVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { excludedVersion } from "#packaging/poetry-constraint-algebra.ts";
import { includesMax, includesMin, maxOf, minOf, rangesOf } from "#packaging/poetry-constraint-range.ts";
import type { PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { formatPoetryMarker, PoetryMarkers } from "#packaging/poetry-markers.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import type { Target } from "#packaging/target.ts";
import { poetryProblem } from "#planning/poetry-problem.ts";
import type { PoetryDependency } from "#solver/pypi/poetry/dependency.ts";
import { readPoetryProject } from "#solver/pypi/poetry/project.ts";
import { DEFAULT_OPTIONS, type PypiProblem, type RootRequirement } from "#solver/pypi/problem.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";

export interface TargetProblem {
  readonly problem: PypiProblem;
  /** What the problem leaves out or takes more loosely than the manifest says. */
  readonly notes: readonly string[];
}

/**
 * The requirements of all groups on one target; versions in `locked` are preferred.
 * @returns a sentence where Poetry could not read the manifest
 */
export function poetryTargetProblem(
  workspace: Pick<PoetryWorkspace, "facts" | "manifest" | "lock">,
  target: Target,
  locked: ReadonlyMap<string, string>,
): TargetProblem | string {
  const markers = new PoetryMarkers();
  const request = { constraints: new Map<string, string>(), useLatest: "none" } as const;
  const { facts, manifest, lock } = workspace;
  const project = readPoetryProject(
    markers,
    poetryProblem({ facts, requirements: manifest.requirements }, lock, request),
  );
  if (typeof project === "string") {
    return project;
  }
  const requirements: RootRequirement[] = [];
  const notes: string[] = [];
  for (const dependency of project.dependencies.filter((one) => applies(one, target))) {
    const place = dependency.origin === null ? "" : ` (${dependency.origin.file}:${dependency.origin.line})`;
    if (dependency.isDirect) {
      notes.push(`${dependency.name}${place} does not come from an index: what it needs is not part of this solve`);
      continue;
    }
    const { text, exact } = specifierText(dependency.constraint);
    if (!exact) {
      notes.push(`${dependency.name}${place} allows several ranges: the gaps between them are not part of this solve`);
    }
    const extras = dependency.extras.length === 0 ? "" : `[${dependency.extras.join(",")}]`;
    const requirement = parseRequirement(`${dependency.name}${extras}${text}`);
    if (!isRequirementProblem(requirement)) {
      requirements.push({ requirement, origin: dependency.origin, source: dependency.source });
    }
  }
  const options = { ...DEFAULT_OPTIONS, locked, pythonUpperBounds: "respect" } as const;
  return { problem: { target, requirements, constraints: [], overrides: [], soft: [], options }, notes };
}

function applies({ marker }: PoetryDependency, target: Target): boolean {
  if (marker.kind === "any" || marker.kind === "empty") {
    return marker.kind === "any";
  }
  const parsed = parseMarker(formatPoetryMarker(marker));
  return isMarkerProblem(parsed) || evaluateMarker(parsed, target.markerEnvironment, new Set());
}

/** The constraint as PEP 440 can say it: of several ranges, all from the lowest to the highest end. */
function specifierText(constraint: PoetryConstraint): { readonly text: string; readonly exact: boolean } {
  if (constraint.kind === "version") {
    return { text: `==${formatVersion(constraint.version)}`, exact: true };
  }
  const excluded = constraint.kind === "union" ? excludedVersion(constraint) : null;
  if (excluded !== null) {
    return { text: `!=${formatVersion(excluded)}`, exact: true };
  }
  const ranges = rangesOf(constraint);
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) {
    return { text: "<0.dev0", exact: true };
  }
  const min = minOf(first);
  const max = maxOf(last);
  const parts = [
    min === null ? "" : `${includesMin(first) ? ">=" : ">"}${boundText(min)}`,
    max === null ? "" : `${includesMax(last) ? "<=" : "<"}${boundText(max)}`,
  ];
  return { text: parts.filter((part) => part !== "").join(","), exact: ranges.length === 1 };
}

/** `1.2.dev0` is how Poetry begins `1.2.*`; PEP 440 leaves prereleases out of a bound by itself. */
function boundText(version: Pep440Version): string {
  const isStart = version.dev === 0 && version.pre === null && version.post === null;
  return formatVersion(isStart ? { ...version, dev: null } : version);
}
