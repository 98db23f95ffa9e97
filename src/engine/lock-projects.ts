/** `relock lock`: regenerates locks from their manifests as they stand. No policy acts here. */
import { checkPoetryLock } from "#formats/locks/poetry-lock/check.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { LockGraph } from "#formats/locks/poetry-lock/lock-walk.ts";
import { writePoetryLock } from "#formats/locks/poetry-lock/write.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { encodeText } from "#formats/text/decode.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion } from "#packaging/pep440-version.ts";
import { poetryChanges } from "#planning/poetry-changes.ts";
import type { FileEdit, PackageChange } from "#planning/proposal.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { RequestedPackage } from "../engine.ts";
import { hasCondaLock, lockCondaProject } from "./conda/lock-conda.ts";
import { locklessFindings } from "./conda/lockless.ts";
import type { EngineContext } from "./context.ts";
import { openPoetryWorkspace, PLAIN_SOLVE, type PoetryOutcome, type PoetryWorkspace } from "./poetry-project.ts";

export interface LockRequest {
  /** These names move, to the version given or the newest; empty: whatever has to. */
  readonly packages: readonly RequestedPackage[];
  /** Everything takes its newest version. */
  readonly upgrade: boolean;
}

/** One lock that was solved. */
export interface LockedProject {
  readonly file: string;
  readonly changes: readonly PackageChange[];
}

/** A project that was not locked. */
export interface LockFailure {
  readonly kind: "unreadable" | "unsatisfiable";
  readonly file: string;
  readonly line: number | null;
  readonly explanation: string;
}

export interface LockResult {
  readonly locks: readonly LockedProject[];
  readonly edits: readonly FileEdit[];
  readonly findings: readonly Finding[];
  /** Projects without a solution: nothing of them is written. */
  readonly failures: readonly LockFailure[];
  /** Requested names that no lock has and no manifest asks for. */
  readonly unknown: readonly string[];
  /** Names of files that were kept without an upload time although a time was asked for. */
  readonly undated: readonly string[];
}

/** Locks every project whose lock Relock writes. One that fails does not stop the others. */
export async function lockProjects(
  context: EngineContext,
  found: FoundProjects,
  request: LockRequest,
): Promise<LockResult> {
  const locks: LockedProject[] = [];
  const edits: FileEdit[] = [];
  const findings: Finding[] = [...found.findings, ...locklessFindings(found)];
  const failures: LockFailure[] = [];
  const known = new Set<string>();
  const undated = new Set<string>();
  for (const project of found.projects) {
    if (hasCondaLock(project)) {
      const result = await lockCondaProject(context, found, project, request);
      result.names.forEach((name) => known.add(name));
      result.undated.forEach((filename) => undated.add(filename));
      if (result.kind === "not-concerned") {
        continue;
      }
      if (result.kind === "locked") {
        locks.push({ file: result.file, changes: result.changes });
        edits.push(...result.edits);
        findings.push(...result.findings);
      } else {
        const { kind, file, line, explanation } = result;
        failures.push({ kind, file, line, explanation });
      }
      continue;
    }
    if (project.tool !== "poetry" || project.readOnlyReason !== null) {
      continue;
    }
    const workspace = openPoetryWorkspace(context, found, project, plainPolicy(context));
    if ("problem" in workspace) {
      const { file, line, problem } = workspace;
      failures.push({ kind: "unreadable", file, line, explanation: problem });
      continue;
    }
    const names = new Set(namesOf(workspace));
    names.forEach((name) => known.add(name));
    if (request.packages.length > 0 && !request.packages.some(({ name }) => names.has(name))) {
      continue;
    }
    const outcome = await lockOne(workspace, request);
    workspace.index.observations().undated.forEach((filename) => undated.add(filename));
    const explanation = outcome.kind === "conflict" ? outcome.explanation : missing(workspace, outcome.lock, request);
    if (outcome.kind === "conflict" || explanation !== null) {
      failures.push({ kind: "unsatisfiable", file: project.id, line: null, explanation: explanation ?? "" });
      continue;
    }
    const done = describeLock(found, workspace, outcome);
    locks.push(done.lock);
    edits.push(...done.edits);
    findings.push(...done.findings);
  }
  const unknown = request.packages.map((one) => one.name).filter((name) => !known.has(name));
  return { locks, edits, findings, failures, unknown, undated: [...undated].sort() };
}

/** A version that was asked for and that the new lock does not have, because nothing in it needs the package. */
function missing(workspace: PoetryWorkspace, lock: PoetryLock, { packages }: LockRequest): string | null {
  const known = new Set(namesOf(workspace));
  const locked = new Set(lock.packages.map((entry) => normalizeName(entry.name)));
  const gone = packages.find(({ name, version }) => version !== null && known.has(name) && !locked.has(name));
  return gone === undefined ? null : `Where ${gone.name} is ${gone.version}, nothing in the lock needs it.`;
}

function namesOf(workspace: PoetryWorkspace): readonly string[] {
  const locked = (workspace.lock?.packages ?? []).map((entry) => normalizeName(entry.name));
  return [...locked, ...workspace.manifest.requirements.map((one) => one.name)];
}

async function lockOne(workspace: PoetryWorkspace, request: LockRequest): Promise<PoetryOutcome> {
  const wanted = new Map(request.packages.map((one) => [one.name, one.version]));
  return workspace.solve({
    ...PLAIN_SOLVE,
    useLatest: request.upgrade ? "all" : wanted.size === 0 ? "none" : new Set(wanted.keys()),
    refuses: (name, version) => {
      const only = parseVersion(wanted.get(name) ?? "");
      const candidate = only === null ? null : parseVersion(version);
      return only !== null && candidate !== null && compareVersions(only, candidate) !== 0;
    },
  });
}

function describeLock(
  found: FoundProjects,
  workspace: PoetryWorkspace,
  outcome: Extract<PoetryOutcome, { kind: "solved" }>,
): { readonly lock: LockedProject; readonly edits: readonly FileEdit[]; readonly findings: readonly Finding[] } {
  const { lockPath: file, manifest, targets } = workspace;
  const before = workspace.lock === null ? null : { lock: workspace.lock, manifest };
  const { lock, packageLines } = outcome;
  const graph = new LockGraph(lock);
  const changes = poetryChanges(before, { lock, manifest, graph }, targets);
  const findings = checkPoetryLock({ path: file, lock, packageLines, manifest, targets, graph });
  // Poetry, too, leaves a lock alone whose data is the same: a differing generator line is not a change.
  const same =
    workspace.lock !== null && writePoetryLock({ ...workspace.lock, generator: lock.generator }) === outcome.lockText;
  const decoded = found.files.texts.get(file) ?? { encoding: "utf-8" as const, bom: false };
  const edits = same ? [] : [{ file, content: encodeText({ ...decoded, text: outcome.lockText }) }];
  return { lock: { file, changes }, edits, findings };
}
