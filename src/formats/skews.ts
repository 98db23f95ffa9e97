/** Coherence: a fact (a package, a tool, Python) that several files state, and where they disagree. */
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion, publicVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import type { FoundProjects } from "./find-projects.ts";
import { lockedVersions, poetryGenerator } from "./locked-versions.ts";
import type { Manifest, ManifestRequirement } from "./manifests/manifest.ts";
import type { Project } from "./project.ts";

export interface FactPlace {
  readonly file: string;
  readonly line: number;
  /** As written there; `unpinned` where any version will do. */
  readonly value: string;
}

export interface Skew {
  /** Normalised name of the package or tool. */
  readonly fact: string;
  /** Id of the coherence set: a directory. */
  readonly coherenceSet: string;
  /** Every place of the set that states the fact, by file and line. */
  readonly places: readonly FactPlace[];
  /** Why the places do not agree, in one sentence. */
  readonly reason: string;
}

/** One statement about a fact. `exact` null: a range, `range` null: no PEP 440 range. */
interface Statement extends FactPlace {
  readonly fact: string;
  readonly exact: Pep440Version | null;
  /** PEP 440 range that the exact versions elsewhere should lie in. */
  readonly range: string | null;
  /** When the statement holds (marker, platform, Python, selector); absent where it always does. */
  readonly condition?: string;
  readonly source: "requirements" | "environment" | "pyproject" | "lock" | "workflow" | "hook";
  /** Id of the project for manifests; null for what belongs to the whole set. */
  readonly project: string | null;
}

/** The PyPI project that a conda package is, or null where it is none or nothing is known. */
export type PypiNameOf = (condaName: string) => string | null;

/**
 * Finds facts that are stated differently. Compiled and frozen files state nothing of their own.
 * @param pypiName makes one fact of a package that conda and PyPI name differently; without it only equal names are one
 */
export function findSkews(found: FoundProjects, pypiName: PypiNameOf = () => null): readonly Skew[] {
  const sets = [...new Set(found.projects.map((project) => project.coherenceSet))].sort();
  return sets.flatMap((coherenceSet) => {
    const projects = found.projects.filter((project) => project.coherenceSet === coherenceSet);
    const statements = [
      ...projects.flatMap((project) => statementsOf(found, project, pypiName)),
      ...sharedStatements(found, coherenceSet, projects),
    ];
    const facts = Map.groupBy(statements, (statement) => statement.fact);
    return [...facts].flatMap(([fact, places]) => {
      const reason = disagreement(fact, places);
      return reason === null ? [] : [{ fact, coherenceSet, places: placesOf(places), reason }];
    });
  });
}

function statementsOf(found: FoundProjects, project: Project, pypiName: PypiNameOf): readonly Statement[] {
  const ofManifests = project.manifests.flatMap((manifest) => {
    const kind = found.files.pipManifests.get(manifest.path)?.kind.kind ?? "hand-written";
    if (kind !== "hand-written") return [];
    // What a build needs is installed apart from everything else, and often older on purpose.
    const installed = manifest.requirements.filter((each) => each.group !== "build");
    return installed.map((each) => {
      const twin = each.ecosystem === "conda" ? pypiName(each.name) : null;
      const statement = ofRequirement(each, manifest, project);
      return twin === null ? statement : { ...statement, fact: twin };
    });
  });
  const facts = project.pyproject;
  const python = facts?.python ? [ofPythonRange(facts.path, facts.python, project)] : [];
  return [...ofManifests, ...python, ...ofLock(found, project)];
}

function ofPythonRange(
  file: string,
  python: { readonly text: string; readonly span: { readonly line: number } },
  project: Project,
): Statement {
  const place = { fact: "python", file, line: python.span.line, value: python.text };
  return { ...place, exact: null, range: rangeText(python.text), source: "pyproject", project: project.id };
}

const SOURCES: Readonly<Record<Manifest["format"], Statement["source"]>> = {
  "environment-yml": "environment",
  "requirements-txt": "requirements",
  "pyproject-poetry": "pyproject",
  "pyproject-project": "pyproject",
};

function ofRequirement(requirement: ManifestRequirement, manifest: Manifest, project: Project): Statement {
  const { file, line, constraint, name } = requirement;
  const text = constraint?.text.trim() ?? "";
  const style = name === "python" ? "python" : (constraint?.style ?? "pep440");
  const exact = requirement.origin.kind === "index" ? exactVersion(text, style) : null;
  // A conditional requirement states nothing about the other platforms.
  const condition = conditionOf(requirement);
  return {
    fact: normalizeName(name),
    file,
    line,
    value: text === "" ? "unpinned" : text,
    exact,
    range: condition !== "" || exact !== null ? null : rangeText(text),
    source: SOURCES[manifest.format],
    project: project.id,
    ...(condition === "" ? {} : { condition }),
  };
}

