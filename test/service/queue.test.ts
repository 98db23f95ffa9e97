/** The queue on the embedded database. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromPglite, PgBoss } from "pg-boss";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { queueRun } from "#service/jobs/request-run.ts";
import { createJobQueue, type JobQueue } from "#service/queue.ts";
import { fillDataFolder } from "../support/service/embedded-template.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("the queue", () => {
  let database: PGlite;
  let queue: JobQueue;
  const log = createLog({ write: () => undefined, level: "silent", now: Date.now, secrets: new SecretRegistry() });
  beforeAll(async () => {
    const folder = temporaryFolder();
    await fillDataFolder(folder);
    database = await PGlite.create(join(folder, "state"));
    const boss = new PgBoss({ db: fromPglite(database), backend: "pglite", useListenNotify: true });
    queue = createJobQueue(boss, { pollSeconds: 0.5, retryDelaySeconds: 1, now: Date.now, log });
    await queue.start();
  });
  afterAll(async () => {
    await queue.stop(1_000);
    if (!database.closed) await database.close();
  });

  test("a repository that is busy, with a run that waits behind, keeps no other repository waiting", async () => {
    const begun: string[] = [];
    let running = 0;
    let most = 0;
    const busy = Promise.withResolvers<void>();
    await queue.work("repository-run", {
      async run({ repository }) {
        begun.push(repository);
        if (repository !== "lab/busy") return;
        running += 1;
        most = Math.max(most, running);
        await busy.promise;
        running -= 1;
      },
    });
    const run = (repository: string): Promise<void> => queueRun({ queue }, repository);
    await run("lab/busy");
    while (begun.length === 0) await sleep(20);
    await run("lab/busy");
    await run("lab/busy");
    await run("lab/calm");
    const deadline = Date.now() + 15_000;
    while (!begun.includes("lab/calm") && Date.now() < deadline) await sleep(20);
    expect(begun).toEqual(["lab/busy", "lab/calm"]);
    busy.resolve();
    while (!(await queue.isIdle())) await sleep(50);
    expect(begun).toEqual(["lab/busy", "lab/calm", "lab/busy"]);
    expect(most).toBe(1);
  });

  test("says whether its database answers", async () => {
    expect(await queue.answers(5_000)).toBe(true);
    await database.transaction(async () => {
      // Nobody else gets an answer while this is open.
      expect(await queue.answers(50)).toBe(false);
    });
    await queue.stop(1_000);
    await database.close();
    expect(await queue.answers(5_000)).toBe(false);
  });
});
