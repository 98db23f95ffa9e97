/** Works out what to propose for the requests of one repository. Writes nothing but a check run on a bad configuration. */
import { publishCheckRun } from "#github/check-runs.ts";
import { configurationCheck } from "#github/texts/check-run-texts.ts";
import type { ServiceContext } from "../context.ts";
import { EngineFailure } from "../engine-pool.ts";
import { openRepository, type OpenAnswer, type OpenedRepository } from "../open-repository.ts";
import { emptyResult, proposeFor } from "../propose.ts";
import type { JobHandler } from "../queue.ts";
import { nextWeeklyRun } from "../schedule.ts";
import type { StoredRequest } from "../state.ts";
import { storeResult, type RunResult } from "../stored-proposal.ts";
import { queuePublication } from "./request-run.ts";

/** One repository at a time; what was stored while it ran is seen by the run that waits behind it. */
export function repositoryRunJob(context: ServiceContext): JobHandler<"repository-run"> {
  return {
    async run({ repository }) {
      const requests = await context.state.requestsIn(repository, "pending");
      const installation = requests.at(-1)?.installation;
      if (installation === undefined) return;
      const opened = await openRepository(context, repository, installation);
      context.onStep("repository-read");
      const results = new Map<string, Promise<RunResult>>();
      for (const request of requests) {
        // Requests that want the same thing share one solve.
        const key = JSON.stringify([request.request, request.scope, request.hold]);
        const result = await (results.get(key) ?? resultFor(context, opened, request));
        results.set(key, Promise.resolve(result));
        await context.state.setProposed(request.id, storeResult(result));
        context.onStep("proposal-stored");
      }
      await queuePublication(context, repository, installation);
    },
    async giveUp({ repository }, error) {
      const reason = context.secrets.describe(error);
      for (const request of await context.state.requestsIn(repository, "pending")) {
        await context.state.setProposed(request.id, storeResult(failedResult(reason)));
        await queuePublication(context, repository, request.installation);
      }
    },
  };
}

async function resultFor(context: ServiceContext, opened: OpenAnswer, request: StoredRequest): Promise<RunResult> {
  switch (opened.kind) {
    case "closed":
      return failedResult(opened.reason);
    case "invalid-configuration": {
      const { client, bot, commit, answer } = opened;
      await publishCheckRun(client, bot.appId, configurationCheck(commit, answer));
      const [first] = answer.problems;
      const line = first === undefined ? "" : `, line ${String(first.line)}: ${first.message}`;
      return failedResult(`${answer.file} is not valid${line}`);
    }
    case "open":
      return proposeIn(context, opened.repository, request);
  }
}

async function proposeIn(
  context: ServiceContext,
  repository: OpenedRepository,
  request: StoredRequest,
): Promise<RunResult> {
  const { configuration, name } = repository;
  const schedule = { days: configuration.schedule.days, timezone: configuration.timezone };
  const now = context.clock.now();
  await context.state.moveNextRun(name, nextWeeklyRun(name, schedule, now), now);
  if (!configuration.enabled) {
    return { ...emptyResult(repository), problem: "`enabled: false` stands in .github/relock.yml" };
  }
  try {
    return await proposeFor(context, repository, request);
  } catch (error) {
    // Trying again would crash or time out again: the reason goes to whoever asked.
    if (!(error instanceof EngineFailure)) throw error;
    context.log.error({ repository: name, error }, "the engine failed");
    return { ...emptyResult(repository), problem: context.secrets.describe(error) };
  }
}

function failedResult(problem: string): RunResult {
  return {
    base: null,
    pullRequests: [],
    held: [],
    findings: [],
    labels: [],
    obsolete: [],
    kept: [],
    problem,
  };
}
