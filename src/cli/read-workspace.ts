/** Reads a checkout into projects, for every command that works on one. */
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import { isReadFile } from "#formats/project-files.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { readCheckout } from "./read-checkout.ts";

export interface Workspace {
  readonly snapshot: RepositorySnapshot;
  readonly found: FoundProjects;
}

/** @throws UsageError when the folder cannot be read */
export async function readWorkspace(folder: string): Promise<Workspace> {
  const snapshot = await readCheckout(folder, mayBeRead);
  return { snapshot, found: findProjects(snapshot, { targets: null, isIncluded: () => true }) };
}

/** Files included by `-r` may have any name with one of these endings, beside those that scanning knows by name. */
function mayBeRead(path: string): boolean {
  return isReadFile(path) || /\.(?:txt|in|toml|ya?ml|lock|pip|cfg)$/iu.test(path);
}
