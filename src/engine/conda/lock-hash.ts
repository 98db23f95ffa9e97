/** How the content hashes of a project's lock are made. */
import { condaLockFreshness, type ContentHashWay } from "#formats/locks/conda-lock/freshness.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { CondaTarget } from "./conda-workspace.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";

/** The way of a platform whose manifests have not changed, or null. */
export function hashWay(
  lock: CondaLock | null,
  targets: readonly CondaTarget[],
  override: VirtualPackageOverride | null,
): ContentHashWay | null {
  for (const { environment } of lock === null ? [] : targets) {
    const freshness = lock === null ? null : condaLockFreshness(lock, { environment, override });
    if (freshness?.kind === "fresh") {
      return freshness.way;
    }
  }
  return null;
}

/** Whether the lock of a target names the hash of its manifests as they are. */
export function isLockFresh(
  { unified, pseudoLock, override }: Pick<OpenedProject, "unified" | "pseudoLock" | "override">,
  { environment }: CondaTarget,
): boolean {
  const lock = unified?.lock ?? pseudoLock;
  return lock !== null && condaLockFreshness(lock, { environment, override }).kind === "fresh";
}
