/** What the locks of a conda project have now, whatever their form. */
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
  return { manager, name, version, url, build: manager === "conda" ? (fileParts(url)?.build ?? null) : null };
}

/** Name, version and build of the URL of a conda package; null where it is none. */
export function fileParts(
  url: string,
): { readonly name: string; readonly version: string; readonly build: string } | null {
  const filename = (url.split(/[?#]/u)[0] ?? "").split("/").at(-1) ?? "";
  const parts = /^(?<name>.+)-(?<version>[^-]+)-(?<build>[^-]+)\.(?:conda|tar\.bz2)$/u.exec(filename)?.groups;
  if (parts === undefined) {
    return null;
  }
  const { name = "", version = "", build = "" } = parts;
  // Channels write the epoch of a version as %21 in the names of files.
  return { name: name.toLowerCase(), version: version.replaceAll("%21", "!"), build };
}
