/** One bare repository on disk, read and written through git's own plumbing. It is the only place where refs and objects are kept. */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A name in a commit. `date`: ISO 8601 with seconds, UTC. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface CommitObject {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** The `gpgsig` header, or null. */
  readonly signature: string | null;
  /** What was signed: the object without that header. */
  readonly payload: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** Sign as GitHub does for its own apps and its web page. */
  readonly sign: boolean;
}

export type ObjectType = "blob" | "tree" | "commit" | "tag";

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: ObjectType;
  readonly sha: string;
  readonly size: number | null;
}

/** A change to a tree: `sha` null takes the path away. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

export interface FileChange {
  readonly filename: string;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch: string;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** The key behind "Verified": a signature that was not made with it is not verified. */
const SIGNING_KEY = "the fake GitHub's web-flow key";

function sign(payload: string): string {
  const code = createHmac("sha256", SIGNING_KEY).update(payload).digest("base64");
  return `-----BEGIN PGP SIGNATURE-----\n\n${code}\n-----END PGP SIGNATURE-----`;
}

/** True for a commit that the fake itself signed. */
export function isVerified(commit: CommitObject): boolean {
  return commit.signature !== null && commit.signature === sign(commit.payload);
}

function signatureLine(signature: Signature): string {
  const clean = (text: string): string => text.replaceAll(/[<>\n]/g, "");
  return `${clean(signature.name)} <${clean(signature.email)}> ${Math.floor(Date.parse(signature.date) / 1000)} +0000`;
}

function parseSignature(line: string): Signature {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line);
  const seconds = Number(match?.[3] ?? 0);
  return {
    name: match?.[1] ?? "",
    email: match?.[2] ?? "",
    date: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
  };
}

function parseCommit(sha: string, text: string): CommitObject {
  const end = text.indexOf("\n\n");
  const headerLines = text.slice(0, end).split("\n");
  const values = new Map<string, string[]>();
  const unsigned: string[] = [];
  let last = "";
  for (const line of headerLines) {
    if (line.startsWith(" ")) {
      const list = values.get(last) ?? [];
      list.push(`${list.pop() ?? ""}\n${line.slice(1)}`);
    } else {
      last = line.slice(0, line.indexOf(" "));
      values.set(last, [...(values.get(last) ?? []), line.slice(last.length + 1)]);
    }
    if (last !== "gpgsig") unsigned.push(line);
  }
  return {
    sha,
    tree: values.get("tree")?.[0] ?? "",
    parents: values.get("parent") ?? [],
    author: parseSignature(values.get("author")?.[0] ?? ""),
    committer: parseSignature(values.get("committer")?.[0] ?? ""),
    message: text.slice(end + 2),
    signature: values.get("gpgsig")?.[0] ?? null,
    payload: `${unsigned.join("\n")}\n\n${text.slice(end + 2)}`,
  };
}

export class BareRepository {
  readonly folder: string;

