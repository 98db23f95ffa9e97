/** Publishes what runs proposed, one request after the other, and answers the commands that asked for them. */
import { publishOutcome, react } from "#github/comments.ts";
import type { PullRequestReport } from "#github/texts/command-replies.ts";
import { reportReply } from "#github/texts/command-replies.ts";
import type { GitHubRepository } from "#github/client.ts";
import { isRefusal, RateLimited, statusOf } from "#github/errors.ts";
import type { ServiceContext } from "../context.ts";
import { closeObsolete, publishGroup, tellKept, type PublicationTarget } from "../publish-pull-request.ts";
import type { JobHandler } from "../queue.ts";
import type { StoredRequest } from "../state.ts";
import { readResult, type RunResult } from "../stored-proposal.ts";

/** One repository at a time, and one of an installation: GitHub counts what an installation writes. */
export function publishJob(context: ServiceContext): JobHandler<"publish"> {
  return {
    async run({ repository }) {
      for (const request of await context.state.requestsIn(repository, "proposed")) {
        const result = readResult(request.proposal ?? "");
        const { reports, failures } = await publishResult(context, request, result);
        // In their order: a later request may replace what this one publishes.
        if (failures.length > 0) throw failures[0];
        await finish(context, request, { result, reports, problem: result.problem });
      }
    },
    async giveUp({ repository }) {
      for (const request of await context.state.requestsIn(repository, "proposed")) {
        const result = readResult(request.proposal ?? "");
        // The last attempt; what still fails is told with its reason, beside what did not.
        const { reports } = await publishResult(context, request, result).catch((error: unknown) => {
          if (error instanceof RateLimited) throw error;
          const group = "all";
          return { reports: [refused(context, { group, number: null }, error)], failures: [] };
        });
        await finish(context, request, { result, reports, problem: result.problem });
      }
    },
  };
}

interface Published {
  readonly reports: readonly PullRequestReport[];
  /** What kept a group from being published; its report says so too. */
  readonly failures: readonly unknown[];
}

/** Publishes each group. One that fails keeps no other from being published; only a rate limit ends it all. */
async function publishResult(context: ServiceContext, request: StoredRequest, result: RunResult): Promise<Published> {
  const { base } = result;
  const nothing = result.pullRequests.length + result.obsolete.length + result.kept.length === 0;
  if (base === null || nothing) return { reports: [], failures: [] };
  const client = await context.github.repository(request.installation, request.repository);
  const explicit = request.origin !== null && request.request.kind === "packages";
  const bot = await context.github.bot();
  const target: PublicationTarget = { client, bot, base, result, explicit };
  const reports: PullRequestReport[] = [];
  const failures: unknown[] = [];
  const attempt = async (
    about: Pick<PullRequestReport, "group" | "number">,
    publish: () => Promise<PullRequestReport>,
  ): Promise<void> => {
    try {
      reports.push(await publish());
    } catch (error) {
      if (error instanceof RateLimited) throw error;
      failures.push(error);
      reports.push(refused(context, about, error));
    }
    context.log.info({ repository: request.repository, ...reports.at(-1) }, "published");
  };
  for (const planned of result.pullRequests) {
    await attempt({ group: planned.group, number: null }, () => publishGroup(context, target, planned));
  }
  for (const obsolete of result.obsolete) {
    await attempt({ group: obsolete.branch, number: obsolete.number }, () => closeObsolete(context, target, obsolete));
  }
  for (const kept of result.kept) {
    await attempt({ group: kept.branch, number: kept.number }, () => tellKept(target, kept));
  }
  return { reports, failures };
}

function refused(
  context: ServiceContext,
  about: Pick<PullRequestReport, "group" | "number">,
  error: unknown,
): PullRequestReport {
  return { ...about, result: "refused", detail: context.secrets.describe(error).replace(/\.$/, "") };
}

interface Ending {
  readonly result: RunResult;
  readonly reports: readonly PullRequestReport[];
  readonly problem: string | null;
}

/** Answers whoever asked, then closes the request: killed in between, the answer is written again, in place. */
async function finish(context: ServiceContext, request: StoredRequest, ending: Ending): Promise<void> {
  try {
    if (request.origin !== null) await answer(context, request, ending);
  } catch (error) {
    // The comment is gone or its conversation closed: nobody is left to be answered, and the next request waits.
    if (!isRefusal(error)) throw error;
    context.log.warn({ repository: request.repository, request: request.id, error }, "not answered");
  }
  const { reports, problem } = ending;
  await context.state.finish(request.id, { reports, problem }, context.clock.now());
  context.log.info({ repository: request.repository, request: request.id, problem }, "request done");
  context.onStep("request-finished");
}

async function answer(context: ServiceContext, request: StoredRequest, ending: Ending): Promise<void> {
  const client = await clientFor(context, request);
  const { origin } = request;
  if (client === null || origin === null) return;
  const { reports, problem, result } = ending;
  const errors = result.findings.filter((finding) => finding.severity === "error");
  const text = reportReply({ problem, pullRequests: reports, held: result.held, errors });
  const section = { section: origin.section, text: context.secrets.redact(text), onlyIfAbsent: false };
  await publishOutcome(client, await context.github.bot(), origin, [section]);
  context.onStep("outcome-published");
  await react(client, origin.comment, problem === null ? "rocket" : "confused");
}

/** Null where the app was removed meanwhile: nobody is left to be answered. */
async function clientFor(context: ServiceContext, request: StoredRequest): Promise<GitHubRepository | null> {
  try {
    return await context.github.repository(request.installation, request.repository);
  } catch (error) {
    if (error instanceof RateLimited || (statusOf(error) ?? 500) >= 500) throw error;
    return null;
  }
}
