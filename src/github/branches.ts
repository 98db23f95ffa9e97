/** Puts a change set on its branch: one commit of ours on top of the base, through the git data API. */
import type { FileEdit } from "#planning/proposal.ts";
import type { BotIdentity, GitHubRepository } from "./client.ts";
import { messageOf, orNull, statusOf } from "./errors.ts";
import { isSafePath } from "./snapshot-files.ts";
import { readTrailer, readTrailers } from "./texts/commit-message.ts";

/** What goes on a branch. */
export interface BranchContent {
  readonly branch: string;
  readonly group: string;
  readonly base: { readonly commit: string; readonly tree: string };
  readonly edits: readonly FileEdit[];
  /** Git's mode of each edited file on the base; a file that is not there is new. */
  readonly modes: Readonly<Record<string, string>>;
  /** The whole message, with its trailers. */
  readonly message: string;
}

export type BranchOutcome =
  | { readonly kind: "created" | "updated" | "unchanged"; readonly commit: string }
  /** The change set leaves the tree as it is. */
  | { readonly kind: "empty" }
  /** Someone else's commit is on the branch: we leave it alone. */
  | { readonly kind: "foreign-commit"; readonly commit: string; readonly author: string }
  | { readonly kind: "refused"; readonly reason: string };

/** The state of a branch of ours. */
export type BranchState =
  | { readonly kind: "absent" }
  | {
      readonly kind: "ours";
      readonly commit: string;
      readonly tree: string;
      readonly base: string;
      readonly message: string;
    }
  | { readonly kind: "foreign"; readonly commit: string; readonly author: string };

const INLINE_LIMIT = 512 * 1024;

/** Reads whose the branch is. Ours: its head is by our bot, names the group and the parent that it was built on. */
export async function readBranch(repository: GitHubRepository, branch: string, bot: BotIdentity): Promise<BranchState> {
  const { owner, repo, octokit } = repository;
  const ref = await orNull(octokit.git.getRef({ owner, repo, ref: `heads/${branch}` }));
  if (ref === null) return { kind: "absent" };
  const { data } = await octokit.git.getCommit({ owner, repo, commit_sha: ref.data.object.sha });
  const [parent] = data.parents;
  const ours =
    isBot(data.author, bot) &&
    (isBot(data.committer, bot) || data.committer.email === "noreply@github.com") &&
    data.parents.length === 1 &&
    readTrailer(data.message, "Relock-Group") === groupOf(branch) &&
    // The parent is written down in the message: a commit of ours that was rebased onto a person's does not pass.
    readTrailer(data.message, "Relock-Base") === parent?.sha;
  if (!ours) return { kind: "foreign", commit: data.sha, author: data.author.name };
  return {
    kind: "ours",
    commit: data.sha,
    tree: data.tree.sha,
    base: parent?.sha ?? "",
    message: data.message,
  };
}

/** Creates the branch or replaces our commit on it; does nothing where tree and base are already those. */
export async function publishBranch(
  repository: GitHubRepository,
  content: BranchContent,
  bot: BotIdentity,
): Promise<BranchOutcome> {
  const refusal = refuseEdits(content);
  if (refusal !== null) return { kind: "refused", reason: refusal };
  const state = await readBranch(repository, content.branch, bot);
  if (state.kind === "foreign") {
    return { kind: "foreign-commit", commit: state.commit, author: state.author };
  }
  const tree = await createTree(repository, content);
  if (tree === content.base.tree) return { kind: "empty" };
  if (state.kind === "ours" && isSame(state, content, tree)) {
    return { kind: "unchanged", commit: state.commit };
  }
  const { owner, repo, octokit } = repository;
  // No author, committer or date: GitHub then signs the commit as the app's own.
  const { data: commit } = await octokit.git.createCommit({
    owner,
    repo,
    message: content.message,
    tree,
    parents: [content.base.commit],
  });
  const made = { bot, commit: commit.sha, tree };
  return state.kind === "ours"
    ? replaceCommit(repository, content, { ...made, replaced: state.commit })
    : createBranch(repository, content, made);
}

