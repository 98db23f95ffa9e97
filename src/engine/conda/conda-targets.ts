/** The targets of a conda project: what is solved for each, and what is assumed of it. */
import type { CondaEnvironment, CondaLockFiles } from "#formats/conda-environment.ts";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import type { Project, ProjectTarget } from "#formats/project.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { defaultVirtualPackages, type PlatformName, type VirtualPackage } from "#packaging/target.ts";
import type { CondaProjectProblem, CondaTarget } from "./conda-workspace.ts";
import { defaultsOfLock, statedVirtualPackages } from "./virtual-packages.ts";

export interface TargetSources {
  readonly project: Project;
  /** Null where the project has no lock. */
  readonly files: CondaLockFiles | null;
  /** Null where there is no unified lock yet. */
  readonly lock: CondaLock | null;
  readonly manifests: readonly Manifest[];
  readonly names: CondaPypiNames | null;
}

/** One for each platform of a lock; without a lock one for each target of the project. */
export function condaTargets({
  project,
  files,
  lock,
  manifests,
  names,
}: TargetSources): readonly CondaTarget[] | CondaProjectProblem {
  const environments = new Map<PlatformName, CondaEnvironment>();
  for (const { platform } of project.targets) {
    const merged = mergeEnvironments(manifests, platform, {
      // Without a lock conda itself installs the file, and wants all that it says of a name.
      tool: files === null ? "conda" : "conda-lock",
      ...(names === null ? {} : { names }),
    });
    if ("reason" in merged) {
      const file = manifests[0]?.path ?? project.id;
      return { file, line: null, problem: `the environment of ${platform} cannot be read: ${merged.reason}` };
    }
    environments.set(platform, merged.environment);
  }
  const targets = files === null ? project.targets : lockTargets(project.targets, files);
  return targets.flatMap((target) => {
    const environment = environments.get(target.platform);
    return environment === undefined ? [] : [condaTarget(target, environment, { files, lock })];
  });
}

/** A lock has each platform once. Where explicit locks are all there is, their platforms are those that can be written. */
function lockTargets(targets: readonly ProjectTarget[], files: CondaLockFiles): readonly ProjectTarget[] {
  const explicit = new Set([...files.explicit, ...files.rendered].map(({ platform }) => platform));
  const byPlatform = new Map<PlatformName, ProjectTarget>();
  for (const target of targets) {
    const known = byPlatform.get(target.platform);
    const isWritten = files.unified !== null || explicit.size === 0 || explicit.has(target.platform);
    // A lock that is for machines with and without a GPU is named after the platform alone.
    if (isWritten && (known === undefined || target.accelerator === "cpu")) {
      byPlatform.set(target.platform, target);
    }
  }
  return [...byPlatform.values()];
}

/** conda-lock makes a channel of virtual packages, so that one is there where something depends on it, and only then. */
const OFFERED: ReadonlySet<string> = new Set(["__cuda"]);
const NOTHING: ReadonlySet<string> = new Set();

function condaTarget(
  target: ProjectTarget,
  environment: CondaEnvironment,
  locks: Pick<TargetSources, "files" | "lock">,
): CondaTarget {
  const { platform, accelerator } = target;
  const id = accelerator === "cuda" ? `${platform}-cuda` : platform;
  const isLocked = locks.files !== null;
  const virtualPackages = virtualPackagesOf(target, locks);
  return { id, platform, accelerator, virtualPackages, offered: isLocked ? OFFERED : NOTHING, environment };
}

/** A virtual-packages.yml takes the place of the defaults on platforms that it does not name, too. */
function virtualPackagesOf(
  target: ProjectTarget,
  { files, lock }: Pick<TargetSources, "files" | "lock">,
): readonly VirtualPackage[] {
  const { platform, accelerator, virtualPackages: stated } = target;
  if (stated !== undefined || (files !== null && files.virtualPackages !== null)) {
    return statedVirtualPackages(platform, stated ?? [], lock);
  }
  const assumed = files === null ? [] : defaultsOfLock(platform, lock, null);
  return assumed.length > 0 ? assumed : defaultVirtualPackages(platform, accelerator);
}

/** The manifests of a project in the order in which they are given to conda-lock; its sources may belong to others too. */
export function sourceManifests(
  found: FoundProjects,
  project: Project,
  files: CondaLockFiles | null,
): readonly Manifest[] {
  const sources = (files?.sources ?? []).flatMap((path) => {
    const manifest = found.files.pipManifests.get(path)?.manifest ?? found.files.pyprojects.get(path)?.manifest;
    return manifest === undefined ? [] : [manifest];
  });
  if (sources.length === 0) {
    return project.manifests;
  }
  const named = new Set(sources.map(({ path }) => path));
  const included = project.manifests.filter(({ path, format }) => !named.has(path) && format === "requirements-txt");
  return [...sources, ...included];
}
