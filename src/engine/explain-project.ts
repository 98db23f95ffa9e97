/** A project opened so that its packages can be explained: what it installs on each target, and what it could. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Project } from "#formats/project.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { Target } from "#packaging/target.ts";
import { solveTargets } from "#planning/solve-targets.ts";
import { pipRequirements } from "#planning/pip-requirements.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import type { PypiProblem } from "#solver/pypi/problem.ts";
import { createPypiSolve, type PypiOutcome } from "#solver/pypi/solve-target.ts";
import { plainPolicy } from "./check-pip.ts";
import { runSolve, type EngineContext } from "./context.ts";
import { lockElsewhere, lockGraphs, type Elsewhere } from "./explain-lock.ts";
import { openPipWorkspace, pipProblem } from "./pip-project.ts";
import { openPoetryWorkspace } from "./poetry-project.ts";
import { poetryTargetProblem, type TargetProblem } from "./poetry-target-problem.ts";
import type { PolicyIndex } from "./policy-index.ts";
import type { RequirementGraph } from "./requirement-chains.ts";
import { watchOutages } from "./watch-outages.ts";

export type SolvedTarget = Exclude<PypiOutcome, { readonly kind: "needs" }>;

export interface ExplainableProject {
  readonly project: Project;
  readonly targets: readonly Target[];
  /** What its lock installs on each target; empty where there is no lock. */
  readonly locked: ReadonlyMap<Target, RequirementGraph>;
  /** What its lock says of a package for environments that are none of the targets. */
  elsewhere(name: string): Elsewhere;
  /** Its requirements on a target, or why they cannot be read. */
  problem(target: Target): TargetProblem | string;
  solve(problem: PypiProblem): Promise<SolvedTarget>;
  /** What its indexes could not answer so far. */
  outages(): readonly IndexProblem[];
}

/** @returns a sentence where the project cannot be looked into */
export function openExplainable(
  context: EngineContext,
  found: FoundProjects,
  project: Project,
): ExplainableProject | string {
  if (project.lock !== null && project.lock.format !== "poetry.lock") {
    return `how ${project.lock.path} came to be is not known: Relock does not read this kind of lock yet`;
  }
  const watched = watchOutages(context);
  const opened = { project, targets: solveTargets(project), outages: watched.outages };
  if (project.pyproject === null) {
    return project.readOnlyReason ?? openPip(watched.context, opened);
  }
  const workspace = openPoetryWorkspace(watched.context, found, project, plainPolicy(context));
  if ("problem" in workspace) {
    const line = workspace.line === null ? "" : `:${workspace.line}`;
    return `${workspace.file}${line} cannot be used: ${workspace.problem}`;
  }
  const locked = lockGraphs(workspace);
  return {
    ...opened,
    targets: workspace.targets,
    locked,
    elsewhere: (name) => lockElsewhere(workspace, locked, name),
    problem: (target) => poetryTargetProblem(workspace, target, versionsOf(locked.get(target))),
    solve: solver(watched.context, project, workspace.index),
  };
}

function openPip(
  context: EngineContext,
  opened: Pick<ExplainableProject, "project" | "targets" | "outages">,
): ExplainableProject {
  const { project } = opened;
  const { index } = openPipWorkspace(context, project, plainPolicy(context));
  const { findings } = pipRequirements(project.manifests, new Map());
  const notes = findings.map(({ file, line, message }) => `${file}:${line ?? 1}: ${message}`);
  return {
    ...opened,
    locked: new Map(),
    elsewhere: () => ({ versions: [], demands: [] }),
    problem: (target) => {
      const request = { constraints: new Map<string, string>(), target: target.id, upgrade: false };
      return { problem: pipProblem({ project, target, request }), notes };
    },
    solve: solver(context, project, index),
  };
}

/** Solves of one project share what its indexes said. */
function solver(context: EngineContext, project: Project, index: PolicyIndex): ExplainableProject["solve"] {
  const knowledge = new PypiKnowledge();
  return async (problem) => {
    const report = (state: "start" | "done" | "conflict"): void =>
      context.progress({ kind: "solve", project: project.id, target: problem.target.id, state });
    report("start");
    const outcome = await runSolve(context, createPypiSolve(problem, knowledge), index);
    report(outcome.kind === "solved" ? "done" : "conflict");
    return outcome;
  };
}

/** One version by name. */
export function versionsOf(graph: RequirementGraph | undefined): ReadonlyMap<string, string> {
  return new Map([...(graph?.packages.values() ?? [])].map(({ name, version }) => [name, version]));
}
