/** The real service against the fake GitHub, with a clock that tests move and an index that they change. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import type { ServiceWiring } from "#service/context.ts";
import type { DatabaseLocation } from "#service/database.ts";
import { startService, type RunningService } from "#service/run-service.ts";
import type { ServiceSettings } from "#service/settings.ts";
import type { AppManifest, FakeGitHub } from "../github/fake-github.ts";
import type { FakeRepository, FileChanges } from "../github/repository.ts";
import { createTestApp, startTestGitHub, type TestApp } from "../github/test-app.ts";
import { fillDataFolder } from "./embedded-template.ts";
import type { FakeIndex } from "./fake-engine.ts";

export const WEEK = 7 * 24 * 3600 * 1000;

/** Small waits: the fake GitHub has no limits but those that a test asks for. */
export const TEST_PACE: ServiceWiring["pace"] = {
  writeIntervalMs: 0,
  backoffMs: 5,
  queuePollSeconds: 0.5,
  jobRetrySeconds: 1,
};

export interface TestFolder {
  readonly folder: string;
  readonly indexFile: string;
}

export function createTestFolder(): TestFolder {
  const folder = mkdtempSync(join(tmpdir(), "relock-service-"));
  const indexFile = join(folder, "index.json");
  writeFileSync(indexFile, "{}");
  return { folder, indexFile };
}

/** The permissions and events of the app.yml that the repository ships. */
export function readAppManifest(): AppManifest {
  return parse(readFileSync(new URL("../../../app.yml", import.meta.url), "utf8")) as AppManifest;
}

export function testSettings(app: TestApp, apiUrl: string, database: DatabaseLocation): ServiceSettings {
  return {
    host: "127.0.0.1",
    port: 0,
    apiUrl,
    database,
    logLevel: "debug",
    workers: 2,
    solveSeconds: 30,
    app: { appId: String(app.appId), privateKey: app.privateKey, webhookSecret: app.webhookSecret },
  };
}

export function testWiring(
  indexFile: string,
  overrides: Partial<ServiceWiring> & Pick<ServiceWiring, "clock" | "writeLog">,
): ServiceWiring {
  return {
    engineWorker: new URL("fake-engine-worker.ts", import.meta.url),
    engineData: indexFile,
    environment: { PATH: process.env["PATH"] ?? "" },
    pace: TEST_PACE,
    ...overrides,
  };
}

export interface RunningWorld {
  readonly github: FakeGitHub;
  readonly service: RunningService;
  readonly app: TestApp;
  /** Everything that the service logged. */
  readonly output: string[];
  setIndex(index: FakeIndex): void;
  /** Moves the clocks of the service and of GitHub. */
  advance(milliseconds: number): void;
  /** Waits until no webhook is under way, no job waits and none runs. */
  quiet(): Promise<void>;
  /** Runs what is due by the clock, and waits for it. */
  sweep(): Promise<void>;
  /** A repository of the organisation `lab`, which is installed on all its repositories after `install`. */
  createRepository(name: string, files: FileChanges): FakeRepository;
  /** Stops both; fails where GitHub was used wrongly or a secret got out. */
  close(): Promise<void>;
}

/** Starts both. `database` null: embedded, in a folder of its own. */
export async function startWorld(
  options: {
    readonly database?: DatabaseLocation;
    readonly solveSeconds?: number;
    /** In the place of the fake engine. */
    readonly engine?: Pick<ServiceWiring, "engineWorker" | "engineData">;
  } = {},
): Promise<RunningWorld> {
  const { folder, indexFile } = createTestFolder();
  const app = createTestApp();
  const output: string[] = [];
  let moved = 0;
  const clock = { now: () => Date.now() + moved };
  const github = await startTestGitHub(app, { root: join(folder, "github"), app: readAppManifest() });
  const database = options.database ?? { kind: "embedded", folder: join(folder, "data") };
  if (database.kind === "embedded") await fillDataFolder(database.folder);
  const settings = testSettings(app, github.url, database);
  const { solveSeconds = settings.solveSeconds } = options;
  const answer = await startService(
    { ...settings, solveSeconds },
    testWiring(indexFile, { clock, writeLog: (line) => output.push(line), ...options.engine }),
  );
  if (answer.kind === "refused") throw new Error(answer.reason);
  const { service } = answer;
  github.setWebhookUrl(`${service.url}/api/github/webhooks`);
  const patience = Math.max(45_000, solveSeconds * 1000);
  const quiet = (): Promise<void> => waitForQuiet({ github, service, output }, patience);
  return {
    github,
    service,
    app,
    output,
    quiet,
    setIndex: (index) => writeFileSync(indexFile, JSON.stringify(index)),
    advance(milliseconds) {
      moved += milliseconds;
      github.advance(milliseconds);
    },
    async sweep() {
      await service.sweep();
      await quiet();
    },
    createRepository: (name, files) => createLabRepository(github, name, files),
    async close() {
      await service.stop();
      expectNoSecret(github, app, output);
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `ada` owns the organisation `lab`; `eve` may only read. */
export function createLabRepository(github: FakeGitHub, name: string, files: FileChanges): FakeRepository {
  for (const login of ["ada", "eve"]) github.createUser(login);
  github.createOrganisation("lab", ["ada"]);
  const repository = github.createRepository({ owner: "lab", name, author: "ada", files });
  const description = "Relock's pull requests";
  repository.record.labels.push({ id: github.world.nextId(), name: "dependencies", color: "0366d6", description });
  return repository;
}

/** Neither what was logged nor what stands on GitHub may hold a secret. */
export function expectNoSecret(github: FakeGitHub, app: TestApp, output: readonly string[]): void {
  const { comments, issues, checkRuns, tokens } = github.world.state;
  const sinks = [...output, JSON.stringify(comments), JSON.stringify(issues), JSON.stringify(checkRuns)].join("\n");
  const keyLines = app.privateKey.split("\n").filter((line) => line.length > 40 && !line.startsWith("-"));
  for (const secret of [...tokens.map((token) => token.token), ...keyLines, app.webhookSecret]) {
    const encoded = Buffer.from(`x-access-token:${secret}`).toString("base64");
    if (sinks.includes(secret) || sinks.includes(encoded)) throw new Error("a secret got out");
  }
}

async function waitForQuiet(
  { github, service, output }: Pick<RunningWorld, "github" | "service" | "output">,
  patience: number,
): Promise<void> {
  const deadline = Date.now() + patience;
  for (let calm = 0; calm < 2;) {
    if (Date.now() > deadline) {
      throw new Error(`the service does not come to rest:\n${output.slice(-30).join("")}`);
    }
    await github.settled();
    calm = (await service.context.queue.isIdle()) ? calm + 1 : 0;
    await sleep(25);
  }
}
