/** What a platform is assumed to have, by the rules of the tool that writes the lock. */
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { condaLockVirtualPackages } from "#formats/locks/conda-lock/virtual-packages.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import type { PlatformName, VirtualPackage } from "#packaging/target.ts";

/**
 * The virtual packages of a platform under a virtual-packages.yml. What it leaves out of the system itself conda found on
 * the machine that locked: here the defaults stand for it, or what the locked packages need, if that is more. `__cuda` is
 * there only where the file names it.
 */
export function statedVirtualPackages(
  platform: PlatformName,
  stated: readonly VirtualPackage[],
  lock: CondaLock | null,
): readonly VirtualPackage[] {
  const named = new Set(stated.map(({ name }) => name));
  const system = condaLockVirtualPackages(platform, { cuda: "" }).filter(({ name }) => !named.has(name));
  return [...stated, ...system.map((one) => ({ ...one, version: provenVersion(one, platform, lock) }))];
}

/**
 * conda-lock's defaults, with the CUDA that the lock was made with: `--with-cuda` as its hash tells, or what the locked
 * packages need, if that is more.
 * @param cuda of the hash; empty for none, null where it tells nothing
 */
export function defaultsOfLock(
  platform: PlatformName,
  lock: CondaLock | null,
  cuda: string | null,
): readonly VirtualPackage[] {
  const assumed = condaLockVirtualPackages(platform, { cuda });
  if (cuda !== null) {
    return assumed;
  }
  const locked = lock?.packages.find((entry) => entry.platform === platform && entry.name === "cuda-version");
  const needed = parseCondaVersion(locked?.version ?? "");
  return assumed.map((one) => {
    const version = one.name === "__cuda" ? parseCondaVersion(one.version) : null;
    const isMore = version !== null && needed !== null && compareCondaVersions(needed, version) > 0;
    return isMore ? { ...one, version: needed.text } : one;
  });
}

/** The highest lower bound that locked packages have for it, where that is above what is assumed. */
function provenVersion({ name, version }: VirtualPackage, platform: PlatformName, lock: CondaLock | null): string {
  let highest = parseCondaVersion(version);
  for (const entry of lock?.packages ?? []) {
    const needed = entry.platform === platform ? entry.dependencies.get(name) : undefined;
    const bound = /^>=(?<version>[0-9.]+)(?:,|$)/u.exec(needed ?? "")?.groups?.["version"];
    const parsed = bound === undefined ? null : parseCondaVersion(bound);
    if (parsed !== null && (highest === null || compareCondaVersions(parsed, highest) > 0)) {
      highest = parsed;
    }
  }
  return highest?.text ?? version;
}
