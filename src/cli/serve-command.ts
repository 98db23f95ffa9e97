/** `relock serve`: the GitHub App, until SIGTERM. */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { Command } from "commander";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { PRODUCTION_PACE, type ServiceWiring } from "#service/context.ts";
import type { EngineSettings } from "#service/create-engine.ts";
import { startService } from "#service/run-service.ts";
import { readStoredCredentials, startSetUp } from "#service/set-up.ts";
import { DEFAULT_DATA_FOLDER, readSettings, type ServiceSettings, type SettingsAnswer } from "#service/settings.ts";
import { addCommonOptions, commonSettings, type CommonSettings } from "./common-options.ts";
import { UsageError } from "./errors.ts";

const HELP = `
Environment:
  HOST, PORT                      where to listen (127.0.0.1:3000)
  APP_ID, PRIVATE_KEY, WEBHOOK_SECRET
                                  the app (PRIVATE_KEY_PATH instead of PRIVATE_KEY); without all three: set-up mode
  GITHUB_API_URL                  another GitHub (https://api.github.com)
  DATABASE_URL                    PostgreSQL; without it an embedded database in RELOCK_DATA_DIR (.relock)
  RELOCK_WORKERS                  solves at the same time (2)
  RELOCK_SOLVE_SECONDS            the longest that one may take (1200)
  LOG_LEVEL                       trace, debug, info, warn, error, fatal or silent (info)

Examples:
  relock serve                    opens the set-up pages where there is no app yet
  DATABASE_URL=postgres://db/relock HOST=0.0.0.0 relock serve`;

/** Variables that the worker threads may see: those of indexes and of the operating system, never the app's key. */
const WORKER_VARIABLES =
  /^(RELOCK_.*|PATH|HOME|TMPDIR|TZ|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(https?|no)_proxy)$/i;

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("run the GitHub App: webhooks, the weekly schedule, /relock commands")
    .addHelpText("after", HELP);
  return addCommonOptions(command).action(async () => {
    await serve(commonSettings(command, process.env));
  });
}

async function serve(common: CommonSettings): Promise<void> {
  const answer = await settingsOrSetUp();
  if (answer === null) return;
  // From here on: a process that is asked to end while it starts ends in order, too.
  const end = ended();
  const started = await startService(answer, productionWiring(common));
  if (started.kind === "refused") throw new UsageError(started.reason);
  await end;
  await started.service.stop();
  // Connections of a database pool may stay open for a while: everything that mattered is closed.
  process.exit(0);
}

/** The settings; in set-up mode once the app is made; null where the process was ended before. */
async function settingsOrSetUp(): Promise<ServiceSettings | null> {
  const first = await readAllSettings();
  if (first.kind === "run") return first.settings;
  if (first.kind === "invalid") throw new UsageError(first.reason);
  const log = createLog({ write: writeLog, level: "info", now: Date.now, secrets: new SecretRegistry() });
  const setUp = await startSetUp({
    ...first,
    log,
    dataFolder: dataFolder(),
    manifestFile: new URL("../../app.yml", import.meta.url),
  }).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
  log.info({ url: setUp.address }, "set-up mode: open this address to make the app");
  const made = await Promise.race([setUp.done.then(() => true), ended().then(() => false)]);
  await setUp.server.close();
  if (!made) return null;
  const second = await readAllSettings();
  if (second.kind !== "run") throw new UsageError("the app was made, but its credentials cannot be read");
  return second.settings;
}

/** The environment, with what set-up mode stored behind it. */
async function readAllSettings(): Promise<SettingsAnswer> {
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const own = readSettings(process.env, readFile);
  if (own.kind !== "set-up") return own;
  const stored = await readStoredCredentials(dataFolder()).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
  return readSettings({ ...process.env, ...stored }, readFile);
}

function dataFolder(): string {
  return process.env["RELOCK_DATA_DIR"] ?? DEFAULT_DATA_FOLDER;
}

/** The wiring of production. The demo and tests change parts of it. */
export function productionWiring(common: CommonSettings): ServiceWiring {
  const visible = Object.entries(process.env).filter(
    (entry): entry is [string, string] => WORKER_VARIABLES.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    clock: { now: () => Date.now() },
    writeLog,
    // Beside the service, as TypeScript in a checkout and as JavaScript in the image.
    engineWorker: new URL(`../service/engine-worker${extname(import.meta.filename)}`, import.meta.url),
    engineData: engineSettings(common),
    environment: Object.fromEntries(visible),
    pace: PRODUCTION_PACE,
  };
}

/** Only what an engine knows of: a display option of the same name as one of its own would be taken for that. */
function engineSettings(common: CommonSettings): EngineSettings {
  const { cacheDirectory, indexUrl, channelAlias, mirrors, allowHosts, offline, excludeNewer, undated } = common;
  return { cacheDirectory, indexUrl, channelAlias, mirrors, allowHosts, offline, excludeNewer, undated };
}

function writeLog(line: string): void {
  process.stderr.write(line);
}

/** Until somebody asks the process to end. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
