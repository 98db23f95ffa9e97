/** Is a poetry.lock whole, does it agree with itself, and can every target install it? Without any index. */
import { parseWheelFilename } from "#packaging/filenames.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { Target } from "#packaging/target.ts";
import { bestRank, rankTags } from "#packaging/wheel-tags.ts";
import type { Finding } from "../../finding.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { LockGraph, type BrokenEdge, type LockRoot } from "./lock-walk.ts";
import type { LockedPackage, PoetryLock } from "./model.ts";

export interface LockCheck {
  /** Path of the lock in the repository. */
  readonly path: string;
  readonly lock: PoetryLock;
  /** As `readPoetryLock` gives them. */
  readonly packageLines: readonly number[];
  /** Roots come from here; null: every package of the lock is a root. */
  readonly manifest: Manifest | null;
  readonly targets: readonly Target[];
  /** The graph of the lock, where there is one already. */
  readonly graph?: LockGraph;
}

interface Problem {
  readonly code: string;
  readonly file: string;
  readonly line: number | null;
  /** The sentence up to the names of the targets. */
  readonly message: string;
  readonly target: string | null;
}

/** Checks a lock. One finding for each problem, with all targets that have it. */
export function checkPoetryLock(check: LockCheck): readonly Finding[] {
  const graph = check.graph ?? new LockGraph(check.lock);
  const roots = check.manifest === null ? allRoots(check) : rootsOf(check.manifest);
  const problems = hashProblems(check);
  const files = check.lock.packages.map(installableFiles);
  for (const target of check.targets) {
    const ranks = rankTags(target.wheelTags);
    const { installed, broken } = graph.walk(roots, target);
    for (const edge of broken) problems.push(edgeProblem(check, edge, target));
    for (const index of [...installed].sort((a, b) => a - b)) {
      const entry = check.lock.packages[index];
      if (entry === undefined) continue;
      const line = check.packageLines[index] ?? null;
      const own = [pythonProblem(graph, entry, target), fileProblem(entry, files[index] ?? ANY_FILE, ranks)];
      for (const [code, message] of own) {
        if (message !== null) problems.push({ code, file: check.path, line, message, target: target.id });
      }
    }
  }
  return merge(problems, check.targets);
}

/** The requirements of a manifest that end up in its lock. */
export function rootsOf(manifest: Manifest): readonly LockRoot[] {
  return manifest.requirements
    .filter(({ group, ecosystem }) => group !== "build" && ecosystem === "pypi")
    .map(({ name, constraint, extras, marker, python, platform, origin, line }) => ({
      name,
      constraint: origin.kind === "index" ? constraint : null,
      extras,
      marker,
      python,
      platform,
      holder: manifest.path,
      line,
    }));
}

function allRoots({ lock, path }: LockCheck): readonly LockRoot[] {
  const graph = new Set(lock.packages.map(({ name }) => name.toLowerCase().replaceAll(/[-_.]+/g, "-")));
  return [...graph].map((name) => ({
    name,
    constraint: null,
    extras: [],
    marker: null,
    python: null,
    platform: null,
    holder: path,
    line: null,
  }));
}

function hashProblems({ lock, path, packageLines }: LockCheck): Problem[] {
  return lock.packages.flatMap((entry, index): Problem[] => {
    const bad = entry.files.filter(({ hash }) => !/^[a-z0-9_]+:[0-9a-f]{32,}$/i.test(hash));
    if (bad.length === 0) return [];
    const message = `${entry.name} ${entry.version} has no usable hash for ${bad.map(({ file }) => file).join(", ")}`;
    return [{ code: "missing-hash", file: path, line: packageLines[index] ?? null, message, target: null }];
  });
}

function edgeProblem(check: LockCheck, edge: BrokenEdge, target: Target): Problem {
  const wanted = edge.constraint === "" || edge.constraint === "*" ? edge.name : `${edge.name} ${edge.constraint}`;
  const has = edge.present.length === 0 ? "the lock does not have it" : `the lock has ${edge.present.join(" and ")}`;
  const isRoot = edge.from === null;
  return {
    code: isRoot ? "lock-out-of-date" : "lock-inconsistent",
    file: isRoot ? edge.holder : check.path,
    line: edge.from === null ? edge.line : (check.packageLines[edge.from] ?? null),
    message: `${edge.holder} asks for ${wanted}, and ${has}`,
    target: target.id,
  };
}

type OwnProblem = readonly [code: string, message: string | null];

function pythonProblem(graph: LockGraph, entry: LockedPackage, target: Target): OwnProblem {
  const fits = graph.allows(entry.pythonVersions, parseVersion(target.python));
  const message = `${entry.name} ${entry.version} needs Python ${entry.pythonVersions}`;
  return ["python-not-supported", fits ? null : message];
}

/** What a package can be installed from: anything that is built, or the tags of its wheels. */
interface InstallableFiles {
  readonly hasSource: boolean;
  readonly wheelTags: readonly (readonly string[])[];
}

const ANY_FILE: InstallableFiles = { hasSource: true, wheelTags: [] };
/** Sources that are built from what they name, whatever files are listed. */
const BUILT_SOURCES = new Set(["git", "directory"]);

function installableFiles({ source, files }: LockedPackage): InstallableFiles {
  if (BUILT_SOURCES.has(source?.type ?? "")) return ANY_FILE;
  return {
    hasSource: files.some(({ file }) => /\.(?:tar\.(?:gz|bz2|xz|Z)|tar|tgz|zip)$/.test(file)),
    wheelTags: files.flatMap(({ file }) => {
      const wheel = parseWheelFilename(file);
      return wheel === null ? [] : [wheel.tags];
    }),
  };
}

function fileProblem(entry: LockedPackage, files: InstallableFiles, ranks: ReadonlyMap<string, number>): OwnProblem {
  const code = "missing-files-for-target";
  if (files.hasSource || files.wheelTags.some((tags) => bestRank(tags, ranks) !== null)) return [code, null];
  if (entry.files.length === 0) return [code, `${entry.name} ${entry.version} lists no files`];
  const platforms = [...new Set(entry.files.flatMap(({ file }) => platformOf(file)))];
  const places = platforms.length === 0 ? "" : `: its wheels are for ${platforms.join(", ")}, and there is no sdist`;
  return [code, `${entry.name} ${entry.version} has no file that fits${places}`];
}

/** The last part of a wheel's name (`manylinux2014_x86_64`), for the message. */
function platformOf(file: string): readonly string[] {
  const [, platform] = /-([^-]+)\.whl$/.exec(file) ?? [];
  return platform === undefined ? [] : [platform];
}

/** One finding for a problem that several targets have; no targets are named where all have it. */
function merge(problems: readonly Problem[], targets: readonly Target[]): readonly Finding[] {
  const groups = new Map<string, { readonly first: Problem; readonly targets: string[] }>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.file, problem.line, problem.message]);
    const group = groups.get(key) ?? { first: problem, targets: [] };
    if (problem.target !== null && !group.targets.includes(problem.target)) group.targets.push(problem.target);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first, targets: ids }) => ({
    code: first.code,
    severity: "error",
    file: first.file,
    line: first.line,
    message: `${first.message}${placesOf(ids, targets.length)}.`,
    targets: ids.length === targets.length ? [] : ids,
  }));
}

function placesOf(ids: readonly string[], all: number): string {
  if (ids.length === 0) return "";
  return ids.length === all && all > 1 ? " (on every target)" : ` (${ids.join(", ")})`;
}
