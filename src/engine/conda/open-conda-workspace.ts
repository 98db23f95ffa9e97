/** Opens a conda project: its locks, its targets, its channels. Nothing is fetched before something is solved. */
import type { CondaLockFiles } from "#formats/conda-environment.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { ContentHashWay } from "#formats/locks/conda-lock/freshness.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readVirtualPackages, type VirtualPackageOverride } from "#formats/locks/conda-lock/virtual-packages.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import type { Project } from "#formats/project.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { ListingPolicy } from "#planning/filter-listing.ts";
import { plainPolicy, versionsInUse } from "#planning/update-policy.ts";
import type { EngineContext } from "../context.ts";
import { openPolicyIndex } from "../policy-index.ts";
import { AddressTable } from "./addressed-releases.ts";
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
import { lockOfHashes, openExplicitLocks, renderedPackages, type OpenedExplicitLock } from "./explicit-locks.ts";
import { hashPips } from "./hash-pips.ts";
import { hashWay } from "./lock-hash.ts";
import { defaultsOfLock } from "./virtual-packages.ts";
import { packagesOfLock } from "./locked-packages.ts";
import { ChannelTable } from "./channel-table.ts";
import { SolveNotes, solveTarget } from "./solve-target.ts";
import { unusableChannel } from "./unusable-channels.ts";
import { writeCondaLocks } from "./write-locks.ts";
import { NameTable, PipSides } from "./pip-sides.ts";

/** A workspace with the files that it was opened from. */
export interface OpenedCondaProject {
  readonly workspace: CondaWorkspace;
  readonly project: OpenedProject;
  /** Which PyPI projects the conda packages are; fetched when it is asked. */
  readonly names: () => Promise<CondaPypiNames>;
}

/** @returns why the project cannot be opened: its lock or manifests cannot be read, or a channel may not be asked */
export const openCondaWorkspace: OpenCondaWorkspace = async (context, found, project, policy) => {
  const opened = await openCondaProject(context, found, project, policy);
  return "problem" in opened ? opened : opened.workspace;
};

/** The same, with the files. */
export async function openCondaProject(
  ...[context, found, project, policy]: Parameters<OpenCondaWorkspace>
): Promise<OpenedCondaProject | CondaProjectProblem> {
  const manifests = sourceManifests(found, project, project.condaLocks);
  const locks = readLocks(found, project);
  if ("problem" in locks) {
    return locks;
  }
  const lock = locks.unified?.lock ?? null;
  const names = await namesFor(context, manifests);
  const targets = condaTargets({ project, files: locks.files, lock, manifests, names });
  if ("problem" in targets) {
    return targets;
  }
  const way = hashWay(lock ?? locks.pseudoLock, targets, locks.override);
  const unusable = targets
    .map(({ environment }) => unusableChannel(environment, manifests, context.hasMirror))
    .find((one) => one !== null);
  if (unusable !== undefined) {
    return unusable;
  }
  const known = way === null || locks.override !== null ? targets : targets.map((one) => withWay(one, lock, way));
  const opened = { context, found, project, policy, manifests, targets: known, way, ...locks };
  const notes = new SolveNotes();
  const nameTable = new NameTable(context, targets, notes);
  return { workspace: buildWorkspace(opened, notes, nameTable), project: opened, names: () => nameTable.open() };
}

/** With the CUDA that the hash of the lock tells of. */
function withWay(target: CondaTarget, lock: CondaLock | null, { cuda }: ContentHashWay): CondaTarget {
  return cuda === null ? target : { ...target, virtualPackages: defaultsOfLock(target.platform, lock, cuda) };
}

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
  readonly files: CondaLockFiles | null;
  readonly unified: OpenedCondaLock | null;
  readonly explicit: readonly OpenedExplicitLock[];
  /** Stands for the lock where there are explicit ones alone. */
  readonly pseudoLock: CondaLock | null;
  /** Of virtual-packages.yml; null where the project has none. */
  readonly override: VirtualPackageOverride | null;
}

