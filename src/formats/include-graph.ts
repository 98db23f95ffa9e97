/** Which requirements files and environments belong together because one includes the other. */
import type { Finding } from "./finding.ts";
import type { Manifest } from "./manifests/manifest.ts";

/** Files that are connected by includes, in the order of their paths. */
export interface IncludeComponent {
  readonly paths: readonly string[];
  /** Files that no other includes: what people install. */
  readonly roots: readonly string[];
}

export interface IncludeGraph {
  readonly components: readonly IncludeComponent[];
  /** One for each cycle, and for chains of includes that are too long. */
  readonly findings: readonly Finding[];
}

/** Real chains have two or three links. */
const MAXIMUM_DEPTH = 20;

/**
 * Groups manifests by their includes.
 * @param links further pairs of paths that belong together (a compiled file and its source)
 */
export function includeGraph(
  manifests: ReadonlyMap<string, Manifest>,
  links: readonly (readonly [string, string])[],
): IncludeGraph {
  const paths = [...manifests.keys()].sort();
  const neighbours = new Map<string, Set<string>>(paths.map((path) => [path, new Set()]));
  const included = new Set<string>();
  const connect = (one: string, other: string): void => {
    neighbours.get(one)?.add(other);
    neighbours.get(other)?.add(one);
  };
  for (const manifest of manifests.values()) {
    for (const { path } of manifest.includes) {
      if (!manifests.has(path)) continue;
      connect(manifest.path, path);
      if (path !== manifest.path) included.add(path);
    }
  }
  for (const [one, other] of links) connect(one, other);
  const components = componentsOf(paths, neighbours).map((members) => {
    const roots = members.filter((path) => !included.has(path));
    // In a cycle every file is included by another: the first then stands for all.
    return { paths: members, roots: roots.length > 0 ? roots : members.slice(0, 1) };
  });
  const findings = components.flatMap(({ roots }) => roots.flatMap((root) => problemsFrom(root, manifests)));
  return { components, findings: distinct(findings) };
}

/** A file and all that it includes, in the order in which pip reads them; cycles are cut. */
export function includeClosure(root: string, manifests: ReadonlyMap<string, Manifest>): readonly string[] {
  const seen = new Set<string>();
  const pending = [root];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const manifest = manifests.get(path);
    if (manifest === undefined || seen.has(path)) continue;
    seen.add(path);
    for (const include of manifest.includes.toReversed()) {
      if (!seen.has(include.path)) pending.push(include.path);
    }
  }
  return [...seen];
}

function componentsOf(paths: readonly string[], neighbours: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const seen = new Set<string>();
  const components: string[][] = [];
  for (const start of paths) {
    if (seen.has(start)) continue;
    const members: string[] = [];
    const pending = [start];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      members.push(path);
      for (const neighbour of neighbours.get(path) ?? []) pending.push(neighbour);
    }
    components.push(members.filter((path) => neighbours.has(path)).sort());
  }
  return components;
}

interface Step {
  readonly path: string;
  /** Files on the way from the root, nearest last. */
  readonly trail: readonly string[];
}

/** Walks the includes from a root once per file; a file that is met again on its own trail closes a cycle. */
function problemsFrom(root: string, manifests: ReadonlyMap<string, Manifest>): readonly Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const pending: Step[] = [{ path: root, trail: [] }];
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    if (done.has(step.path)) continue;
    done.add(step.path);
    const trail = [...step.trail, step.path];
    for (const include of manifests.get(step.path)?.includes ?? []) {
      if (trail.includes(include.path)) {
        const message = `\`${include.path}\` is included here and includes this file again: pip would never finish.`;
        findings.push(problem("include-cycle", step.path, include.line, message));
      } else if (trail.length >= MAXIMUM_DEPTH) {
        const message = `Includes are followed ${MAXIMUM_DEPTH} files deep, and \`${include.path}\` lies deeper.`;
        findings.push(problem("include-not-followed", step.path, include.line, message));
      } else pending.push({ path: include.path, trail });
    }
  }
  return findings;
}

function problem(code: string, file: string, line: number, message: string): Finding {
  return { code, severity: "warning", file, line, message, targets: [] };
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [`${each.code} ${each.file} ${each.line}`, each])).values()];
}
