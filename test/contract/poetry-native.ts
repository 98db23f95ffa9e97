/**
 * Compares locks written here with what real Poetry makes of them, on an index served on 127.0.0.1. Needs the script that runs Poetry
 * in a folder (`NATIVE run DIR COMMAND…`): `RELOCK_NATIVE_TOOLS=NATIVE node test/contract/poetry-native.ts [made [first seed] | imprint | uv]`.
 * Prints a table and the share of locks that Poetry leaves unchanged.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentHash } from "#formats/locks/poetry-lock/content-hash.ts";
import { writePoetryLock } from "#formats/locks/poetry-lock/write.ts";
import { lockFromResolution } from "#planning/poetry-lock-from-resolution.ts";
import type { PackageIndex } from "#ports.ts";
import { extrasOf } from "../support/archives.ts";
import { byProject, filesOf, indexFileOf, metadataFacts, type TestRelease } from "../support/index-data.ts";
import { startIndexServer } from "../support/index-server.ts";
import { problemOfFolder, readManifestText, solvePoetry } from "../support/poetry-solve.ts";
import { makePoetryProject, type MadeProject } from "./poetry-manifests.ts";
import { imprintProjects, uvProjects } from "./poetry-recorded.ts";

/** The Poetry that the native tools run. */
const POETRY = "2.3.4";
const native = process.env["RELOCK_NATIVE_TOOLS"];

interface Outcome {
  readonly name: string;
  readonly verdict: "same" | "differs" | "both refuse" | "only Poetry refuses" | "only Relock refuses";
  readonly detail: string;
}

/** The same facts as the served index, without asking it. */
function indexOf(releases: readonly TestRelease[], url: string): PackageIndex {
  const projects = byProject(releases);
  const versions = new Map(releases.map((release) => [`${release.name} ${release.version}`, release]));
  return {
    listing: async ({ name }) => {
      const files = (projects.get(name) ?? []).flatMap((release) =>
        filesOf(release).map((file) => indexFileOf(release, file, `${url}/${file.filename}`)),
      );
      return { listings: files.length === 0 ? [] : [{ name, indexUrl: url, files }] };
    },
    metadata: async (name, version) => {
      const release = versions.get(`${name} ${version}`);
      if (release === undefined) return { problem: { kind: "not-found", url, message: `no ${name} ${version}` } };
      const facts = metadataFacts(release);
      return {
        metadata: {
          name,
          version,
          summary: facts.summary ?? "",
          requiresPython: facts.requiresPython ?? null,
          requiresDist: facts.requiresDist ?? [],
          providesExtras: extrasOf(facts),
          origin: "sidecar",
        },
      };
    },
    fileHash: async ({ hashes }) => ({ sha256: hashes["sha256"] ?? "" }),
  };
}

/** The lock that Relock writes for a manifest that has none, or why it writes none. */
async function lockText(
  manifest: string,
  releases: readonly TestRelease[],
  url: string,
): Promise<string | { refused: string }> {
  const project = readManifestText(manifest);
  const { step } = await solvePoetry(
    problemOfFolder({ manifest: project, lock: null }, "none"),
    indexOf(releases, url),
  );
  if (step.kind !== "solved") return { refused: step.explanation };
  const hash = contentHash(project.root, POETRY);
  if (hash.kind !== "hash") return { refused: hash.reason };
  return writePoetryLock(
    lockFromResolution(step.resolution, { old: null, generator: { poetryVersion: POETRY }, contentHash: hash.hash }),
  );
}

/** Runs Poetry as if on a machine with Python 3.10, for projects that admit no newer one. */
const ON_PYTHON_310 = String.raw`
import sys
from poetry.console.application import Application
from poetry.utils.env import EnvManager
from poetry.utils.env.base_env import Env
EnvManager.create_venv = lambda self, *args, **kwargs: self.get_system_env(naive=True)
original = Env.marker_env.func if hasattr(Env.marker_env, "func") else Env.marker_env.fget
def marker_env(self):
    return {**original(self), "python_version": "3.10", "python_full_version": "3.10.8", "version_info": (3, 10, 8, "final", 0)}
Env.marker_env = property(marker_env)
Env.version_info = property(lambda self: (3, 10, 8, "final", 0))
sys.exit(Application().run())
`;

interface Run {
  readonly code: number | null;
  readonly text: string;
}

async function runNative(folder: string, script: string): Promise<Run> {
  const child = spawn(native ?? "", ["run", folder, "sh", "-c", script], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text })));
}

