/**
 * Order of decisions, after resolvo: what the problem itself asks for comes first; then what is asked for by the packages that are
 * near the problem, in the order of their dependencies. A package that was in conflicts more often comes before that if
 * it has fewer candidates left, too.
 */
import { withoutAbsence, type CandidateSet } from "../core/candidate-set.ts";
import { ROOT, type Dependency, type PackageId, type SolveView } from "../core/provider.ts";

/** How much of a package's activity is left after another conflict. */
const DECAY = 0.95;
/** Activities are scaled down before they grow out of range. */
const LARGEST = 1e100;

/** Places of one package's dependencies; real ones have some hundred at most. */
const WIDTH = 1e6;
const NOWHERE = 1e14;

/** A candidate that asks for a package. */
interface Asker {
  readonly package: PackageId;
  readonly candidate: number;
  /** Where it asks: lower is looked at earlier. */
  readonly place: number;
}

export class DecisionOrder {
  private readonly distance: (package_: PackageId) => number;
  private readonly askers: Asker[][] = [];
  private readonly noted: Set<number>[] = [];
  private readonly activities = new Map<PackageId, number>();
  private increment = 1;

  /** @param distance lower for packages that are nearer to the problem; the same for all solves of a problem */
  constructor(distance: (package_: PackageId) => number) {
    this.distance = distance;
  }

  /** A candidate may be chosen that has these dependencies. */
  note(package_: PackageId, candidate: number, dependencies: readonly Dependency[]): void {
    const noted = (this.noted[package_] ??= new Set());
    if (noted.has(candidate)) return;
    noted.add(candidate);
    const start = package_ === ROOT ? 0 : (this.distance(package_) + 1) * WIDTH;
    dependencies.forEach((dependency, index) => {
      if (dependency.kind !== "requires") return;
      (this.askers[dependency.package] ??= []).push({ package: package_, candidate, place: start + index });
    });
  }

  onConflict(packages: readonly PackageId[]): void {
    for (const package_ of packages) {
      this.activities.set(package_, (this.activities.get(package_) ?? 0) + this.increment);
    }
    this.increment /= DECAY;
    if (this.increment < LARGEST) return;
    for (const [package_, activity] of this.activities) this.activities.set(package_, activity / LARGEST);
    this.increment /= LARGEST;
  }

  /** The package to decide now: one of those that somebody who is chosen asks for, or null where there is none. */
  next(waiting: Iterable<PackageId>, view: SolveView): PackageId | null {
    let first: PackageId | null = null;
    let firstPlace = NOWHERE;
    const active: { readonly package: PackageId; readonly place: number }[] = [];
    for (const package_ of waiting) {
      const place = this.priority(package_, view);
      if (place < firstPlace) [first, firstPlace] = [package_, place];
      if (this.activities.has(package_) && place < NOWHERE) active.push({ package: package_, place });
    }
    if (first === null) return null;
    active.sort((left, right) => left.place - right.place);
    let best = { package: first, activity: this.activities.get(first) ?? 0, count: countOf(first, view) };
    for (const each of active) {
      if (firstPlace < WIDTH && each.place >= WIDTH) break;
      const activity = this.activities.get(each.package) ?? 0;
      if (activity <= best.activity) continue;
      const count = countOf(each.package, view);
      if (count < best.count) best = { package: each.package, activity, count };
    }
    return best.package;
  }

  /** Where somebody who is chosen asks for the package first: lower is decided earlier. */
  priority(package_: PackageId, view: SolveView): number {
    let lowest = NOWHERE;
    for (const asker of this.askers[package_] ?? []) {
      if (asker.place < lowest && view.decided(asker.package) === asker.candidate) lowest = asker.place;
    }
    return lowest;
  }
}

function countOf(package_: PackageId, view: SolveView): number {
  const domain: CandidateSet | null = view.domain(package_);
  let count = 0;
  for (let word of domain === null ? [] : withoutAbsence(domain)) {
    for (; word !== 0; word &= word - 1) count += 1;
  }
  return count;
}
