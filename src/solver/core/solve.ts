/**
 * PubGrub over finite domains (the words are those of dart-lang/pub `doc/solver.md`): unit propagation, decisions, and
 * learning from conflicts. What is missing suspends the solve, and `step` goes on where it stopped.
 */
import { analyseConflict } from "./analyse-conflict.ts";
import { allowsAbsence, firstCandidate, isDisjoint, isSubset, setOf, withAbsence } from "./candidate-set.ts";
import type { IndexedIncompatibility, Incompatibility, Term } from "./incompatibility.ts";
import { IncompatibilityStore } from "./incompatibility-store.ts";
import type { Budget, CoreOutcome, Effort } from "./outcome.ts";
import { PartialSolution, selectable } from "./partial-solution.ts";
import { WaitingFacts } from "./waiting-facts.ts";
import { ROOT, type CoreProvider, type Dependency, type PackageId, type SolveView } from "./provider.ts";

export type { Budget, CoreOutcome, Effort } from "./outcome.ts";

type Missing = Extract<CoreOutcome, { kind: "needs" }>;

/** Added to the priority of packages that wait for a parent: larger than any priority of a provider. */
const LATER = 1e15;

/** One solve. Call `step` until it does not answer `needs`; the answer then stays the same. */
export class CoreSolve implements SolveView {
  private readonly provider: CoreProvider;
  private readonly budget: Budget;
  private readonly counts: (number | undefined)[] = [];
  private readonly solution: PartialSolution;
  private readonly store: IncompatibilityStore;
  private readonly order: number[] = [];
  private introduced = 0;
  /** Packages that share this one's candidate. */
  private readonly aliases: PackageId[][] = [];
  private readonly waiting = new WaitingFacts();
  private readonly rejectionCounts: number[] = [];
  private readonly blameCounts: number[] = [];
  private readonly changed = new Set<PackageId>();
  /** A package that came in is limited by what others were decided to be, which was not propagated yet. */
  private hasNewLimits = false;
  private decisions = 0;
  private conflicts = 0;
  private final: CoreOutcome | null = null;

  constructor(provider: CoreProvider, budget: Budget) {
    this.provider = provider;
    this.budget = budget;
    this.solution = new PartialSolution(this.counts);
    this.store = new IncompatibilityStore(this.counts);
    this.counts[ROOT] = 1;
    this.order[ROOT] = 0;
    this.introduced = 1;
  }

  get effort(): Effort {
    return { decisions: this.decisions, conflicts: this.conflicts };
  }

  decided(package_: PackageId): number {
    return this.solution.decided(package_);
  }

  domain(package_: PackageId): ReturnType<PartialSolution["domain"]> {
    return this.solution.domain(package_);
  }

  rejections(package_: PackageId): number {
    return this.rejectionCounts[package_] ?? 0;
  }

  blames(package_: PackageId): number {
    return this.blameCounts[package_] ?? 0;
  }

  /** Packages that must be selected and are not decided, in the order in which they took part. */
  undecided(): readonly PackageId[] {
    return [...this.solution.undecided].sort((left, right) => this.orderOf(left) - this.orderOf(right));
  }

  /** Goes on until something is missing or there is an answer. */
  step(): CoreOutcome {
    while (this.final === null) {
      const conflict = this.propagate();
      if (conflict !== null) {
        this.handleConflict(conflict);
        continue;
      }
      if (this.decisions > this.budget.decisions || this.conflicts > this.budget.conflicts) {
        this.final = { kind: "undecided", effort: this.effort };
        break;
      }
      const missing = this.decideNext();
      if (missing !== null) return missing;
    }
    return this.final;
  }

  /** Derives all that follows; returns an incompatibility that is fully satisfied, if one is. */
  private propagate(): IndexedIncompatibility | null {
    for (const package_ of this.changed) {
      this.changed.delete(package_);
      const facts = this.store.of(package_);
      for (let index = facts.length - 1; index >= 0; index -= 1) {
        const fact = facts[index];
        if (fact !== undefined && this.propagateFact(fact)) return fact;
      }
      const conflict = this.propagateAliases(package_);
      if (conflict !== null) return conflict;
    }
    return null;
  }

