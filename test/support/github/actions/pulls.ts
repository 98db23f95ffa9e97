/** Opening, changing and merging pull requests, under GitHub's rules. */
import { ApiError, invalid } from "../api-error.ts";
import type { Issue, Repository } from "../state.ts";
import type { ActorLogin, World } from "../world.ts";
import { addIssue, checkBody, checkTitle, tell } from "./issues.ts";
import { closePull, invalidField, updateRef } from "./refs.ts";

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  /** Branch, or `owner:branch`. */
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
  readonly actor: ActorLogin;
}

/** Branch of `owner:branch`; a fork's branch is not one of ours. */
export function ownBranch(repository: Repository, head: string): string | null {
  const colon = head.indexOf(":");
  if (colon < 0) return head;
  return head.slice(0, colon).toLowerCase() === repository.owner.toLowerCase() ? head.slice(colon + 1) : null;
}

/** @throws ApiError 422 for a branch that is not there, no new commits, a second pull request, a text too long */
export function openPull(world: World, repository: Repository, created: NewPull): Issue {
  checkTitle("PullRequest", created.title);
  checkBody("PullRequest", created.body);
  const git = world.git(repository);
  const head = ownBranch(repository, created.head);
  const headSha = head === null ? null : git.ref(`refs/heads/${head}`);
  const baseSha = git.ref(`refs/heads/${created.base}`);
  if (head === null || headSha === null) throw invalidField("PullRequest", "head");
  if (baseSha === null) throw invalidField("PullRequest", "base");
  refuseSecond(world, repository, head, created.base);
  if (git.log(`${baseSha}..${headSha}`).length === 0) {
    const message = `No commits between ${created.base} and ${head}`;
    throw invalid({ resource: "PullRequest", code: "custom", message });
  }
  const pull = {
    head,
    base: created.base,
    headSha,
    baseSha,
    draft: created.draft,
    mergedAt: null,
    mergedBy: null,
    mergeCommit: null,
  };
  const issue = addIssue(world, repository, { ...created, labels: [] }, pull);
  git.updateRef(`refs/pull/${issue.number}/head`, headSha);
  tell(world, repository, { issue, action: "opened", actor: created.actor });
  return issue;
}

function refuseSecond(world: World, repository: Repository, head: string, base: string): void {
  const open = world.state.issues.some(
    (one) =>
      one.repository === repository.id && one.state === "open" && one.pull?.head === head && one.pull.base === base,
  );
  if (!open) return;
  const message = `A pull request already exists for ${repository.owner}:${head}.`;
  throw invalid({ resource: "PullRequest", code: "custom", message });
}

export function setPullState(
  world: World,
  repository: Repository,
  issue: Issue,
  change: { state: "open" | "closed"; actor: ActorLogin },
): void {
  const pull = issue.pull;
  if (issue.state === change.state || pull === null) return;
  if (change.state === "closed") {
    closePull(world, repository, issue, change.actor);
    return;
  }
  const message = reopenProblem(world, repository, issue);
  if (message !== null) throw invalid({ resource: "PullRequest", field: "state", code: "invalid", message });
  refuseSecond(world, repository, pull.head, pull.base);
  pull.headSha = world.git(repository).ref(`refs/heads/${pull.head}`) ?? pull.headSha;
  issue.state = "open";
  issue.closedAt = null;
  issue.closedBy = null;
  issue.updatedAt = world.now();
  tell(world, repository, { issue, action: "reopened", actor: change.actor });
}

function reopenProblem(world: World, repository: Repository, issue: Issue): string | null {
  const pull = issue.pull;
  if (pull === null) return null;
  if (pull.mergedAt !== null) return "state cannot be changed. The pull request cannot be reopened.";
  const git = world.git(repository);
  const head = git.ref(`refs/heads/${pull.head}`);
  if (head === null) return `state cannot be changed. The ${pull.head} branch has been deleted.`;
  if (!git.isAncestor(pull.headSha, head)) {
    return `state cannot be changed. The ${pull.head} branch was force-pushed or recreated.`;
  }
  return null;
}

export function changeBase(
  world: World,
  repository: Repository,
  issue: Issue,
  change: { base: string; actor: ActorLogin },
): void {
  const pull = issue.pull;
  if (pull === null || pull.base === change.base) return;
  const sha = world.git(repository).ref(`refs/heads/${change.base}`);
  if (sha === null) throw invalidField("PullRequest", "base");
  const changes = { base: { ref: { from: pull.base }, sha: { from: pull.baseSha } } };
  pull.base = change.base;
  pull.baseSha = sha;
  issue.updatedAt = world.now();
  tell(world, repository, { issue, action: "edited", actor: change.actor, more: { changes } });
}

/** Merges as the button on the page does. */
export function mergePull(
  world: World,
  repository: Repository,
  issue: Issue,
  how: { method: "merge" | "squash"; actor: ActorLogin },
): string {
  const pull = issue.pull;
  if (pull === null || issue.state !== "open") throw new ApiError(405, "Pull Request is not mergeable");
  const git = world.git(repository);
  const ref = `refs/heads/${pull.base}`;
  const base = git.ref(ref);
  const tree = base === null ? null : git.mergeTree(base, pull.headSha);
  if (base === null || tree === null) throw new ApiError(405, "Pull Request is not mergeable");
  const merge = how.method === "merge";
  const sha = git.writeCommit({
    tree,
    parents: merge ? [base, pull.headSha] : [base],
    author: world.signature(how.actor),
    committer: world.webFlow(),
    message: merge
      ? `Merge pull request #${issue.number} from ${repository.owner}/${pull.head}\n\n${issue.title}`
      : `${issue.title} (#${issue.number})`,
    sign: true,
  });
  if (!merge) {
    // The head is no ancestor of a squashed commit, so the move of the base alone would not show it.
    pull.mergedAt = world.now();
    pull.mergedBy = how.actor;
    pull.mergeCommit = sha;
    closePull(world, repository, issue, how.actor);
  }
  updateRef(world, repository, { ref, sha, actor: how.actor, force: false });
  return sha;
}
