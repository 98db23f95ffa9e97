/** `relock lock` for one conda project: every target is solved, then all of its locks are written together. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion } from "#packaging/pep440-version.ts";
import type { CondaPackageChange } from "#planning/conda-lock-changes.ts";
import type { FileEdit } from "#planning/proposal.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { RequestedPackage } from "../../engine.ts";
import type { EngineContext } from "../context.ts";
import {
  REFUSE_NOTHING,
  type CondaSolveOutcome,
  type CondaSolveRequest,
  type CondaTarget,
  type CondaWorkspace,
  type Refusals,
  type SolvedTarget,
} from "./conda-workspace.ts";
import { missingPackage, type NoSolution } from "./asked-packages.ts";
import { openCondaWorkspace } from "./open-conda-workspace.ts";
import { plainRecordPolicy } from "./record-policy.ts";

export interface CondaLockRequest {
  /** Normalised names, to the version given or the newest. */
  readonly packages: readonly RequestedPackage[];
  readonly upgrade: boolean;
}

export type CondaLockResult = {
  /** Normalised names that the project's locks have, or its manifests ask for. */
  readonly names: ReadonlySet<string>;
  readonly undated: readonly string[];
} & (
  | {
      readonly kind: "locked";
      /** The file that the changes are told of. */
      readonly file: string;
      readonly changes: readonly CondaPackageChange[];
      readonly edits: readonly FileEdit[];
      readonly findings: readonly Finding[];
    }
  /** It has nothing of what was asked for, so it is left alone. */
  | { readonly kind: "not-concerned" }
  | {
      readonly kind: "unreadable" | "unsatisfiable";
      readonly file: string;
      readonly line: number | null;
      readonly explanation: string;
    }
);

/** Whether the project has a lock that is written here. */
export function hasCondaLock(project: Project): boolean {
  return project.condaLocks !== null && project.readOnlyReason === null;
}

/** Solves every target; where one has no solution nothing of the project is written. */
export async function lockCondaProject(
  context: EngineContext,
  found: FoundProjects,
  project: Project,
  request: CondaLockRequest,
): Promise<CondaLockResult> {
  const policy = { conda: plainRecordPolicy(context), pypi: plainPolicy(context) };
  const workspace = await openCondaWorkspace(context, found, project, policy);
  if ("problem" in workspace) {
    const { file, line, problem } = workspace;
    return { kind: "unreadable", file, line, explanation: problem, names: new Set(), undated: [] };
  }
  const names = namesOf(workspace);
  if (request.packages.length > 0 && !request.packages.some(({ name }) => names.has(name))) {
    return { kind: "not-concerned", names, undated: [] };
  }
  const answer = await solveAll(workspace, request);
  const undated = [...workspace.observations().undated].sort();
  if ("explanation" in answer) {
    return { kind: "unsatisfiable", ...answer, names, undated };
  }
  const missing = missingPackage(workspace, names, { solved: answer.solved, packages: request.packages });
  if (missing !== null) {
    return { kind: "unsatisfiable", ...missing, names, undated };
  }
  const written = await workspace.write(answer.solved);
  if (written.kind === "refused") {
    const { file, line, reason } = written;
    return { kind: "unsatisfiable", file, line, explanation: reason, names, undated };
  }
  const file = project.lock?.path ?? project.id;
  const { changes, edits, findings } = written;
  return { kind: "locked", file, changes, edits, findings: [...workspace.findings, ...findings], names, undated };
}

async function solveAll(
  workspace: CondaWorkspace,
  request: CondaLockRequest,
): Promise<{ readonly solved: ReadonlyMap<string, SolvedTarget> } | NoSolution> {
  const solved = new Map<string, SolvedTarget>();
  const failures: Failure[] = [];
  for (const target of workspace.targets) {
    const outcome = await workspace.solve(solveRequest(workspace, target, request));
    if (outcome.kind === "solved") {
      solved.set(target.id, outcome);
      continue;
    }
    failures.push({ target, outcome });
    // Without its channels every other target can only fail in the same way.
    if (outcome.kind === "failed") {
      break;
    }
  }
  return failures.length === 0 ? { solved } : describeFailures(workspace, failures);
}

function solveRequest(
  workspace: CondaWorkspace,
  { id }: CondaTarget,
  { packages, upgrade }: CondaLockRequest,
): CondaSolveRequest {
  const wanted = new Set(packages.map(({ name }) => name));
  const others = (workspace.locked.get(id) ?? []).filter(({ name }) => !wanted.has(normalizeName(name)));
  return {
    target: id,
    constraints: new Map(),
    pipConstraints: new Map(),
    keep: upgrade ? "none" : wanted.size === 0 ? "all" : new Set(others.map(({ name }) => name)),
    refuses: refusalsOf(packages),
    environment: null,
  };
}

/** Every version of a package but the one that was asked for. */
export function refusalsOf(packages: readonly RequestedPackage[]): Refusals {
  if (packages.every(({ version }) => version === null)) {
    return REFUSE_NOTHING;
  }
  const versions = new Map(
    packages.flatMap(({ name, version }) => (version === null ? [] : [[name, version] as const])),
  );
  return {
    conda: ({ name, version }) => {
      const only = versions.get(normalizeName(name));
      return only === undefined || sameCondaVersion(only, version) ? null : `is not ${only}, which was asked for`;
    },
    pypi: (name, version) => {
      const only = parseVersion(versions.get(name) ?? "");
      const candidate = only === null ? null : parseVersion(version);
      return only !== null && candidate !== null && compareVersions(only, candidate) !== 0;
    },
  };
}

function sameCondaVersion(left: string, right: string): boolean {
  const one = parseCondaVersion(left);
  const other = parseCondaVersion(right);
  return one !== null && other !== null && compareCondaVersions(one, other) === 0;
}

interface Failure {
  readonly target: CondaTarget;
  readonly outcome: Exclude<CondaSolveOutcome, SolvedTarget>;
}

/** One text for each reason, with the targets that have it. */
function describeFailures({ project, targets }: CondaWorkspace, failures: readonly Failure[]): NoSolution {
  const groups = new Map<string, string[]>();
  for (const { target, outcome } of failures) {
    const text = outcome.kind === "failed" ? outcome.problem.message : outcome.explanation;
    groups.set(text, [...(groups.get(text) ?? []), target.id]);
  }
  const isOutage = failures.some(({ outcome }) => outcome.kind === "failed");
  const texts = [...groups].map(([text, ids]) => {
    const everywhere = isOutage || ids.length === targets.length;
    return everywhere ? text : `On ${ids.join(", ")}: ${text}`;
  });
  const [first] = failures;
  const origin = first?.outcome.kind === "conflict" ? first.outcome.origin : null;
  return { file: origin?.file ?? project.id, line: origin?.line ?? null, explanation: texts.join("\n") };
}

function namesOf({ locked, targets }: CondaWorkspace): ReadonlySet<string> {
  const names = new Set<string>();
  for (const packages of locked.values()) {
    packages.forEach(({ name }) => names.add(normalizeName(name)));
  }
  for (const { environment } of targets) {
    [...environment.conda, ...environment.pip].forEach(({ requirement }) => names.add(normalizeName(requirement.name)));
  }
  return names;
}
