/** What a platform is assumed to have, by the rules of the tool that writes the lock. */
import { condaLockVirtualPackages } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { PlatformName, VirtualPackage } from "#packaging/target.ts";

/**
 * The virtual packages of a platform under a virtual-packages.yml. What it leaves out of the system itself conda finds on
 * the machine that locks: here the defaults stand for it. `__cuda` is there only where the file names it.
 */
export function statedVirtualPackages(
  platform: PlatformName,
  stated: readonly VirtualPackage[],
): readonly VirtualPackage[] {
  const named = new Set(stated.map(({ name }) => name));
  const system = condaLockVirtualPackages(platform, { cuda: "" }).filter(({ name }) => !named.has(name));
  return [...stated, ...system];
}
