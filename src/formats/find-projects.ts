/** From the files of a repository to its projects: what is solved together, for which targets, and may it be edited. */
import { isPlatformName } from "#packaging/target.ts";
import { coherenceSets, ownPythonRange, rangesOfSets } from "./coherence-sets.ts";
import { condaDrafts, type CondaDrafts } from "./conda-drafts.ts";
import type { CondaLockFiles } from "./conda-environment.ts";
import type { Finding } from "./finding.ts";
import { generatedFinding } from "./generated-finding.ts";
import { includeClosure, includeGraph, type IncludeComponent } from "./include-graph.ts";
import type { Manifest } from "./manifests/manifest.ts";
import type { CudaImage, Draft, Search } from "./project-draft.ts";
import { baseName, directoryOf, isForeign, isReadFile } from "./project-files.ts";
import { projectTargets, type TargetEvidence } from "./project-targets.ts";
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

/** Finds the projects of a repository. Files that cannot be read or understood are findings; the rest goes on. */
export function findProjects(snapshot: RepositorySnapshot, options: ProjectOptions): FoundProjects {
  const files = readFiles(snapshot, options);
  const visible = [...snapshot.files.keys()].filter((path) => !isForeign(path) && options.isIncluded(path));
  const paths = new Set(visible);
  const compiled = compiledFiles(files, paths);
  const findings = [...files.findings];
  const search: Search = { snapshot, options, files, paths, compiled, cudaImages: cudaImages(files), findings };
  const conda = condaDrafts(search);
  const others = [...pyprojectDrafts(search, conda.sources), ...otherToolDrafts(search), ...pipDrafts(search, conda)];
  const drafts = [...others, ...conda.drafts];
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

/** @param sources of conda locks: without a lock of its own such a file is the conda project's */
function pyprojectDrafts(search: Search, sources: ReadonlySet<string>): readonly Draft[] {
  return [...search.files.pyprojects.values()].flatMap((file) => {
    const draft = pyprojectDraft(search, file);
    return draft === null || (draft.lock === null && sources.has(draft.id)) ? [] : [draft];
  });
}

function pyprojectDraft(search: Search, file: PyprojectFile): Draft | null {
  const { manifest, facts } = file;
  const root = directoryOf(manifest.path);
  const tools = recogniseTools(search.paths, root, facts);
  const tool = tools.find((each) => each.governs === "pyproject") ?? null;
  if (tool?.finding) search.findings.push(tool.finding);
  const isProject = facts.hasProjectTable || tool !== null || manifest.requirements.length > 0;
  if (!isProject) return null;
  const lock = lockOf(tool) ?? compiledLock(search.compiled.get(manifest.path) ?? null);
  return {
    id: manifest.path,
    root,
    tool: tool?.tool ?? "pyproject",
    manifests: [manifest],
    pyproject: file,
    lock,
    condaLocks: null,
    environments: groupsOf(manifest),
    readOnlyReason: tool?.finding?.message ?? compiledReason(lock),
  };
}

function groupsOf(manifest: Manifest): readonly ProjectEnvironment[] {
  const groups = new Set(manifest.requirements.map((requirement) => requirement.group));
  groups.delete("build");
  groups.add("main");
  return [...groups].map((name) => ({ name, files: [manifest.path] }));
}

function lockOf(tool: RecognisedTool | null): Project["lock"] {
  if (tool === null || tool.lockPath === null) return null;
  return { path: tool.lockPath, format: LOCK_FORMATS[tool.tool] };
}

const LOCK_FORMATS: Readonly<Record<RecognisedTool["tool"], LockFormat>> = {
  poetry: "poetry.lock",
  uv: "uv.lock",
  pdm: "pdm.lock",
  pipenv: "Pipfile.lock",
  pixi: "pixi.lock",
};

function compiledLock(path: string | null): Project["lock"] {
  return path === null ? null : { path, format: "compiled-requirements" };
}

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
          condaLocks: null,
          environments: [],
          readOnlyReason: tool.finding?.message ?? `Relock cannot edit ${name} yet.`,
        };
      });
  });
}

