/** The pip entries of a conda project as a project of pip files: its solves see the Python and the packages of conda. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { makeTarget } from "#packaging/target.ts";
import type { PipOutcome, PipWorkspace } from "../pip-project.ts";
import type { PinBaseline, PinSolve } from "../raise-pins.ts";
import { heldBy } from "./conda-holder.ts";
import type { CondaMember } from "./conda-member.ts";
import { REFUSE_NOTHING, type SolvedTarget } from "./conda-workspace.ts";

/** Assumed where an environment has pip entries and no Python of its own. */
const ASSUMED_PYTHON = "3.12";

/**
 * @param plain the same project without conda, for its indexes
 * @param environments what the conda side will be, by target id; others are as they stand
 */
export function condaPipWorkspace(
  plain: PipWorkspace,
  member: CondaMember,
  environments: ReadonlyMap<string, CondaEnvironment> = new Map(),
): PipWorkspace {
  const { workspace, baseline } = member;
  const targets = workspace.targets.map((target) =>
    makeTarget({
      platform: target.platform,
      accelerator: target.accelerator,
      python: baseline.get(target.id)?.python ?? ASSUMED_PYTHON,
      virtualPackages: target.virtualPackages,
      id: target.id,
    }),
  );
  return {
    ...plain,
    targets,
    solve: (request) => solve(member, request, environments.get(request.target) ?? null),
  };
}

async function solve(
  { workspace }: CondaMember,
  { target, constraints, upgrade }: PinSolve,
  environment: CondaEnvironment | null,
): Promise<PipOutcome> {
  const locked = (workspace.locked.get(target) ?? []).filter(({ manager }) => manager === "conda");
  // What conda has of a name that pip pins moves with the pin.
  const stays = locked.map(({ name }) => name).filter((name) => !constraints.has(normalizeName(name)));
  const outcome = await workspace.solve({
    target,
    constraints: new Map(),
    pipConstraints: constraints,
    keep: upgrade ? new Set(stays) : "all",
    refuses: REFUSE_NOTHING,
    environment,
  });
  switch (outcome.kind) {
    case "solved": {
      const versions = pipVersions(outcome);
      const effort = { decisions: 0, conflicts: 0 };
      return { kind: "solved", versions, resolution: { packages: outcome.pypi, dropped: [], undated: [], effort } };
    }
    case "failed":
      return { kind: "conflict", explanation: outcome.problem.message, conflict: null };
    case "conflict":
    case "undecided":
      // The facts of a joint proof are of both ecosystems, so who holds is read from them here.
      return {
        kind: "conflict",
        explanation: outcome.explanation,
        conflict: null,
        holder: (name) => heldBy(name, { outcome }),
      };
  }
}

/** Versions by project: of pip's packages, and of those that conda has in their place. */
function pipVersions({ conda, pypi }: SolvedTarget): ReadonlyMap<string, string> {
  const provided = conda.flatMap(({ name, version, purls }) => {
    const parsed = parseVersion(version);
    const named = (purls ?? []).map((purl) => /^pkg:pypi\/([^?@#]+)/u.exec(purl)?.[1] ?? name);
    return parsed === null
      ? []
      : (named.length > 0 ? named : [name]).map((one) => [normalizeName(one), formatVersion(parsed)] as const);
  });
  return new Map([...provided, ...pypi.map(({ name, version }) => [name, formatVersion(version)] as const)]);
}

/** What the targets of a member install from PyPI as they stand. */
export function condaPipBaseline({ baseline, broken }: CondaMember): PinBaseline {
  const solved = [...baseline].map(([target, outcome]) => [target, pipVersions(outcome)] as const);
  return { solved: new Map(solved), broken };
}
