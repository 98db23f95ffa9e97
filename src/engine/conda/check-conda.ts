/** `relock check` for one conda project: its locks against today's channels and its manifests, without solving. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { condaLockFreshness } from "#formats/locks/conda-lock/freshness.ts";
import type { Project } from "#formats/project.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { checkLockedRecords, type CheckedRecord } from "#planning/conda-lock-check.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { EngineContext } from "../context.ts";
import { channelProblem, sentence } from "./channel-problem.ts";
import { checkDerivedFiles } from "./check-derived.ts";
import { checkLockedPips } from "./check-locked-pips.ts";
import type { CondaTarget, LockedPackage } from "./conda-workspace.ts";
import { openCondaProject, type OpenedCondaProject, type OpenedProject } from "./open-conda-workspace.ts";
import { keyOfUrl, plainRecordPolicy, recordKey } from "./record-policy.ts";

/** Everything wrong with the locks of a conda project; empty where nothing is. */
export async function checkCondaProject(
  context: EngineContext,
  found: FoundProjects,
  project: Project,
): Promise<readonly Finding[]> {
  const policy = { conda: plainRecordPolicy(context), pypi: plainPolicy(context) };
  const opened = await openCondaProject(context, found, project, policy);
  if ("problem" in opened) {
    const { file, line, problem } = opened;
    return [{ code: "unreadable-file", severity: "error", file, line, message: sentence(problem), targets: [] }];
  }
  const { workspace } = opened;
  const findings: Finding[] = [...workspace.findings];
  for (const target of workspace.targets) {
    const answer = await checkTarget(opened, target);
    if ("problem" in answer) {
      findings.push(channelProblem(project, answer.problem));
      break;
    }
    findings.push(...answer.findings);
  }
  return mergeTargets([...findings, ...checkDerivedFiles(opened.project)], workspace.targets);
}

type TargetAnswer = { readonly findings: readonly Finding[] } | { readonly problem: IndexProblem };

async function checkTarget(opened: OpenedCondaProject, target: CondaTarget): Promise<TargetAnswer> {
  const { workspace, project } = opened;
  const locked = workspace.locked.get(target.id) ?? [];
  const lockFile = workspace.lock?.path ?? locked[0]?.file ?? project.project.id;
  if (locked.length === 0) {
    const message = `${lockFile} has no packages for ${target.platform}. Lock again, for example with \`relock lock\`.`;
    return { findings: [{ ...atFile(lockFile, target), code: "lock-out-of-date", message }] };
  }
  const conda = locked.filter(({ manager }) => manager === "conda");
  const answer = await workspace.records(target.id, [...new Set(conda.map(({ name }) => name))]);
  if ("problem" in answer) {
    return answer;
  }
  const packages = conda.map((one) => checkedRecord(one, answer.records.get(one.name) ?? []));
  const { environment, virtualPackages, offered } = target;
  const findings = [
    ...checkLockedRecords({ target: target.id, lockFile, environment, virtualPackages, offered, packages }),
    ...(await checkLockedPips(opened, target, { lockFile, locked, records: packages })),
  ];
  return { findings: [...findings, ...hashFindings(opened, target, findings)] };
}

function checkedRecord(one: LockedPackage, records: readonly CondaRecord[]): CheckedRecord {
  const key = keyOfUrl(one.url);
  const found =
    one.url === ""
      ? records.find(({ version, build }) => version === one.version && build === one.build)
      : records.find((record) => recordKey(record) === key);
  return { ...one, record: found ?? null };
}

function atFile(file: string, target: CondaTarget): Pick<Finding, "severity" | "file" | "line" | "targets"> {
  return { severity: "error", file, line: null, targets: [target.id] };
}

/** A hash of other manifests proves nothing where the lock does what they ask for. */
function hashFindings(
  { project, workspace }: OpenedCondaProject,
  target: CondaTarget,
  others: readonly Finding[],
): readonly Finding[] {
  const stale = staleHash(project, target);
  if (stale === null) {
    return [];
  }
  const path = workspace.lock?.path ?? workspace.locked.get(target.id)?.[0]?.file ?? project.project.id;
  const line = lineOf(project.found.files.texts.get(path)?.text ?? "", stale.recorded);
  const isSatisfied = others.every(({ code }) => code !== "lock-out-of-date");
  const rest = isSatisfied
    ? " What they ask for is there, so it can be installed; conda-lock's --check-input-hash would lock again."
    : "";
  const message = `The content hash of ${path} is not that of its manifests: ${stale.message}.${rest}`;
  return [{ code: "lock-hash-differs", severity: "warning", file: path, line, message, targets: [target.id] }];
}

function staleHash(
  { unified, pseudoLock, override }: OpenedProject,
  { environment, platform }: CondaTarget,
): { readonly message: string; readonly recorded: string | undefined } | null {
  const lock = unified?.lock ?? pseudoLock;
  const recorded = lock?.metadata.contentHash.get(platform);
  if (lock === null || (recorded === undefined && unified === null)) {
    return null;
  }
  const freshness = condaLockFreshness(lock, { environment, override });
  return freshness.kind === "fresh" ? null : { message: freshness.message, recorded };
}

function lineOf(text: string, part: string | undefined): number | null {
  const index = part === undefined ? -1 : text.split("\n").findIndex((line) => line.includes(part));
  return index === -1 ? null : index + 1;
}

/** The same finding on several targets is one; with all of them it names none. */
function mergeTargets(findings: readonly Finding[], targets: readonly CondaTarget[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.code, finding.file, finding.line, finding.message]);
    const known = merged.get(key);
    merged.set(key, { ...finding, targets: [...new Set([...(known?.targets ?? []), ...finding.targets])] });
  }
  return [...merged.values()].map((finding) =>
    finding.targets.length === targets.length ? { ...finding, targets: [] } : finding,
  );
}
