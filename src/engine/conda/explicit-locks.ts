/** Explicit locks as they are committed. */
import type { CondaLockFiles } from "#formats/conda-environment.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import { CONDA_LOCK_FLAVOUR, type CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { ExplicitLock } from "#formats/locks/explicit/model.ts";
import { readExplicitLock } from "#formats/locks/explicit/read.ts";
import { readRenderedEnvironment } from "#formats/locks/explicit/rendered.ts";
import { parseCondaPackageFile } from "#packaging/conda-package-file.ts";
import { parseWheelFilename } from "#packaging/filenames.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import type { PlatformName } from "#packaging/target.ts";
import type { CondaProjectProblem, LockedPackage } from "./conda-workspace.ts";

export interface OpenedExplicitLock {
  readonly path: string;
  readonly platform: PlatformName;
  readonly lock: ExplicitLock;
  /** The content hash that it names, or null. */
  readonly inputHash: string | null;
  readonly packages: readonly LockedPackage[];
}

/** Reads the explicit locks of a project, or says why one of them cannot be read. */
export function openExplicitLocks(
  found: FoundProjects,
  files: CondaLockFiles | null,
): { readonly explicit: readonly OpenedExplicitLock[] } | CondaProjectProblem {
  const explicit: OpenedExplicitLock[] = [];
  for (const { path, platform } of files?.explicit ?? []) {
    const text = found.files.texts.get(path)?.text;
    if (text === undefined) {
      return { file: path, line: null, problem: "the lock cannot be read: see the other findings" };
    }
    const reading = readExplicitLock(path, text);
    if ("finding" in reading) {
      return { file: path, line: reading.finding.line, problem: reading.finding.message };
    }
    const { lock, inputHash, lines } = reading;
    explicit.push({ path, platform, lock, inputHash, packages: packagesOf(path, lock, lines) });
  }
  return { explicit };
}

function packagesOf(path: string, lock: ExplicitLock, lines: readonly number[]): readonly LockedPackage[] {
  const conda = lock.entries.flatMap(({ url, hash }, index): readonly LockedPackage[] => {
    const file = parseCondaPackageFile(url);
    const hashes = {
      md5: hash?.algorithm === "md5" ? hash.hex : null,
      sha256: hash?.algorithm === "sha256" ? hash.hex : null,
    };
    const place = { file: path, line: lines[index] ?? null };
    return file === null ? [] : [{ manager: "conda", ...file, url, hash: hashes, dependencies: new Map(), ...place }];
  });
  const pip = lock.pip.map(({ name, url, sha256 }): LockedPackage => {
    const version = parseWheelFilename(url.split("/").at(-1) ?? "")?.version;
    return {
      manager: "pip",
      name: normalizeName(name),
      version: version === undefined ? "" : formatVersion(version),
      build: null,
      url,
      hash: { md5: null, sha256 },
      dependencies: new Map(),
      file: path,
      line: null,
    };
  });
  return [...conda, ...pip];
}

/** The packages of a rendered environment, which names no files; null where it is none. */
export function renderedPackages(path: string, text: string): readonly LockedPackage[] | null {
  const reading = readRenderedEnvironment(path, text);
  if ("finding" in reading) {
    return null;
  }
  const place = { url: "", hash: { md5: null, sha256: null }, dependencies: new Map(), file: path, line: null };
  return reading.lock.conda.map((one): LockedPackage => ({ manager: "conda", ...one, ...place }));
}

/** A lock without packages that says which hash each explicit lock names. */
export function lockOfHashes(explicit: readonly OpenedExplicitLock[]): CondaLock {
  const hashes = explicit.flatMap(({ platform, inputHash }) =>
    inputHash === null ? [] : [[platform, inputHash] as const],
  );
  return {
    flavour: CONDA_LOCK_FLAVOUR,
    header: [],
    metadata: {
      contentHash: new Map(hashes),
      channels: [],
      platforms: explicit.map(({ platform }) => platform),
      sources: [],
      createdAt: null,
      git: null,
      inputs: null,
      custom: null,
    },
    packages: [],
  };
}
