/** kill -9 at ten points, in one story: nothing is lost and nothing is done twice. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FakeGitHub } from "../../support/github/fake-github.ts";
import { createTestApp, startTestGitHub } from "../../support/github/test-app.ts";
import { fillDataFolder } from "../../support/service/embedded-template.ts";
import type { KillableMessage, KillableOptions } from "../../support/service/killable-service.ts";
import {
  createLabRepository,
  createTestFolder,
  expectNoSecret,
  readAppManifest,
  testSettings,
} from "../../support/service/running-world.ts";

/** A step of the service, or a request that GitHub has carried out and whose answer the service does not live to see. */
type KillPoint = { readonly step: string } | { readonly carriedOut: string };

const WHILE_INSTALLING: readonly KillPoint[] = [
  { step: "webhook-stored" },
  { step: "request-stored" },
  { step: "repository-read" },
  { step: "proposal-stored" },
  { carriedOut: "POST /repos/{owner}/{repo}/git/refs" },
  { carriedOut: "POST /repos/{owner}/{repo}/pulls" },
  { step: "check-published" },
];
const WHILE_COMMANDED: readonly KillPoint[] = [
  { step: "command-acknowledged" },
  { carriedOut: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments" },
  { step: "outcome-published" },
];

describe("kill -9", () => {
  const app = createTestApp();
  const { folder, indexFile } = createTestFolder();
  const database = { kind: "embedded" as const, folder: join(folder, "data") };
  const output: string[] = [];
  let github: FakeGitHub;
  beforeAll(async () => {
    github = await startTestGitHub(app, { root: join(folder, "github"), app: readAppManifest() });
    await fillDataFolder(database.folder);
  });
  afterAll(async () => {
    next.kill("SIGKILL");
    await github.close();
    await rm(folder, { recursive: true, force: true });
  });

  const spawn = (): ChildProcess => {
    const child = fork(new URL("../../support/service/killable-service.ts", import.meta.url), {
      // Eleven processes load the same code: they compile it once.
      env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: join(tmpdir(), "relock-test-compile-cache") },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => output.push(data.toString()));
    return child;
  };
  /** Loads its code while the one before is still at work. */
  let next = spawn();

  /** Starts the service, dying at `point`; resolves when it listens, or has died before. */
  const start = async (point: KillPoint | null): Promise<ChildProcess> => {
    const killAt = point !== null && "step" in point ? point.step : null;
    const settings = testSettings(app, github.url, database);
    const options: KillableOptions = { settings, indexFile, killAt };
    const child = next;
    child.send(options);
    next = spawn();
    if (point !== null && "carriedOut" in point) {
      github.inject({
        match: point.carriedOut,
        times: 1,
        fault: { kind: "call", when: "after", run: () => void child.kill("SIGKILL") },
      });
    }
    const first = await Promise.race([once(child, "message"), once(child, "exit")]);
    const message = first[0] as KillableMessage | number | null;
    if (message !== null && typeof message === "object" && message.kind === "refused") throw new Error(message.reason);
    if (message !== null && typeof message === "object" && message.kind === "listening") {
      github.setWebhookUrl(`${message.url}/api/github/webhooks`);
    }
    return child;
  };
  const dies = async (point: KillPoint, act: (child: ChildProcess) => unknown): Promise<void> => {
    const child = await start(point);
    await act(child);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect([point, child.signalCode]).toEqual([point, "SIGKILL"]);
    await github.settled();
  };
  const rests = async (child: ChildProcess): Promise<void> => {
    for (let calm = 0; calm < 3;) {
      await once(child, "message");
      calm = github.deliveries.some((one) => one.status === "pending") ? 0 : calm + 1;
      await sleep(50);
    }
  };

  test("one pull request, one check, one answer", async () => {
    writeFileSync(indexFile, JSON.stringify({ "python-dependencies": { numpy: "1.1" } }));
    const repository = createLabRepository(github, "imprint", { "requirements.txt": "numpy==1.0\n" });
    for (const [index, point] of WHILE_INSTALLING.entries()) {
      await dies(point, () => {
        if (index === 0) github.install("lab", { actor: "ada" });
      });
    }
    const pulls = (): unknown[] => repository.pullRequests().map((pull) => [pull.number, pull.title, pull.state]);
    for (const [index, point] of WHILE_COMMANDED.entries()) {
      await dies(point, async (child) => {
        if (index > 0) return;
        await rests(child);
        expect(pulls()).toEqual([[1, "Update numpy", "open"]]);
        expect(repository.read("requirements.txt", "relock/python-dependencies")).toBe("numpy==1.1\n");
        expect(repository.checkRuns().map((run) => run.conclusion)).toEqual(["success"]);
        writeFileSync(indexFile, JSON.stringify({ "python-dependencies": { numpy: "1.2" } }));
        repository.comment(1, "ada", "/relock");
      });
    }
    const last = await start(null);
    await rests(last);
    last.kill("SIGTERM");
    expect(await once(last, "exit")).toEqual([0, null]);
    expect(pulls()).toEqual([[1, "Update numpy", "open"]]);
    expect(repository.read("requirements.txt", "relock/python-dependencies")).toBe("numpy==1.2\n");
    expect(repository.commitsOn("relock/python-dependencies")).toHaveLength(1);
    const answers = repository.comments(1).filter((comment) => comment.author === "relock[bot]");
    expect(answers.map((comment) => comment.body)).toEqual([
      expect.stringMatching(/#1 (was updated|is up to date already)\./),
    ]);
    expectNoSecret(github, app, output);
  }, 600_000);
});
