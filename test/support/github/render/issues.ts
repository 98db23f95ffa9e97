import { REACTIONS, type CheckRun, type Comment, type Issue, type Reaction, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { nodeId, renderApp, renderUser, renderUserOrNull } from "./accounts.ts";
import { renderLabels, renderRepository, repositoryPage, repositoryUrl } from "./repositories.ts";

type Json = Record<string, unknown>;

/** For webhooks and the API alike. A member whose membership is private shows as CONTRIBUTOR: it says nothing about access. */
function association(world: World, repository: Repository, login: string): string {
  if (repository.owner === login) return "OWNER";
  if (repository.collaborators[login] !== undefined) return "COLLABORATOR";
  const member = world.state.memberships.some((one) => one.organisation === repository.owner && one.login === login);
  return member ? "CONTRIBUTOR" : "NONE";
}

export function renderReactionCounts(world: World, url: string, subject: string): Json {
  const given = world.state.reactions.filter((reaction) => reaction.subject === subject);
  const counts = REACTIONS.map((content): [string, number] => [
    content,
    given.filter((one) => one.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: given.length, ...Object.fromEntries(counts) };
}

export function renderReaction(world: World, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId("Reaction", reaction.id),
    user: renderUser(world, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

export function renderComment(world: World, repository: Repository, comment: Comment): Json {
  const api = repositoryUrl(world, repository);
  const url = `${api}/issues/comments/${comment.id}`;
  const kind = world.issue(repository, comment.issue).pull === null ? "issues" : "pull";
  return {
    url,
    html_url: `${repositoryPage(world, repository)}/${kind}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    user: renderUser(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(world, repository, comment.author),
    body: comment.body,
    reactions: renderReactionCounts(world, url, `comment:${comment.id}`),
    performed_via_github_app: comment.author === world.botLogin() ? renderApp(world) : null,
  };
}

export function renderIssue(world: World, repository: Repository, issue: Issue): Json {
  const api = repositoryUrl(world, repository);
  const url = `${api}/issues/${issue.number}`;
  const page = `${repositoryPage(world, repository)}/${issue.pull === null ? "issues" : "pull"}/${issue.number}`;
  const comments = world.state.comments.filter((one) => one.repository === repository.id && one.issue === issue.number);
  return {
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    id: issue.id,
    node_id: nodeId(issue.pull === null ? "Issue" : "PullRequest", issue.id),
    number: issue.number,
    title: issue.title,
    user: renderUser(world, issue.author),
    labels: renderLabels(world, repository, issue.labels),
    state: issue.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: association(world, repository, issue.author),
    active_lock_reason: null,
    ...(issue.pull === null
      ? {}
      : {
          draft: issue.pull.draft,
          pull_request: {
            url: `${api}/pulls/${issue.number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: issue.pull.mergedAt,
          },
        }),
    body: issue.body,
    reactions: renderReactionCounts(world, url, `issue:${issue.id}`),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: issue.author === world.botLogin() ? renderApp(world) : null,
    state_reason: issue.stateReason,
  };
}

function renderEnd(world: World, repository: Repository, branch: string, sha: string): Json {
  return {
    label: `${repository.owner}:${branch}`,
    ref: branch,
    sha,
    user: renderUser(world, repository.owner),
    repo: renderRepository(world, repository),
  };
}

/** The form in lists. */
export function renderPull(world: World, repository: Repository, issue: Issue): Json {
  const pull = issue.pull;
  if (pull === null) throw new Error(`#${issue.number} is not a pull request`);
  const api = repositoryUrl(world, repository);
  const url = `${api}/pulls/${issue.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${issue.number}`;
  const links = {
    self: url,
    html: page,
    issue: `${api}/issues/${issue.number}`,
    comments: `${api}/issues/${issue.number}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
  };
  return {
    url,
    id: issue.id,
    node_id: nodeId("PullRequest", issue.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: links.issue,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: renderUser(world, issue.author),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: renderLabels(world, repository, issue.labels),
    milestone: null,
    draft: pull.draft,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    head: renderEnd(world, repository, pull.head, pull.headSha),
    base: renderEnd(world, repository, pull.base, pull.baseSha),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: association(world, repository, issue.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** The form of one pull request: what its branches make of it, computed from the objects. */
export function renderFullPull(world: World, repository: Repository, issue: Issue): Json {
  const pull = issue.pull;
  if (pull === null) throw new Error(`#${issue.number} is not a pull request`);
  const git = world.git(repository);
  const from = git.mergeBase(pull.baseSha, pull.headSha);
  const changes = git.changes(from, pull.headSha);
  const open = issue.state === "open";
  const target = git.ref(`refs/heads/${pull.base}`);
  const mergeable = open && target !== null ? git.mergeTree(target, pull.headSha) !== null : null;
  return {
    ...renderPull(world, repository, issue),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? "unknown" : mergeable ? "clean" : "dirty",
    merged_by: renderUserOrNull(world, pull.mergedBy),
    comments: world.state.comments.filter((one) => one.repository === repository.id && one.issue === issue.number)
      .length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: git.log(`${pull.baseSha}..${pull.headSha}`).length,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changed_files: changes.length,
  };
}

function pullsOf(world: World, repository: Repository, sha: string): Json[] {
  const api = repositoryUrl(world, repository);
  const name = { id: repository.id, url: api, name: repository.name };
  return world.state.issues.flatMap((issue) => {
    if (issue.repository !== repository.id || issue.state !== "open" || issue.pull?.headSha !== sha) return [];
    return [
      {
        url: `${api}/pulls/${issue.number}`,
        id: issue.id,
        number: issue.number,
        head: { ref: issue.pull.head, sha: issue.pull.headSha, repo: name },
        base: { ref: issue.pull.base, sha: issue.pull.baseSha, repo: name },
      },
    ];
  });
}

export function renderCheckRun(world: World, repository: Repository, run: CheckRun): Json {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CheckRun", run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryPage(world, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? world.app.url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.repository * 10 + 1 },
    app: renderApp(world),
    pull_requests: pullsOf(world, repository, run.headSha),
  };
}

/** A check run in a webhook carries its suite. */
export function renderCheckRunEvent(world: World, repository: Repository, run: CheckRun): Json {
  const suite = run.repository * 10 + 1;
  const branch = world.state.issues.find(
    (one) => one.repository === repository.id && one.pull?.headSha === run.headSha,
  );
  return {
    ...renderCheckRun(world, repository, run),
    check_suite: {
      id: suite,
      node_id: nodeId("CheckSuite", suite),
      head_branch: branch?.pull?.head ?? null,
      head_sha: run.headSha,
      status: run.status === "completed" ? "completed" : run.status,
      conclusion: run.conclusion === "skipped" ? "neutral" : run.conclusion,
      url: `${repositoryUrl(world, repository)}/check-suites/${suite}`,
      before: null,
      after: run.headSha,
      pull_requests: pullsOf(world, repository, run.headSha),
      app: renderApp(world),
      created_at: run.startedAt ?? world.now(),
      updated_at: run.completedAt ?? world.now(),
    },
  };
}
