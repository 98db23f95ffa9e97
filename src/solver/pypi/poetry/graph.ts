/**
 * From the chosen releases of one run to the packages of a lock: in which groups, under which markers each is needed. Markers are
 * united and intersected in the order in which Poetry walks the graph, because their text depends on it.
 */
import { constraintAllows } from "#packaging/poetry-constraint.ts";
import { ANY_MARKER, EMPTY_MARKER, type PoetryMarker, type PoetryMarkers } from "#packaging/poetry-markers.ts";
import type { PoetryCandidate } from "./catalog.ts";
import { completeName, constraintKey, type PoetryDependency } from "./dependency.ts";
import { markerWithExtras } from "./project.ts";

/** A release that a run has chosen. `name[a]` is one of its own. */
export interface ChosenPackage {
  readonly name: string;
  readonly extras: readonly string[];
  readonly candidate: PoetryCandidate;
  readonly requires: readonly PoetryDependency[];
}

/** A package of a lock, before its facts are looked up. */
export interface SolvedPackage {
  readonly name: string;
  readonly candidate: PoetryCandidate;
  requires: readonly PoetryDependency[];
  optional: boolean;
  /** By group: when the group needs it. */
  markers: Map<string, PoetryMarker>;
}

/** A package on one way from the project: by the groups and the optionality of the requirement where the way begins. */
interface Node {
  readonly id: string;
  /** Null is the project. */
  readonly package: ChosenPackage | null;
  readonly groups: readonly string[];
  readonly optional: boolean;
  readonly parents: Node[];
  depth: number;
}

/** Markers of the edges from one package to another, by the groups of the way. */
type Edges = Map<string, { readonly groups: readonly string[]; marker: PoetryMarker }>;

interface PackageInfo {
  readonly nodes: readonly Node[];
  readonly depth: number;
  readonly groups: ReadonlySet<string>;
  markers: Map<string, PoetryMarker>;
}

/** Version and index: the same version of two indexes is two packages. */
export function identityOf({ version, files }: PoetryCandidate): string {
  return `${version.sortKey} ${files[0]?.indexUrl ?? ""}`;
}

function keyOf(chosen: ChosenPackage | null): string {
  if (chosen === null) return "";
  return `${completeName(chosen)} ${identityOf(chosen.candidate)}`;
}

/** The packages of a run with their groups and markers; `name[extra]` has been taken into `name`. */
export function solvedPackages(
  markers: PoetryMarkers,
  requirements: readonly PoetryDependency[],
  chosen: readonly ChosenPackage[],
): readonly SolvedPackage[] {
  const walk = new Walk(markers, requirements, chosen);
  const infos = calculateMarkers(markers, walk.infos(), walk.edges);
  return chosen
    .filter(({ extras }) => extras.length === 0)
    .flatMap((base) => {
      const info = infos.get(keyOf(base));
      if (info === undefined) return [];
      const optional = info.nodes.every((node) => node.optional);
      const { name, candidate } = base;
      return [{ name, candidate, requires: withExtraRequirements(base, chosen), optional, markers: info.markers }];
    });
}

export function sameDependency(left: PoetryDependency, right: PoetryDependency): boolean {
  return (
    completeName(left) === completeName(right) && constraintKey(left.constraint) === constraintKey(right.constraint)
  );
}

/** The requirements of `name` and of all its `name[extra]`, each once. */
function withExtraRequirements(base: ChosenPackage, chosen: readonly ChosenPackage[]): readonly PoetryDependency[] {
  const requires = [...base.requires];
  const siblings = chosen.filter(
    ({ name, extras, candidate }) =>
      extras.length > 0 && name === base.name && identityOf(candidate) === identityOf(base.candidate),
  );
  for (const dependency of siblings.flatMap((sibling) => sibling.requires)) {
    if (dependency.name === base.name) continue;
    const isKnown = requires.some(
      (known) => sameDependency(known, dependency) && known.marker.key === dependency.marker.key,
    );
    if (!isKnown) requires.push(dependency);
  }
  return requires;
}

/** A depth-first walk from the project along the requirements. */
class Walk {
  /** To a package, from a package. */
  readonly edges = new Map<string, Map<string, Edges>>();
  readonly #markers: PoetryMarkers;
  readonly #requirements: readonly PoetryDependency[];
  readonly #byName: ReadonlyMap<string, readonly ChosenPackage[]>;
  readonly #nodes = new Map<string, Node>();
  /** In reverse order of completion: requirers come before what they require. */
  readonly #sorted: Node[] = [];

  constructor(markers: PoetryMarkers, requirements: readonly PoetryDependency[], chosen: readonly ChosenPackage[]) {
    this.#markers = markers;
    this.#requirements = requirements;
    this.#byName = Map.groupBy(chosen, completeName);
    this.#visit({ id: "", package: null, groups: [], optional: true, parents: [], depth: -1 }, null);
    this.#sorted.reverse();
  }

