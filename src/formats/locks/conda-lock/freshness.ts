/** Is a conda-lock.yml in step with its manifests, as the conda-lock that wrote it would say? */
import { condaLockChannel } from "./channel.ts";
import type { CondaEnvironment } from "../../conda-environment.ts";
import {
  condaLockContentHash,
  ContentHasher,
  CONTENT_HASH_RULE,
  type ContentHashInput,
  type ContentHashRule,
} from "./content-hash.ts";
import { CONTENT_HASH_RULES } from "./hash-rules.ts";
import { condaHashSpec, impliedPip, pipHashSpec, type HashSpec } from "./hash-specs.ts";
import type { CondaLock, CondaLockChannel } from "./model.ts";
import { condaLockVirtualPackages, type VirtualPackageOverride } from "./virtual-packages.ts";

/** How a platform's hash was made, so that the next one is made the same way. */
export interface ContentHashWay {
  readonly rule: ContentHashRule;
  /** `--with-cuda`; empty for `--without-cuda`, null for conda-lock's default. */
  readonly cuda: string | null;
}

export const CONTENT_HASH_WAY: ContentHashWay = { rule: CONTENT_HASH_RULE, cuda: null };

export type CondaLockFreshness =
  | { readonly kind: "fresh"; readonly way: ContentHashWay }
  /** `expected` is the hash by conda-lock 3 with its defaults. `message` is a clause. */
  | { readonly kind: "stale"; readonly expected: string; readonly message: string }
  /** The hash cannot be computed; `message` is a clause. */
  | { readonly kind: "unknown"; readonly message: string };

export interface HashedEnvironment {
  readonly environment: CondaEnvironment;
  /** Of virtual-packages.yml; null where the project has none. */
  readonly override: VirtualPackageOverride | null;
}

/**
 * Compares the recorded hash of the environment's platform with that of the manifests, by the rules of all releases of
 * conda-lock. A matching hash proves the manifests unchanged, not the lock consistent.
 */
export function condaLockFreshness(lock: CondaLock, hashed: HashedEnvironment): CondaLockFreshness {
  const { environment, override } = hashed;
  const specs = hashSpecs(environment);
  if ("problem" in specs) return { kind: "unknown", message: specs.problem };
  const input = inputOf(hashed, specs.specs, channelsOf(lock, environment));
  const recorded = lock.metadata.contentHash.get(environment.platform);
  const expected = condaLockContentHash(input(null));
  if (recorded === undefined) {
    return { kind: "stale", expected, message: `the lock has no hash for ${environment.platform}` };
  }
  const cudas = override === null && !environment.platform.startsWith("osx") ? cudaChoices(lock) : [null];
  const hasher = new ContentHasher(input(null));
  for (const cuda of cudas) {
    const { virtualPackages } = input(cuda);
    const rule = CONTENT_HASH_RULES.find((one) => hasher.hash(virtualPackages, one) === recorded);
    if (rule !== undefined) return { kind: "fresh", way: { rule, cuda } };
  }
  const message =
    "the manifests have changed since the lock was written, or it was locked with virtual packages that are not known here";
  return { kind: "stale", expected, message };
}

/** The hash of a platform for a lock that is about to be written, or the problem with a requirement. */
export function environmentContentHash(
  hashed: HashedEnvironment,
  channels: readonly CondaLockChannel[],
  way: ContentHashWay = CONTENT_HASH_WAY,
): { readonly hash: string } | { readonly problem: string } {
  const specs = hashSpecs(hashed.environment);
  if ("problem" in specs) return specs;
  return { hash: condaLockContentHash(inputOf(hashed, specs.specs, channels)(way.cuda), way.rule) };
}

function inputOf(
  { environment, override }: HashedEnvironment,
  specs: readonly HashSpec[],
  channels: readonly CondaLockChannel[],
): (cuda: string | null) => ContentHashInput {
  const { platform, pipRepositories } = environment;
  return (cuda) => ({
    platform,
    channels,
    specs,
    pipRepositories,
    virtualPackages: condaLockVirtualPackages(platform, { override, cuda }),
  });
}

/** The lock's own channels where they are those of the manifests: releases before 2.1 also hash `nodefaults`. */
function channelsOf(lock: CondaLock, { channels }: CondaEnvironment): readonly CondaLockChannel[] {
  const locked = lock.metadata.channels.filter(({ url }) => url !== "nodefaults");
  const isSame = locked.length === channels.length && locked.every(({ url }, index) => url === channels[index]);
  return isSame ? lock.metadata.channels : channels.map(condaLockChannel);
}

/** The lock does not record `--with-cuda`: the versions of CUDA in it are tried, and a few that are often given. */
function cudaChoices(lock: CondaLock): readonly (string | null)[] {
  const versions = lock.packages
    .filter(({ name }) => name === "cuda-version" || name === "cudatoolkit")
    .map(({ version }) => version.split(".").slice(0, 2).join("."));
  return [...new Set([null, "", ...versions.slice(0, 8), "11.8", "12.0"])];
}

/** What conda-lock hashes of an environment: its own `pip` takes the place of one that is written. */
function hashSpecs({
  conda,
  pip,
  impliedPip: implied,
}: CondaEnvironment): { readonly specs: readonly HashSpec[] } | { readonly problem: string } {
  const own = implied === null ? conda : conda.filter(({ requirement }) => requirement.name !== "pip");
  const answers = [...own.map(condaHashSpec), ...pip.map(pipHashSpec)];
  const specs: HashSpec[] = [];
  for (const answer of answers) {
    if ("problem" in answer) return answer;
    specs.push(answer);
  }
  return { specs: implied === null ? specs : [...specs, impliedPip(implied.category)] };
}
