/** GitHub Actions that a repository uses in several major versions: tags are semantic versions. */
import semver from "semver";
import type { WorkflowAction } from "./continuous-integration/read-workflow.ts";
import type { FoundProjects } from "./find-projects.ts";
import type { Skew } from "./skews.ts";

/** One skew for each action whose tags differ in their major version; commits and branches say no version. */
export function findActionSkews(found: FoundProjects): readonly Skew[] {
  const actions = found.files.workflows.flatMap((workflow) => workflow.actions);
  const byName = Map.groupBy(actions, (one) => one.action);
  return [...byName].flatMap(([fact, uses]) => {
    const majors = new Set(uses.map(majorOf).filter((major) => major !== null));
    if (majors.size < 2) return [];
    const places = uses
      .map(({ file, line, reference }) => ({ file, line, value: reference }))
      .sort((one, other) => (one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1));
    const reason = `${fact} is used in ${majors.size} major versions`;
    return [{ fact, coherenceSet: "", places, reason }];
  });
}

function majorOf({ reference }: WorkflowAction): number | null {
  return /^v?\d+(?:\.\d+){0,2}$/.test(reference) ? (semver.coerce(reference)?.major ?? null) : null;
}
