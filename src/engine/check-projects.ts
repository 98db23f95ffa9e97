/** `relock check`: is each lock in step with its manifest, consistent, and installable on every target? */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { solveTargets } from "#planning/solve-targets.ts";
import { checkPipProject, INDEX_UNREACHABLE } from "./check-pip.ts";
import { checkPoetryProject } from "./check-poetry.ts";
import { checkCondaEnvironment } from "./conda/check-environment.ts";
import { checkCondaProject } from "./conda/check-conda.ts";
import type { EngineContext } from "./context.ts";

export interface CheckReport {
  /** No finding is an error. What was not checked is not ok either: see `checked`. */
  readonly ok: boolean;
  readonly checked: readonly CheckedProject[];
  readonly findings: readonly Finding[];
}

export interface CheckedProject {
  /** Path of its first manifest or lock. */
  readonly project: string;
  /** Path of its lock, or null where requirements files are all there is. */
  readonly lock: string | null;
  readonly targets: readonly string[];
  readonly result: "ok" | "failed" | "not-checked";
}

/** Checks every project. Indexes are asked for requirements files and environments, channels for conda locks; a poetry.lock speaks for itself. */
export async function checkProjects(found: FoundProjects, context: EngineContext): Promise<CheckReport> {
  const checked: CheckedProject[] = [];
  const findings: Finding[] = found.findings.filter((finding) => finding.severity !== "info");
  for (const project of found.projects) {
    const answer = await checkProject(found, project, context);
    findings.push(...answer.findings);
    checked.push({
      project: project.id,
      lock: project.lock?.path ?? null,
      targets: solveTargets(project).map((target) => target.id),
      result: answer.isChecked ? resultOf(answer.findings) : "not-checked",
    });
  }
  findings.push(...strayLocks(found));
  const distinct = [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
  return { ok: distinct.every((finding) => finding.severity !== "error"), checked, findings: distinct };
}

/** A lock without a manifest has nothing to be in step with. */
function strayLocks(found: FoundProjects): readonly Finding[] {
  const owned = new Set(found.projects.map((project) => project.lock?.path));
  return [...found.files.texts.keys()]
    .filter((path) => /(?:^|\/)poetry\.lock$/u.test(path) && !owned.has(path))
    .map((file) => ({
      code: "not-checked",
      severity: "info",
      file,
      line: null,
      message: `${file} was not checked: no pyproject.toml beside it is a project.`,
      targets: [],
    }));
}

function resultOf(findings: readonly Finding[]): CheckedProject["result"] {
  const errors = findings.filter((finding) => finding.severity === "error");
  if (errors.length === 0) {
    return "ok";
  }
  return errors.every((finding) => finding.code === INDEX_UNREACHABLE) ? "not-checked" : "failed";
}

interface ProjectAnswer {
  readonly isChecked: boolean;
  readonly findings: readonly Finding[];
}

async function checkProject(found: FoundProjects, project: Project, context: EngineContext): Promise<ProjectAnswer> {
  if (project.lock?.format === "poetry.lock") {
    return { isChecked: true, findings: checkPoetryProject(found, project) };
  }
  const { readOnlyReason, manifests } = project;
  if (project.condaLocks !== null && (readOnlyReason === null || manifests.length > 0)) {
    return { isChecked: true, findings: await checkCondaProject(context, found, project) };
  }
  const reason = reasonNotChecked(project);
  if (reason !== null) {
    return { isChecked: false, findings: [notChecked(project, reason)] };
  }
  const findings = asksForConda(project)
    ? await checkCondaEnvironment(context, found, project)
    : await checkPipProject(context, project);
  return { isChecked: true, findings };
}

/** An environment with more of conda than the Python and the pip that its pip section runs on. */
function asksForConda({ tool, manifests }: Project): boolean {
  const isConda = tool === "conda" || tool === "conda+pip" || tool === "conda-lock";
  const entries = manifests.flatMap(({ requirements }) =>
    requirements.filter(({ ecosystem }) => ecosystem === "conda"),
  );
  return isConda && entries.some(({ name }) => name !== "python" && name !== "pip");
}

/** Why nothing is said about a project, or null where its requirements can be solved. */
function reasonNotChecked(project: Project): string | null {
  if (project.readOnlyReason !== null && (project.lock === null || project.condaLocks !== null)) {
    return `${project.id} was not checked. ${project.readOnlyReason}`;
  }
  if (project.lock !== null) {
    return `${project.lock.path} was not checked: Relock does not read this kind of lock yet.`;
  }
  if (project.pyproject !== null) {
    return `${project.id} was not checked: it has no lock.`;
  }
  if (!project.manifests.some((manifest) => manifest.requirements.length > 0)) {
    return `${project.id} was not checked: it asks for nothing that can be installed.`;
  }
  return null;
}

function notChecked(project: Project, message: string): Finding {
  const file = project.lock?.path ?? project.manifests[0]?.path ?? project.id;
  return { code: "not-checked", severity: "info", file, line: null, message, targets: [] };
}
