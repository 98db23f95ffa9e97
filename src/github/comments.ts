/** The one comment that answers a command, notices, and reactions that acknowledge. */
import type { BotIdentity, GitHubRepository } from "./client.ts";
import { readSections, writeSections } from "./texts/sections.ts";

/** Where a command came from. */
export interface CommandComment {
  readonly issue: number;
  readonly comment: number;
}

/** The answer to one command of a comment. */
export interface OutcomeSection {
  /** Which of the comment's commands it answers. */
  readonly section: number;
  readonly text: string;
  /** Whether to leave the section as it is where there is one: a later job may have written it. */
  readonly onlyIfAbsent: boolean;
}

/** What a reaction of ours means: seen, done, no. */
export type Acknowledgement = "eyes" | "rocket" | "confused";

const MOST_CHARACTERS = 12_000;

/** GitHub keeps one reaction of a kind per account: asking twice changes nothing. */
export async function react(repository: GitHubRepository, comment: number, content: Acknowledgement): Promise<void> {
  const { owner, repo, octokit } = repository;
  await octokit.reactions.createForIssueComment({ owner, repo, comment_id: comment, content });
}

/** Writes answers: creates the comment once, then edits it in place. */
export async function publishOutcome(
  repository: GitHubRepository,
  bot: BotIdentity,
  target: CommandComment,
  answers: readonly OutcomeSection[],
): Promise<void> {
  const marker = `<!-- relock:outcome ${String(target.comment)} -->`;
  const existing = await findOwnComment(repository, bot, { issue: target.issue, marker });
  const sections = new Map(readSections(existing?.body ?? ""));
  for (const answer of answers) {
    if (answer.onlyIfAbsent && sections.has(answer.section)) continue;
    sections.set(answer.section, answer.text.trim().slice(0, MOST_CHARACTERS));
  }
  const body = `${writeSections(sections)}\n\n${marker}`;
  const { owner, repo, octokit } = repository;
  if (existing === null) {
    await octokit.issues.createComment({ owner, repo, issue_number: target.issue, body });
  } else if (existing.body !== body) {
    await octokit.issues.updateComment({ owner, repo, comment_id: existing.id, body });
  }
}

/** Says something once on an issue: a second call with the same key adds nothing. */
export async function publishNotice(
  repository: GitHubRepository,
  bot: BotIdentity,
  notice: { readonly issue: number; readonly key: string; readonly text: string },
): Promise<void> {
  const { owner, repo, octokit } = repository;
  const marker = `<!-- relock:notice ${notice.key} -->`;
  const existing = await findOwnComment(repository, bot, { issue: notice.issue, marker });
  if (existing !== null) return;
  const body = `${notice.text}\n\n${marker}`;
  await octokit.issues.createComment({ owner, repo, issue_number: notice.issue, body });
}

/** A comment of our own with this marker: anyone can write a marker, only we are ourselves. */
async function findOwnComment(
  repository: GitHubRepository,
  bot: BotIdentity,
  wanted: { readonly issue: number; readonly marker: string },
): Promise<{ readonly id: number; readonly body: string } | null> {
  const { owner, repo, octokit } = repository;
  const comments = await octokit.paginate(octokit.issues.listComments, {
    owner,
    repo,
    issue_number: wanted.issue,
    per_page: 100,
  });
  const found = comments.find((comment) => {
    return comment.user?.login === bot.login && comment.body?.includes(wanted.marker) === true;
  });
  return found === undefined ? null : { id: found.id, body: found.body ?? "" };
}
