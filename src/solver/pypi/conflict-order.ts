/**
 * uv's order of decisions: pinned packages first, then those whose choice is often rejected, then those that often cause
 * it, then all others; within each the name that was met first.
 */
import type { SpecifierSet } from "#packaging/specifier.ts";
import type { PackageId } from "../core/provider.ts";
import type { PackageTable } from "./packages.ts";

/** After this many conflicts a package changes its place. */
const CONFLICT_THRESHOLD = 5;

const RANKS = { soft: 0, singleton: 1, conflictEarly: 2, conflictLate: 3, unspecified: 4 } as const;
type Rank = (typeof RANKS)[keyof typeof RANKS];

/** Larger than any number of names in one solve, and small enough for exact sums. */
const RANK_WIDTH = 1e9;

export class ConflictOrder {
  private readonly packages: PackageTable;
  private readonly ranks = new Map<string, Rank>();
  private readonly places = new Map<string, number>();
  private readonly rejected = new Map<PackageId, number>();
  private readonly blamed = new Map<PackageId, number>();

  constructor(packages: PackageTable) {
    this.packages = packages;
  }

  onRequirement(package_: PackageId, specifiers: SpecifierSet): void {
    const name = this.nameOf(package_);
    if (name === null) return;
    if (!this.places.has(name)) this.places.set(name, this.places.size);
    const rank = this.ranks.get(name) ?? RANKS.unspecified;
    this.ranks.set(name, isSingleton(specifiers) ? RANKS.singleton : rank);
  }

  priority(package_: PackageId): number {
    const entry = this.packages.entry(package_);
    if (entry.kind === "soft") return entry.index;
    const name = this.nameOf(package_) ?? "";
    return (this.ranks.get(name) ?? RANKS.unspecified) * RANK_WIDTH + (this.places.get(name) ?? 0);
  }

  /** Counts a conflict; answers which decisions to take back because their package moved behind. */
  onConflict(affected: PackageId, culprits: readonly PackageId[]): readonly PackageId[] {
    const name = this.nameOf(affected);
    const others = culprits.filter((culprit) => {
      const culpritName = this.nameOf(culprit);
      return culpritName !== null && culpritName !== name;
    });
    if (name === null || others.length === 0) return [];
    if (count(this.rejected, affected) === CONFLICT_THRESHOLD) this.ranks.set(name, RANKS.conflictEarly);
    return others.filter((culprit) => {
      const culpritName = this.nameOf(culprit) ?? "";
      if (count(this.blamed, culprit) !== CONFLICT_THRESHOLD) return false;
      const rank = this.ranks.get(culpritName) ?? RANKS.unspecified;
      if (rank === RANKS.conflictEarly || rank === RANKS.conflictLate) return false;
      this.ranks.set(culpritName, RANKS.conflictLate);
      return true;
    });
  }

  private nameOf(package_: PackageId): string | null {
    const entry = this.packages.entry(package_);
    return entry.kind === "project" || entry.kind === "extra" ? entry.name : null;
  }
}

function count(counts: Map<PackageId, number>, package_: PackageId): number {
  const total = (counts.get(package_) ?? 0) + 1;
  counts.set(package_, total);
  return total;
}

/** One `==` without wildcard: only one version (and its local builds) will do. */
function isSingleton({ specifiers }: SpecifierSet): boolean {
  return specifiers.some(({ operator, wildcard }) => (operator === "==" || operator === "===") && !wildcard);
}