  /** By package, in the order of the walk: how deep it lies, and in which groups. */
  infos(): ReadonlyMap<string, PackageInfo> {
    for (const node of this.#sorted) node.depth = depthOf(node);
    const byPackage = Map.groupBy(this.#sorted, (node) => keyOf(node.package));
    return new Map(
      [...byPackage].map(([key, nodes]) => {
        const groups = new Set(nodes.flatMap((node) => node.groups));
        return [key, { nodes, depth: Math.max(...nodes.map(({ depth }) => depth)), groups, markers: new Map() }];
      }),
    );
  }

  /** @param way the project's requirement with which the way to the node begins */
  #visit(node: Node, way: PoetryDependency | null): void {
    this.#nodes.set(node.id, node);
    const dependencies = node.package === null ? this.#requirements : node.package.requires;
    for (const dependency of dependencies) {
      for (const child of this.#byName.get(completeName(dependency)) ?? []) {
        const { version, locked } = child.candidate;
        if (locked === null && !constraintAllows(dependency.constraint, version)) continue;
        this.#follow(node, child, dependency, way ?? dependency);
      }
    }
    this.#sorted.push(node);
  }

  #follow(node: Node, child: ChosenPackage, dependency: PoetryDependency, way: PoetryDependency): void {
    const groups = way.groups.toSorted();
    const id = `${keyOf(child)}\0${groups.join(",")}\0${way.optional ? "optional" : ""}`;
    const known = this.#nodes.get(id);
    const next = known ?? { id, package: child, groups, optional: way.optional, parents: [], depth: -1 };
    next.parents.push(node);
    const marker =
      node.package === null
        ? markerWithExtras(this.#markers, dependency)
        : this.#markers.withoutExtras(dependency.marker);
    this.#addEdge(keyOf(child), keyOf(node.package), groups, marker);
    if (known === undefined) this.#visit(next, way);
  }

  #addEdge(child: string, parent: string, groups: readonly string[], marker: PoetryMarker): void {
    const parents = this.edges.get(child) ?? new Map<string, Edges>();
    this.edges.set(child, parents);
    const edges: Edges = parents.get(parent) ?? new Map();
    parents.set(parent, edges);
    const key = groups.join(",");
    const known = edges.get(key)?.marker ?? EMPTY_MARKER;
    edges.set(key, { groups, marker: this.#markers.unite(known, marker) });
  }
}

/** One more than the deepest requirer; `name` counts as deep as `name[extra]`. */
function depthOf(node: Node): number {
  const depths = node.parents.map((parent) =>
    parent.package?.name === node.package?.name ? parent.depth - 1 : parent.depth,
  );
  return 1 + Math.max(-2, ...depths);
}

/** Walks the packages by depth, again and again while a cycle leaves a requirer without markers. */
function calculateMarkers(
  markers: PoetryMarkers,
  infos: ReadonlyMap<string, PackageInfo>,
  edges: ReadonlyMap<string, ReadonlyMap<string, Edges>>,
): ReadonlyMap<string, PackageInfo> {
  const deepest = Math.max(...[...infos.values()].map(({ depth }) => depth));
  const byDepth = Map.groupBy(infos, ([, { depth }]) => depth);
  let isIncomplete = true;
  while (isIncomplete) {
    isIncomplete = false;
    for (let depth = 0; depth <= deepest; depth += 1) {
      for (const [key, info] of byDepth.get(depth) ?? []) {
        const found = new Map([...info.groups].map((group) => [group, EMPTY_MARKER]));
        for (const [parent, parentEdges] of edges.get(key) ?? []) {
          const isKnown = addParent({ markers, found }, infos.get(parent), parentEdges);
          isIncomplete ||= !isKnown;
        }
        info.markers = found;
      }
    }
  }
  return infos;
}

interface Found {
  readonly markers: PoetryMarkers;
  readonly found: Map<string, PoetryMarker>;
}

/** Adds what comes from one requirer. @returns false where its own markers are not known yet */
function addParent({ markers, found }: Found, parent: PackageInfo | undefined, edges: Edges): boolean {
  const add = (group: string, marker: PoetryMarker): void => {
    found.set(group, markers.unite(found.get(group) ?? EMPTY_MARKER, marker));
  };
  if (parent === undefined || parent.groups.size === 0) {
    for (const { groups, marker } of edges.values()) {
      for (const group of found.keys()) if (groups.includes(group)) add(group, marker);
    }
    return true;
  }
  if (parent.groups.size !== parent.markers.size) return false;
  for (const group of parent.groups) {
    const own = parent.markers.get(group) ?? ANY_MARKER;
    for (const { marker } of edges.values()) add(group, markers.intersect(own, marker));
  }
  return true;
}
