/** A Poetry project, ready to be solved again and again with other constraints. */
import type { FoundProjects } from "#formats/find-projects.ts";
import { contentHash, hashRuleVersion, majorMinor } from "#formats/locks/poetry-lock/content-hash.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { writePoetryLock } from "#formats/locks/poetry-lock/write.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import type { PyprojectFacts } from "#formats/manifests/pyproject/facts.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import type { Project } from "#formats/project.ts";
import type { TomlTable } from "#formats/text/toml-tree.ts";
import type { Target } from "#packaging/target.ts";
import { poetryPolicy } from "#planning/index-policies.ts";
import { OPEN_POLICY, type ListingPolicy } from "#planning/filter-listing.ts";
import { lockFromResolution } from "#planning/poetry-lock-from-resolution.ts";
import { poetryProblem } from "#planning/poetry-problem.ts";
import { solveTargets } from "#planning/solve-targets.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { PackageIndex } from "#ports.ts";
import type { PoetryProblem, PoetryResolution } from "#solver/pypi/poetry/problem.ts";
import { createPoetrySolve } from "#solver/pypi/poetry/solve-poetry.ts";
import { runSolve, type EngineContext } from "./context.ts";
import { hashFiles } from "./hash-files.ts";
import { openPolicyIndex, type PolicyIndex } from "./policy-index.ts";

/** Poetry writes this into a lock where nothing says which version the project uses. */
const DEFAULT_GENERATOR = { poetryVersion: "2.1.4" };

export interface PoetryWorkspace {
  readonly project: Project;
  readonly manifest: Manifest;
  readonly facts: PyprojectFacts;
  /** Decoded text of the pyproject.toml. */
  readonly text: string;
  readonly lockPath: string;
  /** null where there is none yet. */
  readonly lock: PoetryLock | null;
  readonly packageLines: readonly number[];
  readonly targets: readonly Target[];
  readonly index: PolicyIndex;
  /** The same index with nothing hidden but what `--exclude-newer` hides. */
  readonly unfiltered: PackageIndex;
  solve(request: PoetrySolveRequest): Promise<PoetryOutcome>;
}

export interface PoetrySolveRequest {
  /** Constraint texts by name, in place of what the manifest says. */
  readonly constraints: ReadonlyMap<string, string>;
  readonly useLatest: PoetryProblem["useLatest"];
  /** Versions that may not be chosen, direct or transitive. */
  readonly refuses: (name: string, version: string) => boolean;
  /** Preferred versions in place of those of the old lock. */
  readonly preferred: PoetryProblem["locked"] | null;
  /** The manifest to solve and to hash, in place of the one in the repository. */
  readonly text: string | null;
}

export const PLAIN_SOLVE: PoetrySolveRequest = {
  constraints: new Map(),
  useLatest: "none",
  refuses: () => false,
  preferred: null,
  text: null,
};

export type PoetryOutcome =
  | {
      readonly kind: "solved";
      readonly resolution: PoetryResolution;
      readonly lock: PoetryLock;
      readonly lockText: string;
      /** Where each package of the lock stands in its text. */
      readonly packageLines: readonly number[];
    }
  | { readonly kind: "conflict"; readonly explanation: string };

/** @returns why the project cannot be opened: its lock or manifest cannot be read */
export function openPoetryWorkspace(
  context: EngineContext,
  found: FoundProjects,
  project: Project,
  policy: ListingPolicy,
): PoetryWorkspace | { readonly file: string; readonly line: number | null; readonly problem: string } {
  const file = [...found.files.pyprojects.values()].find((one) => project.manifests.includes(one.manifest));
  const path = file?.manifest.path ?? project.id;
  const text = found.files.texts.get(path)?.text;
  if (file === undefined || text === undefined) {
    return { file: project.id, line: null, problem: "the project has no pyproject.toml that can be read" };
  }
  const lockPath = project.lock?.path ?? (project.root === "" ? "poetry.lock" : `${project.root}/poetry.lock`);
  const reading = readLock(found, project, lockPath);
  if (reading.kind === "unreadable") {
    return { file: lockPath, line: reading.line, problem: reading.message };
  }
  const { lock } = reading;
  const indexes = context.openIndex(poetryPolicy([file.manifest], poetryMajor(lock)));
  const index = openPolicyIndex(indexes, policy);
  const opened = {
    project,
    manifest: file.manifest,
    facts: file.facts,
    text,
    lockPath,
    lock,
    packageLines: reading.packageLines,
    targets: solveTargets(project),
    index,
    unfiltered: openPolicyIndex(indexes, plainPolicy(context)),
  };
  return { ...opened, solve: (request) => solveOnce(context, opened, request) };
}

