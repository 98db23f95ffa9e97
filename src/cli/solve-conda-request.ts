/** From the options of `relock solve --conda` to a problem for the conda solver. */
import { locateChannel } from "#indexes/conda-channel/channel-url.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { fullPythonVersion, type PlatformName } from "#packaging/target.ts";
import type { CondaChannelPolicy } from "#ports.ts";
import {
  DEFAULT_CONDA_OPTIONS,
  type ChannelPriority,
  type CondaOptions,
  type CondaProblem,
  type RootSpec,
} from "#solver/conda/problem.ts";
import { unsupported } from "#solver/conda/spec-table.ts";
import type { CommonSettings } from "./common-options.ts";
import { UsageError } from "./errors.ts";
import { readPlatform, type TargetOptions } from "./solve-target-options.ts";

/** The options that matter to conda. */
export interface CondaSolveOptions extends TargetOptions {
  readonly conda: readonly string[];
  readonly pypi: readonly string[];
  readonly channel: readonly string[];
  readonly channelPriority: ChannelPriority;
  readonly universal?: boolean;
  readonly python?: string;
  readonly requiresPython?: string;
  readonly lowest?: boolean;
  readonly lowestDirect?: boolean;
}

export interface CondaRequest {
  readonly kind: "conda";
  readonly problem: CondaProblem & { readonly platform: PlatformName };
  readonly policy: CondaChannelPolicy;
}

/** @throws UsageError with one sentence that names the option and what to write */
export function condaRequest(options: CondaSolveOptions, settings: CommonSettings): CondaRequest {
  if (options.universal === true)
    throw new UsageError("--universal is for --pypi alone; with --conda name a --platform");
  if (options.requiresPython !== undefined) {
    throw new UsageError("--requires-python belongs to --universal; with --conda write --conda 'python >=3.9'");
  }
  if (options.channel.length === 0) throw new UsageError("name at least one channel with --channel conda-forge");
  const { platform, virtualPackages } = readPlatform(options);
  for (const channel of options.channel) checkChannel(channel, platform, settings);
  const problem = {
    specs: [...options.conda.map(readSpec), ...pythonSpecs(options)],
    platform,
    virtualPackages,
    options: condaOptions(options, settings),
  };
  return { kind: "conda", problem, policy: { channels: options.channel, subdir: platform } };
}

/** A channel that cannot be reached is another thing than a text that names none. */
function checkChannel(text: string, subdir: PlatformName, { channelAlias }: CommonSettings): void {
  const found = locateChannel(text, { alias: channelAlias ?? "", subdir, localFolders: true });
  if ("problem" in found) throw new UsageError(`--channel: ${found.problem.message}`);
}

function pythonSpecs({ python }: CondaSolveOptions): readonly RootSpec[] {
  return python === undefined ? [] : [{ text: `python =${readPython(python)}`, origin: null }];
}

/** @throws UsageError where `--python` is not a version */
export function readPython(text: string): string {
  if (fullPythonVersion(text) === null) {
    throw new UsageError(`--python: '${text}' is not a version; write it like 3.11`);
  }
  return text;
}

function condaOptions(options: CondaSolveOptions, settings: CommonSettings): CondaOptions {
  return {
    ...DEFAULT_CONDA_OPTIONS,
    channelPriority: options.channelPriority,
    order: options.lowest === true ? "lowest" : options.lowestDirect === true ? "lowest-direct" : "highest",
    cutoff: { general: settings.excludeNewer, byName: new Map(), undated: settings.undated },
  };
}

function readSpec(text: string): RootSpec {
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) throw new UsageError(`--conda: ${spec.problem}`);
  const more = unsupported(spec);
  if (more !== null) throw new UsageError(`--conda: "${text}": ${more}`);
  return { text, origin: null };
}
