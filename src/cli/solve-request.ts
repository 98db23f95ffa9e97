/** From the options of `relock solve` to a problem for the solver. */
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { normalizeName } from "#packaging/names.ts";
import { isSpecifierProblem, parseSpecifierSet, type SpecifierSet } from "#packaging/specifier.ts";
import { fullPythonVersion, makeTarget, type Target } from "#packaging/target.ts";
import type { JointProblem } from "#solver/joint/problem.ts";
import {
  DEFAULT_OPTIONS,
  type PrereleaseMode,
  type PypiOptions,
  type PypiProblem,
  type RootRequirement,
  type UniversalProblem,
} from "#solver/pypi/problem.ts";
import type { CommonSettings } from "./common-options.ts";
import { UsageError } from "./errors.ts";
import { condaRequest, readPython, type CondaRequest, type CondaSolveOptions } from "./solve-conda-request.ts";
import { readPlatform } from "./solve-target-options.ts";

/** The command's own options, as commander gives them. */
export interface SolveOptions extends CondaSolveOptions {
  readonly prerelease: PrereleaseMode;
  /** Names of `--no-build` and `--no-binary`. */
  readonly build: readonly string[];
  readonly binary: readonly string[];
}

/** Both sides as one problem. The names that conda's packages have on PyPI are looked up when it is solved. */
export interface JointRequest {
  readonly kind: "joint";
  readonly problem: Omit<JointProblem, "names">;
  readonly policy: CondaRequest["policy"];
}

export type SolveRequest =
  | CondaRequest
  | JointRequest
  | { readonly kind: "target"; readonly problem: PypiProblem }
  | { readonly kind: "universal"; readonly problem: UniversalProblem };

const DEFAULT_REQUIRES_PYTHON = ">=3.12";
/** Of PyPI requirements for one target; beside conda's match specs, conda's decides. */
export const DEFAULT_PYTHON = "3.12";

/** @throws UsageError with one sentence that names the option and what to write */
export function solveRequest(options: SolveOptions, settings: CommonSettings): SolveRequest {
  if (options.lowest === true && options.lowestDirect === true) {
    throw new UsageError("choose one of --lowest and --lowest-direct");
  }
  if (options.conda.length > 0 && options.pypi.length > 0) return jointRequest(options, settings);
  if (options.conda.length > 0) return condaRequest(options, settings);
  if (options.pypi.length === 0) {
    throw new UsageError("name at least one requirement with --pypi 'numpy<2' or --conda 'numpy <2'");
  }
  const parts = {
    requirements: options.pypi.map(readRequirement),
    constraints: [],
    overrides: [],
    soft: [],
    options: solverOptions(options, settings),
  };
  if (options.universal === true) {
    const requiresPython = readRequiresPython(options.requiresPython ?? DEFAULT_REQUIRES_PYTHON);
    return { kind: "universal", problem: { ...parts, requiresPython, forkMarkers: [] } };
  }
  if (options.requiresPython !== undefined) {
    throw new UsageError("--requires-python belongs to --universal; for one target use --python");
  }
  return { kind: "target", problem: { ...parts, target: readTarget(options) } };
}

/** Pip installs beside conda, and pip honours the upper end of a Requires-Python. */
function jointRequest(options: SolveOptions, settings: CommonSettings): JointRequest {
  const { problem, policy } = condaRequest(options, settings);
  const pypi = {
    requirements: options.pypi.map(readRequirement),
    constraints: [],
    overrides: [],
    soft: [],
    options: { ...solverOptions(options, settings), pythonUpperBounds: "respect" as const },
  };
  return { kind: "joint", problem: { conda: problem, pypi, platform: problem.platform }, policy };
}

function solverOptions(options: SolveOptions, settings: CommonSettings): PypiOptions {
  return {
    ...DEFAULT_OPTIONS,
    order: options.lowest === true ? "lowest" : options.lowestDirect === true ? "lowest-direct" : "highest",
    prerelease: options.prerelease,
    cutoff: { general: settings.excludeNewer, byName: new Map(), undated: settings.undated },
    noBuild: new Set(options.build.map(normalizeName)),
    noBinary: new Set(options.binary.map(normalizeName)),
  };
}

function readRequirement(text: string): RootRequirement {
  const requirement = parseRequirement(text);
  if (isRequirementProblem(requirement)) throw new UsageError(`--pypi: ${requirement.message}`);
  return { requirement, origin: null, source: null };
}

function readRequiresPython(text: string): SpecifierSet {
  const set = parseSpecifierSet(text);
  if (isSpecifierProblem(set)) throw new UsageError(`--requires-python: ${set.problem}; write it like '>=3.9'`);
  return set;
}

function readTarget(options: SolveOptions): Target {
  const { platform, virtualPackages } = readPlatform(options);
  const python = fullPythonVersion(readPython(options.python ?? DEFAULT_PYTHON)) ?? DEFAULT_PYTHON;
  const cuda = virtualPackages.some(({ name }) => name === "__cuda");
  return makeTarget({ platform, accelerator: cuda ? "cuda" : "cpu", python, virtualPackages });
}
