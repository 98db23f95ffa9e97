/** A checkout as a repository snapshot. Symlinks are listed and never followed; nothing outside the folder is read. */
import { lstat, readFile, readdir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { simpleGit } from "simple-git";
import type { RepositorySnapshot, SnapshotFile } from "#formats/repository-snapshot.ts";
import { UsageError } from "./errors.ts";
import { CLOSED_DOORS, SAFE_GIT } from "./write-proposal.ts";

/** Files larger than this are listed and not read: no manifest or lock that people review is larger. */
const SIZE_LIMIT = 64 * 1024 * 1024;

/** Folders that never hold a project's own manifests, where git is not there to say so. */
const SKIPPED_FOLDERS = new Set([
  ".git",
  "node_modules",
  "site-packages",
  "__pycache__",
  ".venv",
  "venv",
  ".tox",
  ".nox",
  ".pixi",
]);

/** Deepest folder that is looked into. */
const DEPTH_LIMIT = 24;

/**
 * Reads the files that may be manifests or locks.
 * @param folder the checkout, or a folder in it: that folder is the root of the snapshot
 * @param isWanted whether a path may matter: others are listed without content
 * @throws UsageError when the folder cannot be read
 */
export async function readCheckout(folder: string, isWanted: (path: string) => boolean): Promise<RepositorySnapshot> {
  const root = resolve(folder);
  const facts = await stat(root).catch(() => null);
  if (facts === null || !facts.isDirectory()) {
    throw new UsageError(`${folder}: no such folder: give the folder of a repository`);
  }
  const paths = (await pathsFromGit(root)) ?? (await pathsFromDisk(root));
  const files = new Map<string, SnapshotFile>();
  for (const path of paths.sort()) {
    const file = await readSnapshotFile(root, path, isWanted(path));
    if (file !== null) {
      files.set(path, file);
    }
  }
  return { commit: "worktree", files };
}

/** What git tracks, and what it does not ignore; null where the folder is not a git work tree. */
async function pathsFromGit(root: string): Promise<string[] | null> {
  try {
    const git = simpleGit({ baseDir: root, config: SAFE_GIT, unsafe: CLOSED_DOORS });
    const output = await git.raw(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    return [...new Set(output.split("\0").filter((path) => path !== ""))];
  } catch {
    return null;
  }
}

async function pathsFromDisk(root: string): Promise<string[]> {
  const paths: string[] = [];
  const pending: { folder: string; depth: number }[] = [{ folder: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { folder, depth } = next;
    // A folder that may not be read is passed over, as git does.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const full = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < DEPTH_LIMIT && !SKIPPED_FOLDERS.has(entry.name)) {
          pending.push({ folder: full, depth: depth + 1 });
        }
      } else {
        paths.push(relative(root, full).split(sep).join("/"));
      }
    }
  }
  return paths;
}

async function readSnapshotFile(root: string, path: string, wanted: boolean): Promise<SnapshotFile | null> {
  const full = join(root, path);
  // A file that git lists may be gone from the work tree, or be a submodule.
  const facts = await lstat(full).catch(() => null);
  if (facts === null) {
    return null;
  }
  if (facts.isSymbolicLink()) {
    return { path, mode: "120000", size: facts.size, content: null };
  }
  if (facts.isDirectory()) {
    return { path, mode: "160000", size: 0, content: null };
  }
  if (!facts.isFile() || (await leavesThroughLink(root, path))) {
    return null;
  }
  const mode = (facts.mode & 0o100) === 0 ? "100644" : "100755";
  // A file that may not be read is listed without content, which makes a finding of it.
  const content = wanted && facts.size <= SIZE_LIMIT ? await readFile(full).catch(() => null) : null;
  return { path, mode, size: facts.size, content: content === null ? null : new Uint8Array(content) };
}

/** Whether a folder of the path is a link: git never lists such paths, a plain folder may hold them. */
async function leavesThroughLink(root: string, path: string): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part);
    if ((await lstat(folder)).isSymbolicLink()) {
      return true;
    }
  }
  return false;
}
