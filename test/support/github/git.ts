/** One bare repository on disk, read and written through git's own plumbing. It is the only place where refs and objects are kept. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatCommit, parseCommit, type CommitObject, type NewCommit } from "./commit-object.ts";
import {
  hasPackedRefs,
  parseTree,
  readLooseObject,
  writeLooseObject,
  type GitObject,
  type ObjectType,
} from "./objects.ts";
import { changeTree, type TreeChange } from "./change-tree.ts";
import { createBareFolder, looseRefs, readLooseRef, writeLooseRef } from "./loose-refs.ts";

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: ObjectType;
  readonly sha: string;
  readonly size: number | null;
}

export interface FileChange {
  readonly filename: string;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** git leaves out a path that it refuses without failing, so it is looked at here. */
function wellFormed(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}

/** `:100644 100644 <old> <new> M` */
function parseRaw(field: string): { status: FileChange["status"]; sha: string } {
  const [, , old = "", sha = "", letter = "M"] = field.split(" ");
  if (letter === "D") return { status: "removed", sha: old };
  return { status: letter === "A" ? "added" : "modified", sha };
}

export class BareRepository {
  readonly folder: string;
  /** What git answered about commits: objects never change, so neither does the answer. */
  private readonly known = new Map<string, unknown>();

  constructor(folder: string, defaultBranch: string) {
    this.folder = folder;
    if (existsSync(join(folder, "HEAD"))) return;
    createBareFolder(folder, defaultBranch);
  }

  /** Runs git and answers its output, or null where it exits with another status than 0. */
  attempt(args: readonly string[], input?: Buffer | string, env: Record<string, string> = {}): Buffer | null {
    const result = spawnSync("git", args, {
      input: input ?? "",
      maxBuffer: 1 << 30,
      env: {
        PATH: process.env["PATH"],
        GIT_DIR: this.folder,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        ...env,
      },
    });
    if (result.error !== undefined) throw result.error;
    return result.status === 0 ? result.stdout : null;
  }

  run(args: readonly string[], input?: Buffer | string, env: Record<string, string> = {}): Buffer {
    const output = this.attempt(args, input, env);
    if (output === null) throw new Error(`git ${args.join(" ")} failed in ${this.folder}`);
    return output;
  }

  private line(args: readonly string[]): string | null {
    return this.attempt(args)?.toString("utf8").trim() ?? null;
  }

  /** Answers from memory where only whole shas are asked about. */
  private remember<Answer>(key: readonly string[], compute: () => Answer): Answer {
    if (!key.slice(1).every((part) => /^[0-9a-f]{40}(\.\.[0-9a-f]{40})?$/.test(part))) return compute();
    const name = key.join(" ");
    if (!this.known.has(name)) this.known.set(name, compute());
    return this.known.get(name) as Answer;
  }

  /** @param name full name, `refs/heads/main` */
  ref(name: string): string | null {
    const loose = readLooseRef(this.folder, name);
    if (loose !== null || !hasPackedRefs(this.folder)) return loose;
    const sha = this.line(["show-ref", "--verify", "--hash", name]);
    return sha === null || sha === "" ? null : sha;
  }

