/** environment.yml files and the conda-lock.yml that was made from them, as solves: one for each platform. */
import { condaSpecTexts, mergeEnvironments } from "#formats/conda-environment-merge.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { condaLockVirtualPackages, readVirtualPackages } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { isPlatformName, type PlatformName, type VirtualPackage } from "#packaging/target.ts";
import type { ScenarioGroup } from "./scenario.ts";

export interface CondaLockInput {
  readonly id: string;
  readonly cutoffMs: number | null;
  /** Texts, in the order of the lock's sources; the last ones may be missing. */
  readonly manifests: readonly string[];
  readonly lock: string;
  /** Text of `virtual-packages.yml`. */
  readonly virtualPackages: string | null;
}

/** Paths of the manifests, relative to the lock. */
export function sourcesOf(lock: string): readonly string[] {
  return readLock(lock).metadata.sources;
}

export function condaLockGroups(input: CondaLockInput): readonly ScenarioGroup[] {
  const lock = readLock(input.lock);
  const manifests = input.manifests.map((text, index) => readManifest(`${index}/environment.yml`, text));
  const complete = lock.metadata.sources.length === manifests.length;
  return lock.metadata.platforms.filter(isPlatformName).map((platform): ScenarioGroup => {
    const merged = mergeEnvironments(manifests, platform, { tool: "conda-lock" });
    if ("reason" in merged) throw new Error(`${input.id}: ${merged.reason}`);
    const files = lock.packages.filter((each) => each.manager === "conda" && each.platform === platform);
    return {
      scenario: input.id,
      name: "default",
      platform,
      subdir: platform,
      channels: merged.environment.channels,
      priority: "flexible",
      virtualPackages: virtualPackagesOf(platform, input.virtualPackages),
      cutoffMs: input.cutoffMs,
      cells: [
        {
          environment: "default",
          specs: condaSpecTexts(merged.environment),
          reference: [...new Set(files.map(({ url }) => url))],
          inferRoots: complete ? "no" : "versions",
        },
      ],
    };
  });
}

function readLock(text: string): CondaLock {
  const reading = readCondaLock("conda-lock.yml", text);
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock;
}

function readManifest(path: string, text: string): Manifest {
  const answer = readEnvironmentYml(path, text);
  if (answer.kind !== "manifest") throw new Error(`${path} is no environment file`);
  return answer.manifest;
}

/** What a file says comes on top of what the machine has on which conda runs, for which conda-lock's defaults stand here. */
function virtualPackagesOf(platform: PlatformName, override: string | null): readonly VirtualPackage[] {
  const defaults = condaLockVirtualPackages(platform);
  if (override === null) return defaults;
  const read = readVirtualPackages("virtual-packages.yml", override);
  if ("finding" in read) throw new Error(read.finding.message);
  const written = condaLockVirtualPackages(platform, { override: read.virtualPackages });
  const names = new Set(written.map(({ name }) => name));
  return [...defaults.filter(({ name }) => !names.has(name)), ...written];
}