const ENVIRONMENT =
  "export POETRY_CACHE_DIR=/mnt/work/cache POETRY_VIRTUALENVS_CREATE=false POETRY_NO_INTERACTION=1 PYTHONHASHSEED=0;";

async function compare(name: string, manifest: string, releases: readonly TestRelease[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "relock-native-"));
  const server = await startIndexServer({ releases });
  try {
    const sourced = `${manifest}\n[[tool.poetry.source]]\nname = "local"\nurl = "${server.url}"\npriority = "primary"\n`;
    writeFileSync(join(folder, "pyproject.toml"), sourced);
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "poetry310.py"), ON_PYTHON_310);
    const ours = await lockText(sourced, releases, server.url);
    if (typeof ours !== "string") {
      const fresh = await runNative(folder, `${ENVIRONMENT} poetry lock`);
      const verdict = fresh.code === 0 ? "only Relock refuses" : "both refuse";
      return { name, verdict, detail: fresh.code === 0 ? ours.refused : "" };
    }
    return await compareLock(name, folder, ours, /python\s*=\s*"[^"]*(?:~3\.10|<3\.1[0-3])/.test(manifest));
  } finally {
    await server.close();
    if (process.env["RELOCK_KEEP"] === undefined) rmSync(folder, { recursive: true, force: true });
    else console.log(`${name}: ${folder}`);
  }
}

async function compareLock(name: string, folder: string, ours: string, isOld: boolean): Promise<Outcome> {
  const path = join(folder, "poetry.lock");
  writeFileSync(join(folder, "ours.lock"), ours);
  writeFileSync(path, ours);
  const checks = [
    'poetry check --lock 2>&1 | tee check.txt; grep -q "pyproject.toml changed significantly" check.txt && echo FAILED check',
    "poetry lock || echo FAILED lock",
    "cmp poetry.lock ours.lock || { diff ours.lock poetry.lock > unchanged.diff; echo FAILED unchanged; }",
    "cp ours.lock poetry.lock",
    "POETRY_INSTALLER_RE_RESOLVE=true poetry install --dry-run --no-root --all-groups --all-extras || echo FAILED install",
    "cmp poetry.lock ours.lock || echo FAILED untouched",
    "rm poetry.lock; poetry lock || echo FAILED fresh",
    "cp poetry.lock fresh.lock; poetry lock >/dev/null; cmp poetry.lock fresh.lock || echo FAILED Poetry changes its own fresh lock; cp fresh.lock poetry.lock",
  ];
  const poetry = isOld ? 'poetry() { python3 poetry310.py "$@"; };' : "";
  const run = await runNative(folder, `${ENVIRONMENT} ${poetry} ${checks.join("; ")}`);
  const failed = [...run.text.matchAll(/^FAILED (.*)$/gm)].map((match) => match[1] ?? "");
  if (failed.includes("fresh")) return { name, verdict: "only Poetry refuses", detail: run.text.slice(-600) };
  if (readFileSync(path, "utf8") !== ours) failed.push("differs from a fresh lock");
  return { name, verdict: failed.length === 0 ? "same" : "differs", detail: failed.join(", ") };
}

/** `imprint`, `uv` (with names to pick some), or a number of made-up projects and the first seed. */
function projects([which = "30", ...rest]: readonly string[]): readonly MadeProject[] {
  const picked = ({ name }: MadeProject): boolean => rest.length === 0 || rest.some((word) => name.includes(word));
  if (which === "imprint") return imprintProjects().filter(picked);
  if (which === "uv") return uvProjects().filter(picked);
  const first = Number(rest[0] ?? "1");
  return Array.from({ length: Number(which) }, (_, index) => makePoetryProject(first + index));
}

async function main(): Promise<void> {
  if (native === undefined) {
    console.log("Skipped: RELOCK_NATIVE_TOOLS does not name the script that runs Poetry.");
    return;
  }
  const outcomes: Outcome[] = [];
  for (const { name, manifest, releases } of projects(process.argv.slice(2))) {
    const outcome = await compare(name, manifest, releases);
    outcomes.push(outcome);
    console.log(`${outcome.name.padEnd(24)} ${outcome.verdict.padEnd(22)} ${outcome.detail}`);
  }
  const locked = outcomes.filter(({ verdict }) => verdict !== "both refuse");
  const same = locked.filter(({ verdict }) => verdict === "same");
  console.log(
    `${same.length} of ${locked.length} locks are those of Poetry ${POETRY}; ${outcomes.length - locked.length} projects are refused by both.`,
  );
}

await main();
