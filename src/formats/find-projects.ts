/** From the files of a repository to its projects: what is solved together, for which targets, and may it be edited. */
import type { Finding } from "./finding.ts";
import { includeClosure, includeGraph, type IncludeComponent } from "./include-graph.ts";
import type { Manifest } from "./manifests/manifest.ts";
import { baseName, directoryOf, isForeign, isReadFile } from "./project-files.ts";
import { projectTargets } from "./project-targets.ts";
import type { LockFormat, Project, ProjectEnvironment, ProjectOptions, ProjectTool, PythonRange } from "./project.ts";
import { readFiles, type PipManifest, type PyprojectFile, type RepositoryFiles } from "./read-files.ts";
import type { RepositorySnapshot } from "./repository-snapshot.ts";
import { lineAt } from "./text/decode.ts";
import { recogniseTools, type RecognisedTool } from "./tools.ts";

export interface FoundProjects {
  readonly projects: readonly Project[];
  readonly files: RepositoryFiles;
  readonly findings: readonly Finding[];
}

/** A project before what follows from its neighbours is known. */
interface Draft {
  readonly id: string;
  readonly root: string;
  readonly tool: ProjectTool;
  readonly manifests: readonly Manifest[];
  readonly pyproject: PyprojectFile | null;
  readonly lock: Project["lock"];
  readonly environments: readonly ProjectEnvironment[];
  readonly readOnlyReason: string | null;
}

interface Search {
  readonly snapshot: RepositorySnapshot;
  readonly options: ProjectOptions;
  readonly files: RepositoryFiles;
  readonly paths: ReadonlySet<string>;
  /** Compiled requirements files by the file that they are made from. */
  readonly compiled: ReadonlyMap<string, string>;
  readonly cudaImages: readonly CudaImage[];
  readonly findings: Finding[];
}

