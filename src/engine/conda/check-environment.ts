/** `relock check` for an environment without a lock: can what it asks for be installed on every target? */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { EngineContext } from "../context.ts";
import { channelProblem, ofThisTarget, sentence } from "./channel-problem.ts";
import { PLAIN_CONDA_SOLVE, type CondaSolveOutcome, type CondaTarget, type SolvedTarget } from "./conda-workspace.ts";
import { openCondaWorkspace } from "./open-conda-workspace.ts";
import { plainRecordPolicy } from "./record-policy.ts";

/** Solves every target; each reason is one finding, with the targets that have it. */
export async function checkCondaEnvironment(
  context: EngineContext,
  found: FoundProjects,
  project: Project,
): Promise<readonly Finding[]> {
  const policy = { conda: plainRecordPolicy(context), pypi: plainPolicy(context) };
  const workspace = await openCondaWorkspace(context, found, project, policy);
  if ("problem" in workspace) {
    const { file, line, problem } = workspace;
    return [{ code: "unreadable-file", severity: "error", file, line, message: sentence(problem), targets: [] }];
  }
  const failures = new Map<string, { readonly finding: Finding; readonly targets: string[] }>();
  for (const target of workspace.targets) {
    const { id } = target;
    const outcome = await workspace.solve({ ...PLAIN_CONDA_SOLVE, target: id });
    if (outcome.kind === "failed") {
      return [...workspace.findings, channelProblem(project, outcome.problem)];
    }
    if (outcome.kind === "solved") {
      continue;
    }
    const finding = unsolved(project, outcome, target);
    const key = JSON.stringify(finding);
    const group = failures.get(key) ?? { finding, targets: [] };
    group.targets.push(id);
    failures.set(key, group);
  }
  const merged = [...failures.values()].map(({ finding, targets }): Finding => {
    const everywhere = targets.length === workspace.targets.length;
    const where = everywhere ? "on any target" : `on ${targets.join(", ")}`;
    const message = `The requirements of ${project.id} cannot be installed ${where}: ${finding.message}`;
    return { ...finding, message, targets: everywhere ? [] : targets };
  });
  return [...workspace.findings, ...merged];
}

type Unsolved = Exclude<CondaSolveOutcome, SolvedTarget | { readonly kind: "failed" }>;

function unsolved(project: Project, outcome: Unsolved, target: CondaTarget): Finding {
  const origin = outcome.kind === "conflict" ? outcome.origin : null;
  return {
    code: outcome.kind === "conflict" ? "unsatisfiable" : "undecided",
    severity: "error",
    file: origin?.file ?? project.id,
    line: origin?.line ?? null,
    message: ofThisTarget(outcome.explanation, target).replace(/\s+/gu, " "),
    targets: [],
  };
}
