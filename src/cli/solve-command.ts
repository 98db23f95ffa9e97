import { Command, Option } from "commander";
import { answerCondaQuestions } from "#answer-conda-questions.ts";
import { answerJointQuestions } from "#answer-joint-questions.ts";
import { runSolve, type EngineContext } from "#engine/context.ts";
import { pipPolicy } from "#planning/index-policies.ts";
import type { PackageIndex } from "#ports.ts";
import { CHANNEL_PRIORITIES } from "#solver/conda/problem.ts";
import { createCondaSolve } from "#solver/conda/solve-conda.ts";
import { createJointSolve } from "#solver/joint/solve-joint.ts";
import { PRERELEASE_MODES } from "#solver/pypi/problem.ts";
import { createPypiSolve } from "#solver/pypi/solve-target.ts";
import { createUniversalSolve } from "#solver/pypi/universal/solve-universal.ts";
import { addCommonOptions, commonSettings, type CommonSettings } from "./common-options.ts";
import { createEngineContext, type CommandEngine } from "./engine-context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { complain, printResult, type Timings } from "./output.ts";
import { createProgress } from "./progress.ts";
import {
  DEFAULT_PYTHON,
  solveRequest,
  type JointRequest,
  type SolveOptions,
  type SolveRequest,
} from "./solve-request.ts";
import { condaResult, describeSolve, jointResult, solveResult, type SolveResult } from "./solve-result.ts";

const EXAMPLES = `
Examples:
  relock solve --pypi 'jax[cpu]>=0.4' --pypi 'numpy<2' --python 3.11 --platform osx-arm64
  relock solve --pypi pandas --exclude-newer 2024-06-01 --json
  relock solve --pypi torch --universal --requires-python '>=3.9'
  relock solve --conda python=3.11 --conda numpy --channel conda-forge --platform osx-arm64
  relock solve --conda python=3.11 --pypi flask --channel conda-forge

Exit status: 0 solved, 1 no solution or the budget was spent, 2 wrong usage, 3 an index could not be reached.`;

/** `relock solve`: the solver alone, no repository and no policy. */
export function solveCommand(): Command {
  const command = new Command("solve")
    .description(
      "solve requirements, conda match specs or both for one target; PyPI requirements for all platforms too",
    )
    .addOption(repeatable("--pypi <requirement>", "a PEP 508 requirement"))
    .addOption(repeatable("--conda <spec>", "a conda match spec"))
    .addOption(repeatable("--channel <channel>", "a conda channel, first wins"))
    .addOption(
      new Option("--channel-priority <mode>", "how channels rank").choices(CHANNEL_PRIORITIES).default("strict"),
    )
    .option(
      "--python <version>",
      `the Python of --pypi (default: "${DEFAULT_PYTHON}"); beside --conda, a match spec for conda's`,
    )
    .option("--platform <name>", "the platform to solve for", "linux-64")
    .option("--universal", "solve for all platforms, with markers, by uv's rules")
    .option("--requires-python <range>", "the Pythons of --universal, like '>=3.9'")
    .option("--lowest", "choose the lowest versions")
    .option("--lowest-direct", "choose the lowest versions of what is named, the newest of the rest")
    .addOption(
      new Option("--prerelease <mode>", "which prereleases may be chosen")
        .choices(PRERELEASE_MODES)
        .default("if-necessary-or-explicit"),
    )
    .addOption(repeatable("--no-build <name>", "never use a source distribution of it"))
    .addOption(repeatable("--no-binary <name>", "never use a wheel of it"))
    .addOption(repeatable("--virtual-package <name=version>", "what the platform has, like __glibc=2.17"))
    .addHelpText("after", EXAMPLES);
  return addCommonOptions(command).action(async () => {
    await run(command.optsWithGlobals(), commonSettings(command, process.env));
  });
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`)
    .argParser((text: string, previous: readonly string[]) => [...previous, text])
    .default([], "none");
}

async function run(options: SolveOptions, settings: CommonSettings): Promise<void> {
  let request: SolveRequest;
  try {
    request = solveRequest(options, settings);
  } catch (error) {
    if (!(error instanceof UsageError) || !settings.json) throw error;
    finish({ status: "error", message: error.message }, settings, { total: 0, index: 0, solve: 0 });
    process.exitCode = EXIT.usage;
    return;
  }
  const progress = createProgress(settings, process.stderr, process.env);
  const engine = createEngineContext(settings, progress.report);
  try {
    const result = await solve(request, engine);
    progress.stop();
    finish(result, settings, engine.timings());
  } finally {
    progress.stop();
    await engine.close();
  }
}

async function solve(request: SolveRequest, engine: CommandEngine): Promise<SolveResult> {
  const { progress } = engine.context;
  progress({ kind: "solve", project: "the requirements", target: targetOf(request), state: "start" });
  const result = await answer(request, engine);
  const state = result.status === "solved" ? "done" : "conflict";
  progress({ kind: "solve", project: "the requirements", target: targetOf(request), state });
  return result;
}

function targetOf(request: SolveRequest): string {
  if (request.kind === "universal") return "all platforms";
  return request.kind === "target" ? request.problem.target.id : request.problem.platform;
}

async function answer(request: SolveRequest, engine: CommandEngine): Promise<SolveResult> {
  const { context } = engine;
  if (request.kind === "conda") {
    const options = { progress: context.progress, now: context.elapsed };
    const channels = context.openChannels(request.policy);
    const answered = await answerCondaQuestions(createCondaSolve(request.problem), channels, options);
    context.spent({ index: answered.indexTime, solve: answered.solveTime });
    return condaResult(answered.outcome);
  }
  const index = context.openIndex(pipPolicy([]));
  if (request.kind === "joint") return answerJoint(request, context, index);
  return solveResult(
    request.kind === "target"
      ? await runSolve(context, createPypiSolve(request.problem), index)
      : await runSolve(context, createUniversalSolve(request.problem), index),
  );
}

/** A mapping of names that cannot be had is told; the records' own names may do. */
async function answerJoint(request: JointRequest, context: EngineContext, index: PackageIndex): Promise<SolveResult> {
  const { names, problems } = await context.openNames().open(request.policy.channels);
  for (const { message } of problems) context.progress({ kind: "warning", message });
  const solve = createJointSolve({ ...request.problem, names });
  const sources = { channels: context.openChannels(request.policy), index };
  const options = { progress: context.progress, now: context.elapsed };
  const answered = await answerJointQuestions(solve, sources, options);
  context.spent({ index: answered.indexTime, solve: answered.solveTime });
  return jointResult(answered.outcome);
}

/** An error is the result with `--json`, and a sentence on stderr without. */
function finish(result: SolveResult, settings: CommonSettings, timings: Timings): void {
  if (result.status === "error" && !settings.json) complain(result.message);
  else printResult(settings, result, () => describeSolve(result), timings);
  if (result.status === "error") process.exitCode = EXIT.unreachable;
  else process.exitCode = result.status === "solved" ? EXIT.done : EXIT.refused;
}
