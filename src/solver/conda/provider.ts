/** Conda's rules for the core: which packages there are, what they need, what to try first. */
import { allCandidates, firstCandidate, hasCandidate, setOf, type CandidateSet } from "../core/candidate-set.ts";
import {
  ROOT,
  type CoreProvider,
  type Dependencies,
  type Dependency,
  type Exclusion,
  type PackageId,
  type SolveView,
} from "../core/provider.ts";
import { DecisionOrder } from "./decision-order.ts";
import type { CondaKnowledge } from "./knowledge.ts";
import type { CondaCandidate } from "./listing.ts";
import { NameDistances } from "./name-distances.ts";
import { NameTable, type Favourites } from "./name-table.ts";
import { PackageTable } from "./packages.ts";
import type { CondaProblem } from "./problem.ts";
import type { CondaExclusionReason } from "./reasons.ts";

/** Knows everything from the start: it is asked when all names that can be reached are answered. */
export class CondaProvider implements CoreProvider {
  readonly packages = new PackageTable();
  readonly names: NameTable;
  readonly problem: CondaProblem;
  private readonly order: DecisionOrder;
  private readonly reasons: CondaExclusionReason[] = [];
  private rootDependencies: readonly Dependency[] | null = null;

  constructor(problem: CondaProblem, knowledge: CondaKnowledge) {
    this.problem = problem;
    this.names = new NameTable(problem, knowledge, this.packages);
    const distances = new NameDistances(knowledge, problem, (name) => this.names.wantedBy(name));
    this.order = new DecisionOrder((package_) => distances.of(this.packages.name(package_) ?? ""));
  }

  candidateOf(package_: PackageId, index: number): CondaCandidate {
    const candidate = this.candidatesOf(package_)[index];
    if (candidate === undefined) throw new Error(`package ${package_} has no candidate ${index}`);
    return candidate;
  }

  /** Best first; empty for the root. */
  candidatesOf(package_: PackageId): readonly CondaCandidate[] {
    const name = this.packages.name(package_);
    return name === null ? [] : this.names.candidates(name);
  }

  reason(number: number): CondaExclusionReason {
    const reason = this.reasons[number];
    if (reason === undefined) throw new Error(`no reason has the number ${number}`);
    return reason;
  }

  candidateCount(package_: PackageId): number {
    return package_ === ROOT ? 1 : this.candidatesOf(package_).length;
  }

  exclusions(package_: PackageId): readonly Exclusion[] {
    const name = this.packages.name(package_);
    if (name === null) return [];
    const { exclusions } = this.names.state(name);
    const byReason = new Map<CondaExclusionReason, number[]>();
    exclusions.forEach((reason, index) => {
      if (reason === null) return;
      const indexes = byReason.get(reason);
      if (indexes === undefined) byReason.set(reason, [index]);
      else indexes.push(index);
    });
    return [...byReason].map(([reason, indexes]) => ({
      reason: this.reasons.push(reason) - 1,
      candidates: setOf(exclusions.length, indexes),
    }));
  }

  base(): null {
    return null;
  }

  dependencies(package_: PackageId, candidate: number): Dependencies {
    const name = this.packages.name(package_);
    const found =
      name === null
        ? (this.rootDependencies ??= this.findRootDependencies())
        : this.names.state(name).dependenciesOf(candidate);
    this.order.note(package_, candidate, found);
    return found;
  }

  allowed(dependency: Dependency): CandidateSet {
    return this.names.allowed(this.names.entryOf(dependency));
  }

  sharing(package_: PackageId, dependency: Dependency): CandidateSet | null {
    const name = this.packages.name(package_);
    return name === null ? allCandidates(1) : this.names.state(name).sharing(dependency);
  }

  known(package_: PackageId): Iterable<Dependency> {
    const name = this.packages.name(package_);
    return name === null ? [] : this.names.known(name);
  }

  onDependency(): void {}

  /** The locked build; else another one of the locked version, so that what has to move moves no further than it must. */
  choose(package_: PackageId, domain: CandidateSet): number {
    return this.kept("builds", package_, domain) ?? this.kept("versions", package_, domain) ?? firstCandidate(domain);
  }

  /**
   * For the least change, what can stay as the lock has it is decided before all else, then what can keep its version: the rest
   * gives way to them. Where names are unlocked they come first, and the lock gives way.
   */
  next(waiting: Iterable<PackageId>, view: SolveView): PackageId | null {
    const { locked, mode } = this.problem.options;
    if (locked.size === 0 || mode.kind !== "least-change") return this.order.next(waiting, view);
    const all = [...waiting];
    for (const what of ["builds", "versions"] as const) {
      const keeping = all.filter((each) => {
        const domain = view.domain(each);
        return domain !== null && this.kept(what, each, domain) !== null;
      });
      const next = this.order.next(keeping, view);
      if (next !== null) return next;
    }
    return this.order.next(all, view);
  }

  private kept(what: keyof Favourites, package_: PackageId, domain: CandidateSet): number | null {
    const name = this.packages.name(package_);
    if (name === null || !this.problem.options.locked.has(name)) return null;
    return this.names.favourites(name)[what].find((place) => hasCandidate(domain, place)) ?? null;
  }

  priority(package_: PackageId, view: SolveView): number {
    return this.order.priority(package_, view);
  }

  reconsider(affected: PackageId, culprits: readonly PackageId[]): readonly PackageId[] {
    this.order.onConflict([affected, ...culprits]);
    return [];
  }

  /** Every virtual package of the target is there, so that what constrains it is heard; then what people ask for. */
  private findRootDependencies(): readonly Dependency[] {
    const { virtualPackages, offeredVirtualPackages, specs } = this.problem;
    const facts = virtualPackages.filter(({ name }) => offeredVirtualPackages?.has(name) !== true);
    const texts = [...new Set([...facts.map(({ name }) => name), ...specs.map(({ text }) => text)])];
    return texts.map((text) => this.names.dependency("requires", this.names.specs.entry(text)));
  }
}