  /** Sorted by name. */
  refs(prefix: string): { name: string; sha: string; type: ObjectType }[] {
    const names = hasPackedRefs(this.folder)
      ? this.run(["for-each-ref", "--format=%(refname)"]).toString("utf8").split("\n")
      : looseRefs(this.folder);
    return names
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => {
        const sha = this.ref(name);
        return sha === null ? [] : [{ name, sha, type: this.object(sha)?.type ?? "commit" }];
      });
  }

  validRefName(name: string): boolean {
    if (!name.startsWith("refs/") || name.split("/").length < 3) return false;
    // Names of these characters are always right; git is asked about the others.
    return /^refs(\/[\w-]+)+$/.test(name) || this.attempt(["check-ref-format", name]) !== null;
  }

  /** @returns false where another ref is in the way: `a` and `a/b` cannot both be */
  updateRef(name: string, sha: string): boolean {
    if (hasPackedRefs(this.folder)) return this.attempt(["update-ref", name, sha]) !== null;
    return writeLooseRef(this.folder, name, sha);
  }

  deleteRef(name: string): void {
    this.run(["update-ref", "-d", name]);
  }

  /** Branch, tag, sha or its beginning: the commit it means, or null. */
  resolve(revision: string): string | null {
    if (revision.startsWith("-")) return null;
    const direct =
      this.ref(`refs/heads/${revision}`) ??
      (readLooseObject(this.folder, revision)?.type === "commit" ? revision : null);
    if (direct !== null) return direct;
    for (const candidate of [`refs/heads/${revision}`, `refs/tags/${revision}`, revision]) {
      const sha = this.line(["rev-parse", "--quiet", "--verify", "--end-of-options", `${candidate}^{commit}`]);
      if (sha !== null && sha !== "") return sha;
    }
    return null;
  }

  /** null for what is not there. */
  objects(shas: readonly string[]): (GitObject | null)[] {
    return shas.map((sha) => this.object(sha));
  }

  object(sha: string): GitObject | null {
    if (!/^[0-9a-f]{40}$/.test(sha)) return null;
    return readLooseObject(this.folder, sha) ?? this.packedObject(sha);
  }

  /** Pushed objects may come in a pack. */
  private packedObject(sha: string): GitObject | null {
    const output = this.run(
      ["cat-file", "--batch"],
      `${sha}
`,
    );
    const end = output.indexOf(10);
    const [, type, size] = output.toString("latin1", 0, end).split(" ");
    if (size === undefined) return null;
    return { type: type as ObjectType, content: output.subarray(end + 1, end + 1 + Number(size)) };
  }

  blob(sha: string): Buffer | null {
    const found = this.object(sha);
    return found?.type === "blob" ? found.content : null;
  }

  commits(shas: readonly string[]): CommitObject[] {
    return this.objects(shas).map((found, at) => parseCommit(shas[at] ?? "", found?.content.toString("utf8") ?? ""));
  }

  commit(sha: string): CommitObject | null {
    const found = this.object(sha);
    return found?.type === "commit" ? parseCommit(sha, found.content.toString("utf8")) : null;
  }

  /** @param tree a tree or a commit */
  tree(tree: string, recursive: boolean): TreeEntry[] | null {
    return this.remember([recursive ? "whole tree" : "tree", tree], () => this.readTree(tree, recursive));
  }

  private readTree(tree: string, recursive: boolean): TreeEntry[] | null {
    const args = ["ls-tree", "-z", "--long", ...(recursive ? ["-r", "-t"] : []), tree];
    const output = this.attempt(args);
    if (output === null) return null;
    return output
      .toString("utf8")
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => {
        const tab = line.indexOf("\t");
        const [mode = "", type = "", sha = "", size = "-"] = line.slice(0, tab).split(/ +/);
        return {
          path: line.slice(tab + 1),
          mode,
          type: type as ObjectType,
          sha,
          size: size === "-" ? null : Number(size),
        };
      });
  }

  /** @param start a commit or a tree */
  entry(start: string, path: string): TreeEntry | null {
    let sha = this.commit(start)?.tree ?? start;
    let mode = "040000";
    for (const name of path.split("/")) {
      const tree = this.object(sha);
      const found = tree?.type === "tree" ? parseTree(tree.content).find((entry) => entry.name === name) : undefined;
      if (found === undefined) return null;
      ({ sha, mode } = found);
    }
    const type = mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob";
    return { path, mode, type, sha, size: type === "blob" ? (this.object(sha)?.content.length ?? 0) : null };
  }

  /** Bytes of a file at a revision, or null. */
  read(revision: string, path: string): Buffer | null {
    const commit = this.resolve(revision);
    const entry = commit === null ? null : this.entry(commit, path);
    return entry === null ? null : this.blob(entry.sha);
  }

  writeBlob(content: Uint8Array): string {
    return writeLooseObject(this.folder, "blob", content);
  }

  /** A tree made from another (or from a commit's) with changes, or null where a path is none that git takes. */
  writeTree(base: string | null, changes: readonly TreeChange[]): string | null {
    if (!changes.every((change) => wellFormed(change.path))) return null;
    const tree = base === null ? null : (this.commit(base)?.tree ?? base);
    return changeTree(this.folder, (sha) => this.object(sha)?.content ?? Buffer.alloc(0), { base: tree, changes });
  }

  writeCommit(commit: NewCommit): string {
    return writeLooseObject(this.folder, "commit", Buffer.from(formatCommit(commit)));
  }

  isAncestor(ancestor: string, descendant: string): boolean {
    return (
      ancestor === descendant || this.remember(["all", descendant], () => this.reachable(descendant)).has(ancestor)
    );
  }

  private reachable(start: string): Set<string> {
    const found = new Set<string>();
    const waiting = [start];
    for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
      if (found.has(sha)) continue;
      found.add(sha);
      waiting.push(...(this.commit(sha)?.parents ?? []));
    }
    return found;
  }

  mergeBase(left: string, right: string): string | null {
    if (this.isAncestor(left, right)) return left;
    return this.remember(["base", left, right], () => this.line(["merge-base", left, right]));
  }

  /** Shas from new to old; `range` as git writes it (`a..b`, or a commit). */
  log(range: string, path: string | null = null): string[] {
    const [from = "", to = ""] = range.split("..");
    if (
      path === null &&
      /^[0-9a-f]{40}$/.test(from) &&
      this.commit(to)?.parents[0] === from &&
      this.commit(to)?.parents.length === 1
    ) {
      return [to];
    }
    const args = ["rev-list", "--date-order", range, ...(path === null ? [] : ["--", path])];
    const compute = (): string[] =>
      (this.attempt(args)?.toString("utf8") ?? "").split("\n").filter((line) => line !== "");
    return [...this.remember(path === null ? ["log", range] : ["log", range, path], compute)];
  }

  /** Files that differ between two commits; `from` null is the empty tree. */
  changes(from: string | null, to: string): FileChange[] {
    const base = from ?? EMPTY_TREE;
    return this.remember(["changes", base, to], () => this.readChanges(base, to));
  }

  private readChanges(base: string, to: string): FileChange[] {
    const format = ["-r", "-z", "--no-renames", "--raw", "--no-abbrev", "--numstat"];
    const fields = this.run(["diff-tree", ...format, base, to])
      .toString("utf8")
      .split("\0");
    const statuses = new Map<string, { status: FileChange["status"]; sha: string }>();
    const changes: FileChange[] = [];
    for (const [at, field] of fields.entries()) {
      if (field.startsWith(":")) statuses.set(fields[at + 1] ?? "", parseRaw(field));
      const [added, removed, filename] = field.split("\t");
      if (filename === undefined) continue;
      changes.push({
        filename,
        ...(statuses.get(filename) ?? { status: "modified", sha: "" }),
        additions: Number(added) || 0,
        deletions: Number(removed) || 0,
      });
    }
    return changes;
  }

  /** The patch of each file that differs, as the API shows it: from the first `@@`. */
  patches(from: string | null, to: string): Map<string, string> {
    const base = from ?? EMPTY_TREE;
    return this.remember(["patches", base, to], () => this.readPatches(base, to));
  }

  private readPatches(from: string, to: string): Map<string, string> {
    const args = ["-c", "core.quotePath=false", "diff-tree", "-r", "-p", "--no-renames", from, to];
    const patches = new Map<string, string>();
    for (const part of this.run(args)
      .toString("utf8")
      .split(/^diff --git /m)
      .slice(1)) {
      const name = /^a\/(.*) b\/\1$/m.exec(part.split("\n")[0] ?? "")?.[1];
      const start = part.indexOf("\n@@");
      if (name !== undefined && start >= 0) patches.set(name, part.slice(start + 1).replace(/\n$/, ""));
    }
    return patches;
  }

  /** The tree of merging two commits, or null where they conflict. */
  mergeTree(left: string, right: string): string | null {
    if (this.isAncestor(left, right)) return this.commit(right)?.tree ?? null;
    const compute = (): string | null => this.line(["merge-tree", "--write-tree", left, right])?.split("\n")[0] ?? null;
    return this.remember(["merge", left, right], compute);
  }
}
