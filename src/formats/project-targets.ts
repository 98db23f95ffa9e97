/** Which targets a project is solved for. docs/configuration.md and the contract's "Targets" say the same in prose. */
import { isPlatformName, PLATFORMS, type PlatformName, type VirtualPackage } from "#packaging/target.ts";
import type { WorkflowFacts } from "./continuous-integration/read-workflow.ts";
import type { Manifest, ManifestRequirement } from "./manifests/manifest.ts";
import type { ProjectOptions, ProjectTarget } from "./project.ts";

const DEFAULT_PLATFORMS: readonly PlatformName[] = ["linux-64", "osx-64", "osx-arm64"];
const CUDA_URL = /(?:[/_.-]cu\d{2,3}(?:[/_.-]|$)|cuda)/i;
const CUDA_CONDA_NAME = /^(?:cudatoolkit|cudnn|cuda-.*|pytorch-cuda|tensorflow-gpu|pytorch-gpu|.*-cuda\d*(?:\.\d+)?)$/;

export interface TargetEvidence {
  readonly manifests: readonly Manifest[];
  /** Platforms that a conda lock is for, each with the file that says so; empty where there is no such lock. */
  readonly lockPlatforms: readonly { readonly platform: PlatformName; readonly file: string }[];
  /** The virtual-packages.yml of a conda lock, or null. */
  readonly virtualPackages: {
    readonly path: string;
    readonly platforms: ReadonlyMap<string, readonly VirtualPackage[]>;
  } | null;
  readonly workflows: readonly WorkflowFacts[];
  /** A Dockerfile of the coherence set with a CUDA base image: file and line; null where none. */
  readonly cudaImage: { readonly file: string; readonly line: number } | null;
}

/** The targets with the reason of each, in a fixed order. */
export function projectTargets(options: ProjectOptions, evidence: TargetEvidence): readonly ProjectTarget[] {
  const assumed = (target: ProjectTarget): ProjectTarget => {
    const virtualPackages = evidence.virtualPackages?.platforms.get(target.platform);
    return virtualPackages === undefined ? target : { ...target, virtualPackages };
  };
  return chosenTargets(options, evidence).map(assumed);
}

function chosenTargets(options: ProjectOptions, evidence: TargetEvidence): readonly ProjectTarget[] {
  if (options.targets !== null) return options.targets.map((target) => ({ ...target, reason: "configured" }));
  const platforms = namedPlatforms(evidence);
  const cuda = evidence.manifests.map(cudaEvidence).find((each) => each !== null) ?? imageEvidence(evidence);
  if (evidence.lockPlatforms.length > 0) return lockTargets(evidence, platforms, cuda);
  const cudaTarget: ProjectTarget[] =
    cuda === null ? [] : [{ platform: "linux-64", accelerator: "cuda", reason: cuda.reason }];
  // A file that asks for CUDA without a condition is for those machines alone: elsewhere it cannot be installed.
  if (cuda?.unconditional === true && evidence.manifests.every((manifest) => manifest.format !== "pyproject-poetry")) {
    return cudaTarget;
  }
  return [...platforms, ...cudaTarget];
}

/** A conda lock has one environment for each platform: the one for linux-64 is with CUDA or without it. */
function lockTargets(
  { virtualPackages }: TargetEvidence,
  platforms: readonly ProjectTarget[],
  cuda: CudaEvidence | null,
): readonly ProjectTarget[] {
  const assumed = virtualPackages?.platforms.get("linux-64")?.some(({ name }) => name === "__cuda") ?? false;
  const reason = cuda?.reason ?? (assumed ? `${virtualPackages?.path ?? ""} assumes __cuda` : null);
  if (reason === null) return platforms;
  return platforms.map((target) =>
    target.platform === "linux-64" ? { ...target, accelerator: "cuda", reason: `${target.reason}; ${reason}` } : target,
  );
}

function namedPlatforms(evidence: TargetEvidence): readonly ProjectTarget[] {
  const named = evidence.manifests.flatMap((manifest) =>
    (manifest.environment?.platforms ?? manifest.condaLock?.platforms ?? [])
      .filter(isPlatformName)
      .map((platform) => ({ platform, file: manifest.path })),
  );
  // What a lock has is what there is to update; platforms that a manifest adds are conda-lock's to add first.
  const stated = evidence.lockPlatforms.length > 0 ? evidence.lockPlatforms : named;
  const known = stated.length > 0 ? stated : evidence.manifests.flatMap(impliedPlatforms);
  if (known.length > 0) {
    const first = new Map(known.toReversed().map((each) => [each.platform, each.file]));
    const chosen = PLATFORMS.filter((platform) => first.has(platform));
    return chosen.map((platform) => ({ platform, accelerator: "cpu", reason: `named in ${first.get(platform)}` }));
  }
  const defaults = DEFAULT_PLATFORMS.map((platform): ProjectTarget => {
    return { platform, accelerator: "cpu", reason: "default" };
  });
  const windows = windowsReason(evidence);
  return windows === null ? defaults : [...defaults, { platform: "win-64", accelerator: "cpu", reason: windows }];
}

