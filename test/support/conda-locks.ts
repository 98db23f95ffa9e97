import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readVirtualPackages, type VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { isPlatformName } from "#packaging/target.ts";

/** A conda-lock.yml of the data folder. */
export interface RealCondaLock {
  /** Folder in the data folder. */
  readonly folder: string;
  readonly text: string;
}

/** Every conda-lock.yml below the data folder, packed or not, by folder. */
export function realCondaLocks(root: string): readonly RealCondaLock[] {
  const paths = ["scenarios", "explicit-locks", "manifests"].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((path) => join(top, path)),
  );
  return paths
    .filter((path) => /(?:^|\/)conda-lock\.yml(?:\.gz)?$/.test(path))
    .sort()
    .map((path) => {
      const bytes = readFileSync(join(root, path));
      return { folder: dirname(path), text: (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8") };
    });
}

export function condaLockIn(text: string): CondaLock {
  const reading = readCondaLock("conda-lock.yml", text);
  if ("finding" in reading) throw new Error(`line ${reading.finding.line}: ${reading.finding.message}`);
  return reading.lock;
}

/** The environment of manifests given as texts in the order of the lock's sources. */
export function environmentIn(texts: readonly string[], platform: string): CondaEnvironment {
  const manifests = texts.map((text, index) => {
    const answer = readEnvironmentYml(`environment-${index}.yml`, text);
    if (!("manifest" in answer)) throw new Error(`environment-${index}.yml is not read`);
    return answer.manifest;
  });
  if (!isPlatformName(platform)) throw new Error(`${platform} is no platform`);
  const answer = mergeEnvironments(manifests, platform);
  if ("reason" in answer) throw new Error(answer.reason);
  return answer.environment;
}

export function virtualPackagesIn(text: string): VirtualPackageOverride {
  const answer = readVirtualPackages("virtual-packages.yml", text);
  if ("finding" in answer) throw new Error(answer.finding.message);
  return answer.virtualPackages;
}
