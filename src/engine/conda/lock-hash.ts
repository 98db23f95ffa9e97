/** conda-lock's content hash of one platform of a project, as the manifests stand. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import { condaLockContentHash, type ContentHashRule } from "#formats/locks/conda-lock/content-hash.ts";
import { condaHashSpec, impliedPip, pipHashSpec, type HashSpec } from "#formats/locks/conda-lock/hash-specs.ts";
import type { CondaLockChannel } from "#formats/locks/conda-lock/model.ts";
import { condaLockVirtualPackages, type VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";

/** How the locks of a project are hashed. */
export interface HashSettings {
  readonly rule: ContentHashRule;
  /** Of virtual-packages.yml; null where the project has none. */
  readonly override: VirtualPackageOverride | null;
}

export interface HashedEnvironment {
  readonly environment: CondaEnvironment;
  readonly channels: readonly CondaLockChannel[];
}

/** @returns the problem with a requirement that conda-lock could not hash */
export function environmentHash(
  { environment, channels }: HashedEnvironment,
  { rule, override }: HashSettings,
): { readonly hash: string } | { readonly problem: string } {
  const { platform, conda, pip, impliedPip: implied, pipRepositories } = environment;
  const specs: HashSpec[] = implied === null ? [] : [impliedPip(implied.category)];
  for (const one of conda) {
    // conda-lock's own pip takes the place of one that is written.
    if (implied !== null && one.requirement.name === "pip") {
      continue;
    }
    const spec = condaHashSpec(one);
    if ("problem" in spec) {
      return spec;
    }
    specs.push(spec);
  }
  for (const one of pip) {
    const spec = pipHashSpec(one);
    if ("problem" in spec) {
      return spec;
    }
    specs.push(spec);
  }
  const virtualPackages = condaLockVirtualPackages(platform, { override });
  return { hash: condaLockContentHash({ platform, channels, specs, pipRepositories, virtualPackages }, rule) };
}