function conditionOf({ marker, platform, python, entry }: ManifestRequirement): string {
  return [marker, platform, python, entry?.selector ?? null].filter((each) => each !== null).join(" and ");
}

function ofLock(found: FoundProjects, project: Project): readonly Statement[] {
  const { lock } = project;
  const text = lock === null ? undefined : found.files.texts.get(lock.path)?.text;
  if (lock === null || text === undefined || lock.format === "compiled-requirements") return [];
  const shared = { source: "lock", project: project.id, range: null, file: lock.path } as const;
  const locked = lockedVersions(text);
  const names = Map.groupBy(locked, (each) => each.name);
  const statements = [...names].flatMap(([fact, [first, second]]): Statement[] => {
    // A name that is locked twice differs by platform: no single version to compare with.
    if (first === undefined || second !== undefined) return [];
    return [{ ...shared, fact, line: first.line, value: first.version, exact: parseVersion(first.version) }];
  });
  const generator = lock.format === "poetry.lock" ? poetryGenerator(text) : null;
  if (generator === null) return statements;
  return [...statements, { ...shared, fact: "poetry", line: 1, value: generator, exact: parseVersion(generator) }];
}

/** Workflows speak for the set of the root, hooks for the set of their own folder. */
function sharedStatements(
  found: FoundProjects,
  coherenceSet: string,
  projects: readonly Project[],
): readonly Statement[] {
  if (coherenceSet !== "" && projects.every((project) => project.root !== "")) return [];
  const shared = { range: null, project: null } as const;
  const hooks = found.files.hooks.map((hook): Statement => {
    const { file, line, version } = hook;
    return { ...shared, fact: hook.name, file, line, value: version, exact: parseVersion(version), source: "hook" };
  });
  const tools = found.files.workflows.flatMap((workflow) =>
    workflow.tools.map((tool): Statement => {
      const exact = tool.version === null ? null : parseVersion(tool.version);
      const place = { file: tool.file, line: tool.line, value: tool.version ?? "unpinned" };
      return { ...shared, ...place, fact: tool.tool, exact, source: "workflow" };
    }),
  );
  const pythons = found.files.workflows.flatMap((workflow) =>
    workflow.pythons.map((python): Statement => {
      return { ...shared, ...python, fact: "python", exact: parseVersion(python.value), source: "workflow" };
    }),
  );
  return [...hooks, ...tools, ...pythons];
}

/** Why the statements of one fact do not agree, or null. Something has to be fixed by a person for that. */
function disagreement(fact: string, statements: readonly Statement[]): string | null {
  const written = statements.filter((each) => each.source !== "lock");
  if (written.length === 0 || statements.length < 2) return null;
  const outside = outsideRange(fact, statements);
  if (outside !== null) return outside;
  // Environments that differ from each other (Python versions, CPU and GPU) are meant to; so are Pythons of a matrix.
  const exact = statements.filter((each) => each.exact !== null);
  if (fact === "python" || exact.every((each) => each.source === "environment")) return null;
  // Versions for different conditions may differ; each is compared with those of its own condition.
  for (const [first, ...others] of Map.groupBy(exact, (each) => each.condition ?? "").values()) {
    const other = others.find((each) => first !== undefined && !sameVersion(each, first));
    if (first !== undefined && other !== undefined) {
      return `${first.value} in ${first.file}:${first.line} and ${other.value} in ${other.file}:${other.line}.`;
    }
  }
  return unpinnedBesidePin(statements);
}

function outsideRange(fact: string, statements: readonly Statement[]): string | null {
  const pinned = distinctValues(statements.filter(({ exact }) => exact !== null));
  for (const ranged of distinctValues(statements.filter(({ range }) => range !== null))) {
    const set = parseSpecifierSet(ranged.range ?? "");
    if (isSpecifierProblem(set)) continue;
    const outside = pinned.find(({ exact, ...each }) => {
      if (exact === null || (each.source === "lock" && each.project === ranged.project)) return false;
      if (each.source === "environment" && ranged.source === "environment") return false;
      return !candidatesOf(fact, exact).some((candidate) => setContains(set, candidate));
    });
    if (outside === undefined) continue;
    const place = `${ranged.value} in ${ranged.file}:${ranged.line}`;
    return `${outside.value} in ${outside.file}:${outside.line} is outside ${place}.`;
  }
  return null;
}

