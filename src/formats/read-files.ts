/** Reads every file of a snapshot that says something about environments; what cannot be read becomes a finding. */
import { readCondaCommands, type CondaCommands } from "./conda-locks/ci-commands.ts";
import { recogniseCondaFile, type CondaFile } from "./conda-locks/conda-file.ts";
import { metadataSources } from "./conda-locks/lock-sources.ts";
import { readPreCommit, type HookPin } from "./continuous-integration/read-pre-commit.ts";
import { readWorkflow, type WorkflowFacts } from "./continuous-integration/read-workflow.ts";
import type { Finding } from "./finding.ts";
import { classifyEnvironment, type EnvironmentKind } from "./manifests/environment-yml/classify.ts";
import { readEnvironmentYml } from "./manifests/environment-yml/read.ts";
import type { Manifest } from "./manifests/manifest.ts";
import { classifyRequirements, type RequirementsKind } from "./manifests/requirements-txt/classify.ts";
import type { PyprojectFacts } from "./manifests/pyproject/facts.ts";
import { readPyproject, type PyprojectReading } from "./manifests/pyproject/read.ts";
import { readRequirementsTxt } from "./manifests/requirements-txt/read.ts";
import { resolveInclude } from "./manifests/resolve-include.ts";
import {
  baseName,
  isCommandFile,
  isCondaFile,
  isCondaLock,
  isEnvironmentFile,
  isForeign,
  isReadFile,
  isRequirementsFile,
  isWorkflow,
} from "./project-files.ts";
import type { ProjectOptions } from "./project.ts";
import type { RepositorySnapshot, SnapshotFile } from "./repository-snapshot.ts";
import { decodeText, type DecodedText } from "./text/decode.ts";

/** A requirements file or environment.yml with who writes it. */
export interface PipManifest {
  readonly manifest: Manifest;
  readonly kind: RequirementsKind | EnvironmentKind;
}

export interface PyprojectFile {
  readonly manifest: Manifest;
  readonly facts: PyprojectFacts;
}

export interface RepositoryFiles {
  /** Decoded text of every file that was read, to be edited and encoded again. */
  readonly texts: ReadonlyMap<string, DecodedText>;
  /** Requirements files and environment.yml files by path. */
  readonly pipManifests: ReadonlyMap<string, PipManifest>;
  readonly pyprojects: ReadonlyMap<string, PyprojectFile>;
  readonly workflows: readonly WorkflowFacts[];
  readonly hooks: readonly HookPin[];
  /** Locks and lists of packages of conda's, by path. */
  readonly condaFiles: ReadonlyMap<string, CondaFile>;
  /** What workflows, Dockerfiles and Makefiles say of conda files. */
  readonly condaCommands: CondaCommands;
  readonly findings: readonly Finding[];
}

/** Manifests are small: the largest that we met has 57 kB, a compiled one with hashes a few times that. */
const MAXIMUM_MANIFEST_BYTES = 512 * 1024;
/** A file with more problems than this has one problem. */
const MAXIMUM_FINDINGS = 100;

interface Collected {
  readonly snapshot: RepositorySnapshot;
  readonly texts: Map<string, DecodedText>;
  readonly pipManifests: Map<string, PipManifest>;
  readonly pyprojects: Map<string, PyprojectFile>;
  readonly workflows: WorkflowFacts[];
  readonly hooks: HookPin[];
  readonly condaFiles: Map<string, CondaFile>;
  condaCommands: CondaCommands;
  readonly findings: Finding[];
}

/** Reads the files that `isReadFile` names, and the files that they include. */
export function readFiles(snapshot: RepositorySnapshot, options: ProjectOptions): RepositoryFiles {
  return collect(snapshot, options);
}

function collect(snapshot: RepositorySnapshot, options: ProjectOptions): Collected {
  const collected: Collected = {
    snapshot,
    texts: new Map(),
    pipManifests: new Map(),
    pyprojects: new Map(),
    workflows: [],
    hooks: [],
    condaFiles: new Map(),
    condaCommands: { locks: [], installed: [], mambaforge: [] },
    findings: [],
  };
  for (const path of [...snapshot.files.keys()].sort()) {
    const file = snapshot.files.get(path);
    if (file === undefined || !isReadFile(path) || !options.isIncluded(path)) continue;
    const text = textOf(collected, file);
    if (text === null) continue;
    if (isCommandFile(path)) addCommands(collected, readCondaCommands(path, text));
    readOne(collected, path, text);
  }
  followNames(collected, options);
  followIncludes(collected);
  return collected;
}

/**
 * Files that were listed and not read, and that a lock, an include or a CI file names: a second reading needs them too.
 * Empty once everything that is named is there.
 */
