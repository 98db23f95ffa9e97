/** One check run of ours per commit and name, edited where it exists. */
import type { GitHubRepository } from "./client.ts";

export interface CheckRunContent {
  readonly name: string;
  readonly headSha: string;
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  readonly summary: string;
  /** Lines of files that the summary speaks of. */
  readonly annotations: readonly CheckAnnotation[];
}

export interface CheckAnnotation {
  readonly path: string;
  readonly line: number;
  readonly level: "notice" | "warning" | "failure";
  readonly message: string;
}

/** GitHub takes 50 annotations in one call. */
const MOST_ANNOTATIONS = 50;
const MOST_CHARACTERS = 60_000;

/** Whether a commit has a check run of ours: the last thing that a publication writes. */
export async function hasCheckRun(
  repository: GitHubRepository,
  appId: number,
  about: { readonly name: string; readonly headSha: string },
): Promise<boolean> {
  const { owner, repo, octokit } = repository;
  const { name, headSha } = about;
  const { data } = await octokit.checks.listForRef({ owner, repo, ref: headSha, check_name: name, per_page: 100 });
  return data.check_runs.some((run) => run.app?.id === appId);
}

/** Creates the check run, or edits the one that an earlier attempt made; nothing where it says this already. */
export async function publishCheckRun(
  repository: GitHubRepository,
  appId: number,
  content: CheckRunContent,
): Promise<void> {
  const { owner, repo, octokit } = repository;
  const { data } = await octokit.checks.listForRef({
    owner,
    repo,
    ref: content.headSha,
    check_name: content.name,
    per_page: 100,
  });
  const existing = data.check_runs.find((run) => run.app?.id === appId);
  const summary = content.summary.slice(0, MOST_CHARACTERS);
  const output = { title: content.title.slice(0, 255), summary, annotations: annotationsOf(content) };
  if (existing === undefined) {
    await octokit.checks.create({
      owner,
      repo,
      name: content.name,
      head_sha: content.headSha,
      status: "completed",
      conclusion: content.conclusion,
      output,
    });
    return;
  }
  const same = existing.conclusion === content.conclusion && existing.output.summary === summary;
  if (same && existing.output.title === output.title) return;
  await octokit.checks.update({
    owner,
    repo,
    check_run_id: existing.id,
    status: "completed",
    conclusion: content.conclusion,
    // An update adds annotations to those that are there.
    output: { title: output.title, summary },
  });
}

function annotationsOf(content: CheckRunContent): {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
}[] {
  return content.annotations.slice(0, MOST_ANNOTATIONS).map((annotation) => ({
    path: annotation.path,
    start_line: annotation.line,
    end_line: annotation.line,
    annotation_level: annotation.level,
    message: annotation.message.slice(0, MOST_CHARACTERS),
  }));
}