/** Finds the projects of a repository. Files that cannot be read or understood are findings; the rest goes on. */
export function findProjects(snapshot: RepositorySnapshot, options: ProjectOptions): FoundProjects {
  const files = readFiles(snapshot, options);
  const visible = [...snapshot.files.keys()].filter((path) => !isForeign(path) && options.isIncluded(path));
  const paths = new Set(visible);
  const compiled = compiledFiles(files, paths);
  const findings = [...files.findings];
  const search: Search = { snapshot, options, files, paths, compiled, cudaImages: cudaImages(files), findings };
  const drafts = [...pyprojectDrafts(search), ...otherToolDrafts(search), ...pipDrafts(search)];
  const sets = coherenceSets(drafts);
  const ranges = rangesOfSets(drafts, sets);
  const projects = drafts
    .map((draft) => finish(search, draft, { sets, ranges }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const distinct = new Map(
    search.findings.map((each) => [`${each.code} ${each.file} ${each.line} ${each.message}`, each]),
  );
  return { projects, files, findings: [...distinct.values()] };
}

function pyprojectDrafts(search: Search): readonly Draft[] {
  return [...search.files.pyprojects.values()].flatMap((file) => {
    const { manifest, facts } = file;
    const root = directoryOf(manifest.path);
    const tools = recogniseTools(search.paths, root, facts);
    const tool = tools.find((each) => each.governs === "pyproject") ?? null;
    if (tool?.finding) search.findings.push(tool.finding);
    const compiled = search.compiled.get(manifest.path) ?? null;
    const isProject = facts.hasProjectTable || tool !== null || manifest.requirements.length > 0;
    if (!isProject) return [];
    const lock =
      lockOf(tool) ?? (compiled === null ? null : { path: compiled, format: "compiled-requirements" as const });
    return [
      {
        id: manifest.path,
        root,
        tool: tool?.tool ?? "pyproject",
        manifests: [manifest],
        pyproject: file,
        lock,
        environments: groupsOf(manifest),
        readOnlyReason: tool?.finding?.message ?? compiledReason(lock),
      },
    ];
  });
}

function groupsOf(manifest: Manifest): readonly ProjectEnvironment[] {
  const groups = new Set(manifest.requirements.map((requirement) => requirement.group));
  groups.delete("build");
  groups.add("main");
  return [...groups].map((name) => ({ name, files: [manifest.path] }));
}

function lockOf(tool: RecognisedTool | null): Project["lock"] {
  if (tool === null || tool.lockPath === null) return null;
  const format: LockFormat = tool.tool === "conda-lock" ? "conda-lock" : LOCK_FORMATS[tool.tool];
  return { path: tool.lockPath, format };
}

const LOCK_FORMATS = {
  poetry: "poetry.lock",
  uv: "uv.lock",
  pdm: "pdm.lock",
  pipenv: "Pipfile.lock",
  pixi: "pixi.lock",
} as const;

function compiledReason(lock: Project["lock"]): string | null {
  if (lock?.format !== "compiled-requirements") return null;
  return `${lock.path} is compiled from it, and Relock cannot compile it again yet: the manifest is reported and never edited.`;
}

/** Pipenv and Pixi projects: recognised by their manifests, which are not read in detail. */
function otherToolDrafts(search: Search): readonly Draft[] {
  const directories = new Set(
    [...search.paths].filter((path) => /^(?:Pipfile|pixi\.toml)$/.test(baseName(path))).map(directoryOf),
  );
  return [...directories].flatMap((root) => {
    const tools = recogniseTools(search.paths, root, null);
    return tools
      .filter((tool) => tool.governs === "pipfile" || tool.governs === "pixi-toml")
      .map((tool) => {
        if (tool.finding) search.findings.push(tool.finding);
        const name = tool.governs === "pipfile" ? "Pipfile" : "pixi.toml";
        const path = root === "" ? name : `${root}/${name}`;
        return {
          id: path,
          root,
          tool: tool.tool,
          manifests: [],
          pyproject: null,
          lock: lockOf(tool),
          environments: [],
          readOnlyReason: tool.finding?.message ?? `Relock cannot edit ${name} yet.`,
        };
      });
  });
}

function pipDrafts(search: Search): readonly Draft[] {
  const { pipManifests } = search.files;
  const manifests = new Map([...pipManifests].map(([path, { manifest }]) => [path, manifest]));
  const links = [...pipManifests.keys()].flatMap((path) => {
    const source = sourceOf(search.files, search.paths, path);
    return source === null || !pipManifests.has(source) ? [] : [[path, source] as const];
  });
  const graph = includeGraph(manifests, links);
  search.findings.push(...graph.findings);
  return graph.components.map((component) => pipDraft(search, component, manifests));
}

function pipDraft(search: Search, component: IncludeComponent, manifests: ReadonlyMap<string, Manifest>): Draft {
  const members = component.paths.flatMap((path) => search.files.pipManifests.get(path) ?? []);
  const first = members.find(({ manifest }) => manifest.format === "environment-yml") ?? members[0];
  const path = component.roots.find((root) => root === first?.manifest.path) ?? component.roots[0] ?? "";
  const tool = toolOfComponent(search, members);
  const generated = members.filter(({ kind }) => kind.kind !== "hand-written");
  for (const each of generated) search.findings.push(generatedFinding(each));
  if (tool.governing?.finding) search.findings.push(tool.governing.finding);
  const compiled = generated.find(({ kind }) => kind.kind === "compiled");
  const lock = lockOf(tool.governing);
  const [blocking] = generated;
  return {
    id: path,
    root: directoryOf(path).replace(/(?:^|\/)(?:requirements?|reqs)$/, ""),
    tool: tool.name,
    manifests: members.map(({ manifest }) => manifest),
    pyproject: null,
    lock: lock ?? (compiled === undefined ? null : { path: compiled.manifest.path, format: "compiled-requirements" }),
    environments: component.roots.map((root) => ({
      name: manifests.get(root)?.environment?.name ?? root,
      files: includeClosure(root, manifests),
    })),
    readOnlyReason:
      tool.governing?.finding?.message ?? (blocking === undefined ? null : generatedFinding(blocking).message),
  };
}

function toolOfComponent(
  search: Search,
  members: readonly PipManifest[],
): { readonly name: ProjectTool; readonly governing: RecognisedTool | null } {
  const environments = members.filter(({ manifest }) => manifest.format === "environment-yml");
  for (const { manifest } of environments) {
    const tools = recogniseTools(search.paths, directoryOf(manifest.path), null);
    const governing = tools.find((each) => each.governs === "environment-yml");
    if (governing !== undefined) return { name: governing.tool, governing };
  }
  const compiled = members.some(({ kind }) => kind.kind === "compiled");
  if (environments.length === 0) return { name: compiled ? "pip-tools" : "pip", governing: null };
  const hasPip = members.some(({ manifest }) => manifest.requirements.some((each) => each.ecosystem === "pypi"));
  return { name: hasPip ? "conda+pip" : "conda", governing: null };
}

function generatedFinding({ manifest, kind }: PipManifest): Finding {
  const place = { file: manifest.path, targets: [], severity: "info" } as const;
  if (kind.kind === "compiled") {
    const message = `${manifest.path} is compiled (“${kind.source}”): it is reported and never edited by hand of Relock.`;
    return { ...place, code: "compiled-file", line: kind.line, message };
  }
  const mark = kind.kind === "frozen" ? kind.mark : "";
  const message = `${manifest.path} lists a whole installed environment (${mark}): it is reported and never edited.`;
  return { ...place, code: "frozen-file", line: kind.kind === "frozen" ? kind.line : null, message };
}

/** The file that a compiled requirements file is made from: named in its header, else the `.in` of the same name. */
function sourceOf(files: RepositoryFiles, paths: ReadonlySet<string>, path: string): string | null {
  const kind = files.pipManifests.get(path)?.kind;
  if (kind?.kind !== "compiled") return null;
  const header = (files.texts.get(path)?.text ?? "").split(/\r\n|\n|\r/, 12).filter((line) => line.startsWith("#"));
  const words = header.join(" ").split(/[\s'"]+/);
  const directory = directoryOf(path);
  const named = words.filter((word) => /\.(?:in|txt|toml)$/.test(word) && !word.startsWith("-"));
  const candidates = named.flatMap((word) => [word, directory === "" ? word : `${directory}/${word}`]);
  const sameName = path.replace(/\.txt$/, ".in");
  return [...candidates, sameName].find((each) => each !== path && paths.has(each)) ?? null;
}

/** The first compiled requirements file of each source. */
function compiledFiles(files: RepositoryFiles, paths: ReadonlySet<string>): ReadonlyMap<string, string> {
  const bySource = new Map<string, string>();
  for (const path of files.pipManifests.keys()) {
    const source = sourceOf(files, paths, path);
    if (source !== null && !bySource.has(source)) bySource.set(source, path);
  }
  return bySource;
}

/**
 * The coherence set of each draft by its id: the nearest directory above it, or its own, that has a pyproject.toml
 * or an environment.yml with requirements; else its own directory.
 */
function coherenceSets(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const main = new Set(
    drafts.filter((draft) => draft.tool !== "pip" && draft.tool !== "pip-tools").map((draft) => draft.root),
  );
  const entries = drafts.map((draft): [string, string] => {
    for (let directory = draft.root; ; directory = directoryOf(directory)) {
      if (main.has(directory)) return [draft.id, directory];
      if (directory === "") return [draft.id, draft.root];
    }
  });
  return new Map(entries);
}

interface Neighbourhood {
  readonly sets: ReadonlyMap<string, string>;
  readonly ranges: ReadonlyMap<string, PythonRange>;
}

/** The first Python range that a project of each set states. */
function rangesOfSets(drafts: readonly Draft[], sets: ReadonlyMap<string, string>): ReadonlyMap<string, PythonRange> {
  const ranges = new Map<string, PythonRange>();
  for (const draft of drafts) {
    const set = sets.get(draft.id) ?? draft.root;
    const range = ranges.has(set) ? null : ownPythonRange(draft);
    if (range !== null) ranges.set(set, range);
  }
  return ranges;
}

function finish(search: Search, draft: Draft, { sets, ranges }: Neighbourhood): Project {
  const coherenceSet = sets.get(draft.id) ?? draft.root;
  const range = ownPythonRange(draft) ?? ranges.get(coherenceSet) ?? null;
  const evidence = {
    manifests: draft.manifests,
    lockPlatforms: lockPlatforms(search, draft.lock),
    workflows: search.files.workflows,
    cudaImage: cudaImage(search, draft.root),
  };
  const pythons = search.files.workflows
    .flatMap((workflow) => workflow.pythons)
    .filter((each) => /^\d+\.\d+(?:\.\d+)?$/.test(each.value));
  return {
    ...draft,
    pyproject: draft.pyproject?.facts ?? null,
    condaLocks: null,
    targets: projectTargets(search.options, evidence),
    pythonRange: range,
    pythons: pythons.filter((each, index) => pythons.findIndex((other) => other.value === each.value) === index),
    coherenceSet,
  };
}

function ownPythonRange(draft: Draft): PythonRange | null {
  const facts = draft.pyproject?.facts;
  if (facts?.python) {
    const { text, style, span } = facts.python;
    return { text, style, file: facts.path, line: span.line };
  }
  for (const { requirements } of draft.manifests) {
    const python = requirements.find((each) => each.ecosystem === "conda" && each.name === "python");
    if (python?.constraint) {
      return { text: python.constraint.text, style: "conda", file: python.file, line: python.line };
    }
  }
  return null;
}

/** Platforms that a conda-lock file lists in its metadata. */
function lockPlatforms(
  search: Search,
  lock: Project["lock"],
): readonly { readonly platform: string; readonly file: string }[] {
  if (lock?.format !== "conda-lock") return [];
  const explicit = /conda-(?<platform>[a-z]+-[a-z0-9]+)\.lock$/.exec(lock.path)?.groups?.["platform"];
  if (explicit !== undefined) return [{ platform: explicit, file: lock.path }];
  const text = search.files.texts.get(lock.path)?.text ?? "";
  const block = /^ {2}platforms:\r?\n(?<items>(?: {2,4}- [a-z0-9-]+\r?\n)+)/m.exec(text)?.groups?.["items"] ?? "";
  return [...block.matchAll(/- (?<platform>[a-z0-9-]+)/g)].map((each) => ({
    platform: each.groups?.["platform"] ?? "",
    file: lock.path,
  }));
}

interface CudaImage {
  readonly file: string;
  readonly line: number;
}

/** Dockerfiles whose base image is NVIDIA's. */
function cudaImages(files: RepositoryFiles): readonly CudaImage[] {
  return [...files.texts].flatMap(([file, { text }]) => {
    if (!/Dockerfile/.test(baseName(file)) || !isReadFile(file)) return [];
    const from = /^FROM\s+(?:--\S+\s+)*\S*(?:nvidia\/cuda|nvcr\.io\/)\S*/im.exec(text);
    return from === null ? [] : [{ file, line: lineAt(text, from.index) }];
  });
}

/** The first such Dockerfile in the project's directory, or one folder below. */
function cudaImage(search: Search, root: string): CudaImage | null {
  const isNear = ({ file }: CudaImage): boolean => {
    const directory = directoryOf(file);
    return directory === root || directoryOf(directory) === root;
  };
  return search.cudaImages.find(isNear) ?? null;
}
