/** Reads a checkout into projects, for every command that works on one. */
import { DEFAULT_CONFIG } from "#config/config.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import { isReadFile } from "#formats/project-files.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { openProjects, readConfiguration } from "#propose-updates.ts";
import { readCheckout } from "./read-checkout.ts";

export interface Workspace {
  readonly snapshot: RepositorySnapshot;
  /** By the configuration of the repository; where that is invalid, by the defaults, with findings that say so. */
  readonly found: FoundProjects;
}

/** @throws UsageError when the folder cannot be read */
export async function readWorkspace(folder: string): Promise<Workspace> {
  const snapshot = await readSnapshot(folder);
  const configuration = readConfiguration(snapshot, null);
  if ("config" in configuration) {
    return { snapshot, found: openProjects(snapshot, configuration.config) };
  }
  const found = openProjects(snapshot, DEFAULT_CONFIG);
  return { snapshot, found: { ...found, findings: [...configuration.findings, ...found.findings] } };
}

/** The files of a checkout that may matter. @throws UsageError when the folder cannot be read */
export function readSnapshot(folder: string): Promise<RepositorySnapshot> {
  return readCheckout(folder, mayBeRead);
}

/** Files included by `-r` may have any name with one of these endings, beside those that scanning knows by name. */
function mayBeRead(path: string): boolean {
  return isReadFile(path) || /\.(?:txt|in|toml|ya?ml|lock|pip|cfg)$/iu.test(path);
}
