/** Issues and their conversation: what people and the app do to them, each with its webhook. */
import { ApiError, invalid } from "../api-error.ts";
import { renderComment, renderFullPull, renderIssue } from "../render/issues.ts";
import { renderLabel } from "../render/repositories.ts";
import {
  REACTIONS,
  type Comment,
  type Issue,
  type Label,
  type Reaction,
  type ReactionContent,
  type Repository,
} from "../state.ts";
import type { ActorLogin, World } from "../world.ts";
import { announce } from "./events.ts";

/** GitHub's limit for the text of an issue, a pull request and a comment, in characters. */
const BODY_LIMIT = 65_536;

export function checkBody(resource: string, body: string | null | undefined): void {
  if (body !== null && body !== undefined && body.length > BODY_LIMIT) {
    throw invalid({
      resource,
      field: "body",
      code: "custom",
      message: `body is too long (maximum is ${BODY_LIMIT} characters)`,
    });
  }
}

export function checkTitle(resource: string, title: string): void {
  if (title.trim() === "") throw invalid({ resource, field: "title", code: "missing_field" });
  if (title.length > 256) {
    throw invalid({
      resource,
      field: "title",
      code: "custom",
      message: "title is too long (maximum is 256 characters)",
    });
  }
}

export interface NewIssue {
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly string[];
  readonly actor: ActorLogin;
}

/** Puts a new issue or pull request on record, without its webhook. */
export function addIssue(world: World, repository: Repository, created: NewIssue, pull: Issue["pull"]): Issue {
  const issue: Issue = {
    id: world.nextId(),
    repository: repository.id,
    number: world.nextNumber(repository),
    title: created.title,
    body: created.body,
    author: created.actor,
    state: "open",
    stateReason: null,
    labels: created.labels.map((name) => ensureLabel(world, repository, name).name),
    createdAt: world.now(),
    updatedAt: world.now(),
    closedAt: null,
    closedBy: null,
    pull,
  };
  world.state.issues.push(issue);
  return issue;
}

export function openIssue(world: World, repository: Repository, created: NewIssue): Issue {
  checkTitle("Issue", created.title);
  checkBody("Issue", created.body);
  const issue = addIssue(world, repository, created, null);
  tell(world, repository, { issue, action: "opened", actor: created.actor });
  return issue;
}

interface IssueEvent {
  readonly issue: Issue;
  readonly action: string;
  readonly actor: ActorLogin;
  readonly more?: Record<string, unknown>;
}

/** Announces as `issues` or `pull_request`, whichever it is. */
export function tell(world: World, repository: Repository, event: IssueEvent): void {
  const { issue, action, actor, more } = event;
  const payload =
    issue.pull === null
      ? { issue: renderIssue(world, repository, issue), ...more }
      : { number: issue.number, pull_request: renderFullPull(world, repository, issue), ...more };
  announce(world, repository, { name: issue.pull === null ? "issues" : "pull_request", action, actor, payload });
}

export interface IssueUpdate {
  readonly title?: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
}

/** Changes text and labels; tells `edited` with what stood there before. */
export function editIssue(
  world: World,
  repository: Repository,
  issue: Issue,
  update: IssueUpdate & { actor: ActorLogin },
): void {
  const resource = issue.pull === null ? "Issue" : "PullRequest";
  const changes: Record<string, unknown> = {};
  if (update.title !== undefined && update.title !== issue.title) {
    checkTitle(resource, update.title);
    changes["title"] = { from: issue.title };
  }
  checkBody(resource, update.body);
  if (update.body !== undefined && update.body !== issue.body) changes["body"] = { from: issue.body ?? "" };
  issue.title = update.title ?? issue.title;
  issue.body = update.body === undefined ? issue.body : update.body;
  if (update.labels !== undefined)
    issue.labels = update.labels.map((name) => ensureLabel(world, repository, name).name);
  issue.updatedAt = world.now();
  if (Object.keys(changes).length > 0)
    tell(world, repository, { issue, action: "edited", actor: update.actor, more: { changes } });
}