type LockOfProject =
  | { readonly kind: "read"; readonly lock: PoetryLock | null; readonly packageLines: readonly number[] }
  | { readonly kind: "unreadable"; readonly line: number | null; readonly message: string };

function readLock(found: FoundProjects, project: Project, path: string): LockOfProject {
  const text = found.files.texts.get(path)?.text;
  if (text === undefined) {
    return project.lock === null
      ? { kind: "read", lock: null, packageLines: [] }
      : { kind: "unreadable", line: null, message: "the lock cannot be read: see the other findings" };
  }
  const reading = readPoetryLock(text);
  return reading.kind === "lock" ? { ...reading, kind: "read" } : reading;
}

/** A new lock is Poetry 2's; an old one says whose it is by its format, before 2.1 by its header. */
function poetryMajor(lock: PoetryLock | null): number {
  if (lock === null || lock.lockVersion === "2.1") {
    return 2;
  }
  return majorMinor(lock.generator?.poetryVersion ?? null).major;
}

type Opened = Omit<PoetryWorkspace, "solve">;

async function solveOnce(context: EngineContext, opened: Opened, request: PoetrySolveRequest): Promise<PoetryOutcome> {
  const { project } = opened;
  const reading = readPyproject(opened.manifest.path, request.text ?? opened.text);
  if (reading.kind === "unreadable") {
    return { kind: "conflict", explanation: reading.finding.message };
  }
  const problem = poetryProblem(
    { facts: reading.facts, requirements: reading.manifest.requirements, indexes: reading.manifest.indexes },
    opened.lock,
    request,
  );
  const asked = request.preferred === null ? problem : { ...problem, locked: preferring(problem, request.preferred) };
  const index = openPolicyIndex(opened.index, { ...OPEN_POLICY, refuses: request.refuses });
  const report = (state: "start" | "done" | "conflict"): void =>
    context.progress({ kind: "solve", project: project.id, target: "all targets", state });
  report("start");
  const outcome = await runSolve(context, createPoetrySolve(asked), index);
  if (outcome.kind !== "solved") {
    report("conflict");
    return { kind: "conflict", explanation: outcome.explanation };
  }
  report("done");
  return writeSolved(opened, outcome.resolution, reading.root);
}

/** Of urls, repositories and paths nothing is known but what the old lock says: its entries stay. */
function preferring({ locked }: PoetryProblem, preferred: PoetryProblem["locked"]): PoetryProblem["locked"] {
  const kept = locked.filter((entry) => entry.sourceType !== null && entry.sourceType !== "legacy");
  const names = new Set(kept.map((entry) => entry.name));
  return [...kept, ...preferred.filter((entry) => !names.has(entry.name))];
}

/** Builds, writes and reads back the lock of a resolution. */
async function writeSolved(opened: Opened, resolution: PoetryResolution, root: TomlTable): Promise<PoetryOutcome> {
  const generator = opened.lock === null ? DEFAULT_GENERATOR : opened.lock.generator;
  const hash = contentHash(root, opened.lock === null ? DEFAULT_GENERATOR.poetryVersion : hashRuleVersion(opened.lock));
  if (hash.kind === "refused") {
    return { kind: "conflict", explanation: `${opened.manifest.path}:${hash.line}: ${hash.reason}` };
  }
  const hashed = await hashFiles(resolution, opened.lock, opened.index);
  if ("problem" in hashed) {
    return { kind: "conflict", explanation: hashed.problem };
  }
  const lock = lockFromResolution(hashed.resolution, { old: opened.lock, generator, contentHash: hash.hash });
  const lockText = writePoetryLock(lock);
  const reread = readPoetryLock(lockText);
  if (reread.kind === "unreadable" || writePoetryLock(reread.lock) !== lockText) {
    const reason =
      reread.kind === "unreadable" ? `line ${reread.line}: ${reread.message}` : "it reads back differently";
    throw new Error(`the lock written for ${opened.manifest.path} cannot be trusted: ${reason}`);
  }
  return { kind: "solved", resolution, lock, lockText, packageLines: reread.packageLines };
}
