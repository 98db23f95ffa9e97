/** What has been decided and derived so far, in order, with the way back. */
import {
  allowsAbsence,
  everyState,
  intersection,
  isSubset,
  setOf,
  withoutAbsence,
  type CandidateSet,
} from "./candidate-set.ts";
import type { IndexedIncompatibility } from "./incompatibility.ts";
import type { PackageId } from "./provider.ts";

/** One step: the term that became true, and all that is known of the package after it. */
export interface Assignment {
  /** Position among all assignments. */
  readonly index: number;
  readonly package: PackageId;
  readonly level: number;
  readonly set: CandidateSet;
  readonly accumulated: CandidateSet;
  /** null: a decision. */
  readonly cause: IndexedIncompatibility | null;
}

/** Assignments on a stack, a second stack for each package, and the packages that wait for a decision. */
export class PartialSolution {
  level = 0;
  private readonly assignments: Assignment[] = [];
  private readonly byPackage: Assignment[][] = [];
  private readonly chosen: number[] = [];
  private readonly waiting = new Set<PackageId>();
  /** Serial number of each level on the way to the current one: a level that was undone and entered again has a new serial. */
  private readonly serials: number[] = [0];
  private nextSerial = 1;
  private readonly counts: readonly (number | undefined)[];

  constructor(counts: readonly (number | undefined)[]) {
    this.counts = counts;
  }

  /** Packages that must be selected and have no decision yet, in no particular order. */
  get undecided(): ReadonlySet<PackageId> {
    return this.waiting;
  }

  domain(package_: PackageId): CandidateSet | null {
    return this.byPackage[package_]?.at(-1)?.accumulated ?? null;
  }

  /** Whether the package must be selected. */
  isSelected(package_: PackageId): boolean {
    const domain = this.domain(package_);
    return domain !== null && !allowsAbsence(domain);
  }

  /** The assignment since which the package must be selected, or null. */
  selectedBy(package_: PackageId): Assignment | null {
    return this.byPackage[package_]?.find(({ accumulated }) => !allowsAbsence(accumulated)) ?? null;
  }

  decided(package_: PackageId): number {
    return this.chosen[package_] ?? -1;
  }

  serialOf(level: number): number {
    return this.serials[level] ?? -1;
  }

  /** The root is chosen at level 0: nothing can take it back. */
  decideRoot(package_: PackageId): void {
    this.chosen[package_] = 0;
    this.push(package_, setOf(1, [0]), null);
  }

  decide(package_: PackageId, candidate: number): void {
    this.level += 1;
    this.serials[this.level] = this.nextSerial;
    this.nextSerial += 1;
    this.chosen[package_] = candidate;
    this.push(package_, setOf(this.count(package_), [candidate]), null);
    this.waiting.delete(package_);
  }

  derive(package_: PackageId, set: CandidateSet, cause: IndexedIncompatibility): void {
    this.push(package_, set, cause);
  }

  /** Undoes every assignment above `level`. */
  backtrack(level: number): void {
    while (this.assignments.length > 0) {
      const last = this.assignments.at(-1);
      if (last === undefined || last.level <= level) break;
      this.assignments.pop();
      this.byPackage[last.package]?.pop();
      if (last.cause === null) this.chosen[last.package] = -1;
      if (this.isSelected(last.package) && this.decided(last.package) < 0) this.waiting.add(last.package);
      else this.waiting.delete(last.package);
    }
    this.level = level;
    this.serials.length = level + 1;
  }

  /** Level at which the package was decided, or -1. */
  decisionLevel(package_: PackageId): number {
    return this.byPackage[package_]?.find((assignment) => assignment.cause === null)?.level ?? -1;
  }

  /** The first assignment after which the term holds. What is known of a package only narrows, so a binary search finds it. */
  satisfier(package_: PackageId, set: CandidateSet): Assignment {
    const stack = this.byPackage[package_] ?? [];
    let low = 0;
    let high = stack.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const assignment = stack[middle];
      if (assignment !== undefined && isSubset(assignment.accumulated, set)) high = middle;
      else low = middle + 1;
    }
    const found = stack[low];
    if (found === undefined || !isSubset(found.accumulated, set)) throw new Error("the term is not satisfied");
    return found;
  }

  private push(package_: PackageId, set: CandidateSet, cause: IndexedIncompatibility | null): void {
    const stack = (this.byPackage[package_] ??= []);
    const before = stack.at(-1)?.accumulated ?? everyState(this.count(package_));
    const assignment: Assignment = {
      index: this.assignments.length,
      package: package_,
      level: this.level,
      set,
      accumulated: intersection(before, set),
      cause,
    };
    this.assignments.push(assignment);
    stack.push(assignment);
    if (!allowsAbsence(assignment.accumulated) && this.decided(package_) < 0) this.waiting.add(package_);
  }

  private count(package_: PackageId): number {
    const count = this.counts[package_];
    if (count === undefined) throw new Error("a package took part before its candidates were known");
    return count;
  }
}

/** The candidates of a domain, for a provider to choose from. */
export function selectable(domain: CandidateSet): CandidateSet {
  return allowsAbsence(domain) ? withoutAbsence(domain) : domain;
}