/** Each value is compared with each: a repository in which a fact is stated in more ways has other worries. */
const MAXIMUM_VALUES = 300;

/** One statement of each value that a source of a project states. */
function distinctValues(statements: readonly Statement[]): readonly Statement[] {
  const byValue = new Map<string, Statement>();
  for (const statement of statements) {
    const key = JSON.stringify([statement.source, statement.project, statement.value]);
    if (!byValue.has(key)) byValue.set(key, statement);
    if (byValue.size >= MAXIMUM_VALUES) break;
  }
  return [...byValue.values()];
}

/** conda installs the newest, and pip then replaces it by the pinned one. */
function unpinnedBesidePin(statements: readonly Statement[]): string | null {
  const open = statements.find((each) => each.source === "environment" && each.value === "unpinned");
  if (open === undefined) return null;
  const pinned = statements.find(
    (each) => each.project === open.project && each.exact !== null && each.source !== "lock",
  );
  if (pinned === undefined) return null;
  return `any version in ${open.file}:${open.line} and ${pinned.value} in ${pinned.file}:${pinned.line}, both installed there.`;
}

/** Local versions (`+cuda11`) are builds of the same version. */
function sameVersion(one: Statement, other: Statement): boolean {
  if (one.exact === null || other.exact === null) return true;
  return compareVersions(publicVersion(one.exact), publicVersion(other.exact)) === 0;
}

/** `3.10` of a workflow or of conda stands for all of 3.10. */
function candidatesOf(fact: string, exact: Pep440Version): readonly Pep440Version[] {
  if (fact !== "python" || exact.release.length > 2) return [exact];
  const series = exact.release.join(".");
  return Array.from({ length: LAST_PYTHON_PATCH }, (_, patch) => parseVersion(`${series}.${patch}`)).filter(
    (version) => version !== null,
  );
}

/** No CPython series has had as many patch releases. */
const LAST_PYTHON_PATCH = 40;

const EXACT_FORMS = {
  pep440: /^===?\s*(?<version>[^\s,*]+)$/,
  poetry: /^(?:==)?\s*(?<version>\d[^\s,|*]*)$/,
  conda: /^(?:==)?\s*(?<version>\d[^\s,|*]*)$/,
  python: /^={0,2}\s*(?<version>\d[^\s,|*]*)$/,
} as const;

function exactVersion(text: string, style: keyof typeof EXACT_FORMS): Pep440Version | null {
  const version = EXACT_FORMS[style].exec(text)?.groups?.["version"];
  return version === undefined ? null : parseVersion(version);
}

/** A Poetry or conda constraint as a PEP 440 range where that is simple, else null. */
function rangeText(text: string): string | null {
  if (text === "" || text === "*" || text.includes("|")) return null;
  const clauses = text.split(/\s*,\s*/).map((clause) => caretOrTilde(clause.trim()));
  const range = clauses.includes(null) ? null : clauses.join(",");
  return range === null || isSpecifierProblem(parseSpecifierSet(range)) ? null : range;
}

function caretOrTilde(clause: string): string | null {
  const shorthand = /^(?<operator>[\^~])\s*(?<version>\d+(?:\.\d+)*)$/.exec(clause)?.groups;
  if (shorthand === undefined) {
    const series = /^=\s*(?<version>\d+(?:\.\d+)*)(?:\.\*)?$/.exec(clause)?.groups?.["version"];
    if (series !== undefined) return `==${series}.*`;
    return /^(?:[<>!=]=?|~=)/.test(clause) ? clause : `==${clause}`;
  }
  const version = shorthand["version"] ?? "";
  const parts = version.split(".").map(Number);
  const firstNonZero = parts.findIndex((part) => part !== 0);
  const caret = firstNonZero < 0 ? parts.length - 1 : firstNonZero;
  const raised = shorthand["operator"] === "^" ? caret : Math.min(1, parts.length - 1);
  const upper = parts.slice(0, raised + 1).map((part, index) => (index === raised ? part + 1 : part));
  return `>=${version},<${upper.join(".")}`;
}

function placesOf(statements: readonly Statement[]): readonly FactPlace[] {
  const places = statements.map(({ file, line, value }) => ({ file, line, value }));
  const distinct = [...new Map(places.map((each) => [JSON.stringify(each), each])).values()];
  return distinct.sort((one, other) =>
    one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1,
  );
}
