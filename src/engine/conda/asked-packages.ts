/** Versions that were asked for by name and that a solved project does not have. */
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import type { RequestedPackage } from "../../engine.ts";
import type { CondaWorkspace, SolvedTarget } from "./conda-workspace.ts";

/** Why nothing of a project is written. */
export interface NoSolution {
  readonly file: string;
  readonly line: number | null;
  readonly explanation: string;
}

export interface AskedOfSolved {
  readonly solved: ReadonlyMap<string, SolvedTarget>;
  readonly packages: readonly RequestedPackage[];
}

/** @param names normalised names that the project's locks have, or its manifests ask for */
export function missingPackage(
  { project, targets }: Pick<CondaWorkspace, "project" | "targets">,
  names: ReadonlySet<string>,
  { solved, packages }: AskedOfSolved,
): NoSolution | null {
  const outcomes = [...solved.values()];
  const chosen = new Set(
    outcomes.flatMap(({ conda, pypi }) => [...conda, ...pypi].map(({ name }) => normalizeName(name))),
  );
  for (const { name, version } of packages) {
    if (version === null || !names.has(name)) {
      continue;
    }
    if (!chosen.has(name)) {
      const explanation = `Where ${name} is ${version}, nothing in the lock needs it.`;
      return { file: project.id, line: null, explanation };
    }
    const stated = targets.flatMap(({ environment }) => environment.pip).map(({ requirement }) => requirement);
    const addressed = stated.find((one) => one.name === name && one.origin.kind !== "index");
    const other = outcomes
      .flatMap(({ pypi }) => pypi)
      .find((one) => one.name === name && !isVersion(one.version, version));
    // Every other version that is chosen was refused.
    if (addressed !== undefined && other !== undefined) {
      const { file, line } = addressed;
      const explanation = `${name} is ${formatVersion(other.version)}, from the address in ${file}:${line}: change it there.`;
      return { file, line, explanation };
    }
  }
  return null;
}

function isVersion(version: SolvedTarget["pypi"][number]["version"], asked: string): boolean {
  const parsed = parseVersion(asked);
  return parsed !== null && compareVersions(version, parsed) === 0;
}