  /** Returns whether the fact is violated. */
  private propagateFact(fact: IndexedIncompatibility): boolean {
    if (fact.contradictedIn >= 0 && this.solution.serialOf(fact.contradictedLevel) === fact.contradictedIn)
      return false;
    const relation = this.store.relation(fact, this.solution);
    if (relation.kind === "satisfied") return true;
    if (relation.kind === "contradicted") {
      fact.contradictedLevel = this.solution.level;
      fact.contradictedIn = this.solution.serialOf(this.solution.level);
    } else if (relation.kind === "almost") {
      this.solution.derive(relation.open.package, this.store.complementOf(relation.open), fact);
      this.changed.add(relation.open.package);
    }
    return false;
  }

  /** Keeps `name` and `name[extra]` on one candidate. The facts are made as they are needed: each is true at any time. */
  private propagateAliases(package_: PackageId): IndexedIncompatibility | null {
    const base = this.provider.base(package_);
    if (base !== null) return this.unify(package_, base);
    for (const alias of this.aliases[package_] ?? []) {
      const conflict = this.unify(alias, package_);
      if (conflict !== null) return conflict;
    }
    return null;
  }

  private unify(alias: PackageId, base: PackageId): IndexedIncompatibility | null {
    const aliasDomain = this.solution.domain(alias);
    if (aliasDomain === null || allowsAbsence(aliasDomain)) return null;
    const baseDomain = this.solution.domain(base);
    if (baseDomain === null || !isSubset(baseDomain, aliasDomain)) {
      const outside: Term = { package: base, set: this.store.complementOf({ package: base, set: aliasDomain }) };
      const fact = this.store.make([{ package: alias, set: aliasDomain }, outside], { kind: "same" });
      if (baseDomain !== null && isDisjoint(baseDomain, aliasDomain)) return fact;
      this.solution.derive(base, aliasDomain, fact);
      this.changed.add(base);
    }
    const narrowed = this.solution.domain(base);
    if (narrowed !== null && !isSubset(aliasDomain, narrowed)) {
      const elsewhere = this.store.complementOf({ package: alias, set: withAbsence(narrowed) });
      const terms: Term[] = [
        { package: base, set: narrowed },
        { package: alias, set: elsewhere },
      ];
      this.solution.derive(alias, withAbsence(narrowed), this.store.make(terms, { kind: "same" }));
      this.changed.add(alias);
    }
    return null;
  }

  /** Learns from the conflict and goes back to where the learned fact says something new, or ends the solve. */
  private handleConflict(conflict: IndexedIncompatibility): void {
    this.conflicts += 1;
    this.changed.clear();
    const lesson = analyseConflict(conflict, this.solution, this.store);
    if (lesson.kind === "failure") {
      this.final = { kind: "conflict", incompatibility: lesson.incompatibility };
      return;
    }
    this.solution.backtrack(lesson.level);
    const { incompatibility, package: affected } = lesson;
    this.store.index(incompatibility);
    this.noteConflict(affected, incompatibility);
    this.changed.add(affected);
  }

  private noteConflict(affected: PackageId, incompatibility: Incompatibility): void {
    const culprits = incompatibility.terms.map((term) => term.package).filter((package_) => package_ !== affected);
    this.rejectionCounts[affected] = this.rejections(affected) + 1;
    for (const culprit of culprits) this.blameCounts[culprit] = this.blames(culprit) + 1;
    let level = this.solution.level;
    for (const package_ of this.provider.reconsider(affected, culprits, this)) {
      const decidedAt = this.solution.decisionLevel(package_);
      if (decidedAt > 0) level = Math.min(level, decidedAt - 1);
    }
    if (level < this.solution.level) this.solution.backtrack(level);
  }

  private chooseRoot(): Missing | null {
    const dependencies = this.provider.dependencies(ROOT, 0);
    if (dependencies === null) return { kind: "needs", listings: [], dependencies: [[ROOT, 0]] };
    if ("interrupt" in dependencies) {
      this.final = { kind: "interrupted", package: ROOT, candidate: 0 };
      return null;
    }
    if ("unusable" in dependencies) throw new Error("the root states the problem and cannot be unusable");
    const listings = this.missingListings(dependencies);
    if (listings.length > 0) return { kind: "needs", listings, dependencies: [] };
    for (const dependency of dependencies) this.addDependency(ROOT, 0, dependency);
    this.solution.decideRoot(ROOT);
    this.changed.add(ROOT);
    return null;
  }

