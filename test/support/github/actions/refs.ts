/** What happens when a ref moves: the push, the pull requests that follow it, the check suite. */
import { ApiError, invalid, notFound } from "../api-error.ts";
import { nodeId, renderApp } from "../render/accounts.ts";
import { renderPushedCommit } from "../render/commits.ts";
import { renderFullPull } from "../render/issues.ts";
import { repositoryPage, repositoryUrl } from "../render/repositories.ts";
import type { Issue, Repository } from "../state.ts";
import type { ActorLogin, World } from "../world.ts";
import { announce } from "./events.ts";

type Json = Record<string, unknown>;

const NOTHING = "0".repeat(40);

export interface RefMove {
  readonly ref: string;
  readonly sha: string;
  readonly actor: ActorLogin;
}

const unprocessable = (message: string): ApiError => new ApiError(422, message);

/** @throws ApiError 422 where the name is wrong, taken, or the object is not there */
export function createRef(world: World, repository: Repository, move: RefMove): void {
  const git = world.git(repository);
  if (!git.validRefName(move.ref)) throw unprocessable(`${move.ref} is not a valid ref name.`);
  requireCommit(world, repository, move);
  if (git.ref(move.ref) !== null) throw unprocessable("Reference already exists");
  // `a` and `a/b` cannot both be refs.
  if (!git.updateRef(move.ref, move.sha)) throw unprocessable("Reference cannot be created");
  afterMove(world, repository, move, null);
}

/** @throws ApiError 422 where the ref is not there, or the move is no fast-forward and not forced */
export function updateRef(world: World, repository: Repository, move: RefMove & { force: boolean }): void {
  const git = world.git(repository);
  const before = git.ref(move.ref);
  if (before === null) throw unprocessable("Reference does not exist");
  requireCommit(world, repository, move);
  if (!move.force && !git.isAncestor(before, move.sha)) throw unprocessable("Update is not a fast forward");
  git.updateRef(move.ref, move.sha);
  if (before !== move.sha) afterMove(world, repository, move, before);
}

/** Takes a ref away; a pull request from it is closed, as on GitHub. */
export function deleteRef(world: World, repository: Repository, ref: string, actor: ActorLogin): void {
  const git = world.git(repository);
  const before = git.ref(ref);
  if (before === null) throw unprocessable("Reference does not exist");
  if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable("Cannot delete the default branch");
  git.deleteRef(ref);
  afterDelete(world, repository, { ref, sha: NOTHING, actor }, before);
}

function afterDelete(world: World, repository: Repository, move: RefMove, before: string): void {
  const branch = branchOf(move.ref);
  const closed = branch === null ? [] : openPulls(world, repository, (pull) => pull.head === branch);
  for (const issue of closed) closePull(world, repository, issue, move.actor);
  sendPush(world, repository, move, before);
}

/** After a push by git itself: tells of every ref that it moved. */
export function noticePush(
  world: World,
  repository: Repository,
  pushed: { before: ReadonlyMap<string, string>; actor: ActorLogin },
): void {
  const after = new Map(
    world
      .git(repository)
      .refs("refs/")
      .map((ref) => [ref.name, ref.sha]),
  );
  for (const [ref, sha] of after) {
    const before = pushed.before.get(ref) ?? null;
    if (before !== sha) afterMove(world, repository, { ref, sha, actor: pushed.actor }, before);
  }
  for (const [ref, before] of pushed.before) {
    if (!after.has(ref)) afterDelete(world, repository, { ref, sha: NOTHING, actor: pushed.actor }, before);
  }
}

function requireCommit(world: World, repository: Repository, move: RefMove): void {
  const found = world.git(repository).object(move.sha);
  if (found === null || move.sha.length !== 40) throw unprocessable("Object does not exist");
  if (move.ref.startsWith("refs/heads/") && found.type !== "commit") {
    throw unprocessable("Reference update failed: branches point at commits");
  }
}

function branchOf(ref: string): string | null {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}

function openPulls(
  world: World,
  repository: Repository,
  wanted: (pull: NonNullable<Issue["pull"]>) => boolean,
): Issue[] {
  return world.state.issues.filter(
    (one) => one.repository === repository.id && one.state === "open" && one.pull !== null && wanted(one.pull),
  );
}

function afterMove(world: World, repository: Repository, move: RefMove, before: string | null): void {
  repository.pushedAt = world.now();
  repository.updatedAt = world.now();
  const branch = branchOf(move.ref);
  if (branch !== null) {
    followHead(world, repository, branch, move);
    noticeMerged(world, repository, branch, move);
  }
  sendPush(world, repository, move, before);
  if (branch !== null) requestCheckSuite(world, repository, branch, { move, before });
}

