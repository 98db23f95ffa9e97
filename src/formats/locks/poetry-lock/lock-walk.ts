/** Which packages of a lock one target installs, and where an edge leads nowhere. */
import { evaluateMarker, isMarkerProblem, parseMarker, type MarkerExpression } from "#packaging/marker-syntax.ts";
import { normalizeExtra, normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { constraintAllows } from "#packaging/poetry-constraint-algebra.ts";
import { parsePoetryConstraint, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import type { Target } from "#packaging/target.ts";
import type { ConstraintStyle } from "../../manifests/manifest.ts";
import type { LockedPackage, PoetryLock } from "./model.ts";

/** A requirement that a walk begins with. */
export interface LockRoot {
  /** Normalised. */
  readonly name: string;
  readonly constraint: { readonly text: string; readonly style: ConstraintStyle } | null;
  readonly extras: readonly string[];
  readonly marker: string | null;
  /** Poetry's `python` and `platform` of a dependency table. */
  readonly python: string | null;
  readonly platform: string | null;
  /** Who asks, for messages: `pyproject.toml`. */
  readonly holder: string;
  readonly line: number | null;
}

export interface BrokenEdge {
  readonly name: string;
  readonly constraint: string;
  /** `jax 0.4.4`, or the holder of a root. */
  readonly holder: string;
  /** Index of the package that asks; null for a root. */
  readonly from: number | null;
  readonly line: number | null;
  /** Versions of the package that the lock has. */
  readonly present: readonly string[];
}

export interface LockWalk {
  /** Indexes into `lock.packages`. */
  readonly installed: ReadonlySet<number>;
  readonly broken: readonly BrokenEdge[];
  /** Who asks for what, by normalised name. */
  readonly demands: ReadonlyMap<string, readonly LockDemand[]>;
}

/** What a root or an installed package asks of a name. */
export interface LockDemand {
  readonly allows: (version: Pep440Version) => boolean;
  readonly text: string;
  readonly holder: string;
  readonly from: number | null;
  readonly line: number | null;
}

/** A requirement of a locked package, with what every target needs of it. */
interface LockEdge {
  readonly entry: LockedPackage;
  /** Normalised. */
  readonly name: string;
  readonly constraint: LockedPackage["dependencies"][number]["constraints"][number];
  /** Normalised. */
  readonly extras: readonly string[];
  readonly python: string | null;
  readonly demand: LockDemand;
}

/** A round of walking changes which versions are wanted, and with them the edges; real locks need two or three. */
const MAXIMUM_ROUNDS = 12;

/** Reads each text of a lock once; make one for a lock and use it for all targets. */
export class LockGraph {
  readonly lock: PoetryLock;
  readonly #byName = new Map<string, number[]>();
  readonly #versions: readonly (Pep440Version | null)[];
  readonly #markers = new Map<string, MarkerExpression | null>();
  readonly #constraints = new Map<string, PoetryConstraint | null>();
  readonly #edges = new Map<number, readonly LockEdge[]>();
  readonly #plainEdges = new WeakMap<Target, Map<number, readonly LockEdge[]>>();
  readonly #extras: readonly string[];
  readonly #relevant = new WeakMap<Target, Map<number, boolean>>();

  constructor(lock: PoetryLock) {
    this.lock = lock;
    this.#versions = lock.packages.map(({ version }) => parseVersion(version));
    for (const [index, entry] of lock.packages.entries()) {
      const name = normalizeName(entry.name);
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), index]);
    }
    for (const indexes of this.#byName.values()) indexes.sort((a, b) => this.#descending(a, b));
    this.#extras = lock.extras.map(([name]) => normalizeExtra(name));
  }

  /** Follows the edges from the roots until the choice of versions is stable. */
  walk(roots: readonly LockRoot[], target: Target): LockWalk {
    let demands: ReadonlyMap<string, readonly LockDemand[]> = new Map();
    let signature = "";
    for (let round = 0; ; round += 1) {
      const reached = this.#round(roots, target, demands);
      const next = [...reached.installed.keys()].sort((a, b) => a - b).join(",");
      if (next === signature || round === MAXIMUM_ROUNDS) {
        const { installed, demands } = reached;
        return { installed: new Set(installed.keys()), broken: this.#broken(demands, target), demands };
      }
      signature = next;
      demands = reached.demands;
    }
  }

  /** Whether a package may be wanted on a target at all: lock 2.1 says so itself, with extras on or off. */
  isRelevant(index: number, target: Target): boolean {
    const known = this.#relevant.get(target) ?? new Map<number, boolean>();
    this.#relevant.set(target, known);
    const answer = known.get(index) ?? this.#computeRelevance(index, target);
    known.set(index, answer);
    return answer;
  }

  #computeRelevance(index: number, target: Target): boolean {
    const entry = this.lock.packages[index];
    const markers = entry?.markers ?? markerOfPoetry10(entry);
    if (markers === null) return true;
    const texts = typeof markers === "string" ? [markers] : markers.map(([, marker]) => marker);
    const groups = entry?.groups ?? [];
    // A group without a marker of its own is wanted always.
    if (typeof markers !== "string" && groups.some((group) => !markers.some(([name]) => name === group))) return true;
    const choices = [new Set(this.#extras), new Set<string>(), ...this.#extras.map((extra) => new Set([extra]))];
    return texts.some((text) => choices.some((extras) => this.holds(text, target, extras)));
  }

  /** Whether a marker holds; one that is not understood counts as true, so that nothing is overlooked. */
  holds(text: string | null, target: Target, extras: ReadonlySet<string>): boolean {
    if (text === null || text === "") return true;
    let marker = this.#markers.get(text);
    if (marker === undefined) {
      const parsed = parseMarker(text);
      marker = isMarkerProblem(parsed) ? null : parsed;
      this.#markers.set(text, marker);
    }
    return marker === null || evaluateMarker(marker, target.markerEnvironment, extras);
  }

  /** Whether a range in Poetry's notation allows a version; one that is not understood allows it. */
  allows(range: string, version: Pep440Version | null): boolean {
    let constraint = this.#constraints.get(range);
    if (constraint === undefined) {
      constraint = parsePoetryConstraint(range);
      this.#constraints.set(range, constraint);
    }
    return constraint === null || version === null || constraintAllows(constraint, version);
  }

  #descending(a: number, b: number): number {
    const [left, right] = [this.#versions[a] ?? null, this.#versions[b] ?? null];
    return left === null || right === null ? 0 : compareVersions(right, left);
  }

  /** The newest package of a name that the target can have and all demands allow. */
  #select(name: string, target: Target, demands: readonly LockDemand[]): number | null {
    const relevant = (this.#byName.get(name) ?? []).filter((index) => this.isRelevant(index, target));
    const fitting = relevant.find((index) => {
      const version = this.#versions[index] ?? null;
      return version === null || demands.every((demand) => demand.allows(version));
    });
    return fitting ?? null;
  }

  #round(
    roots: readonly LockRoot[],
    target: Target,
    known: ReadonlyMap<string, readonly LockDemand[]>,
  ): { readonly installed: ReadonlyMap<number, ReadonlySet<string>>; readonly demands: Map<string, LockDemand[]> } {
    const installed = new Map<number, Set<string>>();
    const demands = new Map<string, LockDemand[]>();
    const open: number[] = [];
    // What is known stays the same for the whole round, and popular names are wanted dozens of times in it.
    const selected = new Map<string, number | null>();
    const want = (name: string, demand: LockDemand, extras: readonly string[]): void => {
      const all = demands.get(name) ?? [];
      all.push(demand);
      demands.set(name, all);
      let index = selected.get(name);
      if (index === undefined) {
        index = this.#select(name, target, known.get(name) ?? []);
        selected.set(name, index);
      }
      if (index === null) return;
      const present = installed.get(index);
      if (present !== undefined && extras.every((extra) => present.has(extra))) return;
      installed.set(index, new Set([...(present ?? []), ...extras]));
      open.push(index);
    };
    for (const root of roots) {
      if (this.#isRootWanted(root, target)) want(root.name, rootDemand(root), root.extras.map(normalizeExtra));
    }
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      for (const edge of this.#activeEdges(index, target, installed.get(index) ?? new Set())) {
        want(edge.name, edge.demand, edge.extras);
      }
    }
    return { installed, demands };
  }

  #isRootWanted(root: LockRoot, target: Target): boolean {
    const python = parseVersion(target.python);
    const platform = root.platform === null ? null : root.platform.trim();
    return (
      this.holds(root.marker, target, new Set(this.#extras)) &&
      (root.python === null || this.allows(root.python, python)) &&
      (platform === null || isPlatform(platform, target.markerEnvironment.sys_platform))
    );
  }

  /** The edges that hold on a target with these extras; without extras, as most packages are wanted, found once. */
  #activeEdges(index: number, target: Target, extras: ReadonlySet<string>): readonly LockEdge[] {
    if (extras.size > 0) return this.#computeActive(index, target, extras);
    const known = this.#plainEdges.get(target) ?? new Map<number, readonly LockEdge[]>();
    this.#plainEdges.set(target, known);
    const edges = known.get(index) ?? this.#computeActive(index, target, extras);
    known.set(index, edges);
    return edges;
  }

  #computeActive(index: number, target: Target, extras: ReadonlySet<string>): readonly LockEdge[] {
    const ownPython = parseVersion(target.python);
    return this.#edgesOf(index).filter((edge) => {
      if (edge.python !== null && !this.allows(edge.python, ownPython)) return false;
      return this.holds(edge.constraint.markers, target, extras) && isActive(edge, extras);
    });
  }

  /** All edges of a package, whatever the target; read once. */
  #edgesOf(index: number): readonly LockEdge[] {
    const known = this.#edges.get(index);
    if (known !== undefined) return known;
    const entry = this.lock.packages[index];
    if (entry === undefined) return [];
    const holder = `${entry.name} ${entry.version}`;
    const edges = entry.dependencies.flatMap((dependency) =>
      dependency.constraints.map((constraint): LockEdge => {
        const { version: range } = constraint;
        const python = constraint.location.find(([key]) => key === "python")?.[1];
        const allows = (version: Pep440Version): boolean => range === null || this.allows(range, version);
        return {
          entry,
          name: normalizeName(dependency.name),
          constraint,
          extras: constraint.extras.map(normalizeExtra),
          python: typeof python === "string" ? python : null,
          demand: { allows, text: range ?? "", holder, from: index, line: null },
        };
      }),
    );
    this.#edges.set(index, edges);
    return edges;
  }

  /** Demands that no package of the lock meets; where each can be met but not all together, the narrower ones. */
  #broken(demands: ReadonlyMap<string, readonly LockDemand[]>, target: Target): readonly BrokenEdge[] {
    return [...demands].flatMap(([name, all]) => {
      if (this.#select(name, target, all) !== null) return [];
      const newest = this.#select(name, target, []);
      const version = newest === null ? null : (this.#versions[newest] ?? null);
      const blamed = version === null ? all : all.filter((demand) => !demand.allows(version));
      const present = (this.#byName.get(name) ?? []).map((index) => this.lock.packages[index]?.version ?? "");
      return blamed.map(({ text, holder, from, line }) => ({ name, constraint: text, holder, from, line, present }));
    });
  }
}

/** Poetry 1.0 wrote `marker` at the package, and none at the edges to it. */
function markerOfPoetry10(entry: LockedPackage | undefined): string | null {
  const value = entry?.quirks?.unknown.find(([key]) => key === "marker")?.[1];
  return typeof value === "string" ? value : null;
}

/** An optional edge is active through an extra: named in its marker, or (Poetry 1.0) listed under the extra. */
function isActive({ entry, name, constraint }: LockEdge, extras: ReadonlySet<string>): boolean {
  if (!constraint.optional || /\bextra\b/.test(constraint.markers ?? "")) return true;
  return entry.extras.some(
    ([extra, requirements]) =>
      extras.has(normalizeExtra(extra)) &&
      requirements.some((text) => normalizeName(/^[\w.-]+/.exec(text)?.[0] ?? "") === name),
  );
}

/** Poetry's `platform`: a name of `sys.platform`, alternatives with `|`, `!` for all others. */
function isPlatform(written: string, platform: string): boolean {
  return written.split("|").some((part) => {
    const name = part.trim();
    return name.startsWith("!")
      ? name.replace(/^!=?/, "").trim() !== platform
      : name.replace(/^==?/, "").trim() === platform;
  });
}

function rootDemand(root: LockRoot): LockDemand {
  const { constraint, holder, line } = root;
  return { allows: matcher(constraint), text: constraint?.text ?? "", holder, from: null, line };
}

function matcher(constraint: LockRoot["constraint"]): LockDemand["allows"] {
  if (constraint === null || constraint.style === "conda") return () => true;
  if (constraint.style === "poetry") {
    const parsed = parsePoetryConstraint(constraint.text);
    return (version) => parsed === null || constraintAllows(parsed, version);
  }
  const set = parseSpecifierSet(constraint.text);
  return (version) => isSpecifierProblem(set) || setContains(set, version);
}
