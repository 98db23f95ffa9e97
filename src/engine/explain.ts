/** `relock explain`: why a package is where it is, or why it cannot be at another version. */
import { suggestWord } from "#config/suggest.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Project } from "#formats/project.ts";
import { normalizeName } from "#packaging/names.ts";
import type { Target } from "#packaging/target.ts";
import { explainConda } from "./conda/explain-conda.ts";
import { isCondaProject } from "./conda/open-conda-set.ts";
import type { EngineContext } from "./context.ts";
import { openExplainable, type ExplainableProject } from "./explain-project.ts";
import { resolutionGraph } from "./explain-resolution.ts";
import { explainVersion } from "./explain-version.ts";
import { describeExplanation, MARKDOWN, withinComment } from "./explain-text.ts";
import type { PackageExplanation, ProjectExplanation } from "./explanation.ts";
import { installedVersions, writtenPlaces } from "./package-places.ts";
import type { RequirementGraph } from "./requirement-chains.ts";

/** Explains a package as Markdown, in which all foreign text is escaped. */
export async function explainPackage(
  found: FoundProjects,
  context: EngineContext,
  name: string,
  version: string | null,
): Promise<string> {
  return withinComment(describeExplanation(await explainProjects(found, context, name, version), MARKDOWN));
}

/**
 * Explains a package in every project that has it.
 * A lock is read; where there is none, and for a version that is asked about, indexes are asked.
 * @param version PEP 440, or null
 */
export async function explainProjects(
  found: FoundProjects,
  context: EngineContext,
  name: string,
  version: string | null,
): Promise<PackageExplanation> {
  const wanted = normalizeName(name);
  const projects: ProjectExplanation[] = [];
  const known = new Set<string>();
  for (const project of found.projects) {
    const answer = await explainIn(found, context, project, { name: wanted, version, known });
    if (answer !== null) {
      projects.push(answer);
    }
  }
  const isKnown = projects.some(({ written, installed }) => written.length > 0 || installed.length > 0);
  return { name: wanted, version, projects, suggestion: isKnown ? null : suggestWord(wanted, [...known]) };
}

interface Question {
  readonly name: string;
  readonly version: string | null;
  /** Takes up every name that a project has. */
  readonly known: Set<string>;
}

/** @returns null where the project has nothing to say about the package */
async function explainIn(
  found: FoundProjects,
  context: EngineContext,
  project: Project,
  question: Question,
): Promise<ProjectExplanation | null> {
  for (const { name } of project.manifests.flatMap((manifest) => manifest.requirements)) {
    question.known.add(name);
  }
  const own: ProjectExplanation = {
    project: project.id,
    lock: project.lock?.path ?? null,
    targets: [],
    written: writtenPlaces(found, project, question.name),
    installed: [],
    elsewhere: [],
    asked: null,
    notes: [],
    isOutOfReach: false,
  };
  const isConda = isCondaProject(project) && project.readOnlyReason === null;
  const conda = isConda ? await explainConda(context, { found, project }, own, question) : null;
  if (conda !== null) {
    return conda.written.length + conda.installed.length === 0 ? null : conda;
  }
  const opened = hasRequirements(project) ? openExplainable(context, found, project) : null;
  const answer =
    opened === null || typeof opened === "string"
      ? { ...own, notes: opened === null || own.written.length === 0 ? [] : [opened] }
      : await lookInto(opened, own, question);
  return answer.written.length + answer.installed.length + answer.notes.length === 0 ? null : answer;
}

async function lookInto(
  opened: ExplainableProject,
  own: ProjectExplanation,
  { name, version, known }: Question,
): Promise<ProjectExplanation> {
  const { graphs, notes } = await installedGraphs(opened);
  for (const installed of [...graphs.values()].flatMap((graph) => [...graph.packages.values()])) {
    known.add(installed.name);
  }
  const installed = installedVersions(graphs, name);
  const elsewhere = opened.elsewhere(name);
  const isAsked = version !== null && installed.length > 0;
  const asked = isAsked ? await explainVersion(opened, graphs, name, version) : null;
  const isOpen = notes.length > 0 || asked?.answers.some(({ kind }) => kind === "not-known") === true;
  return {
    ...own,
    targets: opened.targets.map((target) => target.id),
    installed: [...installed, ...elsewhere.versions],
    elsewhere: elsewhere.demands,
    asked,
    notes: [...new Set([...notes, ...(asked === null ? [] : problemNotes(opened))])],
    isOutOfReach: isOpen && opened.outages().length > 0,
  };
}

function hasRequirements(project: Project): boolean {
  return project.manifests.some(({ requirements }) => requirements.some(({ ecosystem }) => ecosystem === "pypi"));
}

/** What each target installs: by the lock, else by a solve. */
async function installedGraphs(
  opened: ExplainableProject,
): Promise<{ readonly graphs: ReadonlyMap<Target, RequirementGraph>; readonly notes: readonly string[] }> {
  if (opened.locked.size > 0) {
    return { graphs: opened.locked, notes: [] };
  }
  const { id } = opened.project;
  const graphs = new Map<Target, RequirementGraph>();
  const failures = new Map<string, string[]>();
  for (const target of opened.targets) {
    const failure = await solveGraph(opened, target, graphs);
    if (failure !== null) {
      failures.set(failure, [...(failures.get(failure) ?? []), target.id]);
    }
    const [outage] = opened.outages();
    if (failure !== null && outage !== undefined) {
      return {
        graphs,
        notes: [`what ${id} installs is not known, because an index could not be asked: ${outage.message}`],
      };
    }
  }
  const notes = [...failures].map(
    ([reason, targets]) => `the requirements of ${id} cannot be met on ${targets.join(", ")}: ${reason}`,
  );
  return { graphs, notes };
}

/** @returns why there is no solution, or null */
async function solveGraph(
  opened: ExplainableProject,
  target: Target,
  graphs: Map<Target, RequirementGraph>,
): Promise<string | null> {
  const stated = opened.problem(target);
  if (typeof stated === "string") {
    return stated;
  }
  const outcome = await opened.solve(stated.problem);
  switch (outcome.kind) {
    case "solved":
      graphs.set(target, resolutionGraph(outcome.resolution));
      return null;
    case "undecided":
      return "the budget of the solve was spent";
    case "conflict":
      return outcome.conflict.explanation.text.replaceAll(target.id, "this target");
  }
}

/** What the solves for a version leave out; a lock that is only read leaves out nothing. */
function problemNotes(opened: ExplainableProject): readonly string[] {
  const notes = opened.targets.flatMap((target) => {
    const stated = opened.problem(target);
    return typeof stated === "string" ? [] : stated.notes;
  });
  const perTarget =
    "each target was solved on its own: one lock for all of them, as Poetry writes it, may hold the package back further";
  return opened.project.pyproject === null ? notes : [...notes, perTarget];
}
