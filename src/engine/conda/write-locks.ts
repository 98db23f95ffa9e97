/** The files that follow from solved targets, and what moves in them. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { directoryOf } from "#formats/project-files.ts";
import { encodeText } from "#formats/text/decode.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { condaLockChanges } from "#planning/conda-lock-changes.ts";
import type { SolvedPlatform } from "#planning/conda-lock-entries.ts";
import { condaLockFromResolution, lockChannels, type NewCondaLock } from "#planning/conda-lock-from-resolution.ts";
import type { FileEdit } from "#planning/proposal.ts";
import type {
  CondaTarget,
  CondaWorkspace,
  CondaWriteOutcome,
  CondaWriteRequest,
  SolvedTarget,
} from "./conda-workspace.ts";
import { environmentHash } from "./lock-hash.ts";
import { refreshedMetadata } from "./lock-metadata.ts";
import { targetChange } from "./lock-moves.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";
import type { ChannelTable } from "./channel-table.ts";

/** A project with what its solves have learnt. */
export interface WrittenProject extends OpenedProject {
  readonly locked: CondaWorkspace["locked"];
  readonly table: ChannelTable;
  readonly projectsOf: (record: CondaRecord) => readonly string[];
}

type Refused = Extract<CondaWriteOutcome, { kind: "refused" }>;

/** One solved target with the environment that was solved. */
interface SolvedCell {
  readonly target: CondaTarget;
  readonly environment: CondaEnvironment;
  readonly solved: SolvedTarget;
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
  const unified = writeUnified(project, cells, request);
  if ("reason" in unified) {
    return unified;
  }
  const changes = cells.map(({ target, environment, solved: own }) =>
    targetChange({
      target: target.id,
      before: project.locked.get(target.id) ?? [],
      solved: own,
      environment,
      hotfixed: unified.hotfixed.get(target.platform) ?? new Set(),
      table: project.table,
    }),
  );
  return {
    kind: "written",
    lock: unified.lock,
    edits: unified.edits,
    changes: condaLockChanges(changes),
    findings: [],
  };
}

interface UnifiedLock {
  readonly lock: CondaLock | null;
  readonly hotfixed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly edits: readonly FileEdit[];
}

function writeUnified(
  project: WrittenProject,
  cells: readonly SolvedCell[],
  request: CondaWriteRequest | null,
): UnifiedLock | Refused {
  const path = project.project.condaLocks?.unified ?? null;
  if (path === null || cells.length === 0) {
    return { lock: project.unified?.lock ?? null, hotfixed: new Map(), edits: [] };
  }
  const old = project.unified?.lock ?? null;
  const hashes = contentHashes(project, cells);
  if ("reason" in hashes) {
    return hashes;
  }
  const parts: NewCondaLock = {
    old,
    header: [],
    sources: sourcesOf(project, path),
    contentHash: hashes.hashes,
    solved: cells.map((cell) => solvedPlatform(project, cell)),
  };
  const answer = condaLockFromResolution(parts);
  if (answer.kind === "refused") {
    return { kind: "refused", reason: answer.reason, file: path, line: null };
  }
  const { hotfixed } = answer;
  const lockText = writeCondaLock(answer.lock);
  if (lockText === project.unified?.text) {
    return { lock: answer.lock, hotfixed, edits: [] };
  }
  const lock = { ...answer.lock, metadata: refreshedMetadata(answer.lock.metadata, project, { path, request }) };
  return { lock, hotfixed, edits: [lockEdit(project, path, lock)] };
}

/** Writes a lock and reads it back: what does not come back as it is cannot be trusted. */
function lockEdit({ found }: OpenedProject, path: string, lock: CondaLock): FileEdit {
  const text = writeCondaLock(lock);
  const reread = readCondaLock(path, text);
  if ("finding" in reread || writeCondaLock(reread.lock) !== text) {
    const reason = "finding" in reread ? reread.finding.message : "it reads back differently";
    throw new Error(`the lock written for ${path} cannot be trusted: ${reason}`);
  }
  const decoded = found.files.texts.get(path) ?? { encoding: "utf-8" as const, bom: false };
  return { file: path, content: encodeText({ ...decoded, text }) };
}

function solvedPlatform({ projectsOf }: WrittenProject, { target, environment, solved }: SolvedCell): SolvedPlatform {
  const { conda, pypi } = solved;
  return { platform: target.platform, environment, conda, pypi, projectsOf };
}

function contentHashes(
  { unified, hashes, manifests, project }: WrittenProject,
  cells: readonly SolvedCell[],
): { readonly hashes: ReadonlyMap<string, string> } | Refused {
  const found = new Map<string, string>();
  for (const { target, environment } of cells) {
    const channels = lockChannels(unified?.lock ?? null, environment.channels);
    const answer = environmentHash({ environment, channels }, hashes);
    if ("problem" in answer) {
      const file = manifests[0]?.path ?? project.id;
      return { kind: "refused", reason: answer.problem, file, line: null };
    }
    found.set(target.platform, answer.hash);
  }
  return { hashes: found };
}

/** The manifests as the lock names them; a lock that names them in its own way keeps that. */
function sourcesOf({ project, unified, manifests }: WrittenProject, path: string): readonly string[] {
  const files = project.condaLocks?.sources ?? [];
  const named = files.length > 0 ? files : manifests.map((manifest) => manifest.path);
  const relative = named.map((file) => relativePath(directoryOf(path), file));
  const old = unified?.lock.metadata.sources ?? [];
  // Old releases of conda-lock wrote the paths of the machine that they ran on.
  const isSame =
    old.length === named.length &&
    old.every((source, index) => source === relative[index] || source.endsWith(`/${named[index]}`));
  return isSame ? old : relative;
}

/** `../base/environment.yml` of `base/environment.yml`, seen from `notebook`. */
function relativePath(from: string, to: string): string {
  const base = from === "" ? [] : from.split("/");
  const parts = to.split("/");
  let shared = 0;
  while (shared < base.length && shared < parts.length - 1 && base[shared] === parts[shared]) {
    shared += 1;
  }
  return [...base.slice(shared).map(() => ".."), ...parts.slice(shared)].join("/");
}
