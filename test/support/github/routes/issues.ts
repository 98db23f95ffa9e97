import {
  addComment,
  addLabels,
  deleteComment,
  editComment,
  editIssue,
  ensureLabel,
  openIssue,
  react,
  setIssueState,
} from "../actions/issues.ts";
import { setPullState } from "../actions/pulls.ts";
import { notAccessible, notFound } from "../api-error.ts";
import { renderComment, renderIssue, renderReaction } from "../render/issues.ts";
import { renderLabel, renderLabels } from "../render/repositories.ts";
import type { Comment, Issue } from "../state.ts";
import {
  created,
  noContent,
  ok,
  onRepository,
  optionalText,
  page,
  parameter,
  text,
  texts,
  type Answer,
  type Need,
  type RepositoryCall,
  type Routes,
} from "./route.ts";

type Json = Record<string, unknown>;

const READ: readonly Need[] = [
  ["issues", "read"],
  ["pull_requests", "read"],
];
const WRITE: readonly Need[] = [
  ["issues", "write"],
  ["pull_requests", "write"],
];

function issueOf(call: RepositoryCall): Issue {
  return call.world.issue(call.repository, Number(parameter(call, "issue_number")));
}

/** With only one of the two permissions, the other kind is out of reach. */
function writable(call: RepositoryCall): Issue {
  const issue = issueOf(call);
  if (call.caller.kind !== "installation") return issue;
  const wanted = issue.pull === null ? "issues" : "pull_requests";
  const either = issue.pull !== null && call.caller.scope.permissions["issues"] === "write";
  if (call.caller.scope.permissions[wanted] !== "write" && !either) throw notAccessible();
  return issue;
}

