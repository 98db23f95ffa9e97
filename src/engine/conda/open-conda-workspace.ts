/** Opens a conda project: its locks, its targets, its channels. Nothing is fetched before something is solved. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { CONTENT_HASH_RULE } from "#formats/locks/conda-lock/content-hash.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readVirtualPackages, type VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import type { Project } from "#formats/project.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { EngineContext } from "../context.ts";
import { openPolicyIndex } from "../policy-index.ts";
import { condaPipPolicy } from "./conda-pip.ts";
import { condaTargets, sourceManifests } from "./conda-targets.ts";
import type {
  CondaPolicy,
  CondaProjectProblem,
  CondaSolveRequest,
  CondaTarget,
  CondaWorkspace,
  LockedPackage,
  OpenedCondaLock,
  OpenCondaWorkspace,
} from "./conda-workspace.ts";
import type { HashSettings } from "./lock-hash.ts";
import { packagesOfLock } from "./locked-packages.ts";
import { ChannelTable } from "./channel-table.ts";
import { SolveNotes, solveTarget } from "./solve-target.ts";
import { unusableChannel } from "./unusable-channels.ts";
import { writeCondaLocks } from "./write-locks.ts";
import { NameTable, PipSides } from "./pip-sides.ts";

/** @returns why the project cannot be opened: its lock or manifests cannot be read, or a channel may not be asked */
export const openCondaWorkspace: OpenCondaWorkspace = async (context, found, project, policy) => {
  const files = project.condaLocks;
  const manifests = sourceManifests(found, project, files);
  const locks = readLocks(found, project);
  if ("problem" in locks) {
    return locks;
  }
  const lock = locks.unified?.lock ?? null;
  const targets = condaTargets({ project, files, lock, manifests, names: await namesFor(context, manifests) });
  if ("problem" in targets) {
    return targets;
  }
  const unusable = targets
    .map(({ environment }) => unusableChannel(environment, manifests))
    .find((one) => one !== null);
  if (unusable !== undefined) {
    return unusable;
  }
  return buildWorkspace({ context, found, project, policy, manifests, targets, ...locks });
};

/** Only a pyproject.toml needs names to be read: its PyPI names are conda's in a lock. */
async function namesFor(context: EngineContext, manifests: readonly Manifest[]): Promise<CondaPypiNames | null> {
  const [source] = manifests.filter(({ condaLock }) => condaLock !== undefined);
  if (source === undefined) {
    return null;
  }
  const channels = source.channels.map(({ name }) => name).filter((name) => name !== "nodefaults");
  return (await context.openNames().open(channels)).names;
}

interface OpenedLocks {
  readonly unified: OpenedCondaLock | null;
  readonly hashes: HashSettings;
  readonly findings: readonly Finding[];
}

function readLocks(found: FoundProjects, project: Project): OpenedLocks | CondaProjectProblem {
  const files = project.condaLocks;
  const override = readOverride(found, files?.virtualPackages ?? null);
  if ("problem" in override) {
    return override;
  }
  const hashes = { rule: CONTENT_HASH_RULE, ...override };
  const path = files?.unified ?? null;
  if (path === null) {
    return { unified: null, hashes, findings: [] };
  }
  const text = found.files.texts.get(path)?.text;
  if (text === undefined) {
    return { file: path, line: null, problem: "the lock cannot be read: see the other findings" };
  }
  const reading = readCondaLock(path, text);
  if ("finding" in reading) {
    return { file: path, line: reading.finding.line, problem: reading.finding.message };
  }
  const { lock, packageLines, warnings } = reading;
  return { unified: { path, lock, text, packageLines }, hashes, findings: warnings };
}

function readOverride(
  found: FoundProjects,
  path: string | null,
): { readonly override: VirtualPackageOverride | null } | CondaProjectProblem {
  const text = path === null ? undefined : found.files.texts.get(path)?.text;
  if (path === null || text === undefined) {
    return { override: null };
  }
  const reading = readVirtualPackages(path, text);
  if ("finding" in reading) {
    return { file: path, line: reading.finding.line, problem: reading.finding.message };
  }
  return { override: reading.virtualPackages };
}

/** Everything about a project that its solves share. */
export interface OpenedProject extends OpenedLocks {
  readonly context: EngineContext;
  readonly found: FoundProjects;
  readonly project: Project;
  readonly policy: CondaPolicy;
  readonly manifests: readonly Manifest[];
  readonly targets: readonly CondaTarget[];
}

function buildWorkspace(opened: OpenedProject): CondaWorkspace {
  const { context, project, policy, targets, unified } = opened;
  const table = new ChannelTable(context);
  const notes = new SolveNotes();
  const names = new NameTable(context, targets, notes);
  const locked = new Map(targets.map((target) => [target.id, lockedOn(target, unified)]));
  const indexes = context.openIndex(condaPipPolicy(targets, opened.manifests));
  const index = openPolicyIndex(indexes, policy.pypi);
  const sides = new PipSides(index, () => names.open());
  const targetOf = (id: string): CondaTarget => {
    const target = targets.find((one) => one.id === id);
    if (target === undefined) {
      throw new RangeError(`${id} is not a target of ${project.id}`);
    }
    return target;
  };
  const solve = async (request: CondaSolveRequest): ReturnType<CondaWorkspace["solve"]> => {
    const target = targetOf(request.target);
    const place = { project: project.id, target: target.id };
    context.progress({ kind: "solve", ...place, state: "start" });
    const own = locked.get(target.id) ?? [];
    const pip = sides.of(request.refuses);
    const outcome = await solveTarget({
      context,
      target,
      request,
      locked: own,
      policy: policy.conda,
      table,
      notes,
      pip,
    });
    context.progress({ kind: "solve", ...place, state: outcome.kind === "solved" ? "done" : "conflict" });
    return outcome;
  };
  return {
    project,
    files: project.condaLocks,
    lock: unified,
    locked,
    targets,
    findings: opened.findings,
    unfiltered: openPolicyIndex(indexes, plainPolicy(context)),
    records: (target, names) => table.records(targetOf(target).environment, names),
    solve,
    write: (solved, request) =>
      writeCondaLocks({ ...opened, locked, table, projectsOf: names.projectsOf }, solved, request ?? null),
    observations: () => ({
      tooYoung: notes.tooYoung,
      tooYoungPypi: index.observations().tooYoung,
      undated: new Set([...notes.undated, ...index.observations().undated]),
      problems: [...notes.problems, ...index.observations().problems],
    }),
  };
}

function lockedOn({ platform }: CondaTarget, unified: OpenedCondaLock | null): readonly LockedPackage[] {
  if (unified !== null) {
    return packagesOfLock(unified, platform);
  }
  return [];
}
