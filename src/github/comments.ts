/** The one comment that answers a command, and reactions that acknowledge it. */
import type { BotIdentity, GitHubRepository } from "./client.ts";

/** A comment on an issue or a pull request, by which a command came. */
export interface CommandComment {
  readonly issue: number;
  readonly comment: number;
}

/** What a reaction of ours means: seen, done, could not. */
export type Acknowledgement = "eyes" | "rocket" | "confused";

/** GitHub keeps one reaction of a kind per account: asking twice changes nothing. */
export async function react(repository: GitHubRepository, comment: number, content: Acknowledgement): Promise<void> {
  const { owner, repo, octokit } = repository;
  await octokit.reactions.createForIssueComment({ owner, repo, comment_id: comment, content });
}

/** Writes the outcome of a command: creates the comment once, then edits it in place. */
export async function publishOutcome(
  repository: GitHubRepository,
  bot: BotIdentity,
  target: CommandComment,
  text: string,
): Promise<void> {
  const { owner, repo, octokit } = repository;
  const marker = outcomeMarker(target.comment);
  const body = `${text.trimEnd().slice(0, 60_000)}\n\n${marker}`;
  const comments = await octokit.paginate(octokit.issues.listComments, {
    owner,
    repo,
    issue_number: target.issue,
    per_page: 100,
  });
  const existing = comments.find(
    // Only a comment of our own: anyone can write the marker.
    (comment) => comment.user?.login === bot.login && comment.body?.includes(marker) === true,
  );
  if (existing === undefined) {
    await octokit.issues.createComment({ owner, repo, issue_number: target.issue, body });
  } else if (existing.body !== body) {
    await octokit.issues.updateComment({ owner, repo, comment_id: existing.id, body });
  }
}

/** Says something once on an issue: a second call with the same key changes the text and adds none. */
export async function publishNotice(
  repository: GitHubRepository,
  bot: BotIdentity,
  notice: { readonly issue: number; readonly key: string; readonly text: string },
): Promise<void> {
  const { owner, repo, octokit } = repository;
  const marker = `<!-- relock:notice ${notice.key} -->`;
  const body = `${notice.text}\n\n${marker}`;
  const comments = await octokit.paginate(octokit.issues.listComments, {
    owner,
    repo,
    issue_number: notice.issue,
    per_page: 100,
  });
  const existing = comments.find(
    (comment) => comment.user?.login === bot.login && comment.body?.includes(marker) === true,
  );
  if (existing === undefined) {
    await octokit.issues.createComment({ owner, repo, issue_number: notice.issue, body });
  }
}

function outcomeMarker(comment: number): string {
  return `<!-- relock:outcome ${String(comment)} -->`;
}