/** Requirements files and environments that no conda lock is made from; files that those share with a lock are of both. */
function pipDrafts(search: Search, conda: CondaDrafts): readonly Draft[] {
  const { pipManifests } = search.files;
  const own = [...pipManifests].filter(([path]) => !conda.sources.has(path));
  const manifests = new Map(own.map(([path, { manifest }]) => [path, manifest]));
  const links = own.flatMap(([path]) => {
    const source = sourceOf(search.files, search.paths, path);
    return source === null || !manifests.has(source) ? [] : [[path, source] as const];
  });
  const graph = includeGraph(manifests, links);
  search.findings.push(...graph.findings);
  return graph.components
    .filter(({ paths }) => paths.some((path) => !conda.members.has(path)))
    .map((component) => pipDraft(search, component, manifests));
}

function pipDraft(search: Search, component: IncludeComponent, manifests: ReadonlyMap<string, Manifest>): Draft {
  const members = component.paths.flatMap((path) => search.files.pipManifests.get(path) ?? []);
  const first = members.find(({ manifest }) => manifest.format === "environment-yml") ?? members[0];
  const path = component.roots.find((root) => root === first?.manifest.path) ?? component.roots[0] ?? "";
  const generated = members.filter(({ kind }) => kind.kind !== "hand-written");
  for (const each of generated) search.findings.push(generatedFinding(each));
  const compiled = generated.find(({ kind }) => kind.kind === "compiled");
  const [blocking] = generated;
  return {
    id: path,
    root: directoryOf(path).replace(/(?:^|\/)(?:requirements?|reqs)$/, ""),
    tool: toolOfComponent(members),
    manifests: members.map(({ manifest }) => manifest),
    pyproject: null,
    lock: compiledLock(compiled?.manifest.path ?? null),
    condaLocks: null,
    environments: component.roots.map((root) => ({
      name: manifests.get(root)?.environment?.name ?? root,
      files: includeClosure(root, manifests),
    })),
    readOnlyReason: blocking === undefined ? null : generatedFinding(blocking).message,
  };
}

function toolOfComponent(members: readonly PipManifest[]): ProjectTool {
  const isEnvironment = members.some(({ manifest }) => manifest.format === "environment-yml");
  if (!isEnvironment) return members.some(({ kind }) => kind.kind === "compiled") ? "pip-tools" : "pip";
  const hasPip = members.some(({ manifest }) => manifest.requirements.some((each) => each.ecosystem === "pypi"));
  return hasPip ? "conda+pip" : "conda";
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

interface Neighbourhood {
  readonly sets: ReadonlyMap<string, string>;
  readonly ranges: ReadonlyMap<string, PythonRange>;
}

function finish(search: Search, draft: Draft, { sets, ranges }: Neighbourhood): Project {
  const coherenceSet = sets.get(draft.id) ?? draft.root;
  const range = ownPythonRange(draft) ?? ranges.get(coherenceSet) ?? null;
  const evidence = {
    manifests: draft.manifests,
    lockPlatforms: lockPlatforms(search, draft.condaLocks),
    virtualPackages: virtualPackages(search, draft.condaLocks),
    workflows: search.files.workflows,
    cudaImage: cudaImage(search, draft.root),
  };
  const pythons = search.files.workflows
    .flatMap((workflow) => workflow.pythons)
    .filter((each) => /^\d+\.\d+(?:\.\d+)?$/.test(each.value));
  return {
    ...draft,
    pyproject: draft.pyproject?.facts ?? null,
    targets: projectTargets(search.options, evidence),
    pythonRange: range,
    pythons: pythons.filter((each, index) => pythons.findIndex((other) => other.value === each.value) === index),
    coherenceSet,
  };
}

/** Platforms that a conda lock is for, each with the file that says so. */
function lockPlatforms(search: Search, locks: CondaLockFiles | null): TargetEvidence["lockPlatforms"] {
  if (locks === null) return [];
  const unified = locks.unified === null ? undefined : search.files.condaFiles.get(locks.unified);
  const named = unified?.kind === "unified" ? unified.lock.metadata.platforms.filter(isPlatformName) : [];
  return [
    ...named.map((platform) => ({ platform, file: locks.unified ?? "" })),
    ...[...locks.explicit, ...locks.rendered].map(({ platform, path }) => ({ platform, file: path })),
  ];
}

function virtualPackages(search: Search, locks: CondaLockFiles | null): TargetEvidence["virtualPackages"] {
  const file = locks?.virtualPackages == null ? undefined : search.files.condaFiles.get(locks.virtualPackages);
  return file?.kind === "virtual-packages" ? file : null;
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
