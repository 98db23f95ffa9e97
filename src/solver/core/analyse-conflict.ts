/** Conflict analysis: from a violated fact to one that says what to do differently, and where. */
import { intersection, isSubset } from "./candidate-set.ts";
import type { IndexedIncompatibility, Term } from "./incompatibility.ts";
import type { IncompatibilityStore } from "./incompatibility-store.ts";
import type { Assignment, PartialSolution } from "./partial-solution.ts";
import { ROOT, type PackageId } from "./provider.ts";

export type Lesson =
  /** Nothing is left to take back. */
  | { readonly kind: "failure"; readonly incompatibility: IndexedIncompatibility }
  /** At `level` the incompatibility says something new about `package`. */
  | {
      readonly kind: "learned";
      readonly incompatibility: IndexedIncompatibility;
      readonly package: PackageId;
      readonly level: number;
    };

interface LatestSatisfier {
  readonly satisfier: Assignment;
  readonly term: Term;
  /** The level at which everything else of the incompatibility already held. */
  readonly previousLevel: number;
}

/**
 * Replaces the latest derived reason by what it was derived from, until a decision is reached or the rest held at an earlier
 * level. Every incompatibility on the way keeps its two parents: together they are the proof that is explained to people.
 */
export function analyseConflict(
  conflict: IndexedIncompatibility,
  solution: PartialSolution,
  store: IncompatibilityStore,
): Lesson {
  let current = conflict;
  while (!isFailure(current)) {
    const { satisfier, term, previousLevel } = latestSatisfier(current, solution, store);
    if (previousLevel < satisfier.level || satisfier.cause === null) {
      return { kind: "learned", incompatibility: current, package: term.package, level: previousLevel };
    }
    const terms = store.resolve(current, satisfier.cause, term.package);
    current = store.make(terms, { kind: "learned", left: current, right: satisfier.cause });
  }
  return { kind: "failure", incompatibility: current };
}

function isFailure(incompatibility: IndexedIncompatibility): boolean {
  return incompatibility.terms.every((term) => term.package === ROOT);
}

function latestSatisfier(
  incompatibility: IndexedIncompatibility,
  solution: PartialSolution,
  store: IncompatibilityStore,
): LatestSatisfier {
  let latest: { satisfier: Assignment; term: Term } | null = null;
  let previousLevel = 0;
  for (const term of incompatibility.terms) {
    const satisfier = solution.satisfier(term.package, term.set);
    if (latest === null || satisfier.index > latest.satisfier.index) {
      if (latest !== null) previousLevel = Math.max(previousLevel, latest.satisfier.level);
      latest = { satisfier, term };
    } else {
      previousLevel = Math.max(previousLevel, satisfier.level);
    }
  }
  if (latest === null) throw new Error("an incompatibility without terms is the end of the solve");
  const { satisfier, term } = latest;
  if (!isSubset(satisfier.set, term.set)) {
    // The assignment completes the term only together with earlier ones about the same package.
    const missed = intersection(satisfier.set, store.complementOf(term));
    const rest = store.complementOf({ package: term.package, set: missed });
    previousLevel = Math.max(previousLevel, solution.satisfier(term.package, rest).level);
  }
  return { satisfier, term, previousLevel };
}
