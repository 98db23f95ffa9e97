/** How a package came to be installed: who asks for it, and who asks for that, up to a manifest. */

export interface FilePlace {
  readonly file: string;
  /** 1-based; null where only the file is known. */
  readonly line: number | null;
}

/** Somebody asks for a package. */
export interface RequirementStep {
  /** `poetry 1.4.0`; null: a manifest, at `place`. */
  readonly holder: string | null;
  readonly place: FilePlace | null;
  /** `platformdirs >=2.5.2,<3.0.0`. */
  readonly asks: string;
}

/** A requirement for a package, with how it came to be. */
export interface PackageDemand {
  /** From a manifest to the requirement for the package itself. */
  readonly chain: readonly RequirementStep[];
  /** Whether it has an upper bound, so that newer versions are kept out. */
  readonly restricts: boolean;
}

/** What one target installs, and why. */
export interface RequirementGraph {
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  readonly edges: readonly RequirementEdge[];
}

export interface InstalledPackage {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  readonly place: FilePlace | null;
}

/** Keys are those of `packages`; `from` null: a manifest. */
export interface RequirementEdge extends RequirementStep {
  readonly from: string | null;
  readonly to: string;
  readonly restricts: boolean;
}

/** A version above every real one: a requirement that does not allow it has an upper bound. */
export const NEWEST_IMAGINABLE = "99999999";

/** `numpy >=1.20`, or the name alone where any version will do. */
export function askText(name: string, constraint: string): string {
  return constraint === "" || constraint === "*" ? name : `${name} ${constraint}`;
}

/** Every requirement for a package, each with the shortest way to it: those that keep newer versions out come first. */
export function demandsFor(graph: RequirementGraph, key: string): readonly PackageDemand[] {
  const ways = shortestWays(graph);
  const demands = graph.edges
    .filter((edge) => edge.to === key)
    .flatMap((edge): PackageDemand[] => {
      const before = edge.from === null ? [] : ways.get(edge.from);
      return before === undefined ? [] : [{ chain: [...before, stepOf(edge)], restricts: edge.restricts }];
    });
  const distinct = new Map(demands.map((demand) => [JSON.stringify(demand), demand]));
  return [...distinct.values()].sort(
    (one, other) =>
      Number(other.restricts) - Number(one.restricts) ||
      one.chain.length - other.chain.length ||
      compareTexts(lastText(one), lastText(other)),
  );
}

/** The shortest chain to each package that is reached from a manifest. */
function shortestWays(graph: RequirementGraph): ReadonlyMap<string, readonly RequirementStep[]> {
  const outgoing = new Map<string | null, RequirementEdge[]>();
  for (const edge of graph.edges) {
    const edges = outgoing.get(edge.from) ?? [];
    edges.push(edge);
    outgoing.set(edge.from, edges);
  }
  const ways = new Map<string, readonly RequirementStep[]>();
  let border: readonly (string | null)[] = [null];
  while (border.length > 0) {
    const next: string[] = [];
    for (const from of border) {
      const way = from === null ? [] : (ways.get(from) ?? []);
      for (const edge of outgoing.get(from) ?? []) {
        if (!ways.has(edge.to)) {
          ways.set(edge.to, [...way, stepOf(edge)]);
          next.push(edge.to);
        }
      }
    }
    border = next;
  }
  return ways;
}

function stepOf({ holder, place, asks }: RequirementEdge): RequirementStep {
  return { holder, place, asks };
}

function lastText({ chain }: PackageDemand): string {
  const last = chain.at(-1);
  return `${last?.holder ?? ""} ${last?.asks ?? ""}`;
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
