/** How near the name of a conda package is to that of a PyPI project. */
import { normalizeName } from "./names.ts";

/**
 * The projects of each package that are only copies inside it (`numpy` in `rosco`): the package stands for several
 * projects, this one's name is not akin to its own, and another package is this project and nothing else. Their version is
 * not that of the package.
 */
export function vendoredProjects(
  mapping: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const owned = new Set<string>();
  for (const [name, projects] of mapping) {
    const [project] = projects;
    if (project !== undefined && projects.length === 1 && coreOf(name) === coreOf(project)) owned.add(project);
  }
  const vendored = new Map<string, ReadonlySet<string>>();
  for (const [name, projects] of mapping) {
    if (projects.length < 2) continue;
    const foreign = projects.filter((project) => owned.has(project) && !areAkin(name, project));
    if (foreign.length > 0) vendored.set(name, new Set(foreign));
  }
  return vendored;
}

/** Orders conda names for a project: its own name, that with `python`, one that it begins or ends, others; then the shorter. */
export function byLikelihood(project: string): (a: string, b: string) => number {
  return (a, b) => distance(a, project) - distance(b, project) || a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function distance(name: string, project: string): number {
  if (name === project) return 0;
  if (normalizeName(name) === project) return 1;
  if (coreOf(name) === coreOf(project)) return 2;
  return areAkin(name, project) ? 3 : 4;
}

/** One name is the other with something behind it: `dask-core`, `fastapi-core`, `opencv-python-headless`. */
function areAkin(name: string, project: string): boolean {
  const [shorter = "", longer = ""] = [coreOf(name), coreOf(project)].sort((a, b) => a.length - b.length);
  return longer.startsWith(shorter);
}

/** A name without the `python` or `py` that marks the binding of a library: `python-blosc`, `docker-py`, `pytables`. */
function coreOf(name: string): string {
  const normal = normalizeName(name);
  const core = normal.replace(/^py(?:thon)?-?/, "").replace(/-(?:py|python)$/, "");
  return core === "" ? normal : core;
}
