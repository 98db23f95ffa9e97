/** Reads a Poetry project and solves it from an index in memory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { readPyproject, type PyprojectReading } from "#formats/manifests/pyproject/read.ts";
import { poetryProblem } from "#planning/poetry-problem.ts";
import type { PackageIndex } from "#ports.ts";
import type { PoetryProblem, PoetryStep } from "#solver/pypi/poetry/problem.ts";
import { createPoetrySolve } from "#solver/pypi/poetry/solve-poetry.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";

export interface PoetryFolder {
  readonly manifest: Extract<PyprojectReading, { kind: "pyproject" }>;
  readonly lock: PoetryLock | null;
}

/** Reads `pyproject.toml` and, where there is one, `poetry.lock`. */
export function readPoetryFolder(folder: string): PoetryFolder {
  const manifest = readManifestText(readFileSync(join(folder, "pyproject.toml"), "utf8"));
  return { manifest, lock: readLockFile(join(folder, "poetry.lock")) };
}

export function readManifestText(text: string): PoetryFolder["manifest"] {
  const manifest = readPyproject("pyproject.toml", text);
  if (manifest.kind !== "pyproject") throw new Error(manifest.finding.message);
  return manifest;
}

function readLockFile(path: string): PoetryLock | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const reading = readPoetryLock(text);
  if (reading.kind !== "lock") throw new Error(`${path}:${reading.line}: ${reading.message}`);
  return reading.lock;
}

/** The problem of a folder; sources of the manifest included. */
export function problemOfFolder(
  { manifest, lock }: PoetryFolder,
  useLatest: PoetryProblem["useLatest"],
): PoetryProblem {
  const { requirements, indexes } = manifest.manifest;
  return poetryProblem({ facts: manifest.facts, requirements, indexes }, lock, { constraints: new Map(), useLatest });
}

/** Steps a solve to its end. */
export async function solvePoetry(
  problem: PoetryProblem,
  index: PackageIndex,
): Promise<{ readonly step: Exclude<PoetryStep, { kind: "needs" }>; readonly rounds: number }> {
  const solve = createPoetrySolve(problem);
  let replies: readonly PypiReply[] = [];
  for (let rounds = 0; ; rounds += 1) {
    const step = solve.step(replies);
    if (step.kind !== "needs") return { step, rounds };
    if (step.questions.length === 0) throw new Error("the solve waits and asks nothing");
    replies = await Promise.all(step.questions.map((question) => answerFrom(index, question)));
  }
}

async function answerFrom(index: PackageIndex, question: PypiQuestion): Promise<PypiReply> {
  if (question.kind === "listing") return { question, answer: await index.listing(question) };
  return { question, answer: await index.metadata(question.name, question.version, question.files) };
}
