/** Names of conda package files: NAME-VERSION-BUILD.conda or .tar.bz2 (CEP 26, CEP 35). */

export interface CondaPackageFile {
  /** Lower case. */
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

/** Name, version and build of a package's URL, path or file name; null where it is none. */
export function parseCondaPackageFile(url: string): CondaPackageFile | null {
  const [path = ""] = url.split(/[?#]/);
  const filename = path.slice(path.lastIndexOf("/") + 1);
  const stem = filename.replace(/\.(?:conda|tar\.bz2)$/, "");
  const build = stem.lastIndexOf("-");
  const version = stem.lastIndexOf("-", build - 1);
  if (stem === filename || version <= 0 || version + 1 === build || build + 1 === stem.length) return null;
  return {
    name: stem.slice(0, version).toLowerCase(),
    // Channels write the epoch of a version as %21 in the names of files.
    version: stem.slice(version + 1, build).replaceAll("%21", "!"),
    build: stem.slice(build + 1),
  };
}
