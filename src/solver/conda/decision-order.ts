/**
 * Order of decisions, after resolvo: what the problem itself asks for comes first, then packages that were in recent conflicts,
 * those with fewer candidates left first, then all others in the order in which they were met.
 */
import { withoutAbsence, type CandidateSet } from "../core/candidate-set.ts";
import type { PackageId } from "../core/provider.ts";

/** How much of a package's activity is left after another conflict. */
const DECAY = 0.95;
/** Activities are scaled down before they grow out of range. */
const LARGEST = 1e100;

/** Activity in steps of a thousandth of the largest, and the number of candidates below it. */
const STEPS = 1000;
const COUNT_WIDTH = 1e6;
const NOT_DIRECT = (STEPS + 1) * COUNT_WIDTH;

export class DecisionOrder {
  private readonly direct = new Set<PackageId>();
  private readonly activities = new Map<PackageId, number>();
  private increment = 1;

  /** The problem itself asks for the package. */
  addDirect(package_: PackageId): void {
    this.direct.add(package_);
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

  /** Lower is decided earlier. */
  priority(package_: PackageId, domain: CandidateSet | null): number {
    const place = this.direct.has(package_) ? 0 : NOT_DIRECT;
    const activity = this.activities.get(package_) ?? 0;
    const step = Math.min(STEPS, Math.ceil((STEPS * activity) / this.increment));
    if (step === 0) return place + STEPS * COUNT_WIDTH;
    const count = domain === null ? COUNT_WIDTH : countCandidates(domain);
    return place + (STEPS - step) * COUNT_WIDTH + Math.min(count, COUNT_WIDTH - 1);
  }
}

function countCandidates(domain: CandidateSet): number {
  let count = 0;
  for (let word of withoutAbsence(domain)) {
    for (; word !== 0; word &= word - 1) count += 1;
  }
  return count;
}
