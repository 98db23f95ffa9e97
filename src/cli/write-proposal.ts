/** What `relock update` and `relock lock` do with edits: write them, commit them, or put them into a folder of patches. */
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { simpleGit, type SimpleGit } from "simple-git";
import type { FileEdit, Proposal, ProposedPullRequest } from "#planning/proposal.ts";
import { UsageError } from "./errors.ts";

/** Git as a bot runs it: no hooks, no prompts, no configuration of a repository that runs a program. */
export const SAFE_GIT = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.symlinks=false",
  "commit.gpgsign=false",
];

/** simple-git asks before such settings are made: here they close doors. */
export const CLOSED_DOORS = { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true };

function safeGit(folder: string): SimpleGit {
  return simpleGit({ baseDir: folder, config: SAFE_GIT, unsafe: CLOSED_DOORS, allowEnvironment: ["GIT_INDEX_FILE"] });
}

/**
 * Replaces files in a checkout, each by a rename, all or none of a file.
 * @throws UsageError when a path leaves the folder or is a link: nothing is written then
 */
export async function writeEdits(root: string, edits: readonly FileEdit[]): Promise<void> {
  const targets: { readonly path: string; readonly content: Uint8Array }[] = [];
  for (const edit of edits) {
    targets.push({ path: await safePath(root, edit.file), content: edit.content });
  }
  for (const { path, content } of targets) {
    const mode = (await lstat(path).catch(() => null))?.mode ?? 0o644;
    const temporary = `${path}.relock-${process.pid}`;
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(temporary, content, { mode: mode & 0o777 });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

async function safePath(root: string, file: string): Promise<string> {
  const base = resolve(root);
  const full = resolve(base, file);
  if (!full.startsWith(base + sep) || file.split("/").includes(".git")) {
    throw new UsageError(`${file}: not a path inside ${root}: nothing was written`);
  }
  let folder = base;
  for (const part of file.split("/")) {
    folder = join(folder, part);
    const facts = await lstat(folder).catch(() => null);
    if (facts?.isSymbolicLink() === true) {
      throw new UsageError(
        `${file}: ${part} is a symbolic link, which Relock does not write through: nothing was written`,
      );
    }
  }
  return full;
}

/**
 * Writes `<n>-<group>.patch`, `<n>-<group>.md` and `proposal.json`.
 * @returns the paths written
 */
export async function writePatchDirectory(root: string, out: string, proposal: Proposal): Promise<readonly string[]> {
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [index, pullRequest] of proposal.pullRequests.entries()) {
    const stem = join(folder, `${index + 1}-${pullRequest.group}`);
    await writeFile(`${stem}.patch`, await createPatch(root, pullRequest.edits));
    await writeFile(`${stem}.md`, `# ${pullRequest.title}\n\n${pullRequest.body}`);
    written.push(`${stem}.patch`, `${stem}.md`);
  }
  const summary = join(folder, "proposal.json");
  await writeFile(summary, `${JSON.stringify(proposalJson(proposal), null, 2)}\n`);
  return [...written, summary];
}

/** The proposal as contract.md shows it: contents of files are not part of the JSON. */
export function proposalJson(proposal: Proposal): object {
  return {
    pullRequests: proposal.pullRequests.map(({ edits, ...pullRequest }) => ({
      ...pullRequest,
      edits: edits.map(({ file }) => ({ file })),
    })),
    held: proposal.held,
    findings: proposal.findings,
  };
}

/** A patch that `git apply` takes, made by git itself so that every encoding and line ending is right. */
async function createPatch(root: string, edits: readonly FileEdit[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "relock-patch-"));
  try {
    for (const edit of edits) {
      const before = await readFile(join(root, edit.file)).catch(() => null);
      await put(join(folder, "a", edit.file), before);
      await put(join(folder, "b", edit.file), edit.content);
    }
    // `git diff --no-index` answers 1 when there are differences, which is what is asked for.
    return await simpleGit({ baseDir: folder, config: SAFE_GIT, unsafe: CLOSED_DOORS, errors: () => undefined }).raw([
      "diff",
      "--no-index",
      "--no-prefix",
      "--binary",
      "--no-color",
      "--no-ext-diff",
      "a",
      "b",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function put(path: string, content: Uint8Array | null): Promise<void> {
  if (content !== null) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** What became of the branches; those that are as they should be are in neither list. */
export interface BranchResult {
  /** Created or moved. */
  readonly moved: readonly string[];
  readonly kept: readonly { readonly branch: string; readonly reason: string }[];
}

/**
 * Commits each pull request on its branch, from HEAD, without touching the work tree or the index. A branch that holds a
 * commit without our trailer, or that is checked out, is left as it is.
 */
export async function commitBranches(root: string, proposal: Proposal): Promise<BranchResult> {
  const git = safeGit(resolve(root));
  const head = (await git.revparse(["HEAD"]).catch(() => null))?.trim();
  if (head === undefined) {
    throw new UsageError(`${root}: --branches needs a git repository with a commit`);
  }
  const prefix = (await git.revparse(["--show-prefix"])).trim();
  const moved: string[] = [];
  const kept: { branch: string; reason: string }[] = [];
  for (const pullRequest of proposal.pullRequests) {
    const { branch } = pullRequest;
    const reason = await whyKept(git, head, pullRequest);
    if (reason !== null) {
      kept.push({ branch, reason });
    } else if (await commitOne(git, { root: resolve(root), head, prefix, pullRequest })) {
      moved.push(branch);
    }
  }
  return { moved, kept };
}

/** Why a branch must not be moved, or null. */
async function whyKept(git: SimpleGit, head: string, { branch, group }: ProposedPullRequest): Promise<string | null> {
  const reference = `refs/heads/${branch}`;
  const exists = await git.raw(["rev-parse", "--verify", "--quiet", reference]).catch(() => "");
  if (exists.trim() === "") {
    return null;
  }
  const checkedOut = await git.raw(["for-each-ref", "--format=%(worktreepath)", reference]);
  if (checkedOut.trim() !== "") {
    return `it is checked out in ${checkedOut.trim()}`;
  }
  const log = await git.raw([
    "log",
    "--format=%h %(trailers:key=Relock-Group,valueonly,separator=%x20)",
    reference,
    `^${head}`,
  ]);
  const foreign = log.split("\n").find((line) => line !== "" && line.trim().split(" ")[1] !== group);
  return foreign === undefined ? null : `commit ${foreign.trim().split(" ")[0]} on it is not Relock's`;
}

interface BranchCommit {
  readonly root: string;
  readonly head: string;
  /** Folder of the checkout in its repository, with `/` at its end, or empty. */
  readonly prefix: string;
  readonly pullRequest: ProposedPullRequest;
}

async function commitOne(git: SimpleGit, { root, head, prefix, pullRequest }: BranchCommit): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "relock-index-"));
  try {
    const scratch = safeGit(root).env(gitEnvironment(join(folder, "index")));
    await scratch.raw(["read-tree", head]);
    for (const edit of pullRequest.edits) {
      const file = join(folder, "blob");
      await writeFile(file, edit.content);
      const blob = (await scratch.raw(["hash-object", "-w", "--no-filters", file])).trim();
      await scratch.raw([
        "update-index",
        "--add",
        "--cacheinfo",
        `${await modeOf(git, head, prefix + edit.file)},${blob},${prefix}${edit.file}`,
      ]);
    }
    const tree = (await scratch.raw(["write-tree"])).trim();
    const reference = `refs/heads/${pullRequest.branch}`;
    const existing = await git.raw(["log", "-1", "--format=%T%n%P", reference, "--"]).catch(() => "");
    if (existing.trim() === `${tree}\n${head}`) {
      return false;
    }
    const message = `${pullRequest.title}\n\nRelock-Group: ${pullRequest.group}\n`;
    const commit = (await scratch.raw(["commit-tree", tree, "-p", head, "-m", message])).trim();
    await git.raw(["update-ref", reference, commit]);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Only what git needs to know who commits; other GIT_ variables could point it somewhere else. */
function gitEnvironment(indexFile: string): Record<string, string> {
  const kept = ["PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT"].map((name) => [name, process.env[name]] as const);
  const present = kept.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(present), GIT_INDEX_FILE: indexFile };
}

async function modeOf(git: SimpleGit, head: string, path: string): Promise<string> {
  const entry = await git.raw(["ls-tree", head, "--", path]);
  const mode = entry.split(" ")[0] ?? "";
  return mode === "100755" ? mode : "100644";
}
