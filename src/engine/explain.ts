/** `relock explain`: why a package is where it is, or why it cannot be at another version. */
import { suggestWord } from "#config/suggest.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import { lockedVersions } from "#formats/locked-versions.ts";
import type { Project } from "#formats/project.ts";
import { normalizeName } from "#packaging/names.ts";
import type { Target } from "#packaging/target.ts";
import type { EngineContext } from "./context.ts";
import { openExplainable, type ExplainableProject } from "./explain-project.ts";
import { resolutionGraph } from "./explain-resolution.ts";
import { explainVersion, type VersionExplanation } from "./explain-version.ts";
import { describeExplanation, MARKDOWN } from "./explain-text.ts";
import { demandsFor, type FilePlace, type PackageDemand, type RequirementGraph } from "./requirement-chains.ts";

export interface PackageExplanation {
  /** Normalised. */
  readonly name: string;
  /** The version asked about, or null. */
  readonly version: string | null;
  /** Projects that have the package, or that could not be looked into. Empty: nothing here knows it. */
  readonly projects: readonly ProjectExplanation[];
  /** A known name that is nearly the same, where nothing here knows the one asked for. */
  readonly suggestion: string | null;
}

export interface ProjectExplanation {
  readonly project: string;
  readonly lock: string | null;
  /** Ids of all its targets. */
  readonly targets: readonly string[];
  /** Where manifests, and locks that are not followed, name the package. */
  readonly written: readonly WrittenPlace[];
  readonly installed: readonly InstalledVersion[];
  readonly asked: VersionExplanation | null;
  /** What could not be looked into, and what the answer leaves out. */
  readonly notes: readonly string[];
  /** Whether an index that was needed could not be asked. */
  readonly isOutOfReach: boolean;
}

export interface WrittenPlace extends FilePlace {
  /** `numpy ^1.24.2`. */
  readonly text: string;
  readonly ecosystem: "pypi" | "conda";
}

export interface InstalledVersion {
  readonly version: string;
  readonly place: FilePlace | null;
  readonly targets: readonly string[];
  /** Those that keep newer versions out come first. */
  readonly demands: readonly (PackageDemand & { readonly targets: readonly string[] })[];
}

/** Explains a package as Markdown, in which all foreign text is escaped. */
export async function explainPackage(
  found: FoundProjects,
  context: EngineContext,
  name: string,
  version: string | null,
): Promise<string> {
  return describeExplanation(await explainProjects(found, context, name, version), MARKDOWN);
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
  { name, version, known }: Question,
): Promise<ProjectExplanation | null> {
  for (const { name: required } of project.manifests.flatMap((manifest) => manifest.requirements)) {
    known.add(required);
  }
  const own = { project: project.id, lock: project.lock?.path ?? null };
  const written = writtenPlaces(found, project, name);
  const opened = hasRequirements(project) ? openExplainable(context, found, project) : null;
  if (opened === null || typeof opened === "string") {
    const nothing = { targets: [], installed: [], asked: null, isOutOfReach: false };
    return written.length === 0 ? null : { ...own, ...nothing, written, notes: opened === null ? [] : [opened] };
  }
  const { graphs, notes } = await installedGraphs(opened);
  for (const graph of graphs.values()) {
    for (const one of graph.packages.values()) {
      known.add(one.name);
    }
  }
  const installed = installedVersions(graphs, name);
  const isOutOfReach = notes.length > 0 && opened.outages().length > 0;
  if (written.length === 0 && installed.length === 0 && notes.length === 0) {
    return null;
  }
  const asked = version === null || installed.length === 0 ? null : await explainVersion(opened, graphs, name, version);
  return {
    ...own,
    targets: opened.targets.map((target) => target.id),
    written,
    installed,
    asked,
    notes: [...new Set([...notes, ...(asked === null ? [] : problemNotes(opened))])],
    isOutOfReach: isOutOfReach || (asked?.answers.some(({ kind }) => kind === "not-known") ?? false),
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

/** One entry for each version, with all targets that have it and everybody who asks for it. */
function installedVersions(graphs: ReadonlyMap<Target, RequirementGraph>, name: string): readonly InstalledVersion[] {
  interface Entry {
    readonly version: string;
    readonly place: FilePlace | null;
    readonly targets: string[];
    readonly demands: Map<string, { readonly demand: PackageDemand; readonly targets: string[] }>;
  }
  const entries = new Map<string, Entry>();
  for (const [target, graph] of graphs) {
    for (const [key, { name: installed, version, place }] of graph.packages) {
      if (installed !== name) {
        continue;
      }
      const id = JSON.stringify([version, place]);
      const entry = entries.get(id) ?? { version, place, targets: [], demands: new Map() };
      entries.set(id, entry);
      entry.targets.push(target.id);
      for (const demand of demandsFor(graph, key)) {
        const text = JSON.stringify(demand);
        const known = entry.demands.get(text) ?? { demand, targets: [] };
        entry.demands.set(text, known);
        known.targets.push(target.id);
      }
    }
  }
  return [...entries.values()].map((entry) => ({
    version: entry.version,
    place: entry.place,
    targets: entry.targets,
    demands: [...entry.demands.values()]
      .map(({ demand, targets }) => ({ ...demand, targets }))
      .sort((one, other) => Number(other.restricts) - Number(one.restricts)),
  }));
}

/** Where manifests name the package, and locks that only list versions. */
function writtenPlaces(found: FoundProjects, project: Project, name: string): readonly WrittenPlace[] {
  const requirements = project.manifests
    .flatMap((manifest) => manifest.requirements)
    .filter((requirement) => requirement.name === name && requirement.group !== "build")
    .map(({ file, line, writtenName, constraint, ecosystem, origin }): WrittenPlace => {
      const rest = origin.kind === "index" ? (constraint?.text ?? "") : `from ${origin.location}`;
      return { file, line, ecosystem, text: rest === "" ? writtenName : `${writtenName} ${rest}` };
    });
  const { pyproject, lock } = project;
  const python: readonly WrittenPlace[] =
    name === "python" && pyproject?.python != null
      ? [
          {
            file: pyproject.path,
            line: pyproject.python.span.line,
            ecosystem: "pypi",
            text: `python ${pyproject.python.text}`,
          },
        ]
      : [];
  const listed =
    lock === null || lock.format === "poetry.lock"
      ? []
      : lockedVersions(found.files.texts.get(lock.path)?.text ?? "")
          .filter((one) => one.name === name)
          .map(({ version, line }): WrittenPlace => {
            return { file: lock.path, line, ecosystem: "pypi", text: `${name} ${version}` };
          });
  return [...requirements, ...python, ...listed];
}
