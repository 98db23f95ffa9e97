/** From what an environment asks for on a target to a problem for the conda solver. */
import type { CondaEnvironment, EnvironmentRequirement } from "#formats/conda-environment.ts";
import { withConstraint } from "#formats/manifests/environment-yml/match-spec-parts.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import {
  DEFAULT_CONDA_OPTIONS,
  type CondaOptions,
  type CondaProblem,
  type LockedRecord,
  type RootSpec,
} from "#solver/conda/problem.ts";
import type { CondaExclusionReason } from "#solver/conda/reasons.ts";
import { unsupported } from "#solver/conda/spec-table.ts";
import {
  REFUSE_NOTHING,
  type CondaSolveRequest,
  type CondaTarget,
  type LockedPackage,
  type Refusals,
} from "./conda-workspace.ts";
import { recordKey, type RecordPolicy } from "./record-policy.ts";

/** Why a match spec of a manifest cannot be solved, with its place. */
export interface SpecProblem {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

export interface ProblemParts {
  readonly target: CondaTarget;
  readonly request: CondaSolveRequest;
  readonly locked: readonly LockedPackage[];
  /** Undefined where nothing is ruled out. */
  readonly rule: CondaOptions["rule"];
}

/**
 * conda and conda-lock rank channels, and look at the later ones too: `flexible`. The locked records of the names to be kept
 * are favoured.
 */
export function condaProblem({ target, request, locked, rule }: ProblemParts): CondaProblem | SpecProblem {
  const environment = request.environment ?? target.environment;
  const specs: RootSpec[] = [];
  for (const requirement of environment.conda) {
    const spec = rootSpec(requirement, request.constraints);
    if ("problem" in spec) {
      return spec;
    }
    specs.push(spec);
  }
  const pip = impliedPip(environment);
  return {
    specs: pip === null ? specs : [...specs, pip],
    platform: target.platform,
    virtualPackages: target.virtualPackages,
    offeredVirtualPackages: target.offered,
    options: {
      ...DEFAULT_CONDA_OPTIONS,
      channelPriority: "flexible",
      locked: favoured(locked, request.keep),
      ...(rule === undefined ? {} : { rule }),
    },
  };
}

/** conda-lock adds `pip` wherever there is a pip section. */
function impliedPip({ conda, impliedPip: implied }: CondaEnvironment): RootSpec | null {
  const isWritten = conda.some(({ requirement }) => requirement.name === "pip");
  return implied === null || isWritten ? null : { text: "pip", origin: null };
}

function rootSpec(one: EnvironmentRequirement, constraints: ReadonlyMap<string, string>): RootSpec | SpecProblem {
  const { file, line, name } = one.requirement;
  const constraint = constraints.get(name);
  const text = constraint === undefined ? one.text : withConstraint(one.text, constraint);
  const spec = parseMatchSpec(text);
  const problem = isCondaSpecProblem(spec) ? spec.problem : unsupported(spec);
  return problem === null ? { text, origin: { file, line } } : { file, line, problem: `${text}: ${problem}` };
}

function favoured(
  locked: readonly LockedPackage[],
  keep: CondaSolveRequest["keep"],
): ReadonlyMap<string, LockedRecord> {
  const entries = locked.flatMap(({ manager, name, version, build }) => {
    const isKept = keep === "all" || (keep !== "none" && keep.has(name));
    return manager === "conda" && build !== null && isKept ? [[name, { version, build }] as const] : [];
  });
  return new Map(entries);
}

/**
 * What a request and the policy rule out, record by record. A file in use is never hidden by policy; what the request itself
 * refuses is.
 */
export function recordRule(
  policy: RecordPolicy,
  refuses: Refusals["conda"],
  noteYoung: (record: CondaRecord) => void,
): CondaOptions["rule"] {
  if (policy.isOpen && refuses === REFUSE_NOTHING.conda) {
    return undefined;
  }
  return (record) => {
    const refused = refuses(record);
    if (refused !== null) {
      return { kind: "refused", reason: refused };
    }
    if (policy.inUse.has(recordKey(record))) {
      return null;
    }
    const held = policy.refuses(record);
    return held === null ? dateExclusion(record, policy, noteYoung) : { kind: "refused", reason: held };
  };
}

function dateExclusion(
  record: CondaRecord,
  policy: RecordPolicy,
  noteYoung: (record: CondaRecord) => void,
): CondaExclusionReason | null {
  const cutoff = policy.publishedBefore(record.name);
  if (cutoff === null) {
    return null;
  }
  if (record.timestampMs === null) {
    return policy.undated === "drop" ? { kind: "date", cutoff, undated: true } : null;
  }
  if (record.timestampMs <= cutoff) {
    return null;
  }
  noteYoung(record);
  return { kind: "date", cutoff, undated: false };
}
