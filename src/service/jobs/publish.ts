/** Publishes what runs proposed, one request after the other, and answers the commands that asked for them. */
import { publishOutcome, react } from "#github/comments.ts";
import type { PullRequestReport } from "#github/texts/command-replies.ts";
import { reportReply } from "#github/texts/command-replies.ts";
import type { GitHubRepository } from "#github/client.ts";
import { RateLimited, statusOf } from "#github/errors.ts";
import type { ServiceContext } from "../context.ts";
import { closeObsolete, publishGroup, type PublicationTarget } from "../publish-pull-request.ts";
import type { JobHandler } from "../queue.ts";
import type { StoredRequest } from "../state.ts";
import { readResult, type RunResult } from "../stored-proposal.ts";

/** One repository at a time, and one of an installation: GitHub counts what an installation writes. */
export function publishJob(context: ServiceContext): JobHandler<"publish"> {
  return {
    async run({ repository }) {
      for (const request of await context.state.requestsIn(repository, "proposed")) {
        const result = readResult(request.proposal ?? "");
        const reports = await publishResult(context, request, result);
        await finish(context, request, { result, reports, problem: result.problem });
      }
    },
    async giveUp({ repository }, error) {
      const problem = context.secrets.describe(error);
      for (const request of await context.state.requestsIn(repository, "proposed")) {
        const result = readResult(request.proposal ?? "");
        await finish(context, request, { result, reports: [], problem });
      }
    },
  };
}

async function publishResult(
  context: ServiceContext,
  request: StoredRequest,
  result: RunResult,
): Promise<readonly PullRequestReport[]> {
  const { base } = result;
  const nothing = result.pullRequests.length + result.obsolete.length === 0;
  if (base === null || nothing) return [];
  const client = await context.github.repository(request.installation, request.repository);
  const explicit = request.origin !== null && request.request.kind === "packages";
  const bot = await context.github.bot();
  const target: PublicationTarget = { client, bot, base, result, explicit };
  const reports: PullRequestReport[] = [];
  for (const planned of result.pullRequests) {
    const report = await publishGroup(context, target, planned);
    context.log.info({ repository: request.repository, ...report }, "published");
    reports.push(report);
  }
  for (const obsolete of result.obsolete) {
    reports.push(await closeObsolete(context, target, obsolete));
  }
  return reports;
}

interface Ending {
  readonly result: RunResult;
  readonly reports: readonly PullRequestReport[];
  readonly problem: string | null;
}

/** Answers whoever asked, then closes the request: killed in between, the answer is written again, in place. */
async function finish(context: ServiceContext, request: StoredRequest, ending: Ending): Promise<void> {
  if (request.origin !== null) await answer(context, request, ending);
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
  const text = reportReply({ problem, pullRequests: reports, held: result.held });
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
