/** Environments that have no lock, of which `relock lock` writes nothing. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { isCondaProject } from "./open-conda-set.ts";

/** So many files are named; of others there is the number. */
const NAMED = 3;

/** One finding for all of them, or none; what is read only says so itself. */
export function locklessFindings({ projects }: FoundProjects): readonly Finding[] {
  const lockless = projects.filter(
    (project) => isCondaProject(project) && project.condaLocks === null && project.readOnlyReason === null,
  );
  const [first] = lockless;
  if (first === undefined) {
    return [];
  }
  const files = lockless.map(({ manifests, id }) => manifests[0]?.path ?? id);
  const others = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
  const shown = `${files.slice(0, NAMED).join(", ")}${others}`;
  const message = `${shown}: no lock is there, so none is written. Make the first one with \`conda-lock lock -f ${files[0]}\`; Relock keeps it in step from then on.`;
  return [{ code: "no-lock", severity: "info", file: files[0] ?? first.id, line: null, message, targets: [] }];
}
