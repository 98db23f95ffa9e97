/** One pull request per update group: found by its branch, created once, edited only when its text differs. */
import type { GitHubRepository } from "./client.ts";
import { messageOf, statusOf } from "./errors.ts";
import { readMarker, withMarker, type ContentMarker } from "./texts/marker.ts";

export interface PullRequestContent {
  readonly branch: string;
  /** The branch that it asks to be merged into. */
  readonly base: string;
  readonly title: string;
  readonly body: string;
  /** Names what is proposed, without dates and wording: a closed pull request is respected while this stays the same. */
  readonly contentHash: string;
}

export interface PullRequestState {
  readonly number: number;
  readonly state: "open" | "closed" | "merged";
  readonly branch: string;
  readonly headSha: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}

export type PullRequestOutcome = {
  readonly kind: "created" | "updated" | "unchanged";
  readonly number: number;
};

/** The latest pull request from a branch of this repository, whatever its state; null where there never was one. */
export async function findPullRequest(repository: GitHubRepository, branch: string): Promise<PullRequestState | null> {
  const { owner, repo, octokit } = repository;
  const { data } = await octokit.pulls.list({
    owner,
    repo,
    head: `${owner}:${branch}`,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: 30,
  });
  const ours = data.filter((pull) => pull.head.ref === branch).map(toState);
  const newest = ours.toSorted((left, right) => right.number - left.number);
  return newest.find((pull) => pull.state === "open") ?? newest[0] ?? null;
}

/** The open pull requests from branches of ours. */
export async function listOpenPullRequests(repository: GitHubRepository): Promise<readonly PullRequestState[]> {
  const { owner, repo, octokit } = repository;
  const pulls = await octokit.paginate(octokit.pulls.list, {
    owner,
    repo,
    state: "open",
    per_page: 100,
  });
  return pulls
    .filter((pull) => pull.head.ref.startsWith("relock/"))
    .filter((pull) => pull.head.repo?.full_name === pull.base.repo.full_name)
    .map(toState);
}

/** Whether a person closed this very proposal, unmerged: then it is not opened again. */
export function wasDeclined(found: PullRequestState | null, contentHash: string): boolean {
  if (found?.state !== "closed") return false;
  return readMarker(found.body)?.content === contentHash;
}

/** Creates the pull request or brings the open one up to date. */
export async function publishPullRequest(
  repository: GitHubRepository,
  found: PullRequestState | null,
  content: PullRequestContent,
): Promise<PullRequestOutcome> {
  const { owner, repo, octokit } = repository;
  const body = withMarker(content.body, content.contentHash);
  if (found?.state === "open") return updatePullRequest(repository, found, { ...content, body });
  try {
    const { data } = await octokit.pulls.create({
      owner,
      repo,
      head: content.branch,
      base: content.base,
      title: content.title,
      body,
    });
    return { kind: "created", number: data.number };
  } catch (error) {
    if (statusOf(error) !== 422 || !/already exists/i.test(messageOf(error))) throw error;
  }
  // An earlier attempt created it and never heard the answer.
  const existing = await findPullRequest(repository, content.branch);
  if (existing?.state !== "open") {
    throw new Error(`GitHub says that a pull request from ${content.branch} exists, and lists none`);
  }
  return updatePullRequest(repository, existing, { ...content, body });
}

async function updatePullRequest(
  repository: GitHubRepository,
  found: PullRequestState,
  wanted: PullRequestContent,
): Promise<PullRequestOutcome> {
  const { owner, repo, octokit } = repository;
  // The marker carries a hash of our own text: words that a person added do not make us write it again.
  const sameBody = isSameMarker(readMarker(found.body), readMarker(wanted.body));
  if (sameBody && found.title === wanted.title) {
    return { kind: "unchanged", number: found.number };
  }
  await octokit.pulls.update({
    owner,
    repo,
    pull_number: found.number,
    title: wanted.title,
    body: wanted.body,
  });
  return { kind: "updated", number: found.number };
}

function isSameMarker(left: ContentMarker | null, right: ContentMarker | null): boolean {
  return left !== null && left.content === right?.content && left.body === right.body;
}

/** Adding a label that is there already changes nothing. */
export async function addLabels(repository: GitHubRepository, issue: number, labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return;
  const { owner, repo, octokit } = repository;
  await octokit.issues.addLabels({ owner, repo, issue_number: issue, labels: [...labels] });
}

interface ListedPullRequest {
  readonly number: number;
  readonly state: string;
  readonly merged_at: string | null;
  readonly title: string;
  readonly body: string | null;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly labels: readonly { readonly name?: string }[];
}

function toState(pull: ListedPullRequest): PullRequestState {
  const closed = pull.merged_at === null ? "closed" : "merged";
  return {
    number: pull.number,
    state: pull.state === "open" ? "open" : closed,
    branch: pull.head.ref,
    headSha: pull.head.sha,
    title: pull.title,
    body: pull.body ?? "",
    labels: pull.labels.flatMap((label) => label.name ?? []),
  };
}
