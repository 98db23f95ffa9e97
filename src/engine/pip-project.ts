/** A project of pip files, ready to be solved again and again with other pins. */
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import type { Target } from "#packaging/target.ts";
import { pipPolicy } from "#planning/index-policies.ts";
import type { Holder } from "#planning/holder.ts";
import type { ListingPolicy } from "#planning/filter-listing.ts";
import { pipRequirements } from "#planning/pip-requirements.ts";
import { solveTargets } from "#planning/solve-targets.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { PackageIndex } from "#ports.ts";
import type { Explanation } from "#solver/explain.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { DEFAULT_OPTIONS, type PypiProblem } from "#solver/pypi/problem.ts";
import type { Resolution } from "#solver/pypi/resolution.ts";
import { createPypiSolve } from "#solver/pypi/solve-target.ts";
import { runSolve, type EngineContext } from "./context.ts";
import { openPolicyIndex, type PolicyIndex } from "./policy-index.ts";
import type { PinSolution, PinSolve } from "./raise-pins.ts";

export interface PipWorkspace {
  readonly project: Project;
  readonly targets: readonly Target[];
  readonly index: PolicyIndex;
  /** The same index with nothing hidden but what `--exclude-newer` hides. */
  readonly unfiltered: PackageIndex;
  /** What the solves leave out. */
  readonly findings: readonly Finding[];
  solve(request: PinSolve): Promise<PipOutcome>;
}

export type PipOutcome =
  | { readonly kind: "solved"; readonly versions: ReadonlyMap<string, string>; readonly resolution: Resolution }
  | (Extract<PinSolution, { kind: "conflict" }> & {
      /** Null where the budget was spent, or where the proof is not of pip's requirements alone. */
      readonly conflict: Explanation | null;
      /** Who holds a package, where `conflict` does not tell it; absent: nobody knows. */
      readonly holder?: (name: string) => Holder;
    });

/** Opens a project; all its solves share what the index said. */
export function openPipWorkspace(context: EngineContext, project: Project, policy: ListingPolicy): PipWorkspace {
  const opened = context.openIndex(pipPolicy(project.manifests));
  const index = openPolicyIndex(opened, policy);
  const knowledge = new PypiKnowledge();
  const targets = solveTargets(project);
  return {
    project,
    targets,
    index,
    unfiltered: openPolicyIndex(opened, plainPolicy(context)),
    findings: pipRequirements(project.manifests, new Map()).findings,
    solve: async (request) => {
      const target = targets.find((one) => one.id === request.target);
      if (target === undefined) {
        throw new RangeError(`${request.target} is not a target of ${project.id}`);
      }
      context.progress({ kind: "solve", project: project.id, target: target.id, state: "start" });
      const outcome = await solveOnce(context, { project, target, request, index, knowledge });
      context.progress({
        kind: "solve",
        project: project.id,
        target: target.id,
        state: outcome.kind === "solved" ? "done" : "conflict",
      });
      return outcome;
    },
  };
}

interface PipRun {
  readonly project: Project;
  readonly target: Target;
  readonly request: PinSolve;
  readonly index: PolicyIndex;
  readonly knowledge: PypiKnowledge;
}

async function solveOnce(context: EngineContext, run: PipRun): Promise<PipOutcome> {
  const solve = createPypiSolve(pipProblem(run), run.knowledge);
  const outcome = await runSolve(context, solve, run.index);
  if (outcome.kind === "solved") {
    const { resolution } = outcome;
    const versions = resolution.packages.map((one) => [one.name, formatVersion(one.version)] as const);
    return { kind: "solved", versions: new Map(versions), resolution };
  }
  if (outcome.kind === "undecided") {
    const spent = `the budget of the solve was spent after ${outcome.effort.decisions} decisions`;
    return { kind: "conflict", explanation: spent, conflict: null };
  }
  const { explanation } = outcome.conflict;
  return { kind: "conflict", explanation: explanation.text, conflict: explanation };
}

/** The requirements of a project's pip files on one target, with pip's options. */
export function pipProblem({ project, target, request }: Omit<PipRun, "index" | "knowledge">): PypiProblem {
  const { roots, constraints } = pipRequirements(project.manifests, request.constraints);
  const options = project.manifests.flatMap((manifest) =>
    manifest.pipOptions === undefined ? [] : [manifest.pipOptions],
  );
  return {
    target,
    requirements: roots,
    constraints,
    overrides: [],
    soft: [],
    options: {
      ...DEFAULT_OPTIONS,
      mode: request.upgrade ? { kind: "upgrade", names: null } : { kind: "least-change" },
      prerelease: options.some((one) => one.prereleases) ? "allow" : "if-necessary-or-explicit",
      noBinary: new Set(options.flatMap((one) => one.noBinary)),
      noBuild: new Set(options.flatMap((one) => one.onlyBinary)),
      pythonUpperBounds: "respect",
    },
  };
}
