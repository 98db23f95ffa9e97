/** Everything that a job needs, put together in one place: the real edges are made here and nowhere else. */
import { setTimeout as sleep } from "node:timers/promises";
import { createAppAccess, type AppAccess } from "#github/client.ts";
import { createLog, type Log } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import type { Clock } from "#ports.ts";
import type { Engine } from "../engine.ts";
import { openDatabase, type OpenDatabase } from "./database.ts";
import { createEnginePool } from "./engine-pool.ts";
import { createJobQueue, type JobQueue } from "./queue.ts";
import type { ServiceSettings } from "./settings.ts";
import { createServiceState, type ServiceState } from "./state.ts";

/** What jobs work with. */
export interface ServiceContext {
  readonly github: AppAccess;
  readonly queue: JobQueue;
  readonly state: ServiceState;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: SecretRegistry;
  /** Called after each step that leaves a trace; tests stop the process there. */
  readonly onStep: (step: string) => void;
}

/** What differs between production, the demo and tests. */
export interface ServiceWiring {
  readonly clock: Clock;
  /** Takes one finished line of the log. */
  readonly writeLog: (line: string) => void;
  readonly engineWorker: URL;
  readonly engineData: unknown;
  readonly environment: Readonly<Record<string, string>>;
  readonly onStep?: (step: string) => void;
  readonly pace: {
    /** Between two writes of one installation. */
    readonly writeIntervalMs: number;
    readonly backoffMs: number;
    readonly queuePollSeconds: number;
    readonly jobRetrySeconds: number;
  };
}

/** GitHub's advice for writes, and delays that a person does not notice. */
export const PRODUCTION_PACE: ServiceWiring["pace"] = {
  writeIntervalMs: 1_000,
  backoffMs: 1_000,
  queuePollSeconds: 2,
  jobRetrySeconds: 10,
};

export interface OpenService {
  readonly context: ServiceContext;
  /** Whether no other process can be at work on the same jobs. */
  readonly exclusive: boolean;
  /** Ends the database, after the queue was stopped. */
  close(): Promise<void>;
}

export type ServiceAnswer =
  { readonly kind: "open"; readonly service: OpenService } | { readonly kind: "refused"; readonly reason: string };

const REQUEST_TIMEOUT_MS = 60_000;
const ENGINE_MEMORY_MB = 2_048;

/** Opens the log, the database, GitHub and the engine. Nothing runs yet. */
export async function openService(settings: ServiceSettings, wiring: ServiceWiring): Promise<ServiceAnswer> {
  const secrets = new SecretRegistry();
  const now = (): number => wiring.clock.now();
  const log = createLog({ write: wiring.writeLog, level: settings.logLevel, now: Date.now, secrets });
  if (settings.database.kind === "postgres") secrets.register(passwordOf(settings.database.url));
  const answer = await openDatabase(settings.database);
  if (answer.kind === "refused") return answer;
  const { pace } = wiring;
  const github = createAppAccess({
    ...settings.app,
    apiUrl: settings.apiUrl,
    secrets,
    log,
    policy: {
      now,
      sleep: (milliseconds) => sleep(milliseconds),
      writeIntervalMs: pace.writeIntervalMs,
      backoffMs: pace.backoffMs,
      timeoutMs: REQUEST_TIMEOUT_MS,
    },
  });
  const engine = createEnginePool({
    workerFile: wiring.engineWorker,
    workerData: wiring.engineData,
    environment: wiring.environment,
    size: settings.workers,
    wallClockMs: settings.solveSeconds * 1000,
    memoryMb: ENGINE_MEMORY_MB,
    log,
  });
  const context: ServiceContext = {
    github,
    engine,
    log,
    secrets,
    clock: wiring.clock,
    onStep: wiring.onStep ?? (() => undefined),
    ...queueAndState(answer.database, { pace, now, log }),
  };
  const close = async (): Promise<void> => {
    await engine.close();
    await answer.database.close();
  };
  const { exclusive } = answer.database;
  return { kind: "open", service: { context, exclusive, close } };
}

/** Starts the queue, makes the tables, and takes up again what a killed process left. */
export async function startState(context: ServiceContext, exclusive: boolean): Promise<void> {
  await context.queue.start();
  await context.state.prepare();
  if (exclusive) await context.queue.recover();
}

function queueAndState(
  database: OpenDatabase,
  options: { readonly pace: ServiceWiring["pace"]; readonly now: () => number; readonly log: Log },
): Pick<ServiceContext, "queue" | "state"> {
  const { boss } = database;
  const queue = createJobQueue(boss, {
    pollSeconds: options.pace.queuePollSeconds,
    retryDelaySeconds: options.pace.jobRetrySeconds,
    now: options.now,
    log: options.log,
  });
  const state = createServiceState((text, values) => boss.getDb().executeSql(text, values));
  return { queue, state };
}

function passwordOf(url: string): string {
  const written = URL.parse(url)?.password ?? "";
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
