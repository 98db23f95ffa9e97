/** What a poetry.lock installs on a target, and who asks for it there. */
import { rootsOf } from "#formats/locks/poetry-lock/check.ts";
import { LockGraph } from "#formats/locks/poetry-lock/lock-walk.ts";
import type { LockedPackage } from "#formats/locks/poetry-lock/model.ts";
import { normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { Target } from "#packaging/target.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";
import { askText, NEWEST_IMAGINABLE, type RequirementEdge, type RequirementGraph } from "./requirement-chains.ts";

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