function followHead(world: World, repository: Repository, branch: string, move: RefMove): void {
  for (const issue of openPulls(world, repository, (pull) => pull.head === branch)) {
    const pull = issue.pull;
    if (pull === null) continue;
    const before = pull.headSha;
    pull.headSha = move.sha;
    pull.baseSha = world.git(repository).ref(`refs/heads/${pull.base}`) ?? pull.baseSha;
    world.git(repository).updateRef(`refs/pull/${issue.number}/head`, move.sha);
    issue.updatedAt = world.now();
    announce(world, repository, {
      name: "pull_request",
      action: "synchronize",
      actor: move.actor,
      payload: {
        number: issue.number,
        before,
        after: move.sha,
        pull_request: renderFullPull(world, repository, issue),
      },
    });
  }
}

/** A base that came to contain the head has merged it. */
function noticeMerged(world: World, repository: Repository, branch: string, move: RefMove): void {
  for (const issue of openPulls(world, repository, (pull) => pull.base === branch)) {
    const pull = issue.pull;
    if (pull === null || !world.git(repository).isAncestor(pull.headSha, move.sha)) continue;
    pull.mergedAt = world.now();
    pull.mergedBy = move.actor;
    pull.mergeCommit = move.sha;
    closePull(world, repository, issue, move.actor);
  }
}

/** Closes a pull request, merged or not, and says so. */
export function closePull(world: World, repository: Repository, issue: Issue, actor: ActorLogin): void {
  issue.state = "closed";
  issue.closedAt = world.now();
  issue.closedBy = actor;
  issue.updatedAt = world.now();
  announce(world, repository, {
    name: "pull_request",
    action: "closed",
    actor,
    payload: { number: issue.number, pull_request: renderFullPull(world, repository, issue) },
  });
}

function sendPush(world: World, repository: Repository, move: RefMove, before: string | null): void {
  const git = world.git(repository);
  const deleted = move.sha === NOTHING;
  const main = git.ref(`refs/heads/${repository.defaultBranch}`);
  const range =
    before === null
      ? main === null || main === move.sha
        ? move.sha
        : `${main}..${move.sha}`
      : `${before}..${move.sha}`;
  const shas = deleted ? [] : git.log(range).slice(0, 20).reverse();
  const commits = git.commits(shas).map((commit) => renderPushedCommit(world, repository, git, commit));
  const head = deleted ? null : git.commit(move.sha);
  announce(world, repository, {
    name: "push",
    action: null,
    actor: move.actor,
    payload: {
      ref: move.ref,
      before: before ?? NOTHING,
      after: move.sha,
      created: before === null,
      deleted,
      forced: before !== null && !deleted && !git.isAncestor(before, move.sha),
      base_ref: null,
      compare: `${repositoryPage(world, repository)}/compare/${(before ?? NOTHING).slice(0, 12)}...${move.sha.slice(0, 12)}`,
      commits,
      head_commit: head === null ? null : renderPushedCommit(world, repository, git, head),
      pusher: { name: move.actor, email: null },
    },
  });
}

function requestCheckSuite(
  world: World,
  repository: Repository,
  branch: string,
  moved: { move: RefMove; before: string | null },
): void {
  const { move, before } = moved;
  const commit = world.git(repository).commit(move.sha);
  if (commit === null) return;
  const url = `${repositoryUrl(world, repository)}/check-suites/${repository.id * 10 + 1}`;
  const suite: Json = {
    id: repository.id * 10 + 1,
    node_id: nodeId("CheckSuite", repository.id * 10 + 1),
    head_branch: branch,
    head_sha: move.sha,
    status: "queued",
    conclusion: null,
    url,
    before: before ?? NOTHING,
    after: move.sha,
    pull_requests: [],
    app: renderApp(world),
    created_at: world.now(),
    updated_at: world.now(),
    latest_check_runs_count: 0,
    check_runs_url: `${url}/check-runs`,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.author.date,
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
  };
  announce(world, repository, {
    name: "check_suite",
    action: "requested",
    actor: move.actor,
    payload: { check_suite: suite },
  });
}

/** @throws ApiError 404 where there is no such branch */
export function requireBranch(world: World, repository: Repository, branch: string): string {
  const sha = world.git(repository).ref(`refs/heads/${branch}`);
  if (sha === null) throw notFound("Branch not found");
  return sha;
}

export const invalidField = (resource: string, field: string, message?: string): ApiError =>
  invalid({
    resource,
    field,
    code: message === undefined ? "invalid" : "custom",
    ...(message === undefined ? {} : { message }),
  });