/** Packages that only one system has, and that lists of an installed environment name. */
const SYSTEM_PACKAGES: Readonly<Record<string, PlatformName>> = {
  "ld_impl_linux-64": "linux-64",
  "ld_impl_linux-aarch64": "linux-aarch64",
  ucrt: "win-64",
  vs2015_runtime: "win-64",
  vc14_runtime: "win-64",
};

/** Platforms that an environment file is for by its name (`environment_windows.yml`), or by what it asks for everywhere. */
function impliedPlatforms(manifest: Manifest): readonly { readonly platform: PlatformName; readonly file: string }[] {
  if (manifest.format !== "environment-yml") return [];
  const words = manifest.path.slice(manifest.path.lastIndexOf("/") + 1).toLowerCase();
  const own = PLATFORMS.filter((platform) => words.includes(platform));
  const named = own.length > 0 ? own : platformsOfWords(words.split(/[-_.]+/));
  const asked = manifest.requirements
    .filter((requirement) => requirement.ecosystem === "conda" && (requirement.entry?.selector ?? null) === null)
    .flatMap(({ name }) => (Object.hasOwn(SYSTEM_PACKAGES, name) ? (SYSTEM_PACKAGES[name] ?? []) : []));
  return (named.length > 0 ? named : asked).map((platform) => ({ platform, file: manifest.path }));
}

function platformsOfWords(words: readonly string[]): readonly PlatformName[] {
  const has = (...names: readonly string[]): boolean => names.some((name) => words.includes(name));
  const arm = has("arm", "arm64", "aarch64", "m1");
  const linux: readonly PlatformName[] = has("linux", "ubuntu") ? [arm ? "linux-aarch64" : "linux-64"] : [];
  const mac: readonly PlatformName[] = arm ? ["osx-arm64"] : ["osx-64", "osx-arm64"];
  return [
    ...linux,
    ...(has("mac", "macos", "osx", "darwin") ? mac : []),
    ...(has("win", "windows") ? ["win-64" as const] : []),
  ];
}

function windowsReason(evidence: TargetEvidence): string | null {
  for (const { requirements } of evidence.manifests) {
    const naming = requirements.find(namesWindows);
    if (naming !== undefined) return `${naming.file}:${naming.line} names Windows`;
  }
  for (const { runners } of evidence.workflows) {
    const runner = runners.find(({ value }) => /windows/i.test(value));
    if (runner !== undefined) return `${runner.file}:${runner.line} names Windows`;
  }
  return null;
}

function namesWindows(requirement: ManifestRequirement): boolean {
  const selector = requirement.entry?.selector ?? "";
  if (/win32|windows|\bnt\b/i.test(`${requirement.marker ?? ""} ${requirement.platform ?? ""}`)) return true;
  return /\bwin(?:64)?\b/.test(selector);
}

interface CudaEvidence {
  readonly reason: string;
  /** The requirement that asks for it holds on every platform. */
  readonly unconditional: boolean;
}

/** A `cuda` extra, a `+cu…` version, a CUDA index or find-links page, or conda's CUDA packages. */
function cudaEvidence(manifest: Manifest): CudaEvidence | null {
  const asking = manifest.requirements.filter(asksForCuda);
  const always = asking.find((requirement) => !isConditional(requirement)) ?? asking[0];
  if (always !== undefined) {
    const reason = `${always.file}:${always.line} asks for CUDA (${always.writtenName})`;
    return { reason, unconditional: !isConditional(always) };
  }
  const index = manifest.indexes.find((each) => CUDA_URL.test(each.url));
  if (index === undefined) return null;
  const conditional = index.priority === "explicit" || manifest.format.startsWith("pyproject");
  return { reason: `${manifest.path}:${index.line} names a CUDA index`, unconditional: !conditional };
}

function asksForCuda(requirement: ManifestRequirement): boolean {
  if (requirement.extras.some((extra) => /^cuda/i.test(extra))) return true;
  if (requirement.ecosystem === "conda") {
    return CUDA_CONDA_NAME.test(requirement.name) || /cuda/i.test(requirement.entry?.build ?? "");
  }
  const location = requirement.origin.kind === "index" ? "" : requirement.origin.location;
  return /\+cu(?:da)?\d/i.test(`${requirement.constraint?.text ?? ""} ${location}`);
}

function isConditional(requirement: ManifestRequirement): boolean {
  const { marker, platform, optional, entry } = requirement;
  return (
    marker !== null ||
    platform !== null ||
    optional ||
    requirement.group !== "main" ||
    (entry?.selector ?? null) !== null
  );
}

function imageEvidence({ cudaImage }: TargetEvidence): CudaEvidence | null {
  if (cudaImage === null) return null;
  return { reason: `${cudaImage.file}:${cudaImage.line} is built on a CUDA image`, unconditional: false };
}
