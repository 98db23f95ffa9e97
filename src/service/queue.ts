/** The durable queue: our own small interface over pg-boss. What was sent survives the process. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { PgBoss, Queue } from "pg-boss";
import { RateLimited } from "#github/errors.ts";
import type { Log } from "#github/log.ts";

/** What each queue carries. */
export interface JobData {
  /** One delivery of a webhook, as an event of ours. */
  webhook: object;
  /** One comment with commands. */
  command: object;
  /** "There is something to do for this repository": what, stands in the state tables. */
  "repository-run": { readonly repository: string };
  publish: { readonly repository: string };
  "weekly-sweep": object;
  "redelivery-sweep": object;
}
export type QueueName = keyof JobData;

export interface SendOptions {
  /** Sent twice with one name, a job runs once; sent again after it failed, it is tried again. */
  readonly id?: string;
  /** One job active and one waiting per key; more are dropped, because the waiting one will see everything. */
  readonly key?: string;
  /** Jobs of one group run one at a time. */
  readonly group?: string;
  readonly startAfterSeconds?: number;
}

export interface JobHandler<Name extends QueueName> {
  run(data: JobData[Name]): Promise<void>;
  /** Called once, after the last attempt failed. */
  giveUp?(data: JobData[Name], error: unknown): Promise<void>;
}

export interface JobQueue {
  start(): Promise<void>;
  send<Name extends QueueName>(name: Name, data: JobData[Name], options?: SendOptions): Promise<void>;
  work<Name extends QueueName>(name: Name, handler: JobHandler<Name>): Promise<void>;
  schedule(name: QueueName, cron: string): Promise<void>;
  /** Puts back what a killed process had taken. Only where no other process can be at work. */
  recover(): Promise<void>;
  /** Whether the database answers within that time. */
  answers(withinMs: number): Promise<boolean>;
  /** Nothing waits and nothing runs. */
  isIdle(): Promise<boolean>;
  /** Finishes what runs, for at most `graceMs`; what is left goes back into the queue. */
  stop(graceMs: number): Promise<void>;
}

export interface QueueTuning {
  readonly pollSeconds: number;
  readonly retryDelaySeconds: number;
  readonly now: () => number;
  readonly log: Log;
}

const RETRY_LIMIT = 6;
const COMMON: Partial<Queue> = {
  retryLimit: RETRY_LIMIT,
  retryBackoff: true,
  retryDelayMax: 600,
  // Deliveries may come again for three days, from GitHub or from our sweep.
  deleteAfterSeconds: 7 * 24 * 3600,
  expireInSeconds: 2 * 3600,
  heartbeatSeconds: 30,
  notify: true,
};
interface QueueShape {
  readonly keyed: boolean;
  /** Whether jobs of one group run one at a time. */
  readonly grouped: boolean;
  readonly workers: number;
}
const QUEUES: Readonly<Record<QueueName, QueueShape>> = {
  webhook: { keyed: false, grouped: false, workers: 2 },
  command: { keyed: false, grouped: false, workers: 2 },
  // Grouped by its key: a job that waits for another of its key is passed over, and those behind it are reached.
  "repository-run": { keyed: true, grouped: true, workers: 2 },
  publish: { keyed: true, grouped: true, workers: 2 },
  "weekly-sweep": { keyed: true, grouped: false, workers: 1 },
  "redelivery-sweep": { keyed: true, grouped: false, workers: 1 },
};
const NAMES = Object.keys(QUEUES) as QueueName[];

/** The queue on a database that `openDatabase` opened. */
export function createJobQueue(boss: PgBoss, tuning: QueueTuning): JobQueue {
  boss.on("error", (error) => tuning.log.error(error, "the queue met an error"));
  const queue: JobQueue = {
    async start() {
      await boss.start();
      for (const name of NAMES) {
        // One waits per key; groups keep one active. (With pg-boss's "stately", keys that were active when it last looked are
        // passed over for up to a minute after they have ended.)
        const policy = QUEUES[name].keyed ? "short" : "standard";
        await boss.createQueue(name, { ...COMMON, retryDelay: tuning.retryDelaySeconds, policy });
      }
    },
    send: (name, data, options = {}) => send(boss, name, data, options),
    work: (name, handler) => work(boss, queue, tuning, { name, handler }),
    async schedule(name, cron) {
      await boss.schedule(name, cron, {}, { tz: "UTC", singletonKey: "sweep" });
    },
    recover: () => recover(boss),
    answers: (withinMs) => answers(boss, withinMs),
    isIdle: async () => (await unfinishedJobs(boss)).length === 0,
    stop: (graceMs) => stop(boss, graceMs),
  };
  return queue;
}

