/** All incompatibilities, found by package, and their relation to the partial solution. */
import {
  addCandidate,
  complement,
  hasCandidate,
  hasEveryState,
  intersection,
  isDisjoint,
  isEmpty,
  isSubset,
  removeAbsence,
  setOf,
  union,
  type CandidateSet,
} from "./candidate-set.ts";
import type { Cause, IndexedIncompatibility, Incompatibility, Term } from "./incompatibility.ts";
import type { PartialSolution } from "./partial-solution.ts";
import type { CoreProvider, Dependency, PackageId } from "./provider.ts";

/** `satisfied`: a conflict. `almost`: all terms but one hold, so that one cannot. Else it has nothing to say yet. */
export type Relation =
  | { readonly kind: "satisfied" }
  | { readonly kind: "almost"; readonly open: Term }
  | { readonly kind: "contradicted" }
  | { readonly kind: "inconclusive" };

const SATISFIED: Relation = { kind: "satisfied" };
const CONTRADICTED: Relation = { kind: "contradicted" };
const INCONCLUSIVE: Relation = { kind: "inconclusive" };

export class IncompatibilityStore {
  private readonly byPackage: IndexedIncompatibility[][] = [];
  /** For each package, the incompatibility of each of its dependencies by key. */
  private readonly byDependency: Map<number, IndexedIncompatibility>[] = [];
  private readonly counts: readonly (number | undefined)[];
  private nextId = 0;

  constructor(counts: readonly (number | undefined)[]) {
    this.counts = counts;
  }

  /** Oldest first. */
  of(package_: PackageId): readonly IndexedIncompatibility[] {
    return this.byPackage[package_] ?? [];
  }

  /** Adds a fact that propagation has to look at. */
  add(terms: readonly Term[], cause: Cause): IndexedIncompatibility {
    const incompatibility = this.make(terms, cause);
    this.index(incompatibility);
    return incompatibility;
  }

  /** Makes propagation look at a fact from `make`. */
  index(incompatibility: IndexedIncompatibility): void {
    if (incompatibility.indexed) return;
    incompatibility.indexed = true;
    for (const term of incompatibility.terms) (this.byPackage[term.package] ??= []).push(incompatibility);
  }

  /** A fact that serves as a cause only, until it is indexed. */
  make(terms: readonly Term[], cause: Cause): IndexedIncompatibility {
    const id = this.nextId;
    this.nextId += 1;
    return { id, terms, cause, indexed: false, contradictedIn: -1, contradictedLevel: -1 };
  }

  /**
   * Records that a candidate has a dependency. Candidates with the same dependency share one incompatibility, which is widened:
   * what was derived from the narrower one still follows from the wider one.
   * Returns null where the candidate fulfils its own dependency.
   */
  addDependency(
    package_: PackageId,
    candidate: number,
    dependency: Dependency,
    provider: CoreProvider,
  ): IndexedIncompatibility | null {
    const { condition } = dependency;
    // Of its own package the candidate itself tells whether the condition holds.
    if (condition?.package === package_ && !hasCandidate(condition.set, candidate)) return null;
    const known = (this.byDependency[package_] ??= new Map()).get(dependency.key);
    const own = known?.terms[0]?.set;
    if (known !== undefined && own !== undefined) {
      if (dependency.package === package_ && hasCandidate(provider.allowed(dependency), candidate)) return null;
      if (!hasCandidate(own, candidate)) {
        const widened = own.slice();
        addCandidate(widened, candidate);
        known.terms = [{ package: package_, set: widened }, ...known.terms.slice(1)];
        known.contradictedIn = -1;
      }
      return known;
    }
    const terms = this.dependencyTerms(package_, candidate, dependency, provider);
    if (terms === null) return null;
    const made = this.add(terms, { kind: "dependency", dependency });
    this.byDependency[package_].set(dependency.key, made);
    return made;
  }

  relation(incompatibility: Incompatibility, solution: PartialSolution): Relation {
    let open: Term | null = null;
    let inconclusive = false;
    for (const term of incompatibility.terms) {
      const domain = solution.domain(term.package);
      if (domain !== null && isSubset(domain, term.set)) continue;
      if (domain !== null && isDisjoint(domain, term.set)) return CONTRADICTED;
      if (open !== null) inconclusive = true;
      open = term;
    }
    if (inconclusive) return INCONCLUSIVE;
    return open === null ? SATISFIED : { kind: "almost", open };
  }

  /** Conjunction of terms, one per package; terms that always hold are left out. */
  conjunction(terms: readonly Term[]): readonly Term[] {
    const [first, second] = terms;
    if (first !== undefined && second === undefined) return this.alwaysHolds(first) ? [] : terms;
    const sets = new Map<PackageId, CandidateSet>();
    for (const term of terms) {
      const before = sets.get(term.package);
      sets.set(term.package, before === undefined ? term.set : intersection(before, term.set));
    }
    const result: Term[] = [];
    for (const [package_, set] of sets) {
      const term = { package: package_, set };
      if (!this.alwaysHolds(term)) result.push(term);
    }
    return result;
  }

  private alwaysHolds(term: Term): boolean {
    return hasEveryState(term.set, this.count(term.package));
  }

  /** The rule of resolution on `package_`: what both facts together say about the other packages. */
  resolve(left: Incompatibility, right: Incompatibility, package_: PackageId): readonly Term[] {
    const others: Term[] = [];
    let both: CandidateSet | null = null;
    for (const term of [...left.terms, ...right.terms]) {
      if (term.package !== package_) others.push(term);
      else both = both === null ? term.set : union(both, term.set);
    }
    if (both !== null) others.push({ package: package_, set: both });
    return this.conjunction(others);
  }

  complementOf(term: Term): CandidateSet {
    return complement(term.set, this.count(term.package));
  }

  private dependencyTerms(
    package_: PackageId,
    candidate: number,
    dependency: Dependency,
    provider: CoreProvider,
  ): readonly Term[] | null {
    const { condition } = dependency;
    const conditions = condition === undefined || condition.package === package_ ? [] : [condition];
    const allowed = provider.allowed(dependency);
    if (dependency.package === package_) {
      const own = setOf(this.count(package_), [candidate]);
      return hasCandidate(allowed, candidate) ? null : [{ package: package_, set: own }, ...conditions];
    }
    const forbidden = complement(allowed, this.count(dependency.package));
    if (dependency.kind === "constrains") removeAbsence(forbidden);
    const terms = this.conjunction([...conditions, { package: dependency.package, set: forbidden }]);
    // A term that can never be true makes the whole fact say nothing.
    if (terms.some(({ set }) => isEmpty(set))) return null;
    return [{ package: package_, set: this.holders(package_, candidate, dependency, provider) }, ...terms];
  }

  private holders(
    package_: PackageId,
    candidate: number,
    dependency: Dependency,
    provider: CoreProvider,
  ): CandidateSet {
    const sharing = provider.sharing(package_, dependency);
    const own = (): CandidateSet => setOf(this.count(package_), [candidate]);
    if (sharing === null) return own();
    const { condition } = dependency;
    const holding = condition?.package === package_ ? intersection(sharing, condition.set) : sharing;
    return hasCandidate(holding, candidate) ? holding : union(own(), holding);
  }

  private count(package_: PackageId): number {
    const count = this.counts[package_];
    if (count === undefined) throw new Error("a package took part before its candidates were known");
    return count;
  }
}
