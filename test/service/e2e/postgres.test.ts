/** The same service on PostgreSQL, where this machine has one. */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorld, WEEK, type RunningWorld } from "../../support/service/running-world.ts";

const SERVER = process.env["RELOCK_TEST_POSTGRES"] ?? "postgres://postgres@127.0.0.1:5432";
const PSQL = process.env["RELOCK_TEST_PSQL"] ?? "psql";
const DATABASE = `relock_test_${String(process.pid)}`;

function psql(command: string): boolean {
  const words = ["--no-psqlrc", "--quiet", "--command", command, `${SERVER}/test`];
  const run = spawnSync(PSQL, words, { env: { ...process.env, PGCONNECT_TIMEOUT: "3" }, stdio: "ignore" });
  return run.status === 0;
}

const created = psql(`CREATE DATABASE ${DATABASE}`);

if (created) {
  describe("on PostgreSQL", () => {
    let world: RunningWorld;
    beforeAll(async () => {
      world = await startWorld({ database: { kind: "postgres", url: `${SERVER}/${DATABASE}` } });
    });
    afterAll(async () => {
      await world.close();
      psql(`DROP DATABASE ${DATABASE} WITH (FORCE)`);
    });

    test("install, double delivery, command, next week", async () => {
      const repository = world.createRepository("imprint", { "requirements.txt": "numpy==1.0\n" });
      world.setIndex({ "python-dependencies": { numpy: "1.1" } });
      world.github.install("lab", { actor: "ada" });
      await world.quiet();
      const [delivery] = world.github.deliveries;
      if (delivery !== undefined) world.github.redeliver(delivery);
      repository.comment(1, "ada", "/relock");
      await world.quiet();
      world.setIndex({ "python-dependencies": { numpy: "1.2" } });
      world.advance(WEEK);
      await world.sweep();
      expect(repository.pullRequests().map((pull) => [pull.title, pull.state])).toEqual([["Update numpy", "open"]]);
      expect(repository.read("requirements.txt", "relock/python-dependencies")).toBe("numpy==1.2\n");
      expect(repository.comments(1).map((comment) => comment.author)).toEqual(["ada", "relock[bot]"]);
      const ids = (await world.service.context.state.history("lab/imprint")).map((one) => one.id.split(":")[0]);
      expect(ids).toEqual(["weekly", "command", "installed"]);
    });
  });
} else {
  // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- says that it was skipped, and why
  test.skip(`on PostgreSQL (skipped: no server takes ${SERVER}/test)`, () => undefined);
}
