/** What a poetry.lock installs on a target, and who asks for it there. */
import { rootsOf } from "#formats/locks/poetry-lock/check.ts";
import { LockGraph } from "#formats/locks/poetry-lock/lock-walk.ts";
import type { LockedConstraint, LockedPackage } from "#formats/locks/poetry-lock/model.ts";
import { normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { constraintAllows, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import type { Target } from "#packaging/target.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";
import type { ElsewhereDemand, InstalledVersion } from "./explanation.ts";
import {
  askText,
  NEWEST_IMAGINABLE,
  type FilePlace,
  type RequirementEdge,
  type RequirementGraph,
} from "./requirement-chains.ts";

type LockedProject = Pick<PoetryWorkspace, "lock" | "lockPath" | "manifest" | "packageLines" | "targets">;

/** The graph of each target, in the order of the targets; empty where there is no lock. */
export function lockGraphs(project: LockedProject): ReadonlyMap<Target, RequirementGraph> {
  const { lock } = project;
  if (lock === null) {
    return new Map();
  }
  const graph = new LockGraph(lock);
  return new Map(project.targets.map((target) => [target, graphOn(graph, project, target)]));
}

function graphOn(graph: LockGraph, project: LockedProject, target: Target): RequirementGraph {
  const { installed, demands } = graph.walk(rootsOf(project.manifest), target);
  const { packages } = graph.lock;
  const entries = [...installed].flatMap((index): [number, LockedPackage][] => {
    const entry = packages[index];
    return entry === undefined ? [] : [[index, entry]];
  });
  const newest = parseVersion(NEWEST_IMAGINABLE);
  const edges = [...demands].flatMap(([name, list]) => {
    const present = entries.filter(([, entry]) => normalizeName(entry.name) === name);
    return list.flatMap(({ allows, text, holder, from, line }): RequirementEdge[] => {
      const fits = (version: string): boolean => {
        const parsed = parseVersion(version);
        return parsed === null || allows(parsed);
      };
      const [to] = present.find(([, entry]) => fits(entry.version)) ?? present[0] ?? [];
      if (to === undefined) {
        return [];
      }
      return [
        {
          from: from === null ? null : String(from),
          to: String(to),
          holder: from === null ? null : holder,
          place: from === null ? { file: holder, line } : null,
          asks: askText(name, text),
          restricts: newest !== null && !allows(newest),
        },
      ];
    });
  });
  return {
    packages: new Map(
      entries.map(([index, { name, version }]) => [
        String(index),
        {
          name: normalizeName(name),
          version,
          place: { file: project.lockPath, line: project.packageLines[index] ?? null },
        },
      ]),
    ),
    edges,
  };
}

/** What a lock says about a package for environments that are none of the targets. */
export interface Elsewhere {
  readonly versions: readonly InstalledVersion[];
  readonly demands: readonly ElsewhereDemand[];
}

/** @param graphs of all targets, as `lockGraphs` gives them */
export function lockElsewhere(
  project: LockedProject,
  graphs: ReadonlyMap<Target, RequirementGraph>,
  name: string,
): Elsewhere {
  const installed = new Set([...graphs.values()].flatMap((graph) => [...graph.packages.keys()]));
  const told = new Set(
    [...graphs.values()].flatMap((graph) => graph.edges.map((edge) => `${edge.holder ?? ""} ${edge.asks}`)),
  );
  const packages = [...(project.lock?.packages ?? []).entries()];
  const placeOf = (index: number): FilePlace => ({ file: project.lockPath, line: project.packageLines[index] ?? null });
  const versions = packages
    .filter(([index, entry]) => normalizeName(entry.name) === name && !installed.has(String(index)))
    .map(([index, { version }]) => ({ version, place: placeOf(index), targets: [], demands: [] }));
  const demands = packages.flatMap(([index, entry]) => {
    const holder = `${entry.name} ${entry.version}`;
    return requirementsOn(entry, name)
      .map(({ version, markers }): ElsewhereDemand => {
        const constraint = parsePoetryConstraint(version ?? "*");
        const newest = parseVersion(NEWEST_IMAGINABLE);
        return {
          holder,
          place: placeOf(index),
          asks: askText(name, version ?? ""),
          condition: markers,
          restricts: constraint !== null && newest !== null && !constraintAllows(constraint, newest),
        };
      })
      .filter(({ asks }) => !told.has(`${holder} ${asks}`));
  });
  return { versions, demands };
}

/** Those of an extra are in the lock whether it is asked for or not. */
function requirementsOn(entry: LockedPackage, name: string): readonly LockedConstraint[] {
  return entry.dependencies
    .filter((dependency) => normalizeName(dependency.name) === name)
    .flatMap(({ constraints }) => constraints)
    .filter(({ optional, markers }) => !optional && !/\bextra\b/u.test(markers ?? ""));
}
