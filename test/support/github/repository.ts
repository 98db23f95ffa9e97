/** What people do in a repository of the fake GitHub: commits, issues, comments, merges. */
import { tellCheckRun } from "./actions/checks.ts";
import { addComment, addLabels, deleteComment, editComment, openIssue, setIssueState } from "./actions/issues.ts";
import { mergePull, openPull, setPullState } from "./actions/pulls.ts";
import { createRef, deleteRef, updateRef } from "./actions/refs.ts";
import type { CommitObject } from "./commit-object.ts";
import type { TreeChange } from "./change-tree.ts";
import type { BareRepository } from "./git.ts";
import type { CheckRun, Comment, Issue, Reaction, Repository, Role } from "./state.ts";
import type { World } from "./world.ts";

/** Path to content; null takes the file away. A value with a mode is a symlink, an executable or a gitlink (its sha). */
export type FileChanges = Readonly<Record<string, string | Uint8Array | FileWithMode | null>>;

export interface FileWithMode {
  readonly mode: "100644" | "100755" | "120000" | "160000";
  readonly content: string | Uint8Array;
}

export interface RepositoryOptions {
  readonly owner: string;
  readonly name: string;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** What organisation members may do without being named; default read. */
  readonly basePermission?: Role | "none";
  readonly files?: FileChanges;
  /** Who makes the first commit; default the owner. */
  readonly author?: string;
}

export interface CommitOptions {
  readonly author: string;
  readonly files: FileChanges;
  readonly message?: string;
  /** Default: the default branch. A branch that is not there begins at `from`, else at the default branch. */
  readonly branch?: string;
  readonly from?: string;
  /** Rewrites the branch: the commit's parent is `from`. */
  readonly force?: boolean;
}

function isFileWithMode(value: FileChanges[string]): value is FileWithMode {
  return value !== null && typeof value === "object" && "mode" in value;
}

export class FakeRepository {
  readonly record: Repository;
  private readonly world: World;

  constructor(world: World, record: Repository) {
    this.world = world;
    this.record = record;
  }

  static create(world: World, options: RepositoryOptions): FakeRepository {
    const record: Repository = {
      id: world.nextId(),
      owner: world.account(options.owner).login,
      name: options.name,
      private: options.private ?? false,
      defaultBranch: options.defaultBranch ?? "main",
      createdAt: world.now(),
      updatedAt: world.now(),
      pushedAt: world.now(),
      basePermission: options.basePermission ?? "read",
      collaborators: {},
      labels: [],
    };
    world.state.repositories.push(record);
    const repository = new FakeRepository(world, record);
    if (options.files !== undefined) {
      repository.commit({ author: options.author ?? options.owner, files: options.files, message: "Begin" });
    }
    return repository;
  }

  get fullName(): string {
    return `${this.record.owner}/${this.record.name}`;
  }

  /** Plumbing of the bare repository, for tests that look at objects. */
  get git(): BareRepository {
    return this.world.git(this.record);
  }

  /** Commits as a person would with git, and pushes. @returns the sha */
  commit(options: CommitOptions): string {
    const branch = options.branch ?? this.record.defaultBranch;
    const ref = `refs/heads/${branch}`;
    const tip = this.git.ref(ref);
    const base =
      options.force === true || tip === null ? this.git.resolve(options.from ?? this.record.defaultBranch) : tip;
    const tree = this.git.writeTree(base, this.changes(options.files));
    if (tree === null) throw new Error(`git refused a path of ${Object.keys(options.files).join(", ")}`);
    const signature = this.world.signature(options.author);
    const sha = this.git.writeCommit({
      tree,
      parents: base === null ? [] : [base],
      author: signature,
      committer: signature,
      message: `${options.message ?? "Change files"}\n`,
      sign: false,
    });
    this.moveBranch(branch, sha, { actor: options.author, force: options.force ?? false });
    return sha;
  }

  private changes(files: FileChanges): TreeChange[] {
    return Object.entries(files).map(([path, value]) => {
      if (value === null) return { path, mode: "100644", sha: null };
      const { mode, content } = isFileWithMode(value) ? value : { mode: "100644", content: value };
      return { path, mode, sha: mode === "160000" ? String(content) : this.git.writeBlob(Buffer.from(content)) };
    });
  }

