/** Who asks for what in a conda environment, as a graph. Keys are conda names; those of pip entries start with `pip `. */
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { constraintSpan } from "#packaging/conda-match-spec-positions.ts";
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { normalizeName } from "#packaging/names.ts";
import {
  askText,
  NEWEST_IMAGINABLE,
  type InstalledPackage,
  type RequirementEdge,
  type RequirementGraph,
} from "../requirement-chains.ts";
import type { CondaTarget, OpenedCondaLock } from "./conda-workspace.ts";

/** What a unified lock installs on a target. */
export function lockedGraph(opened: OpenedCondaLock, target: CondaTarget): RequirementGraph {
  const packages = new Map<string, InstalledPackage>();
  const entries = new Map<string, CondaLockPackage>();
  // A version stands in the lock once for each platform; the first place stands for all of them.
  const places = new Map<string, number>();
  for (const [index, entry] of opened.lock.packages.entries()) {
    const version = `${keyOf(entry)} ${entry.version}`;
    places.set(version, places.get(version) ?? index);
    if (entry.platform === target.platform) {
      const line = opened.packageLines[places.get(version) ?? index] ?? null;
      packages.set(keyOf(entry), {
        name: normalizeName(entry.name),
        version: entry.version,
        place: { file: opened.path, line },
      });
      entries.set(keyOf(entry), entry);
    }
  }
  const edges = [...entries].flatMap(([from, entry]) =>
    [...entry.dependencies].flatMap(([name, text]): RequirementEdge[] => {
      const own = entry.manager === "pip" ? `pip ${normalizeName(name)}` : name;
      const to = [own, name, normalizeName(name)].find((key) => packages.has(key));
      const holder = `${entry.name} ${entry.version}`;
      return to === undefined ? [] : [askedEdge({ from, to, holder, text: askText(name, text) })];
    }),
  );
  return { packages, edges: [...rootEdges(target, packages), ...edges] };
}

function keyOf({ manager, name }: CondaLockPackage): string {
  return manager === "pip" ? `pip ${normalizeName(name)}` : name;
}

/** What the files of an environment ask for themselves. */
export function rootEdges(
  { environment }: CondaTarget,
  packages: ReadonlyMap<string, InstalledPackage>,
): readonly RequirementEdge[] {
  const conda = environment.conda.map(({ requirement, text }) => ({ requirement, text, key: requirement.name }));
  const pip = environment.pip.map(({ requirement, text }) => ({ requirement, text, key: `pip ${requirement.name}` }));
  return [...conda, ...pip].flatMap(({ requirement: { file, line, name }, text, key }): RequirementEdge[] => {
    // What pip asks for may be there as a conda package.
    const to = [key, name].find((one) => packages.has(one));
    const edge = to === undefined ? null : askedEdge({ from: null, to, holder: null, text });
    return edge === null ? [] : [{ ...edge, place: { file, line } }];
  });
}

/** @param edge `text`: a match spec, or a name with a range */
export function askedEdge(edge: {
  readonly from: string | null;
  readonly to: string;
  readonly holder: string | null;
  readonly text: string;
}): RequirementEdge {
  const { from, to, holder, text } = edge;
  return { from, to, holder, place: null, asks: text, restricts: hasUpperBound(text) };
}

function hasUpperBound(text: string): boolean {
  const span = constraintSpan(text);
  const spec = span === null ? null : parseCondaVersionSpec(text.slice(span.start, span.end));
  const newest = parseCondaVersion(NEWEST_IMAGINABLE);
  return spec !== null && !isCondaSpecProblem(spec) && newest !== null && !condaSpecMatches(spec, newest);
}