export function unreadNames(snapshot: RepositorySnapshot, options: ProjectOptions): readonly string[] {
  const collected = collect(snapshot, options);
  const included = [...collected.pipManifests.values()].flatMap(({ manifest }) => manifest.includes);
  const named = [...pathsOfCommands(collected), ...pathsOfLocks(collected), ...included.map(({ path }) => path)];
  return [...new Set(named)].filter((path) => {
    const file = snapshot.files.get(path);
    const isPlain = file?.content === null && file.mode.startsWith("100") && !isReadFile(path);
    return isPlain && !isForeign(path) && /\.(?:ya?ml|lock|txt|in|pip|toml)$/i.test(path);
  });
}

function readOne(collected: Collected, path: string, text: string): void {
  if (isWorkflow(path)) {
    const facts = readWorkflow(path, text);
    if (facts === null)
      collected.findings.push(finding(path, null, "info", "Not read: the workflow is not valid YAML."));
    else collected.workflows.push(facts);
  } else if (baseName(path) === "pyproject.toml") {
    const answer = readPyprojectSafely(path, text);
    if (answer.kind === "unreadable") collected.findings.push(answer.finding);
    else {
      collected.pyprojects.set(path, answer);
      addFindings(collected, answer.manifest);
    }
  } else if (/^\.pre-commit-config\.ya?ml$/.test(baseName(path))) {
    collected.hooks.push(...readPreCommit(path, text));
  } else if (baseName(path) === "anaconda-project.yml") {
    const message = "Not read: Relock does not read the packages of Anaconda Project; an environment.yml it does.";
    collected.findings.push(finding(path, null, "info", message));
  } else if (!readCondaFile(collected, path, text)) {
    if (isRequirementsFile(path) && !/\.ya?ml$/i.test(path)) readRequirements(collected, path, text);
    else if (isEnvironmentFile(path) || isCondaLock(path)) readEnvironment(collected, path, text);
  }
}

/** Whether the file is a lock or a list of packages of conda's. Its content decides: a requirements.txt may be one. */
function readCondaFile(collected: Collected, path: string, text: string): boolean {
  const file = isCommandFile(path) ? null : recogniseCondaFile(path, text);
  if (file !== null) collected.condaFiles.set(path, file);
  if (file?.kind === "unread") collected.findings.push(file.finding);
  if (file?.kind === "unified" || file?.kind === "explicit") collected.findings.push(...file.warnings);
  return file !== null;
}

function addCommands(collected: Collected, { locks, installed, mambaforge }: CondaCommands): void {
  const before = collected.condaCommands;
  collected.condaCommands = {
    locks: [...before.locks, ...locks],
    installed: [...before.installed, ...installed],
    mambaforge: [...before.mambaforge, ...mambaforge],
  };
}

/** Environments and locks may have any name, so they are read when CI or a lock names them. */
function followNames(collected: Collected, options: ProjectOptions): void {
  for (const path of new Set([...pathsOfCommands(collected), ...pathsOfLocks(collected)])) {
    const file = collected.snapshot.files.get(path);
    const isKnown = collected.texts.has(path) || isReadFile(path) || isForeign(path) || !options.isIncluded(path);
    if (file === undefined || isKnown || file.content === null || !/\.(?:ya?ml|lock|txt)$/i.test(path)) continue;
    const text = textOf(collected, file);
    if (text === null || readCondaFile(collected, path, text)) continue;
    if (/\.ya?ml$/i.test(path)) readEnvironment(collected, path, text);
  }
}

/** From the root of the repository, where CI runs, and from the folder of the file. */
function pathsOfCommands({ condaCommands: { locks, installed } }: Collected): readonly string[] {
  const locked = locks.flatMap(({ file, sources, lock }) => {
    return [...sources, ...(lock === null ? [] : [lock])].map((path) => ({ file, path }));
  });
  return [...locked, ...installed].flatMap(({ file, path }) =>
    ["root", file].flatMap((from) => {
      const resolved = resolveInclude(from, path);
      return resolved.kind === "path" ? [resolved.path] : [];
    }),
  );
}

function pathsOfLocks({ condaFiles, snapshot }: Collected): readonly string[] {
  const paths = new Set(snapshot.files.keys());
  return [...condaFiles.values()].flatMap((file) =>
    file.kind === "unified" ? metadataSources(file.path, file.lock, paths).sources : [],
  );
}

