/** The files that follow from solved targets, and what moves in them. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { Finding } from "#formats/finding.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { checkLockedRecords, type CheckedRecord } from "#planning/conda-lock-check.ts";
import { condaLockChanges } from "#planning/conda-lock-changes.ts";
import type { FileEdit } from "#planning/proposal.ts";
import type {
  CondaTarget,
  CondaWorkspace,
  CondaWriteOutcome,
  CondaWriteRequest,
  SolvedTarget,
} from "./conda-workspace.ts";
import { writeExplicitLocks } from "./write-explicit.ts";
import { writeUnified } from "./write-unified.ts";
import { targetChange } from "./lock-moves.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";
import type { ChannelTable } from "./channel-table.ts";

/** A project with what its solves have learnt. */
export interface WrittenProject extends OpenedProject {
  readonly locked: CondaWorkspace["locked"];
  readonly table: ChannelTable;
  readonly projectsOf: (record: CondaRecord) => readonly string[];
}

/** The new locks in text. */
export interface WrittenFiles {
  /** Null where the project has explicit locks alone. */
  readonly lock: CondaLock | null;
  /** By platform, names of packages whose dependencies the channel has changed. */
  readonly hotfixed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly edits: readonly FileEdit[];
  readonly findings: readonly Finding[];
}

export type Refused = Extract<CondaWriteOutcome, { kind: "refused" }>;

/** One solved target with the environment that was solved. */
export interface SolvedCell {
  readonly target: CondaTarget;
  readonly environment: CondaEnvironment;
  readonly solved: SolvedTarget;
}

/** What the check of a lock would call an error: a second opinion on the solver's answer, by the records alone. */
function breachesOf({ target, environment, solved }: SolvedCell, file: string): readonly Finding[] {
  const packages = solved.conda.map((record): CheckedRecord => {
    const { name, version, build, url, md5, sha256 } = record;
    return { manager: "conda", name, version, build, url, hash: { md5, sha256 }, file, line: null, record };
  });
  const { id, virtualPackages, offered } = target;
  const findings = checkLockedRecords({ target: id, lockFile: file, environment, virtualPackages, offered, packages });
  return findings.filter(({ severity }) => severity === "error");
}

/** Builds the locks, writes them in text, reads them back, and tells what moves. */
export function writeCondaLocks(
  project: WrittenProject,
  solved: ReadonlyMap<string, SolvedTarget>,
  request: CondaWriteRequest | null,
): CondaWriteOutcome {
  const cells = project.targets.flatMap((target): readonly SolvedCell[] => {
    const own = solved.get(target.id);
    const environment = request?.environments.get(target.id) ?? target.environment;
    return own === undefined ? [] : [{ target, environment, solved: own }];
  });
  const breach = cells.flatMap((cell) => breachesOf(cell, project.project.id))[0];
  if (breach !== undefined) {
    const reason = `what was solved does not stand a check of its own, so nothing is written: ${breach.message}`;
    return { kind: "refused", reason, file: breach.file, line: breach.line };
  }
  const path = project.files?.unified ?? null;
  const files = path === null ? writeExplicitLocks(project, cells) : writeUnified(project, cells, { path, request });
  if ("reason" in files) {
    return files;
  }
  const changes = cells.map(({ target, environment, solved: own }) =>
    targetChange({
      target: target.id,
      before: project.locked.get(target.id) ?? [],
      solved: own,
      environment,
      hotfixed: files.hotfixed.get(target.platform) ?? new Set(),
      table: project.table,
    }),
  );
  return {
    kind: "written",
    lock: files.lock,
    edits: files.edits,
    changes: condaLockChanges(changes),
    findings: files.findings,
  };
}