function commentOf(call: RepositoryCall): Comment {
  const id = parameter(call, "comment_id");
  const found = call.world.state.comments.find((one) => one.repository === call.repository.id && String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

function listIssues(call: RepositoryCall): Json[] {
  const { world, repository, query } = call;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter((label) => label !== "");
  const creator = query.get("creator");
  const since = query.get("since");
  const issues = world.state.issues
    .filter((one) => one.repository === repository.id)
    .filter((one) => state === "all" || one.state === state)
    .filter((one) => labels.every((label) => one.labels.includes(label)))
    .filter((one) => creator === null || one.author === creator)
    .filter((one) => since === null || Date.parse(one.updatedAt) >= Date.parse(since))
    .sort((left, right) => right.number - left.number);
  if (query.get("direction") === "asc") issues.reverse();
  return issues.map((one) => renderIssue(world, repository, one));
}

function createIssue(call: RepositoryCall): Answer {
  const issue = openIssue(call.world, call.repository, {
    title: text(call, "title"),
    body: optionalText(call, "body") ?? null,
    labels: texts(call.body["labels"]),
    actor: call.actor,
  });
  return created(renderIssue(call.world, call.repository, issue));
}

function updateIssue(call: RepositoryCall): Answer {
  const { world, repository, actor } = call;
  const issue = writable(call);
  const title = optionalText(call, "title");
  const body = optionalText(call, "body");
  editIssue(world, repository, issue, {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(call.body["labels"] === undefined ? {} : { labels: texts(call.body["labels"]) }),
    actor,
  });
  const state = call.body["state"];
  if (state === "open" || state === "closed") {
    if (issue.pull === null) setIssueState(world, repository, issue, { state, actor });
    else setPullState(world, repository, issue, { state, actor });
    const reason = call.body["state_reason"];
    if (state === "closed" && reason === "not_planned") issue.stateReason = reason;
  }
  return ok(renderIssue(world, repository, issue));
}

function listComments(call: RepositoryCall): Answer {
  const issue = issueOf(call);
  const since = call.query.get("since");
  const comments = call.world.state.comments
    .filter((one) => one.repository === call.repository.id && one.issue === issue.number)
    .filter((one) => since === null || Date.parse(one.updatedAt) >= Date.parse(since));
  return page(comments.map((one) => renderComment(call.world, call.repository, one)));
}

function createComment(call: RepositoryCall): Answer {
  const comment = addComment(call.world, call.repository, writable(call), {
    body: text(call, "body"),
    actor: call.actor,
  });
  return created(renderComment(call.world, call.repository, comment));
}

/** An app edits its own comments; others need a person with write access. */
function ownComment(call: RepositoryCall): Comment {
  const comment = commentOf(call);
  if (call.caller.kind === "installation" && comment.author !== call.actor) throw notAccessible();
  return comment;
}

function updateComment(call: RepositoryCall): Answer {
  const comment = ownComment(call);
  editComment(call.world, call.repository, comment, { body: text(call, "body"), actor: call.actor });
  return ok(renderComment(call.world, call.repository, comment));
}

const labelsOf = (call: RepositoryCall, issue: Issue): Json[] =>
  renderLabels(call.world, call.repository, issue.labels);

function labelNames(call: RepositoryCall): string[] {
  return texts(Array.isArray(call.body) ? call.body : call.body["labels"]);
}

function removeLabel(call: RepositoryCall): Answer {
  const issue = writable(call);
  const at = issue.labels.findIndex((name) => name.toLowerCase() === parameter(call, "name").toLowerCase());
  if (at < 0) throw notFound("Label does not exist");
  issue.labels.splice(at, 1);
  return ok(labelsOf(call, issue));
}

function reactTo(call: RepositoryCall, subject: string): Answer {
  const given = react(call.world, subject, { content: text(call, "content"), actor: call.actor });
  return { status: given.created ? 201 : 200, body: renderReaction(call.world, given.reaction) };
}

function reactionsTo(call: RepositoryCall, subject: string): Answer {
  const content = call.query.get("content");
  const given = call.world.state.reactions.filter(
    (one) => one.subject === subject && (content === null || one.content === content),
  );
  return page(given.map((one) => renderReaction(call.world, one)));
}

function removeReaction(call: RepositoryCall): Answer {
  const { world } = call;
  const subject = `comment:${commentOf(call).id}`;
  const at = world.state.reactions.findIndex(
    (one) => one.subject === subject && String(one.id) === parameter(call, "reaction_id"),
  );
  if (at < 0) throw notFound();
  if (world.state.reactions[at]?.author !== call.actor) throw notAccessible();
  world.state.reactions.splice(at, 1);
  return noContent();
}

export const issueRoutes: Routes = {
  "GET /repos/{owner}/{repo}/issues": onRepository([["issues", "read"]], (call) => page(listIssues(call))),
  "POST /repos/{owner}/{repo}/issues": onRepository([["issues", "write"]], createIssue),
  "GET /repos/{owner}/{repo}/issues/{issue_number}": onRepository(READ, (call) =>
    ok(renderIssue(call.world, call.repository, issueOf(call))),
  ),
  "PATCH /repos/{owner}/{repo}/issues/{issue_number}": onRepository(WRITE, updateIssue),
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": onRepository(READ, listComments),
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": onRepository(WRITE, createComment),
  "GET /repos/{owner}/{repo}/issues/comments/{comment_id}": onRepository(READ, (call) =>
    ok(renderComment(call.world, call.repository, commentOf(call))),
  ),
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": onRepository(WRITE, updateComment),
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": onRepository(WRITE, (call) => {
    deleteComment(call.world, call.repository, ownComment(call), call.actor);
    return noContent();
  }),
  "GET /repos/{owner}/{repo}/issues/{issue_number}/labels": onRepository(READ, (call) =>
    page(labelsOf(call, issueOf(call))),
  ),
  "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": onRepository(WRITE, (call) => {
    const issue = writable(call);
    addLabels(call.world, call.repository, issue, { names: labelNames(call), actor: call.actor });
    return ok(labelsOf(call, issue));
  }),
  "PUT /repos/{owner}/{repo}/issues/{issue_number}/labels": onRepository(WRITE, (call) => {
    const issue = writable(call);
    issue.labels = [];
    addLabels(call.world, call.repository, issue, { names: labelNames(call), actor: call.actor });
    return ok(labelsOf(call, issue));
  }),
  "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}": onRepository(WRITE, removeLabel),
  "GET /repos/{owner}/{repo}/labels": onRepository(READ, (call) =>
    page(call.repository.labels.map((label) => renderLabel(call.world, call.repository, label))),
  ),
  "POST /repos/{owner}/{repo}/labels": onRepository(WRITE, (call) =>
    created(renderLabel(call.world, call.repository, ensureLabel(call.world, call.repository, text(call, "name")))),
  ),
  "GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions": onRepository(READ, (call) =>
    reactionsTo(call, `comment:${commentOf(call).id}`),
  ),
  "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions": onRepository(WRITE, (call) =>
    reactTo(call, `comment:${commentOf(call).id}`),
  ),
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}": onRepository(
    WRITE,
    removeReaction,
  ),
  "GET /repos/{owner}/{repo}/issues/{issue_number}/reactions": onRepository(READ, (call) =>
    reactionsTo(call, `issue:${issueOf(call).id}`),
  ),
  "POST /repos/{owner}/{repo}/issues/{issue_number}/reactions": onRepository(WRITE, (call) =>
    reactTo(call, `issue:${issueOf(call).id}`),
  ),
};
