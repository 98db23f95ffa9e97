/** Brings one proposed pull request to GitHub. Each step looks first, so that it can be repeated from the start. */
import { isWholeRun } from "#engine/watch-outages.ts";
import { publishBranch } from "#github/branches.ts";
import { hasCheckRun, publishCheckRun } from "#github/check-runs.ts";
import { publishNotice } from "#github/comments.ts";
import type { BotIdentity, GitHubRepository } from "#github/client.ts";
import { orNull } from "#github/errors.ts";
import {
  addLabels,
  findPullRequest,
  publishPullRequest,
  wasDeclined,
  type PullRequestState,
} from "#github/pull-requests.ts";
import { keptCheck, proposalCheck } from "#github/texts/check-run-texts.ts";
import { foreignCommitNotice, obsoleteNotice, type PullRequestReport } from "#github/texts/command-replies.ts";
import { commitMessage } from "#github/texts/commit-message.ts";
import { CLOSED_BY_US, proposalHash, withMarker } from "#github/texts/marker.ts";
import type { ServiceContext } from "./context.ts";
import type { PlannedPullRequest, RunResult } from "./stored-proposal.ts";

export interface PublicationTarget {
  readonly client: GitHubRepository;
  readonly bot: BotIdentity;
  readonly base: NonNullable<RunResult["base"]>;
  readonly result: RunResult;
  /** Asked for by name: a pull request that a person closed is opened again. */
  readonly explicit: boolean;
}

/** Publishes one group: branch, pull request, check run. */
export async function publishGroup(
  context: ServiceContext,
  target: PublicationTarget,
  planned: PlannedPullRequest,
): Promise<PullRequestReport> {
  const { client, bot, base, result } = target;
  const contentHash = proposalHash(planned);
  const found = await findPullRequest(client, planned.branch);
  const number = found?.number ?? null;
  const report = { group: planned.group, number, detail: "" };
  if (!target.explicit && wasDeclined(found, contentHash)) return { ...report, result: "declined" };
  const { title, group, holds } = planned;
  const message = commitMessage({ title, group, base: base.commit, holds });
  const branch = await publishBranch(client, { ...planned, base, message }, bot);
  context.onStep("branch-published");
  if (branch.kind === "refused") return { ...report, result: "refused", detail: branch.reason };
  if (branch.kind === "empty") return { ...report, result: "nothing-to-do" };
  if (branch.kind === "foreign-commit") {
    if (found?.state === "open") {
      const text = foreignCommitNotice(branch.author, branch.commit);
      await publishNotice(client, bot, { issue: found.number, key: branch.commit, text });
    }
    return { ...report, result: "foreign-commit", detail: branch.author };
  }
  const outcome = await publishPullRequest(client, found, {
    branch: planned.branch,
    base: base.branch,
    title: context.secrets.redact(planned.title),
    body: context.secrets.redact(planned.body),
    contentHash,
  });
  if (outcome.kind === "created" || (await wasInterrupted(target, found))) {
    await addLabels(client, outcome.number, result.labels);
  }
  context.onStep("pull-request-published");
  const { changes } = planned;
  const { held, findings } = result;
  await publishCheckRun(client, bot.appId, proposalCheck(branch.commit, { changes, held, findings }));
  context.onStep("check-published");
  const changed = branch.kind === "unchanged" ? outcome.kind : "updated";
  return { ...report, number: outcome.number, result: outcome.kind === "created" ? "created" : changed };
}

/**
 * Whether an earlier attempt opened the pull request and got no further: it has no labels, and its head no check run.
 * Otherwise a person took the labels away, and they stay away.
 */
async function wasInterrupted(target: PublicationTarget, found: PullRequestState | null): Promise<boolean> {
  const { client, bot, result } = target;
  if (found?.state !== "open" || found.labels.length > 0 || result.labels.length === 0) return false;
  return !(await hasCheckRun(client, bot.appId, { name: "relock", headSha: found.headSha }));
}

/** Closes a pull request of ours for which nothing is left, and says why. */
export async function closeObsolete(
  context: ServiceContext,
  target: PublicationTarget,
  obsolete: RunResult["obsolete"][number],
): Promise<PullRequestReport> {
  const { client, bot } = target;
  const { owner, repo, octokit } = client;
  const found = await findPullRequest(client, obsolete.branch);
  const group = obsolete.branch.replace(/^relock\//, "");
  if (found?.number === obsolete.number && found.state === "open") {
    await publishNotice(client, bot, { issue: found.number, key: "obsolete", text: obsoleteNotice() });
    // The marker says that it was us: a person's closing is respected, ours is not.
    const body = withMarker(found.body, CLOSED_BY_US);
    await octokit.pulls.update({ owner, repo, pull_number: found.number, state: "closed", body });
    context.onStep("pull-request-closed");
  }
  await orNull(octokit.git.deleteRef({ owner, repo, ref: `heads/${obsolete.branch}` }));
  return { group, number: obsolete.number, result: "closed", detail: "" };
}

/** Says on a pull request of ours that a run with errors has not proposed it again. It stays as it is. */
export async function tellKept(target: PublicationTarget, kept: RunResult["kept"][number]): Promise<PullRequestReport> {
  const { client, bot, result } = target;
  const errors = result.findings.filter((finding) => !isWholeRun([finding]));
  await publishCheckRun(client, bot.appId, keptCheck(kept.headSha, errors));
  return { group: kept.branch.replace(/^relock\//, ""), number: kept.number, result: "kept", detail: "" };
}
