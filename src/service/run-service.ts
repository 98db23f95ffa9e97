/** Starts and stops the whole service: database, queue, jobs, schedule, HTTP. */
import { createNodeMiddleware } from "probot";
import { relockApp } from "../app.ts";
import { openService, startState, type OpenService, type ServiceContext, type ServiceWiring } from "./context.ts";
import { commandJob } from "./jobs/command.ts";
import { publishJob } from "./jobs/publish.ts";
import { redeliverySweepJob } from "./jobs/redelivery-sweep.ts";
import { repositoryRunJob } from "./jobs/repository-run.ts";
import { queueUnfinished } from "./jobs/request-run.ts";
import { webhookIntakeJob } from "./jobs/webhook-intake.ts";
import { weeklySweepJob } from "./jobs/weekly-sweep.ts";
import { startServer } from "./server.ts";
import type { ServiceSettings } from "./settings.ts";

export interface RunningService {
  readonly url: string;
  readonly context: ServiceContext;
  /** Starts what is due by the clock now, without waiting for the next sweep. */
  sweep(): Promise<void>;
  /** Finishes or requeues what runs, and closes everything. */
  stop(): Promise<void>;
}

export type StartAnswer =
  | { readonly kind: "running"; readonly service: RunningService }
  | { readonly kind: "refused"; readonly reason: string };

/** A solve that takes longer than this goes back into the queue at the end of the process. */
const GRACE_MS = 20_000;
/** A database that takes longer is as good as away. */
const READINESS_MS = 2_000;

/** Starts the service, or says why it does not start. */
export async function startService(settings: ServiceSettings, wiring: ServiceWiring): Promise<StartAnswer> {
  const opened = await openService(settings, wiring);
  if (opened.kind === "refused") return opened;
  const { service } = opened;
  try {
    return { kind: "running", service: await start(settings, service) };
  } catch (error) {
    await service.close().catch(() => undefined);
    return { kind: "refused", reason: service.context.secrets.describe(error) };
  }
}

async function start(settings: ServiceSettings, service: OpenService): Promise<RunningService> {
  const { context } = service;
  const { queue, log } = context;
  let ready = false;
  const webhooks = await createNodeMiddleware(relockApp(context), { probot: context.github.probot });
  await startState(context, service.exclusive);
  await startJobs(context);
  const server = await startServer({
    host: settings.host,
    port: settings.port,
    webhooks,
    pages: async () => false,
    isReady: () => ready,
    canStore: () => queue.answers(READINESS_MS),
  });
  await queueUnfinished(context);
  ready = true;
  // What GitHub could not deliver while we were away.
  await queue.send("redelivery-sweep", {}, { key: "sweep" });
  log.info({ url: server.url, api: settings.apiUrl }, "relock serves");
  return {
    url: server.url,
    context,
    sweep: () => queue.send("weekly-sweep", {}, { key: "sweep" }),
    async stop() {
      ready = false;
      // First the door, so that no webhook is accepted that could not be stored any more.
      await server.close();
      await queue.stop(GRACE_MS);
      await service.close();
      log.info("relock has stopped");
    },
  };
}

async function startJobs(context: ServiceContext): Promise<void> {
  const { queue } = context;
  await queue.work("webhook", webhookIntakeJob(context));
  await queue.work("command", commandJob(context));
  await queue.work("repository-run", repositoryRunJob(context));
  await queue.work("publish", publishJob(context));
  await queue.work("weekly-sweep", weeklySweepJob(context));
  await queue.work("redelivery-sweep", redeliverySweepJob(context));
  await queue.schedule("weekly-sweep", "*/5 * * * *");
  await queue.schedule("redelivery-sweep", "17 * * * *");
}