async function send(boss: PgBoss, name: QueueName, data: object, options: SendOptions): Promise<void> {
  const id = options.id === undefined ? undefined : toUuid(options.id);
  const made = await boss.send(name, data, {
    ...(id === undefined ? {} : { id }),
    ...(options.key === undefined ? {} : { singletonKey: options.key }),
    ...(options.group === undefined ? {} : { group: { id: options.group } }),
    ...(options.startAfterSeconds === undefined ? {} : { startAfter: options.startAfterSeconds }),
  });
  if (made !== null || id === undefined) return;
  const [existing] = await boss.findJobs(name, { id });
  if (existing?.state === "failed") await boss.retry(name, id);
}

/** Names as the database wants them; a name that is a UUID already stays. */
export function toUuid(name: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)) return name.toLowerCase();
  const hash = createHash("sha256").update(name).digest("hex");
  return [8, 12, 16, 20, 32].map((end, index) => hash.slice([0, 8, 12, 16, 20][index], end)).join("-");
}

async function work<Name extends QueueName>(
  boss: PgBoss,
  queue: JobQueue,
  tuning: QueueTuning,
  job: { readonly name: Name; readonly handler: JobHandler<Name> },
): Promise<void> {
  const { name, handler } = job;
  const options = {
    localConcurrency: QUEUES[name].workers,
    pollingIntervalSeconds: tuning.pollSeconds,
    notifyPollingIntervalSeconds: tuning.pollSeconds,
    ...(QUEUES[name].grouped ? { groupConcurrency: 1 } : {}),
  };
  await boss.work<JobData[Name]>(name, options, async ([taken]) => {
    if (taken === undefined) return;
    try {
      await handler.run(taken.data);
    } catch (error) {
      if (error instanceof RateLimited) {
        const seconds = Math.max(1, Math.ceil((error.until - tuning.now()) / 1000));
        tuning.log.warn({ queue: name, seconds }, "GitHub asks to wait; the job is put off");
        await queue.send(name, taken.data, {
          ...keyOf(name, taken.data),
          ...(taken.groupId == null ? {} : { group: taken.groupId }),
          startAfterSeconds: seconds,
        });
        return;
      }
      tuning.log.warn({ queue: name, attempt: taken.retryCount, error }, "a job failed");
      if (taken.retryCount >= RETRY_LIMIT) await handler.giveUp?.(taken.data, error);
      // The queue stores what is thrown: a plain message, without Octokit's request in it.
      // oxlint-disable-next-line eslint/preserve-caught-error -- the cause would be stored with it
      throw new Error(error instanceof Error ? error.message : "unknown error");
    }
  });
}

function keyOf(name: QueueName, data: object): { key?: string } {
  if (!QUEUES[name].keyed) return {};
  return { key: "repository" in data ? String(data.repository) : "sweep" };
}

async function recover(boss: PgBoss): Promise<void> {
  for (const job of await unfinishedJobs(boss)) {
    if (job.state !== "active") continue;
    // A keyed job only says that there is work; the state tables know it, and the start-up asks them.
    if (QUEUES[job.name].keyed) await boss.deleteJob(job.name, job.id);
    else await boss.fail(job.name, job.id, { message: "the process was killed" });
  }
}

async function answers(boss: PgBoss, withinMs: number): Promise<boolean> {
  const asked = boss.getDb().executeSql("SELECT 1");
  try {
    return await Promise.race([asked.then(() => true), sleep(withinMs, false, { ref: false })]);
  } catch {
    return false;
  }
}

interface UnfinishedJob {
  readonly name: QueueName;
  readonly id: string;
  readonly state: string;
}

/** Read from pg-boss's table: its own look-up returns ended jobs too, with their data. */
async function unfinishedJobs(boss: PgBoss): Promise<readonly UnfinishedJob[]> {
  const { rows } = await boss
    .getDb()
    .executeSql("SELECT name, id, state FROM pgboss.job WHERE name = ANY($1) AND state < 'completed'", [NAMES]);
  return rows as UnfinishedJob[];
}

async function stop(boss: PgBoss, graceMs: number): Promise<void> {
  await boss.stop({ graceful: true, timeout: graceMs, close: true });
  // The connection needs a moment to see its last answer.
  await sleep(0);
}