  constructor(folder: string, defaultBranch: string) {
    this.folder = folder;
    if (existsSync(join(folder, "HEAD"))) return;
    mkdirSync(folder, { recursive: true });
    this.run(["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, folder]);
    this.run(["config", "http.receivepack", "true"]);
    this.run(["config", "uploadpack.allowFilter", "true"]);
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

  /** @param name full name, `refs/heads/main` */
  ref(name: string): string | null {
    const sha = this.line(["show-ref", "--verify", "--hash", name]);
    return sha === null || sha === "" ? null : sha;
  }

  refs(prefix: string): { name: string; sha: string; type: ObjectType }[] {
    const output = this.run(["for-each-ref", "--format=%(refname) %(objectname) %(objecttype)"]).toString("utf8");
    return output
      .split("\n")
      .filter((line) => line.startsWith(prefix))
      .map((line) => {
        const [name = "", sha = "", type = "commit"] = line.split(" ");
        return { name, sha, type: type as ObjectType };
      });
  }

  validRefName(name: string): boolean {
    return name.startsWith("refs/") && name.split("/").length >= 3 && this.attempt(["check-ref-format", name]) !== null;
  }

  updateRef(name: string, sha: string): boolean {
    return this.attempt(["update-ref", name, sha]) !== null;
  }

  deleteRef(name: string): void {
    this.run(["update-ref", "-d", name]);
  }

  /** Branch, tag, sha or its beginning: the commit it means, or null. */
  resolve(revision: string): string | null {
    if (revision.startsWith("-")) return null;
    for (const candidate of [`refs/heads/${revision}`, `refs/tags/${revision}`, revision]) {
      const sha = this.line(["rev-parse", "--quiet", "--verify", "--end-of-options", `${candidate}^{commit}`]);
      if (sha !== null && sha !== "") return sha;
    }
    return null;
  }

  /** All of these objects, in one call of git; null for what is not there. */
  objects(shas: readonly string[]): ({ type: ObjectType; content: Buffer } | null)[] {
    if (shas.length === 0) return [];
    const output = this.run(["cat-file", "--batch"], `${shas.join("\n")}\n`);
    const found: ({ type: ObjectType; content: Buffer } | null)[] = [];
    let at = 0;
    while (at < output.length) {
      const end = output.indexOf(10, at);
      const [, type, size] = output.toString("latin1", at, end).split(" ");
      at = end + 1;
      if (size === undefined) {
        found.push(null);
        continue;
      }
      found.push({ type: type as ObjectType, content: output.subarray(at, at + Number(size)) });
      at += Number(size) + 1;
    }
    return found;
  }

  object(sha: string): { type: ObjectType; content: Buffer } | null {
    return /^[0-9a-f]{4,40}$/.test(sha) ? (this.objects([sha])[0] ?? null) : null;
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

  entry(commit: string, path: string): TreeEntry | null {
    const output = this.attempt(["--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path]);
    if (output === null) return null;
    const line = output.toString("utf8").split("\0")[0] ?? "";
    const tab = line.indexOf("\t");
    if (tab < 0 || line.slice(tab + 1) !== path) return null;
    const [mode = "", type = "", sha = "", size = "-"] = line.slice(0, tab).split(/ +/);
    return { path, mode, type: type as ObjectType, sha, size: size === "-" ? null : Number(size) };
  }

  /** Bytes of a file at a revision, or null. */
  read(revision: string, path: string): Buffer | null {
    const commit = this.resolve(revision);
    const entry = commit === null ? null : this.entry(commit, path);
    return entry === null ? null : this.blob(entry.sha);
  }

  writeBlob(content: Uint8Array): string {
    return this.run(["hash-object", "-w", "-t", "blob", "--stdin"], Buffer.from(content)).toString("utf8").trim();
  }

  /** A tree made from another with changes, or null where git refuses a path. */
  writeTree(base: string | null, changes: readonly TreeChange[]): string | null {
    const index = join(this.folder, `fake-index-${process.pid}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      this.run(base === null ? ["read-tree", "--empty"] : ["read-tree", base], "", env);
      const lines = changes
        .filter((change) => change.mode !== "040000")
        .map(
          (change) => `${change.sha === null ? "0" : change.mode} ${change.sha ?? "0".repeat(40)}\t${change.path}\0`,
        );
      if (this.attempt(["update-index", "-z", "--index-info"], lines.join(""), env) === null) return null;
      for (const change of changes.filter(({ mode, sha }) => mode === "040000" && sha !== null)) {
        this.attempt(["rm", "--cached", "-r", "-q", "--ignore-unmatch", "--", change.path], "", env);
        const args = ["read-tree", `--prefix=${change.path}/`, change.sha ?? ""];
        if (this.attempt(args, "", env) === null) return null;
      }
      return this.attempt(["write-tree"], "", env)?.toString("utf8").trim() ?? null;
    } finally {
      rmSync(index, { force: true });
      rmSync(`${index}.lock`, { force: true });
    }
  }

  writeCommit(commit: NewCommit): string {
    const header = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${signatureLine(commit.author)}`,
      `committer ${signatureLine(commit.committer)}`,
    ];
    const payload = `${header.join("\n")}\n\n${commit.message}`;
    const signed = commit.sign ? [...header, `gpgsig ${sign(payload).replaceAll("\n", "\n ")}`] : header;
    const text = `${signed.join("\n")}\n\n${commit.message}`;
    return this.run(["hash-object", "-w", "-t", "commit", "--stdin"], text).toString("utf8").trim();
  }

  isAncestor(ancestor: string, descendant: string): boolean {
    return this.attempt(["merge-base", "--is-ancestor", ancestor, descendant]) !== null;
  }

  mergeBase(left: string, right: string): string | null {
    return this.line(["merge-base", left, right]);
  }

  /** Shas from new to old; `range` as git writes it (`a..b`, or a commit). */
  log(range: string, path: string | null = null): string[] {
    const args = ["rev-list", "--date-order", range, ...(path === null ? [] : ["--", path])];
    return (this.attempt(args)?.toString("utf8") ?? "").split("\n").filter((line) => line !== "");
  }

  /** Files that differ between two commits; `from` null is the empty tree. */
  changes(from: string | null, to: string): FileChange[] {
    const base = from ?? EMPTY_TREE;
    const raw = this.run(["diff-tree", "-r", "-z", "--no-renames", "--raw", "--numstat", base, to]).toString("utf8");
    const patches = this.patches(base, to);
    const statuses = new Map<string, { letter: string; sha: string }>();
    const changes: FileChange[] = [];
    const fields = raw.split("\0");
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at] ?? "";
      if (field.startsWith(":")) {
        const [, , old = "", sha = "", letter = "M"] = field.split(" ");
        at += 1;
        statuses.set(fields[at] ?? "", { letter, sha: letter === "D" ? old : sha });
        continue;
      }
      const [added, removed, filename] = field.split("\t");
      if (filename === undefined) continue;
      const status = statuses.get(filename);
      changes.push({
        filename,
        status: status?.letter === "A" ? "added" : status?.letter === "D" ? "removed" : "modified",
        sha: this.fullSha(status?.sha ?? ""),
        additions: Number(added) || 0,
        deletions: Number(removed) || 0,
        patch: patches.get(filename) ?? "",
      });
    }
    return changes;
  }

  private fullSha(sha: string): string {
    return sha.length === 40 ? sha : (this.line(["rev-parse", sha]) ?? sha);
  }

  private patches(from: string, to: string): Map<string, string> {
    const text = this.run(["-c", "core.quotePath=false", "diff-tree", "-r", "-p", "--no-renames", from, to]).toString(
      "utf8",
    );
    const patches = new Map<string, string>();
    for (const part of text.split(/^diff --git /m).slice(1)) {
      const name = /^a\/(.*) b\/\1$/m.exec(part.split("\n")[0] ?? "")?.[1];
      const start = part.indexOf("\n@@");
      if (name !== undefined && start >= 0) patches.set(name, part.slice(start + 1).replace(/\n$/, ""));
    }
    return patches;
  }

  /** The tree of merging two commits, or null where they conflict. */
  mergeTree(left: string, right: string): string | null {
    return this.line(["merge-tree", "--write-tree", left, right])?.split("\n")[0] ?? null;
  }
}
