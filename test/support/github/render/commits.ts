import { isVerified, type CommitObject, type Signature } from "../commit-object.ts";
import type { BareRepository, FileChange } from "../git.ts";
import type { Repository } from "../state.ts";
import type { World } from "../world.ts";
import { nodeId, renderUserOrNull } from "./accounts.ts";
import { repositoryPage, repositoryUrl } from "./repositories.ts";

type Json = Record<string, unknown>;

function renderVerification(commit: CommitObject): Json {
  const verified = isVerified(commit);
  return {
    verified,
    reason: verified ? "valid" : commit.signature === null ? "unsigned" : "invalid",
    signature: commit.signature,
    payload: commit.signature === null ? null : commit.payload,
    verified_at: verified ? commit.committer.date : null,
  };
}

/** The commit as the git data API answers it. */
export function renderGitCommit(world: World, repository: Repository, commit: CommitObject): Json {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
    verification: renderVerification(commit),
  };
}

/** The commit as the commits API answers it, with the accounts behind the names. */
export function renderCommit(world: World, repository: Repository, commit: CommitObject): Json {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  const account = (signature: Signature): Json | null =>
    renderUserOrNull(world, world.accountOfEmail(signature.email)?.login ?? null);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: renderVerification(commit),
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: account(commit.author),
    committer: account(commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
  };
}

/** The files that differ between two commits, with their patches. */
export function renderFileChanges(world: World, repository: Repository, from: string | null, to: string): Json[] {
  const git = world.git(repository);
  const patches = git.patches(from, to);
  return git.changes(from, to).map((change) => {
    const patch = patches.get(change.filename);
    return { ...renderFileChange(world, repository, to, change), ...(patch === undefined ? {} : { patch }) };
  });
}

function renderFileChange(world: World, repository: Repository, at: string, change: FileChange): Json {
  const page = repositoryPage(world, repository);
  const path = change.filename.split("/").map(encodeURIComponent).join("/");
  return {
    sha: change.sha,
    filename: change.filename,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${page}/blob/${at}/${path}`,
    raw_url: `${page}/raw/${at}/${path}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${path}?ref=${at}`,
  };
}

/** A commit as a push webhook lists it. */
export function renderPushedCommit(
  world: World,
  repository: Repository,
  git: BareRepository,
  commit: CommitObject,
): Json {
  const changes = git.changes(commit.parents[0] ?? null, commit.sha);
  const named = (status: FileChange["status"]): string[] =>
    changes.filter((change) => change.status === status).map((change) => change.filename);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.author.date,
    url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    author: renderPusher(world, commit.author),
    committer: renderPusher(world, commit.committer),
    added: named("added"),
    removed: named("removed"),
    modified: named("modified"),
  };
}

function renderPusher(world: World, signature: Signature): Json {
  const login = world.accountOfEmail(signature.email)?.login;
  return { name: signature.name, email: signature.email, ...(login === undefined ? {} : { username: login }) };
}
