/** `npm run demo`: the whole service on this machine, from the installation to the answered comment. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoFailure, Interrupted } from "./demo/failure.ts";
import { keepRunning } from "./demo/look-around.ts";
import { HELP, readOptions, type DemoOptions } from "./demo/options.ts";
import { renderingFor, renderPullRequest } from "./demo/render/pull-request.ts";
import { createReporter, type Reporter } from "./demo/reporter.ts";
import { openResultFolder, removeFolder, writeProposals } from "./demo/result.ts";
import { FIRST_DAY, playStory } from "./demo/story.ts";
import { Closers, startWorld, type DemoWorld } from "./demo/world.ts";

const INTRODUCTION =
  "Relock with a local GitHub, a package index recorded in 2023 and a conda channel recorded in 2025. Nothing leaves this machine.";

// What was started has ended; connections that are kept alive for a next request are not waited for.
process.exit(await main());

async function main(): Promise<number> {
  const answer = readOptions(process.argv.slice(2));
  if (answer.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (answer.kind === "wrong") {
    process.stderr.write(`demo: ${answer.reason}\n`);
    return 2;
  }
  const reporter = createReporter(process.stderr, process.env);
  try {
    const folder = await runDemo(answer.options, reporter);
    process.stdout.write(`result: ${folder}\n`);
    return 0;
  } catch (error) {
    reporter.end();
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof Interrupted ? 130 : 1;
  }
}

/** @returns the folder with the result, when everything that was started has ended */
async function runDemo(options: DemoOptions, reporter: Reporter): Promise<string> {
  if (spawnSync("git", ["--version"]).status !== 0) throw new DemoFailure("git is needed and was not found");
  const interruption = untilInterrupted();
  const resultFolder = await openResultFolder(options.out);
  const scratchFolder = await mkdtemp(join(tmpdir(), "relock-demo-scratch-"));
  const closers = new Closers();
  const stopped = interruption.then((): never => {
    throw new Interrupted("stopped by a signal");
  });
  let unwanted = false;
  try {
    const world = await Promise.race([play({ resultFolder, scratchFolder, reporter, closers }), stopped]);
    if (options.keep) await keepRunning(world, resultFolder, interruption);
    await writeProposals(world, resultFolder);
  } catch (error) {
    // What a failure leaves is there to be looked at; a person who stopped the demo wants nothing of it.
    unwanted = error instanceof Interrupted;
    throw withLog(error, join(resultFolder, "service.log"));
  } finally {
    await closers.closeAll().finally(() => removeFolder(scratchFolder));
    if (unwanted && options.out === null) await removeFolder(resultFolder);
  }
  return resultFolder;
}

interface Stage {
  readonly resultFolder: string;
  readonly scratchFolder: string;
  readonly reporter: Reporter;
  readonly closers: Closers;
}

/** Starts the world, lets everything happen and prints what came of it. */
async function play({ resultFolder, scratchFolder, reporter, closers }: Stage): Promise<DemoWorld> {
  process.stderr.write(`${INTRODUCTION}\n\n`);
  reporter.step("Starting");
  const told = { log: reporter, started: reporter.detail };
  const world = await startWorld({ resultFolder, scratchFolder, moment: FIRST_DAY, ...told }, closers);
  await playStory(world, reporter);
  reporter.step("Done. The pull requests as they stand now:");
  reporter.end();
  for (const repository of world.repositories()) {
    for (const pull of repository.pullRequests()) {
      process.stdout.write(renderPullRequest(repository, pull, renderingFor(process.stdout)));
    }
  }
  return world;
}

/** Until somebody asks the process to end; asked twice, it ends at once. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function withLog(error: unknown, log: string): unknown {
  if (error instanceof Interrupted || !(error instanceof Error) || !existsSync(log)) return error;
  return new DemoFailure(`${error.message.replace(/\.$/u, "")}; what the service did is in ${log}`, { cause: error });
}
