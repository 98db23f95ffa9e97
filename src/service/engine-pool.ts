/** Runs the engine in worker threads: a solve never blocks HTTP or the queue, and a stuck one is ended. */
import { Worker } from "node:worker_threads";
import type { Log } from "#github/log.ts";
import type { ProgressEvent } from "#ports.ts";
import type { Engine, EngineRun } from "../engine.ts";
import type { EngineCall, EngineMessage, EngineQuestion } from "./engine-protocol.ts";

/** The worker died, was ended or met a bug: the run failed, with a reason that people may read. */
export class EngineFailure extends Error {
  override readonly name = "EngineFailure";
}

export interface EnginePoolOptions {
  /** The worker's file; it calls `serveEngine`. */
  readonly workerFile: URL;
  readonly size: number;
  /** One question may take this long. */
  readonly wallClockMs: number;
  readonly memoryMb: number;
  /** What the worker may see of the environment: never the app's key. */
  readonly environment: Readonly<Record<string, string>>;
  /** Given to the worker as `workerData`. */
  readonly workerData: unknown;
  readonly log: Log;
}

export interface EnginePool extends Engine {
  close(): Promise<void>;
}

interface PoolState {
  readonly idle: Worker[];
  readonly running: Set<Worker>;
  readonly waiting: (() => void)[];
  /** The service stops: what is asked now is no failure of the engine, and its job goes back into the queue. */
  closed: boolean;
}

/** The question was given up because the service stops. Not an `EngineFailure`: asked again, it may well be answered. */
class PoolClosed extends Error {
  override readonly name = "PoolClosed";

  constructor() {
    super("the service stops");
  }
}

/** The engine, behind at most `size` threads. Threads start at the first question and are kept. */
export function createEnginePool(options: EnginePoolOptions): EnginePool {
  const state: PoolState = { idle: [], running: new Set(), waiting: [], closed: false };
  const ask = async (
    snapshot: EngineQuestion["snapshot"],
    call: EngineCall,
    run: EngineRun,
  ): Promise<EngineMessage> => {
    while (state.running.size >= options.size) {
      await new Promise<void>((resolve) => state.waiting.push(resolve));
    }
    if (state.closed) throw new PoolClosed();
    const worker = state.idle.pop() ?? startWorker(options, state);
    state.running.add(worker);
    const { progress, ...rest } = run;
    try {
      const answer = await question(worker, { snapshot, call, run: rest }, { options, progress });
      state.idle.push(worker);
      return answer;
    } catch (error) {
      // It may be in any state: the next question gets a new one.
      await worker.terminate();
      throw state.closed ? new PoolClosed() : error;
    } finally {
      state.running.delete(worker);
      state.waiting.shift()?.();
    }
  };
  return {
    async propose(snapshot, request, run) {
      const answer = await ask(snapshot, { kind: "propose", request }, run);
      if (answer.kind !== "proposal") throw new EngineFailure("the engine gave no proposal");
      return answer.proposal;
    },
    async explain(snapshot, name, run) {
      const answer = await ask(snapshot, { kind: "explain", name }, run);
      if (answer.kind !== "explanation") throw new EngineFailure("the engine gave no explanation");
      return answer.text;
    },
    async close() {
      state.closed = true;
      await Promise.all([...state.idle, ...state.running].map((worker) => worker.terminate()));
    },
  };
}

function startWorker(options: EnginePoolOptions, state: PoolState): Worker {
  const worker = new Worker(options.workerFile, {
    workerData: options.workerData,
    env: { ...options.environment },
    // Its output goes through our log, which takes secrets out.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
  });
  worker.unref();
  // While no question is out nobody else listens, and an error without a listener would end the process.
  worker.on("error", () => undefined);
  // One that dies between two questions would never answer the next.
  worker.on("exit", () => {
    const place = state.idle.indexOf(worker);
    if (place >= 0) state.idle.splice(place, 1);
  });
  const say = (chunk: Buffer): void => options.log.warn({ output: chunk.toString() }, "engine worker");
  worker.stdout.on("data", say);
  worker.stderr.on("data", say);
  return worker;
}

function question(
  worker: Worker,
  asked: EngineQuestion,
  context: { readonly options: EnginePoolOptions; readonly progress: (event: ProgressEvent) => void },
): Promise<EngineMessage> {
  const { wallClockMs } = context.options;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      settle();
      reject(new EngineFailure(reason));
    };
    const onMessage = (message: EngineMessage): void => {
      if (message.kind === "progress") context.progress(message.event);
      else if (message.kind === "failure") fail(`the engine failed: ${message.message}`);
      else {
        settle();
        resolve(message);
      }
    };
    const onError = (error: Error): void => fail(`the engine crashed: ${error.message}`);
    const onExit = (code: number): void => fail(`the engine ended with status ${String(code)}`);
    const seconds = String(Math.round(wallClockMs / 1000));
    const timer = setTimeout(() => fail(`the engine took more than ${seconds} s`), wallClockMs);
    const settle = (): void => {
      clearTimeout(timer);
      worker.unref();
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    worker.ref();
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    worker.postMessage(asked);
  });
}