  /** A push of a commit that is already there. */
  moveBranch(branch: string, sha: string, options: { actor: string; force?: boolean }): void {
    const ref = `refs/heads/${branch}`;
    const move = { ref, sha, actor: options.actor };
    if (this.git.ref(ref) === null) createRef(this.world, this.record, move);
    else updateRef(this.world, this.record, { ...move, force: options.force ?? false });
  }

  deleteBranch(branch: string, actor: string = this.record.owner): void {
    deleteRef(this.world, this.record, `refs/heads/${branch}`, actor);
  }

  /** Names of the branches. */
  branches(): string[] {
    return this.git.refs("refs/heads/").map((ref) => ref.name.slice("refs/heads/".length));
  }

  head(branch: string = this.record.defaultBranch): string | null {
    return this.git.ref(`refs/heads/${branch}`);
  }

  /** Text of a file at a branch, tag or commit; null where it is not there. */
  read(path: string, revision: string = this.record.defaultBranch): string | null {
    return this.git.read(revision, path)?.toString("utf8") ?? null;
  }

  /** Commits of `branch` that the default branch has not, oldest first. */
  commitsOn(branch: string): CommitObject[] {
    const range = `refs/heads/${this.record.defaultBranch}..refs/heads/${branch}`;
    return this.git.commits(this.git.log(range).reverse());
  }

  setPermission(login: string, role: Role | "none"): void {
    if (role === "none") delete this.record.collaborators[login];
    else this.record.collaborators[login] = role;
  }

  openIssue(options: { author: string; title: string; body?: string; labels?: readonly string[] }): Issue {
    const { author, title, body = null, labels = [] } = options;
    return openIssue(this.world, this.record, { title, body, labels, actor: author });
  }

  openPullRequest(options: { author: string; title: string; body?: string; head: string; base?: string }): Issue {
    const { author, title, body = null, head, base = this.record.defaultBranch } = options;
    return openPull(this.world, this.record, { title, body, head, base, draft: false, actor: author });
  }

  comment(number: number, author: string, body: string): Comment {
    return addComment(this.world, this.record, this.world.issue(this.record, number), { body, actor: author });
  }

  editComment(comment: Comment, author: string, body: string): void {
    editComment(this.world, this.record, comment, { body, actor: author });
  }

  deleteComment(comment: Comment, author: string): void {
    deleteComment(this.world, this.record, comment, author);
  }

  label(number: number, author: string, ...names: string[]): void {
    addLabels(this.world, this.record, this.world.issue(this.record, number), { names, actor: author });
  }

  mergePullRequest(number: number, actor: string, method: "merge" | "squash" = "merge"): string {
    return mergePull(this.world, this.record, this.world.issue(this.record, number), { method, actor });
  }

  /** Of an issue or a pull request. */
  setState(number: number, actor: string, state: "open" | "closed"): void {
    const issue = this.world.issue(this.record, number);
    if (issue.pull === null) setIssueState(this.world, this.record, issue, { state, actor });
    else setPullState(this.world, this.record, issue, { state, actor });
  }

  /** The button "Re-run" of a check. */
  rerequestCheckRun(run: CheckRun, actor: string): void {
    tellCheckRun(this.world, this.record, { run, action: "rerequested", actor });
  }

  issues(): Issue[] {
    return this.world.state.issues.filter((one) => one.repository === this.record.id && one.pull === null);
  }

  pullRequests(state: "open" | "closed" | "all" = "all"): (Issue & { pull: NonNullable<Issue["pull"]> })[] {
    return this.world.state.issues.filter(
      (one): one is Issue & { pull: NonNullable<Issue["pull"]> } =>
        one.repository === this.record.id && one.pull !== null && (state === "all" || one.state === state),
    );
  }

  comments(number: number): Comment[] {
    return this.world.state.comments.filter((one) => one.repository === this.record.id && one.issue === number);
  }

  reactions(subject: Comment | Issue): Reaction[] {
    const name = "issue" in subject ? `comment:${subject.id}` : `issue:${subject.id}`;
    return this.world.state.reactions.filter((one) => one.subject === name);
  }

  checkRuns(sha?: string): CheckRun[] {
    return this.world.state.checkRuns.filter(
      (one) => one.repository === this.record.id && (sha === undefined || one.headSha === sha),
    );
  }
}
