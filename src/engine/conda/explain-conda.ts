/** Why a package of a conda environment is where it is: by its lock, else by a solve of each target. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Project } from "#formats/project.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { plainPolicy } from "#planning/update-policy.ts";
import type { EngineContext } from "../context.ts";
import type { ProjectExplanation } from "../explanation.ts";
import { installedVersions } from "../package-places.ts";
import type { RequirementEdge, RequirementGraph } from "../requirement-chains.ts";
import { formatSpecifierSet } from "#packaging/specifier.ts";
import { askedEdge, lockedGraph, rootEdges } from "./conda-graph.ts";
import { PLAIN_CONDA_SOLVE, type CondaTarget, type CondaWorkspace, type SolvedTarget } from "./conda-workspace.ts";
import { explainCondaVersion } from "./explain-conda-version.ts";
import { openCondaWorkspace } from "./open-conda-workspace.ts";
import { plainRecordPolicy } from "./record-policy.ts";

export interface CondaQuestion {
  /** Normalised. */
  readonly name: string;
  readonly version: string | null;
  /** Takes up every name that the environment has. */
  readonly known: Set<string>;
}

/** What each target has, and why the others are not known. */
interface InstalledGraphs {
  readonly graphs: ReadonlyMap<CondaTarget, RequirementGraph>;
  readonly notes: readonly string[];
}

/**
 * @param own what is known without looking into the environment
 * @returns null where the project cannot be looked into as a conda environment: its files, or no channel and no lock
 */
export async function explainConda(
  context: EngineContext,
  place: { readonly found: FoundProjects; readonly project: Project },
  own: ProjectExplanation,
  question: CondaQuestion,
): Promise<ProjectExplanation | null> {
  const policy = { conda: plainRecordPolicy(context), pypi: plainPolicy(context) };
  const workspace = await openCondaWorkspace(context, place.found, place.project, policy);
  if ("problem" in workspace || workspace.targets.length === 0) {
    return null;
  }
  const answer = await installedGraphs(workspace);
  if ("problem" in answer) {
    return null;
  }
  const { graphs, notes } = answer;
  const packages = [...graphs.values()].flatMap((graph) => [...graph.packages.values()]);
  packages.forEach(({ name }) => question.known.add(name));
  const installed = installedVersions(graphs, question.name);
  const isAsked = question.version !== null && installed.length > 0;
  const asked = isAsked ? await explainCondaVersion(workspace, graphs, question.name, question.version) : null;
  return {
    ...own,
    lock: workspace.lock?.path ?? own.lock,
    targets: workspace.targets.map(({ id }) => id),
    installed,
    asked,
    notes,
    isOutOfReach: asked?.answers.some(({ kind }) => kind === "not-known") === true,
  };
}

async function installedGraphs(
  workspace: CondaWorkspace,
): Promise<InstalledGraphs | { readonly problem: IndexProblem }> {
  if (workspace.lock !== null) {
    const { lock } = workspace;
    return { graphs: new Map(workspace.targets.map((target) => [target, lockedGraph(lock, target)])), notes: [] };
  }
  const graphs = new Map<CondaTarget, RequirementGraph>();
  const notes: string[] = [];
  for (const target of workspace.targets) {
    const outcome = await workspace.solve({ ...PLAIN_CONDA_SOLVE, target: target.id });
    if (outcome.kind === "failed") {
      return { problem: outcome.problem };
    }
    if (outcome.kind === "solved") {
      graphs.set(target, solvedGraph(target, outcome));
    } else {
      notes.push(`what ${target.id} installs is not known: ${outcome.explanation.replace(/\s+/gu, " ")}`);
    }
  }
  return { graphs, notes };
}

function solvedGraph(target: CondaTarget, { conda, pypi }: SolvedTarget): RequirementGraph {
  const packages = new Map([
    ...conda.map(({ name, version }) => [name, { name: normalizeName(name), version, place: null }] as const),
    ...pypi.map(
      ({ name, version }) => [`pip ${name}`, { name, version: formatVersion(version), place: null }] as const,
    ),
  ]);
  const ofConda = conda.flatMap((record) =>
    record.depends.flatMap((text): RequirementEdge[] => {
      const spec = parseMatchSpec(text);
      const isThere = !isCondaSpecProblem(spec) && packages.has(spec.name);
      const holder = `${record.name} ${record.version} ${record.build}`;
      return isThere ? [askedEdge({ from: record.name, to: spec.name, holder, text })] : [];
    }),
  );
  const ofPypi = pypi.flatMap(({ name, requiredBy }) =>
    requiredBy
      .filter(({ by }) => by !== null && by.name !== name)
      .map(({ by, requirement }): RequirementEdge => {
        const holder = `${by?.name ?? ""} ${by === null ? "" : formatVersion(by.version)}`;
        const text = `${name} ${formatSpecifierSet(requirement.specifiers)}`;
        return { ...askedEdge({ from: `pip ${by?.name ?? ""}`, to: `pip ${name}`, holder, text }) };
      }),
  );
  return { packages, edges: [...rootEdges(target, packages), ...ofConda, ...ofPypi] };
}