/** Moves the branch from our old commit to the new one. Making that took a while, so whose the branch is, is read again. */
async function replaceCommit(
  repository: GitHubRepository,
  content: BranchContent,
  made: { readonly bot: BotIdentity; readonly commit: string; readonly replaced: string },
): Promise<BranchOutcome> {
  const { owner, repo, octokit } = repository;
  const ref = `heads/${content.branch}`;
  const now = await orNull(octokit.git.getRef({ owner, repo, ref }));
  if (now?.data.object.sha !== made.replaced) {
    const state = await readBranch(repository, content.branch, made.bot);
    if (state.kind === "foreign") return { kind: "foreign-commit", commit: state.commit, author: state.author };
    throw new Error(`${content.branch} was moved while its new commit was made`);
  }
  await octokit.git.updateRef({ owner, repo, ref, sha: made.commit, force: true });
  return { kind: "updated", commit: made.commit };
}

async function createBranch(
  repository: GitHubRepository,
  content: BranchContent,
  made: { readonly bot: BotIdentity; readonly commit: string; readonly tree: string },
): Promise<BranchOutcome> {
  const { owner, repo, octokit } = repository;
  const ref = `refs/heads/${content.branch}`;
  try {
    await octokit.git.createRef({ owner, repo, ref, sha: made.commit });
    return { kind: "created", commit: made.commit };
  } catch (error) {
    if (statusOf(error) !== 422 || !/already exists/i.test(messageOf(error))) throw error;
  }
  // An earlier attempt of this job made it and never heard the answer, or a person was faster: look again.
  const state = await readBranch(repository, content.branch, made.bot);
  if (state.kind === "ours" && isSame(state, content, made.tree)) {
    return { kind: "unchanged", commit: state.commit };
  }
  if (state.kind === "ours") return replaceCommit(repository, content, { ...made, replaced: state.commit });
  if (state.kind === "foreign") {
    return { kind: "foreign-commit", commit: state.commit, author: state.author };
  }
  return { kind: "refused", reason: `GitHub does not accept the branch ${content.branch}` };
}

function isSame(state: Extract<BranchState, { kind: "ours" }>, content: BranchContent, tree: string): boolean {
  if (state.tree !== tree || state.base !== content.base.commit) return false;
  return readTrailers(state.message).join("\n") === readTrailers(content.message).join("\n");
}

/** The first edit that must not be written, as a reason; null where all are fine. */
function refuseEdits(content: BranchContent): string | null {
  for (const edit of content.edits) {
    const name = JSON.stringify(edit.file);
    if (!isSafePath(edit.file)) return `${name} is not a path inside the repository`;
    if (edit.file.startsWith(".github/workflows/")) {
      return `${name} is a workflow, which this app may not change`;
    }
    const mode = content.modes[edit.file] ?? "100644";
    if (!mode.startsWith("100")) return `${name} is a symlink or a submodule`;
  }
  return null;
}

async function createTree(repository: GitHubRepository, content: BranchContent): Promise<string> {
  const { owner, repo, octokit } = repository;
  const tree = [];
  for (const edit of content.edits) {
    const mode = content.modes[edit.file] === "100755" ? ("100755" as const) : ("100644" as const);
    const text = inlineText(edit.content);
    if (text !== null) {
      tree.push({ path: edit.file, mode, type: "blob" as const, content: text });
      continue;
    }
    const base64 = Buffer.from(edit.content).toString("base64");
    const { data } = await octokit.git.createBlob({ owner, repo, content: base64, encoding: "base64" });
    tree.push({ path: edit.file, mode, type: "blob" as const, sha: data.sha });
  }
  const { data } = await octokit.git.createTree({ owner, repo, base_tree: content.base.tree, tree });
  return data.sha;
}

/** The content as a string that comes out as the same bytes, or null where it has to go as a blob. */
function inlineText(content: Uint8Array): string | null {
  if (content.length > INLINE_LIMIT) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function isBot(person: { readonly name: string; readonly email: string }, bot: BotIdentity): boolean {
  return person.name === bot.login || person.email.endsWith(`+${bot.login}@users.noreply.github.com`);
}

/** `relock/python-dependencies` -> `python-dependencies`. */
export function groupOf(branch: string): string {
  return branch.replace(/^relock\//, "");
}
