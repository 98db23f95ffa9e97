/** Worker threads that die or hang: a question is answered, or fails with a reason, and the next one is answered. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { createEnginePool, EngineFailure, type EnginePool } from "#service/engine-pool.ts";

/** Does what the name of the package says. */
const WORKER = `
import { parentPort } from "node:worker_threads";
parentPort.on("message", ({ call }) => {
  if (call.name === "hang") return;
  if (call.name === "exit") process.exit(3);
  parentPort.postMessage({ kind: "explanation", text: call.name });
  if (call.name === "die-later") setTimeout(() => process.exit(4), 10);
});
`;

describe("the pool of engines", () => {
  const folder = mkdtempSync(join(tmpdir(), "relock-pool-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, WORKER);
  const pools: EnginePool[] = [];
  afterAll(async () => {
    for (const pool of pools) await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = (wallClockMs: number, size = 1): EnginePool => {
    const log = createLog({ write: () => undefined, level: "silent", now: Date.now, secrets: new SecretRegistry() });
    const workerFile = pathToFileURL(file);
    const limits = { size, wallClockMs, memoryMb: 64 };
    const pool = createEnginePool({ ...limits, workerFile, environment: {}, workerData: null, log });
    pools.push(pool);
    return pool;
  };
  const run = { now: 0, repository: "lab/imprint", organisationDefaults: null, progress: () => undefined };
  const snapshot = { commit: "0", files: new Map() };
  const ask = (pool: EnginePool, name: string): Promise<string> => pool.explain(snapshot, name, run);

  test("an engine that dies after its answer is not asked again", async () => {
    const pool = open(10_000);
    expect(await ask(pool, "die-later")).toBe("die-later");
    await sleep(500);
    expect(await ask(pool, "numpy")).toBe("numpy");
  });

  test("one that dies or hangs fails with the reason, and the questions behind it are answered", async () => {
    const pool = open(3_000);
    const [died, next, hung, last] = await Promise.allSettled(
      ["exit", "numpy", "hang", "pandas"].map((name) => ask(pool, name)),
    );
    expect(died).toMatchObject({ reason: new EngineFailure("the engine ended with status 3") });
    expect(next).toMatchObject({ value: "numpy" });
    expect(hung).toMatchObject({ reason: new EngineFailure("the engine took more than 3 s") });
    expect(last).toMatchObject({ value: "pandas" });
  });

  test("a question that the end of the service cuts off is no failure of the engine", async () => {
    const pool = open(60_000);
    const cut = Promise.allSettled(["hang", "numpy"].map((name) => ask(pool, name)));
    await sleep(200);
    await pool.close();
    for (const answer of await cut) {
      expect(answer).toMatchObject({ status: "rejected", reason: { message: "the service stops" } });
      expect(answer).not.toMatchObject({ reason: expect.any(EngineFailure) });
    }
  });
});