function readLocks(found: FoundProjects, project: Project): OpenedLocks | CondaProjectProblem {
  const files = project.condaLocks;
  const override = readOverride(found, files?.virtualPackages ?? null);
  if ("problem" in override) {
    return override;
  }
  const path = files?.unified ?? null;
  if (path === null) {
    const opened = openExplicitLocks(found, files);
    if ("problem" in opened) {
      return opened;
    }
    const { explicit } = opened;
    const pseudoLock = explicit.length === 0 ? null : lockOfHashes(explicit);
    return { files, unified: null, explicit, pseudoLock, ...override };
  }
  const text = found.files.texts.get(path)?.text;
  if (text === undefined) {
    return { file: path, line: null, problem: "the lock cannot be read: see the other findings" };
  }
  const reading = readCondaLock(path, text);
  if ("finding" in reading) {
    return { file: path, line: reading.finding.line, problem: reading.finding.message };
  }
  const { lock, packageLines } = reading;
  const unified = { path, lock, text, packageLines };
  return { files, unified, explicit: [], pseudoLock: null, ...override };
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
  /** How its content hashes are made, where that is known. */
  readonly way: ContentHashWay | null;
}

function buildWorkspace(opened: OpenedProject, notes: SolveNotes, names: NameTable): CondaWorkspace {
  const { context, project, policy, targets, unified } = opened;
  const table = new ChannelTable(context);
  const locked = new Map(targets.map((target) => [target.id, lockedOn(target, opened)]));
  const indexes = context.openIndex(condaPipPolicy(targets, opened.manifests));
  const index = openPolicyIndex(indexes, pypiPolicy(policy, [...locked.values()].flat()));
  const pip = new PipSides(index, () => names.open());
  const addresses = new AddressTable(opened, locked, indexes);
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
    const shared = { context, policy: policy.conda, table, notes, pip, addresses };
    const outcome = await solveTarget({ ...shared, target, request, locked: locked.get(target.id) ?? [] });
    context.progress({ kind: "solve", ...place, state: outcome.kind === "solved" ? "done" : "conflict" });
    return outcome;
  };
  return {
    project,
    files: project.condaLocks,
    lock: unified,
    locked,
    targets,
    findings: [...skippedRequirements(targets), ...addresses.findings()],
    unfiltered: openPolicyIndex(indexes, plainPolicy(context)),
    records: (target, names) => table.records(targetOf(target).environment, names),
    solve,
    write: async (solved, request) => {
      const hashed = await hashPips(solved, locked, index);
      if ("reason" in hashed) {
        return { kind: "refused", reason: hashed.reason, file: project.id, line: null };
      }
      const learnt = { ...opened, locked, table, projectsOf: names.projectsOf };
      const written = writeCondaLocks(learnt, hashed.solved, request ?? null);
      const odd = notes.problems.map(({ message }) => nameProblem(project, message));
      return written.kind === "refused" ? written : { ...written, findings: [...written.findings, ...odd] };
    },
    observations: () => ({
      tooYoung: notes.tooYoung,
      tooYoungPypi: index.observations().tooYoung,
      undated: new Set([...notes.undated, ...index.observations().undated]),
      problems: [...notes.problems, ...index.observations().problems],
    }),
  };
}

function pypiPolicy({ pypi, seesLocked }: CondaPolicy, locked: readonly LockedPackage[]): ListingPolicy {
  if (seesLocked !== true) {
    return pypi;
  }
  const own = locked
    .filter(({ manager }) => manager === "pip")
    .map(({ name, version }): [string, string] => [name, version]);
  const others = [...pypi.inUse].flatMap(([name, versions]) =>
    [...versions].map((version): [string, string] => [name, version]),
  );
  return { ...pypi, inUse: versionsInUse([...others, ...own]) };
}

/** Requirements of the manifests that take no part in a solve, each once. */
function skippedRequirements(targets: readonly CondaTarget[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { environment } of targets) {
    for (const { requirement, reason } of environment.skipped) {
      const { file, line, writtenName } = requirement;
      const message = `${writtenName} takes no part in the lock: ${reason}.`;
      found.set(`${file}:${line}`, { code: "not-solved", severity: "info", file, line, message, targets: [] });
    }
  }
  return [...found.values()];
}

function nameProblem(project: Project, message: string): Finding {
  return { code: "name-mapping", severity: "warning", file: project.id, line: null, message, targets: [] };
}

function lockedOn(
  { platform }: CondaTarget,
  { found, files, unified, explicit }: OpenedProject,
): readonly LockedPackage[] {
  if (unified !== null) {
    return packagesOfLock(unified, platform);
  }
  const rendered = files?.rendered.find((one) => one.platform === platform);
  const text = rendered === undefined ? undefined : found.files.texts.get(rendered.path)?.text;
  return (
    explicit.find((one) => one.platform === platform)?.packages ??
    (rendered === undefined || text === undefined ? null : renderedPackages(rendered.path, text)) ??
    []
  );
}
