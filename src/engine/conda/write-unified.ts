/** The conda-lock.yml that follows from solved targets, and the files that are made from it. */
import { CONTENT_HASH_WAY, environmentContentHash } from "#formats/locks/conda-lock/freshness.ts";
import { condaLockHeader } from "#formats/locks/conda-lock/header.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import type { Finding } from "#formats/finding.ts";
import { baseName, directoryOf } from "#formats/project-files.ts";
import type { SolvedPlatform } from "#planning/conda-lock-entries.ts";
import { condaLockFromResolution, lockChannels, type CondaLockAnswer } from "#planning/conda-lock-from-resolution.ts";
import type { FileEdit } from "#planning/proposal.ts";
import type { CondaWriteRequest } from "./conda-workspace.ts";
import { derivedFiles } from "./derived-files.ts";
import { refreshedMetadata } from "./lock-metadata.ts";
import { reread } from "./reread.ts";
import type { Refused, SolvedCell, WrittenFiles, WrittenProject } from "./write-locks.ts";
import { newText, textEdit } from "./text-edit.ts";

/** @param path where the lock is */
export function writeUnified(
  project: WrittenProject,
  cells: readonly SolvedCell[],
  { path, request }: { readonly path: string; readonly request: CondaWriteRequest | null },
): WrittenFiles | Refused {
  const answer = lockOf(project, cells, path);
  if (answer.kind === "refused") {
    return { kind: "refused", reason: answer.reason, file: path, line: null };
  }
  const { hotfixed } = answer;
  const { unified } = project;
  if (writeCondaLock(answer.lock) === unified?.text) {
    return { lock: answer.lock, hotfixed, edits: [], findings: [] };
  }
  const lock = { ...answer.lock, metadata: refreshedMetadata(answer.lock.metadata, project, { path, request }) };
  const derived = derivedEdits(project, lock);
  return { lock, hotfixed, edits: [lockEdit(project, path, lock), ...derived.edits], findings: derived.findings };
}

/** @param path where the lock is, for what is written in it about itself and its manifests */
export function lockOf(project: WrittenProject, cells: readonly SolvedCell[], path: string): CondaLockAnswer {
  const old = project.unified?.lock ?? null;
  const way = project.way ?? CONTENT_HASH_WAY;
  const contentHash = new Map<string, string>();
  for (const { target, environment } of cells) {
    const channels = lockChannels(old, environment.channels);
    const answer = environmentContentHash({ environment, override: project.override }, channels, way);
    if ("problem" in answer) {
      return { kind: "refused", reason: answer.problem };
    }
    contentHash.set(target.platform, answer.hash);
  }
  return condaLockFromResolution({
    old,
    header: (sources, categories) => condaLockHeader({ lockfile: baseName(path), sources, categories }),
    sources: sourcesOf(project, path),
    contentHash,
    solved: cells.map((cell) => solvedPlatform(project, cell)),
  });
}

/** What was made from the old lock is made from the new one; what was not is left alone, and told. */
function derivedEdits(
  { found, unified, files }: WrittenProject,
  lock: CondaLock,
): { readonly edits: readonly FileEdit[]; readonly findings: readonly Finding[] } {
  if (unified === null || files === null) {
    return { edits: [], findings: [] };
  }
  const edits: FileEdit[] = [];
  const findings: Finding[] = [];
  for (const { path, render } of derivedFiles(unified.lock, files, (one) => found.files.texts.get(one)?.text ?? null)) {
    if (render === null) {
      const message = `${path} is not what ${unified.path} renders to: it is left as it is. Render it again, and Relock keeps it in step.`;
      findings.push({ code: "not-derived", severity: "warning", file: path, line: null, message, targets: [] });
    } else {
      edits.push(...textEdit(found, path, reread(files, path, render(lock))));
    }
  }
  return { edits, findings };
}

/** Writes a lock and reads it back: what does not come back as it is cannot be trusted. */
function lockEdit({ found }: WrittenProject, path: string, lock: CondaLock): FileEdit {
  const text = writeCondaLock(lock);
  const reread = readCondaLock(path, text);
  if ("finding" in reread || writeCondaLock(reread.lock) !== text) {
    const reason = "finding" in reread ? reread.finding.message : "it reads back differently";
    throw new Error(`the lock written for ${path} cannot be trusted: ${reason}`);
  }
  return newText(found, path, text);
}

function solvedPlatform({ projectsOf }: WrittenProject, { target, environment, solved }: SolvedCell): SolvedPlatform {
  const { conda, pypi } = solved;
  return { platform: target.platform, environment, conda, pypi, projectsOf };
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
