/** How the content hashes of a project's lock are made. */
import { condaLockFreshness, type ContentHashWay } from "#formats/locks/conda-lock/freshness.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { CondaTarget } from "./conda-workspace.ts";

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
