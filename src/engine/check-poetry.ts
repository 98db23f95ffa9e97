/** Is the poetry.lock of a project in step with its manifest, whole, and installable everywhere? Asks no index. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { checkPoetryLock } from "#formats/locks/poetry-lock/check.ts";
import { poetryLockFreshness } from "#formats/locks/poetry-lock/freshness.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import type { Project } from "#formats/project.ts";
import { solveTargets } from "#planning/solve-targets.ts";

/** Everything wrong with the lock of a Poetry project; empty where nothing is. */
export function checkPoetryProject(found: FoundProjects, project: Project): readonly Finding[] {
  const path = project.lock?.path ?? "";
  const text = found.files.texts.get(path)?.text;
  const [manifest] = project.manifests;
  if (text === undefined || manifest === undefined) {
    return [{ ...atLock(path, null), code: "unreadable-file", message: `${path} could not be read.` }];
  }
  const reading = readPoetryLock(text);
  if (reading.kind === "unreadable") {
    const message = `${path} cannot be read: ${reading.message}.`;
    return [{ ...atLock(path, reading.line), code: "unreadable-file", message }];
  }
  const { lock, packageLines } = reading;
  return [
    ...freshness(found, { manifest, lock, path, text }),
    ...checkPoetryLock({ path, lock, packageLines, manifest, targets: solveTargets(project) }),
  ];
}

interface LockedManifest {
  readonly manifest: Manifest;
  readonly lock: PoetryLock;
  readonly path: string;
  /** Of the lock. */
  readonly text: string;
}

function freshness(found: FoundProjects, { manifest, lock, path, text }: LockedManifest): readonly Finding[] {
  const written = found.files.texts.get(manifest.path)?.text ?? "";
  const pyproject = readPyproject(manifest.path, written);
  if (pyproject.kind === "unreadable") {
    return [pyproject.finding];
  }
  const answer = poetryLockFreshness(lock, pyproject.root, pyproject.facts);
  switch (answer.kind) {
    case "fresh":
      return [];
    case "unknown": {
      const message = `${path} cannot be compared with ${manifest.path}: ${answer.message}.`;
      return [{ ...atLock(manifest.path, answer.line), code: "lock-not-checked", message }];
    }
    case "stale": {
      const key = answer.cause === "python" ? "python-versions" : "content-hash";
      const message = `${path} is out of date: ${answer.message}. Lock it again, for example with \`relock lock\`.`;
      return [{ ...atLock(path, lineOfMetadata(text, key)), code: "lock-out-of-date", message }];
    }
  }
}

/** The line of a key of `[metadata]`, which stands last; packages have keys of the same names. */
function lineOfMetadata(text: string, key: string): number | null {
  const lines = text.split("\n");
  const index = lines.findLastIndex((line) => line.startsWith(`${key} =`));
  return index === -1 ? null : index + 1;
}

function atLock(file: string, line: number | null): Omit<Finding, "code" | "message"> {
  return { severity: "error", file, line, targets: [] };
}
