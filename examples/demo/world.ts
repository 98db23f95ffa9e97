/** The world of the demo: a package index, a conda channel, a GitHub and the real service, all on the loopback address, with one clock. */
import { appendFileSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { CommonSettings } from "#cli/common-options.ts";
import { productionWiring } from "#cli/serve-command.ts";
import type { ServiceWiring } from "#service/context.ts";
import { startService, type RunningService } from "#service/run-service.ts";
import { startCondaServer, type CondaServer, type TestChannel } from "../../test/support/conda-server.ts";
import type { AppManifest, FakeGitHub } from "../../test/support/github/fake-github.ts";
import { readFolder, seedOrganisation, type ExampleOrganisation } from "../../test/support/github/organisation.ts";
import type { FakeRepository } from "../../test/support/github/repository.ts";
import { createTestApp, startTestGitHub, type TestApp } from "../../test/support/github/test-app.ts";
import { startIndexServer, type IndexServer } from "../../test/support/index-server.ts";
import { loadRecordedChannel, recordedChannelMirrors, recordedNamePages } from "../../test/support/recorded-channel.ts";
import { loadRecordedIndex } from "../../test/support/recorded-index.ts";
import { DemoFailure } from "./failure.ts";
import { createProposalRecord, type ProposalRecord } from "./proposal-record.ts";
import { readLogLine, type LogReader } from "./service-log.ts";

/** Where the requirements files of the example look for CUDA builds; the local index stands for it. */
const FIND_LINKS = "https://storage.googleapis.com/jax-releases/";

/** Where PyPI has its files; the local index stands for it, so that no lock names this machine. */
const FILES = "https://files.pythonhosted.org/packages/";

const CHANNEL = "conda-forge";

/** Everybody here is on this machine: no need to be as slow as GitHub asks for. */
const PACE: ServiceWiring["pace"] = {
  writeIntervalMs: 20,
  backoffMs: 100,
  queuePollSeconds: 0.5,
  jobRetrySeconds: 1,
};

/** One step of the story may take this long on a machine that is busy with other things. */
const PATIENCE_MS = 5 * 60_000;

/** The time in the demo: the real clock, moved to the days of which index and channel were recorded. */
export interface DemoClock {
  now(): number;
  /** @param moment ISO 8601 */
  moveTo(moment: string): void;
}

export interface DemoWorld {
  readonly index: IndexServer;
  readonly channel: CondaServer;
  readonly github: FakeGitHub;
  readonly service: RunningService;
  readonly organisation: ExampleOrganisation;
  readonly proposals: ProposalRecord;
  /** Those of the organisation, oldest first. */
  repositories(): readonly FakeRepository[];
  /** Somebody of the organisation makes a repository of a folder of `examples`. */
  addRepository(name: string): FakeRepository;
  /** Moves the clock of the service and of GitHub; index and channel then know what was released until there. */
  moveTo(moment: string): void;
  /** Waits until no webhook is under way, no job waits and none runs. */
  quiet(): Promise<void>;
}

export interface WorldOptions {
  /** Where the bare repositories and the service's log stand. */
  readonly resultFolder: string;
  /** Where the service keeps its database and its cache. */
  readonly scratchFolder: string;
  readonly moment: string;
  readonly log: LogReader;
  /** Called as each part runs, with what it is. */
  readonly started: (what: string) => void;
}

/** Ends what was started, newest first. */
export class Closers {
  private readonly closers: (() => Promise<void>)[] = [];
  private closed = false;

  /** What is added after the end is ended at once. */
  add(close: () => Promise<void>): void {
    if (this.closed) close().catch(() => undefined);
    else this.closers.push(close);
  }

  /** @throws the first error, after all have been tried */
  async closeAll(): Promise<void> {
    this.closed = true;
    const errors: unknown[] = [];
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Starts everything. What runs already is given to `closers` at once, so that nothing stays when a later part fails.
 * @throws DemoFailure when the service refuses to start
 */
export async function startWorld(options: WorldOptions, closers: Closers): Promise<DemoWorld> {
  const clock = createClock(options.moment);
  const index = await startIndexServer(indexAsOf(options.moment));
  closers.add(() => index.close());
  options.started(`a package index as it stood on ${options.moment.slice(0, 10)}: ${index.url}`);
  const channel = await startChannel(options.moment);
  closers.add(() => channel.close());
  options.started(`a conda channel of the same day: ${channel.origin}/${CHANNEL}`);
  const app = createTestApp();
  const github = await startGitHub(app, options, clock);
  closers.add(() => github.close());
  options.started(`a GitHub that grants the app what app.yml asks for: ${github.url}`);
  const { proposals, service } = await startDemoService({ app, github, index, channel, clock }, options);
  closers.add(() => service.stop());
  github.setWebhookUrl(`${service.url}/api/github/webhooks`);
  options.started(`relock serve with its embedded database: ${service.url}`);
  const organisation = seedOrganisation(github, { folder: examplePath("imprint-like") });
  addLabel(github, organisation.repository);
  return {
    index,
    channel,
    github,
    service,
    organisation,
    proposals,
    repositories: () => github.world.state.repositories.map(({ owner, name }) => github.repository(owner, name)),
    addRepository: (name) => addRepository(github, organisation, name),
    moveTo(moment) {
      clock.moveTo(moment);
      index.setReleases(indexAsOf(moment).releases);
      channel.setChannel(CHANNEL, channelAsOf(moment));
    },
    quiet: () => waitForQuiet(github, service),
  };
}

function addLabel(github: FakeGitHub, repository: FakeRepository): void {
  const description = "Updates a package that this project uses";
  repository.record.labels.push({ id: github.world.nextId(), name: "dependencies", color: "0366d6", description });
}

function addRepository(github: FakeGitHub, { login, people }: ExampleOrganisation, name: string): FakeRepository {
  const files = readFolder(examplePath(name));
  const repository = github.createRepository({ owner: login, name, author: people.owner, files });
  repository.setPermission(people.maintainer, "write");
  addLabel(github, repository);
  return repository;
}

function createClock(moment: string): DemoClock {
  let offset = Date.parse(moment) - Date.now();
  return {
    now: () => Date.now() + offset,
    moveTo: (next) => {
      offset = Date.parse(next) - Date.now();
    },
  };
}

function examplePath(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

function indexAsOf(moment: string): ReturnType<typeof loadRecordedIndex> {
  return loadRecordedIndex(examplePath("recorded-index.json"), moment);
}

function channelAsOf(moment: string): TestChannel {
  return loadRecordedChannel(examplePath("recorded-channel.json"), moment);
}

function startChannel(moment: string): Promise<CondaServer> {
  const pages = recordedNamePages(examplePath("recorded-channel.json"));
  return startCondaServer({ channels: { [CHANNEL]: channelAsOf(moment) }, pages });
}

async function startGitHub(app: TestApp, options: WorldOptions, clock: DemoClock): Promise<FakeGitHub> {
  const manifest = parse(readFileSync(new URL("../../app.yml", import.meta.url), "utf8")) as AppManifest;
  return startTestGitHub(app, { root: options.resultFolder, app: manifest, clock: () => clock.now() });
}

interface Surroundings {
  readonly app: TestApp;
  readonly github: FakeGitHub;
  readonly index: IndexServer;
  readonly channel: CondaServer;
  readonly clock: DemoClock;
}

async function startDemoService(
  { app, github, index, channel, clock }: Surroundings,
  options: WorldOptions,
): Promise<{ readonly proposals: ProposalRecord; readonly service: RunningService }> {
  const dataFolder = join(options.scratchFolder, "data");
  await mkdir(dataFolder, { recursive: true });
  const proposals = createProposalRecord();
  const logFile = join(options.resultFolder, "service.log");
  const wiring: ServiceWiring = {
    ...productionWiring(indexSettings({ index, channel }, join(options.scratchFolder, "cache"))),
    clock,
    pace: PACE,
    onStep: (step) => proposals.onStep(step),
    writeLog: (line) => {
      appendFileSync(logFile, line);
      readLogLine(line, options.log);
    },
  };
  const answer = await startService(
    {
      host: "127.0.0.1",
      port: 0,
      apiUrl: github.url,
      database: { kind: "embedded", folder: dataFolder },
      logLevel: "debug",
      workers: 1,
      solveSeconds: PATIENCE_MS / 1000,
      app: { appId: String(app.appId), privateKey: app.privateKey, webhookSecret: app.webhookSecret },
    },
    wiring,
  );
  if (answer.kind === "refused") throw new DemoFailure(`the service does not start: ${answer.reason}`);
  proposals.attach(answer.service.context.state);
  return { proposals, service: answer.service };
}

/** What `relock serve` would be told by its options. */
function indexSettings(
  { index, channel }: Pick<Surroundings, "index" | "channel">,
  cacheDirectory: string,
): CommonSettings {
  const mirrors = [
    { from: FIND_LINKS, to: `${index.origin}/find-links/` },
    { from: FILES, to: `${index.origin}/files/` },
    ...recordedChannelMirrors(channel.origin),
  ];
  return {
    indexUrl: index.url,
    channelAlias: null,
    mirrors,
    allowHosts: ["127.0.0.1"],
    excludeNewer: null,
    undated: "keep",
    cacheDirectory,
    offline: false,
    json: false,
    timings: false,
    quiet: true,
    progress: false,
  };
}

async function waitForQuiet(github: FakeGitHub, service: RunningService): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let calm = 0; calm < 2;) {
    if (Date.now() > deadline) {
      throw new DemoFailure(`the service did not finish its work within ${String(PATIENCE_MS / 60_000)} minutes`);
    }
    await github.settled();
    calm = (await service.context.queue.isIdle()) ? calm + 1 : 0;
    await sleep(25);
  }
}