/** The TOML parser recurses, and runs out of stack on strings of a length that no manifest has. */
function readPyprojectSafely(path: string, text: string): PyprojectReading {
  try {
    return readPyproject(path, text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const lengths = text.split("\n").map((line) => line.length);
    const longest = lengths.indexOf(lengths.reduce((most, length) => Math.max(most, length), 0)) + 1;
    const message = "Not read: it nests too deeply, or a text in it is too long.";
    return { kind: "unreadable", finding: finding(path, longest, "error", message) };
  }
}

function readRequirements(collected: Collected, path: string, text: string): void {
  const manifest = readRequirementsTxt(path, text);
  const unread = manifest.findings.filter((each) => each.code === "not-understood");
  const [first] = unread;
  if (first !== undefined && unread.length > 2 && manifest.requirements.length + manifest.includes.length === 0) {
    const message = `Not read: ${unread.length} lines, and none is a requirement of pip. The first: ${first.message}`;
    collected.findings.push(finding(path, first.line, "info", message));
    return;
  }
  collected.pipManifests.set(path, { manifest, kind: classifyRequirements(text, path) });
  addFindings(collected, manifest);
}

function readEnvironment(collected: Collected, path: string, text: string): void {
  const answer = readEnvironmentYml(path, text);
  if (answer.kind === "unreadable") collected.findings.push(answer.finding);
  if (answer.kind !== "manifest") return;
  const { manifest } = answer;
  collected.pipManifests.set(path, { manifest, kind: classifyEnvironment(manifest, text) });
  addFindings(collected, manifest);
}

function addFindings(collected: Collected, { findings }: Manifest): void {
  collected.findings.push(...findings.slice(0, MAXIMUM_FINDINGS));
  const next = findings[MAXIMUM_FINDINGS];
  if (next === undefined) return;
  const message = `${findings.length - MAXIMUM_FINDINGS} more lines of this file are not understood, from here on.`;
  collected.findings.push({ ...next, code: "not-understood", message });
}

/** Included files may have any name, so they are read when an include names them. */
function followIncludes(collected: Collected): void {
  const pending = [...collected.pipManifests.values()].map((each) => each.manifest);
  for (let manifest = pending.pop(); manifest !== undefined; manifest = pending.pop()) {
    const distinct = new Map(manifest.includes.toReversed().map((include) => [include.path, include]));
    for (const include of [...distinct.values()].reverse().slice(0, MAXIMUM_FINDINGS)) {
      if (collected.pipManifests.has(include.path)) continue;
      const missing = whyNotIncluded(collected, include.path);
      if (missing !== null) {
        collected.findings.push(finding(manifest.path, include.line, "warning", missing));
        continue;
      }
      const included = collected.pipManifests.get(include.path)?.manifest;
      if (included !== undefined) pending.push(included);
    }
  }
}

/** Reads an included file, or says why it is not read. */
function whyNotIncluded(collected: Collected, path: string): string | null {
  const file = collected.snapshot.files.get(path);
  if (file === undefined) return `\`${path}\` is included here and does not exist.`;
  if (isForeign(path)) return `\`${path}\` is included here and lies in a folder that is not looked into.`;
  if (collected.texts.has(path)) return `\`${path}\` is included here and is not a requirements file.`;
  if (file.mode === "120000" || file.content === null) return `\`${path}\` is included here and was not read.`;
  const text = textOf(collected, file);
  if (text === null) return `\`${path}\` is included here and cannot be read.`;
  readRequirements(collected, path, text);
  return collected.pipManifests.has(path) ? null : `\`${path}\` is included here and is not a requirements file.`;
}

/** The decoded text of a file, or null with a finding. */
function textOf(collected: Collected, file: SnapshotFile): string | null {
  const { path } = file;
  if (file.mode === "120000") {
    collected.findings.push(
      finding(path, null, "info", "Not read: it is a symbolic link, and links are not followed."),
    );
    return null;
  }
  if (file.mode === "160000") return null;
  if (file.content === null) {
    const message = `Not read: it was left out for its size (${file.size} bytes).`;
    collected.findings.push(finding(path, null, "warning", message));
    return null;
  }
  const limit = isManifestName(path) ? MAXIMUM_MANIFEST_BYTES : undefined;
  const decoding = decodeText(file.content, limit);
  if (decoding.kind === "unreadable") {
    const { line, message } = decoding.unreadable;
    collected.findings.push(finding(path, line, "error", `Not read: ${message}.`));
    return null;
  }
  collected.texts.set(path, decoding.decoded);
  return decoding.decoded.text;
}

function isManifestName(path: string): boolean {
  if (isCondaFile(path)) return false;
  return isRequirementsFile(path) || isEnvironmentFile(path) || isWorkflow(path) || baseName(path) === "pyproject.toml";
}

function finding(file: string, line: number | null, severity: Finding["severity"], message: string): Finding {
  return { code: "unreadable-file", severity, file, line, message, targets: [] };
}