export function setIssueState(
  world: World,
  repository: Repository,
  issue: Issue,
  change: { state: "open" | "closed"; actor: ActorLogin },
): void {
  if (issue.state === change.state) return;
  const closed = change.state === "closed";
  issue.state = change.state;
  issue.stateReason = closed ? "completed" : "reopened";
  issue.closedAt = closed ? world.now() : null;
  issue.closedBy = closed ? change.actor : null;
  issue.updatedAt = world.now();
  tell(world, repository, { issue, action: closed ? "closed" : "reopened", actor: change.actor });
}

/** A label that is named for the first time comes into being. */
export function ensureLabel(world: World, repository: Repository, name: string): Label {
  const known = repository.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return known;
  const label: Label = { id: world.nextId(), name, color: "ededed", description: null };
  repository.labels.push(label);
  return label;
}

export function addLabels(
  world: World,
  repository: Repository,
  issue: Issue,
  added: { names: readonly string[]; actor: ActorLogin },
): void {
  for (const name of added.names) {
    const label = ensureLabel(world, repository, name);
    if (issue.labels.includes(label.name)) continue;
    issue.labels.push(label.name);
    tell(world, repository, {
      issue,
      action: "labeled",
      actor: added.actor,
      more: { label: renderLabel(world, repository, label) },
    });
  }
}

export function addComment(
  world: World,
  repository: Repository,
  issue: Issue,
  written: { body: string; actor: ActorLogin },
): Comment {
  if (written.body === "") throw invalid({ resource: "IssueComment", field: "body", code: "missing_field" });
  checkBody("IssueComment", written.body);
  const comment: Comment = {
    id: world.nextId(),
    repository: repository.id,
    issue: issue.number,
    author: written.actor,
    body: written.body,
    createdAt: world.now(),
    updatedAt: world.now(),
  };
  world.state.comments.push(comment);
  issue.updatedAt = world.now();
  tellComment(world, repository, { comment, action: "created", actor: written.actor });
  return comment;
}

interface CommentEvent {
  readonly comment: Comment;
  readonly action: "created" | "edited" | "deleted";
  readonly actor: ActorLogin;
  readonly more?: Record<string, unknown>;
}

function tellComment(world: World, repository: Repository, event: CommentEvent): void {
  const issue = renderIssue(world, repository, world.issue(repository, event.comment.issue));
  announce(world, repository, {
    name: "issue_comment",
    action: event.action,
    actor: event.actor,
    payload: { issue, comment: renderComment(world, repository, event.comment), ...event.more },
  });
}

export function editComment(
  world: World,
  repository: Repository,
  comment: Comment,
  edit: { body: string; actor: ActorLogin },
): void {
  checkBody("IssueComment", edit.body);
  const from = comment.body;
  comment.body = edit.body;
  comment.updatedAt = world.now();
  tellComment(world, repository, {
    comment,
    action: "edited",
    actor: edit.actor,
    more: { changes: { body: { from } } },
  });
}

export function deleteComment(world: World, repository: Repository, comment: Comment, actor: ActorLogin): void {
  tellComment(world, repository, { comment, action: "deleted", actor });
  world.state.comments.splice(world.state.comments.indexOf(comment), 1);
}

/** @returns the reaction, and whether it is new: the same one twice is kept once */
export function react(
  world: World,
  subject: string,
  given: { content: string; actor: ActorLogin },
): { reaction: Reaction; created: boolean } {
  const content = REACTIONS.find((one): one is ReactionContent => one === given.content);
  if (content === undefined) throw new ApiError(422, "Validation Failed");
  const known = world.state.reactions.find(
    (one) => one.subject === subject && one.author === given.actor && one.content === content,
  );
  if (known !== undefined) return { reaction: known, created: false };
  const reaction: Reaction = { id: world.nextId(), subject, author: given.actor, content, createdAt: world.now() };
  world.state.reactions.push(reaction);
  return { reaction, created: true };
}
