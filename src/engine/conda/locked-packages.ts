/** What the locks of a conda project have now, whatever their form. */
import { parseCondaPackageFile } from "#packaging/conda-package-file.ts";
import type { InstalledPackage } from "#planning/conda-lock-changes.ts";
import type { LockedPackage, OpenedCondaLock } from "./conda-workspace.ts";

/** The packages of a unified lock on one platform; one that is in several categories is there once. */
export function packagesOfLock(
  { path, lock, packageLines }: OpenedCondaLock,
  platform: string,
): readonly LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  lock.packages.forEach((entry, index) => {
    if (entry.platform === platform && !found.has(`${entry.manager} ${entry.name} ${entry.url}`)) {
      found.set(`${entry.manager} ${entry.name} ${entry.url}`, {
        ...installedPackage(entry),
        hash: entry.hash,
        dependencies: entry.dependencies,
        file: path,
        line: packageLines[index] ?? null,
      });
    }
  });
  return [...found.values()];
}

/** An entry of a lock as what it installs. The file name says the build. */
export function installedPackage(entry: {
  readonly manager: "conda" | "pip";
  readonly name: string;
  readonly version: string;
  readonly url: string;
}): InstalledPackage {
  const { manager, name, version, url } = entry;
  return {
    manager,
    name,
    version,
    url,
    build: manager === "conda" ? (parseCondaPackageFile(url)?.build ?? null) : null,
  };
}
