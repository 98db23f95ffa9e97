/** What a platform is assumed to have, by the rules of the tool that writes the lock. */
import type { PlatformName, VirtualPackage } from "#packaging/target.ts";

/** conda-lock's `__cuda`, which it assumes unless told otherwise. reference: conda-lock 1.x to 4.x */
const CONDA_LOCK_CUDA = "11.4";

const ARCHITECTURES: Readonly<Record<PlatformName, string>> = {
  "linux-64": "x86_64",
  "linux-aarch64": "aarch64",
  "linux-ppc64le": "ppc64le",
  "osx-64": "x86_64",
  "osx-arm64": "arm64",
  "win-64": "x86_64",
  "win-arm64": "arm64",
};

/** The virtual packages that conda-lock assumes where no virtual-packages.yml says otherwise. */
export function condaLockVirtualPackages(platform: PlatformName): readonly VirtualPackage[] {
  const plain = (name: string, version: string): VirtualPackage => ({ name, version, build: "0" });
  const archspec = { name: "__archspec", version: "1", build: ARCHITECTURES[platform] };
  const cuda = plain("__cuda", CONDA_LOCK_CUDA);
  if (platform.startsWith("linux")) {
    return [archspec, plain("__unix", "0"), plain("__linux", "5.10"), plain("__glibc", "2.28"), cuda];
  }
  return platform.startsWith("osx")
    ? [archspec, plain("__unix", "0"), plain("__osx", "11.0")]
    : [archspec, plain("__win", "0"), ...(platform === "win-64" ? [cuda] : [])];
}

/**
 * The virtual packages of a platform under a virtual-packages.yml. What it leaves out of the system itself is conda's own
 * finding on the machine that locks, and taken from the defaults here; `__cuda` is there only where the file names it.
 */
export function statedVirtualPackages(
  platform: PlatformName,
  stated: readonly VirtualPackage[],
): readonly VirtualPackage[] {
  const named = new Set(stated.map(({ name }) => name));
  const system = condaLockVirtualPackages(platform).filter(({ name }) => name !== "__cuda" && !named.has(name));
  return [...stated, ...system];
}
