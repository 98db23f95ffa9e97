/** Names of conda packages and PyPI projects as conda-lock translates them, by the mapping that grayskull publishes. */
import { normalizeName } from "./names.ts";

export interface CondaLockNames {
  /** The conda package for a project: the mapping's, else the normalised name itself. */
  condaName(project: string): string;
  /** The project that conda-lock takes a conda package for: the mapping's, else the normalised name itself. */
  pypiName(condaName: string): string;
}

/**
 * Reads the mapping: project to `{conda_name, pypi_name, …}`; older files say `conda_forge`. Null where it is something else.
 */
export function readGrayskullMapping(value: unknown): CondaLockNames | null {
  if (!isObject(value)) return null;
  const byProject = new Map<string, string>();
  const byConda = new Map<string, string>();
  for (const [key, entry] of Object.entries(value)) {
    if (!isObject(entry)) return null;
    const { conda_name: name, conda_forge: legacy, pypi_name: project } = entry;
    const conda = isText(name) ? name : isText(legacy) ? legacy : null;
    if (conda !== null) byProject.set(normalizeName(key), conda);
    // Of several projects of one package, the last one counts.
    if (isText(name)) byConda.set(name, normalizeName(isText(project) ? project : key));
  }
  return namesOf(byProject, byConda);
}

/** Every name is itself. */
export function identityNames(): CondaLockNames {
  return namesOf(new Map(), new Map());
}

function namesOf(byProject: ReadonlyMap<string, string>, byConda: ReadonlyMap<string, string>): CondaLockNames {
  return {
    condaName: (project) => byProject.get(normalizeName(project)) ?? normalizeName(project),
    pypiName: (name) => byConda.get(normalizeName(name)) ?? normalizeName(name),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