  /** Makes one decision, or learns that a candidate cannot be chosen; returns what is missing for that. */
  private decideNext(): Missing | null {
    if (this.solution.decided(ROOT) < 0) return this.chooseRoot();
    const package_ = this.nextPackage();
    if (package_ === null) {
      this.final = { kind: "solved", choices: this.choices() };
      return null;
    }
    const domain = selectable(this.solution.domain(package_) ?? setOf(1, []));
    const candidate = this.provider.choose(package_, domain, this);
    if (typeof candidate !== "number") {
      for (const term of candidate.terms) this.introduce(term.package);
      this.store.add(candidate.terms, { kind: "excluded", reason: candidate.reason });
      this.changed.add(package_);
      return null;
    }
    if (candidate < 0) {
      this.store.add([{ package: package_, set: domain }], { kind: "no-candidate" });
      this.changed.add(package_);
      return null;
    }
    const dependencies = this.provider.dependencies(package_, candidate);
    if (dependencies === null) return { kind: "needs", listings: [], dependencies: [[package_, candidate]] };
    if ("interrupt" in dependencies) {
      this.final = { kind: "interrupted", package: package_, candidate };
      return null;
    }
    if ("unusable" in dependencies) {
      const terms = [{ package: package_, set: setOf(this.count(package_), [candidate]) }];
      this.store.add(terms, { kind: "excluded", reason: dependencies.unusable });
      this.changed.add(package_);
      return null;
    }
    // What does not count here is looked at again if the decision behind it is taken back: this one goes with it.
    const counting = dependencies.filter((dependency) => !this.isIdle(dependency));
    const listings = this.missingListings(counting);
    if (listings.length > 0) return { kind: "needs", listings, dependencies: [] };
    this.decide(package_, candidate, counting);
    return null;
  }

  private nextPackage(): PackageId | null {
    const chosen = this.provider.next?.(this.solution.undecided, this) ?? null;
    if (chosen !== null) return chosen;
    let best: PackageId | null = null;
    let bestPriority = 0;
    for (const package_ of this.solution.undecided) {
      const base = this.provider.base(package_);
      if (base !== null && this.solution.decided(base) < 0) continue;
      const priority = this.provider.priority(package_, this) + (this.isAskedFor(package_) ? 0 : LATER);
      const earlier = best !== null && priority === bestPriority && this.orderOf(package_) < this.orderOf(best);
      if (best === null || priority < bestPriority || earlier) {
        best = package_;
        bestPriority = priority;
      }
    }
    return best;
  }

  /**
   * Whether somebody who is decided asks for the package. A finite domain lets a package be needed before its parent is
   * chosen (the parent has one candidate left); it waits, so that the order of decisions follows the graph.
   */
  private isAskedFor(package_: PackageId): boolean {
    const cause = this.solution.selectedBy(package_)?.cause;
    const [holder] = cause?.terms ?? [];
    return cause?.cause.kind !== "dependency" || holder === undefined || this.solution.decided(holder.package) >= 0;
  }

  /** Whether the condition is known not to hold. */
  private isIdle({ condition }: Dependency): boolean {
    if (condition === undefined) return false;
    const domain = this.solution.domain(condition.package);
    return domain !== null && isDisjoint(domain, condition.set);
  }

  private missingListings(dependencies: readonly Dependency[]): readonly PackageId[] {
    const missing = new Set<PackageId>();
    for (const { kind, package: package_, condition } of dependencies) {
      if (kind === "requires" && !this.isKnown(package_)) missing.add(package_);
      if (condition !== undefined && !this.isKnown(condition.package)) missing.add(condition.package);
    }
    return [...missing];
  }

