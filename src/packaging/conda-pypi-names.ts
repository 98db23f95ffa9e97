/** Which PyPI projects a conda package is, and the other way round. */
import type { CondaRecord } from "./conda-record.ts";

/** Looks names up: purls of the record first, then the published mapping, then the same name on conda-forge. */
export interface CondaPypiNames {
  /** Normalised names of the projects that a record provides: empty where it is known to provide none, null where nothing is known. */
  pypiNames(record: Pick<CondaRecord, "name" | "channel" | "purls">): readonly string[] | null;
  /** Names of conda packages that provide a project (normalised name), the likeliest first; empty where none is known. */
  condaNames(project: string): readonly string[];
}
