/** What stands against installing a lock, old or new, and which release is to blame. */
import { checkPoetryLock } from "#formats/locks/poetry-lock/check.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import type { Finding } from "#formats/finding.ts";
import { normalizeName } from "#packaging/names.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";

/** A lock as it will be written, with the manifest that it belongs to. */
export interface WrittenLock {
  readonly lock: PoetryLock;
  readonly lockText: string;
  readonly manifestText: string;
}

/** A release that some target cannot install. */
export interface UninstallableRelease {
  readonly name: string;
  /** As the lock writes it. */
  readonly version: string;
  readonly problem: Finding;
}

/** Problems that one release has by itself on some target. */
const RELEASE_PROBLEMS: ReadonlySet<string> = new Set(["missing-files-for-target", "python-not-supported"]);

/** Everything wrong with the lock of a project as it stands; nothing where there is no lock. */
function problemsNow({ lockPath: path, lock, packageLines, manifest, targets }: PoetryWorkspace): readonly Finding[] {
  return lock === null ? [] : checkPoetryLock({ path, lock, packageLines, manifest, targets });
}

/** Releases of the present lock that some target cannot install. */
export function presentProblems(workspace: PoetryWorkspace): readonly Finding[] {
  return problemsNow(workspace).filter((finding) => RELEASE_PROBLEMS.has(finding.code));
}

/** Releases of a new lock that some target cannot install. */
export function remainingProblems(workspace: PoetryWorkspace, written: WrittenLock): readonly Finding[] {
  return problemsOf(workspace, written).filter((finding) => RELEASE_PROBLEMS.has(finding.code));
}

/** Problems of the new lock that the old one did not have: a new lock installs wherever the old one did. */
export function newProblems(workspace: PoetryWorkspace, written: WrittenLock): readonly Finding[] {
  if (workspace.lock === null) {
    return [];
  }
  const before = new Set(problemsNow(workspace).flatMap(problemKeys));
  return problemsOf(workspace, written).filter((finding) => problemKeys(finding).some((key) => !before.has(key)));
}

/** The releases that have these problems of a new lock; none where the lock as a whole has one. */
export function releasesToBlame(
  { lockPath }: PoetryWorkspace,
  { lock, lockText }: WrittenLock,
  problems: readonly Finding[],
): readonly UninstallableRelease[] {
  const reading = readPoetryLock(lockText);
  const lines = reading.kind === "lock" ? reading.packageLines : [];
  return problems.flatMap((problem) => {
    const isOfRelease = problem.file === lockPath && RELEASE_PROBLEMS.has(problem.code) && problem.line !== null;
    const entry = isOfRelease ? lock.packages[lines.indexOf(problem.line ?? -1)] : undefined;
    return entry === undefined ? [] : [{ name: normalizeName(entry.name), version: entry.version, problem }];
  });
}

function problemsOf(workspace: PoetryWorkspace, { lock, lockText, manifestText }: WrittenLock): readonly Finding[] {
  const { lockPath: path, targets, manifest } = workspace;
  const edited = readPyproject(manifest.path, manifestText);
  const reread = readPoetryLock(lockText);
  return checkPoetryLock({
    path,
    lock,
    packageLines: reread.kind === "lock" ? reread.packageLines : [],
    manifest: edited.kind === "pyproject" ? edited.manifest : manifest,
    targets,
  });
}

/** One key for each target that has the problem; versions in the message do not matter, the package does. */
function problemKeys(finding: Finding): readonly string[] {
  const subject = /^[A-Za-z0-9._-]+/u.exec(finding.message)?.[0] ?? "";
  const targets = finding.targets.length === 0 ? ["all"] : finding.targets;
  return targets.map((target) => `${finding.code} ${subject} ${target}`);
}