  /** Adds what the candidate needs, and chooses it unless that would be a conflict at once. */
  private decide(package_: PackageId, candidate: number, dependencies: readonly Dependency[]): void {
    const facts = dependencies.map((dependency) => this.addDependency(package_, candidate, dependency));
    if (this.hasNewLimits) {
      // What they leave of the packages that are new may rule the candidate out without going back.
      this.hasNewLimits = false;
      return;
    }
    const violated = facts.find((fact) => fact !== null && this.wouldConflict(fact, package_)) ?? null;
    if (violated === null) {
      this.decisions += 1;
      this.solution.decide(package_, candidate);
    } else {
      this.conflicts += 1;
      this.noteConflict(package_, violated);
    }
    this.changed.add(package_);
  }

  private addDependency(package_: PackageId, candidate: number, dependency: Dependency): Incompatibility | null {
    if (dependency.condition !== undefined) this.introduce(dependency.condition.package);
    if (dependency.kind === "constrains" && this.counts[dependency.package] === undefined) {
      this.waiting.wait(package_, dependency, candidate);
      return null;
    }
    this.introduce(dependency.package);
    this.provider.onDependency(dependency);
    return this.store.addDependency(package_, candidate, dependency, this.provider);
  }

  private wouldConflict(fact: Incompatibility, package_: PackageId): boolean {
    return fact.terms.every((term) => {
      const domain = this.solution.domain(term.package);
      return term.package === package_ || (domain !== null && isSubset(domain, term.set));
    });
  }

  private isKnown(package_: PackageId): boolean {
    if (this.counts[package_] !== undefined) return true;
    return this.provider.candidateCount(this.provider.base(package_) ?? package_) !== null;
  }

  /** Freezes the candidates of a package that takes part for the first time. */
  private introduce(package_: PackageId): void {
    if (this.counts[package_] !== undefined) return;
    const base = this.provider.base(package_);
    if (base !== null) this.introduce(base);
    const count = this.provider.candidateCount(base ?? package_);
    if (count === null) throw new Error("a package took part before its candidates were known");
    this.counts[package_] = count;
    this.order[package_] = this.introduced;
    this.introduced += 1;
    if (base !== null) (this.aliases[base] ??= []).push(package_);
    for (const { candidates, reason, where } of base === null ? this.provider.exclusions(package_) : []) {
      if (where !== undefined) this.introduceLimit(package_, where.package);
      const terms = [{ package: package_, set: candidates }, ...(where === undefined ? [] : [where])];
      this.store.add(terms, { kind: "excluded", reason });
    }
    for (const [holder, dependency, candidate] of this.waiting.take(package_)) {
      if (candidate === null) this.addKnownFact(holder, dependency);
      else this.store.addDependency(holder, candidate, dependency, this.provider);
      // The holder may be chosen already: look at it again.
      this.changed.add(holder);
    }
    this.addKnown(package_);
  }

  private introduceLimit(package_: PackageId, by: PackageId): void {
    this.introduce(by);
    if (this.solution.domain(by) === null) return;
    this.changed.add(package_);
    this.hasNewLimits = true;
  }

  /** Adds what is known of all candidates about packages that take part: it narrows them before any is tried. */
  private addKnown(package_: PackageId): void {
    for (const dependency of this.provider.known?.(package_) ?? []) {
      if (this.counts[dependency.package] === undefined) this.waiting.wait(package_, dependency);
      else this.addKnownFact(package_, dependency);
    }
  }

  private addKnownFact(package_: PackageId, dependency: Dependency): void {
    const candidate = firstCandidate(this.provider.sharing(package_, dependency) ?? setOf(0, []));
    if (candidate < 0) return;
    this.store.addDependency(package_, candidate, dependency, this.provider);
    this.changed.add(package_);
  }

  private choices(): ReadonlyMap<PackageId, number> {
    const choices = new Map<PackageId, number>();
    this.counts.forEach((_, package_) => {
      const candidate = this.solution.decided(package_);
      if (candidate >= 0) choices.set(package_, candidate);
    });
    return choices;
  }

  private count(package_: PackageId): number {
    const count = this.counts[package_];
    if (count === undefined) throw new Error("a package took part before its candidates were known");
    return count;
  }

  private orderOf(package_: PackageId): number {
    return this.order[package_] ?? 0;
  }
}
