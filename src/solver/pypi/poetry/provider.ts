/** Poetry's rules for the core: what a chosen release needs, what to try first, in which order to decide. */
import { ANY_CONSTRAINT, constraintAllows, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { rangesOf, maxOf } from "#packaging/poetry-constraint-range.ts";
import { baseVersion, parseVersion } from "#packaging/pep440-version.ts";
import { candidatesOf, hasCandidate, setOf, type CandidateSet } from "../../core/candidate-set.ts";
import {
  ROOT,
  type CoreProvider,
  type Dependencies,
  type Dependency,
  type PackageId,
  type SolveView,
} from "../../core/provider.ts";
import { areFacts, type PoetryCandidate, type PoetryCatalog, type PoetryProjectState } from "./catalog.ts";
import { completePackage, mergeAsked, type CompletedPackage, type Overrides, type Run } from "./completion.ts";
import { dependencyOnBase, type PoetryDependency } from "./dependency.ts";
import { PoetryPackages } from "./packages.ts";
import type { PoetryProblem } from "./problem.ts";
import type { PoetryProject } from "./project.ts";

/** Why a core solve was interrupted. */
export type Interruption =
  | { readonly kind: "split"; readonly overrides: readonly Overrides[] }
  | { readonly kind: "refused"; readonly reason: string }
  /** An index could not answer. */
  | { readonly kind: "failed"; readonly reason: string };

export interface RunInput {
  readonly problem: PoetryProblem;
  readonly project: PoetryProject;
  readonly catalog: PoetryCatalog;
  readonly run: Run;
}

/** What a package needs in the candidate for which it was last asked. */
interface Needs {
  readonly candidate: number;
  readonly dependencies: readonly PoetryDependency[];
  readonly byPackage: ReadonlyMap<PackageId, PoetryDependency>;
  /** Later questions have higher numbers. */
  readonly moment: number;
}

/** Order of decisions: what leaves no choice, then what is to be updated, then what is locked, then the rest. */
const RANKS = { noChoice: 1, latest: 2, locked: 3, open: 4 } as const;

export class PoetryProvider implements CoreProvider {
  readonly packages = new PoetryPackages();
  readonly input: RunInput;
  interruption: Interruption | null = null;
  readonly #view: () => SolveView;
  readonly #needs = new Map<PackageId, Needs>();
  readonly #requirers = new Map<PackageId, Set<PackageId>>();
  readonly #allowed = new Map<number, CandidateSet>();
  /** Candidates that a requirement names exactly: they may be yanked. */
  readonly #pinned = new Map<string, Set<number>>();
  readonly #namedPrereleases = new Map<string, Set<number>>();
  readonly #lockedOrder = new Map<string, readonly number[]>();
  readonly #sources = new Map<string, string>();
  readonly #reasons: string[] = [];
  /** A domain never changes: it is replaced. What is pinned only grows. */
  readonly #priorities = new WeakMap<CandidateSet, { readonly pinned: number; readonly priority: number }>();
  readonly #projects = new Map<string, PoetryProjectState>();
  readonly #prereleaseRules: ReadonlyMap<string, boolean>;
  #moment = 0;

  /** @param view of the solve that this serves, once there is one */
  constructor(input: RunInput, view: () => SolveView) {
    this.input = input;
    this.#view = view;
    const stated = input.problem.requirements.toReversed();
    this.#prereleaseRules = new Map(
      stated.flatMap(({ name, allowPrereleases }) => (allowPrereleases === null ? [] : [[name, allowPrereleases]])),
    );
  }

  /** What a chosen package needs. */
  needsOf(package_: PackageId): readonly PoetryDependency[] {
    return this.#needs.get(package_)?.dependencies ?? [];
  }

  /** Choices in the order in which they were made, without the project itself. */
  decidedInOrder(choices: ReadonlyMap<PackageId, number>): readonly (readonly [PackageId, number])[] {
    const moment = (package_: PackageId): number => this.#needs.get(package_)?.moment ?? 0;
    return [...choices]
      .filter(([package_]) => package_ !== ROOT)
      .toSorted(([left], [right]) => moment(left) - moment(right));
  }

  /** Name of the source that the project's requirements tie a name to in this run, or null. */
  sourceOf(name: string): string | null {
    return this.#sources.get(name) ?? null;
  }

  /** Null while the listing is not known. */
  project(name: string): PoetryProjectState | null {
    const known = this.#projects.get(name);
    if (known !== undefined) return known;
    const project = this.input.catalog.project(name, this.sourceOf(name));
    if (project !== null) this.#projects.set(name, project);
    return project;
  }

  candidate(package_: PackageId, index: number): PoetryCandidate {
    const { name } = this.packages.entry(package_);
    const candidate = this.project(name)?.candidates[index];
    if (candidate === undefined) throw new Error(`${name} has no candidate ${index}`);
    return candidate;
  }

  reason(number: number): string {
    return this.#reasons[number] ?? "";
  }

  candidateCount(package_: PackageId): number | null {
    if (package_ === ROOT) return 1;
    return this.project(this.packages.entry(package_).name)?.candidates.length ?? null;
  }

  exclusions(): readonly [] {
    return [];
  }

  /** Poetry decides `name[extra]` on its own and ties it to `name` by a requirement. */
  base(): null {
    return null;
  }

  sharing(): null {
    return null;
  }

  onDependency(dependency: Dependency): void {
    const { name } = this.packages.entry(dependency.package);
    const allowed = this.allowed(dependency);
    if (this.packages.dependency(dependency.key).constraint.kind === "version") {
      const pinned = this.#pinned.get(name) ?? new Set();
      for (const index of candidatesOf(allowed)) pinned.add(index);
      this.#pinned.set(name, pinned);
    }
    this.#notePrereleases(name, allowed);
  }

  /** Prereleases that a requirement lets in without their final release: `<=3.0rc1`. */
  #notePrereleases(name: string, allowed: CandidateSet): void {
    const named = this.#namedPrereleases.get(name) ?? new Set();
    for (const index of candidatesOf(allowed)) {
      const final = this.#finalOf(name, index);
      if (final !== null && !hasCandidate(allowed, final)) named.add(index);
    }
    this.#namedPrereleases.set(name, named);
  }

  /** The final release that a prerelease leads to, if the index lists it. */
  #finalOf(name: string, index: number): number | null {
    const candidates = this.project(name)?.candidates ?? [];
    const candidate = candidates[index];
    if (candidate?.prerelease !== true) return null;
    const { sortKey } = baseVersion(candidate.version);
    const final = candidates.findIndex(({ version }) => version.sortKey === sortKey);
    return final < 0 ? null : final;
  }

  reconsider(): readonly [] {
    return [];
  }

  dependencies(package_: PackageId, candidate: number): Dependencies {
    const chosen = package_ === ROOT ? this.#root() : this.#completed(package_, candidate);
    if (chosen === null) return null;
    if ("unusable" in chosen) return this.#unusable(chosen.unusable);
    if ("failed" in chosen) return this.#interrupt({ kind: "failed", reason: chosen.failed });
    const completion = completePackage(this.input.run, this.#asked(package_), chosen);
    switch (completion.kind) {
      case "python": {
        const versions = this.input.catalog.facts(chosen.name, this.candidate(package_, candidate));
        return this.#unusable(`it requires Python ${areFacts(versions) ? versions.pythonVersions : ""}`);
      }
      case "needs":
        return this.#note(package_, candidate, completion.dependencies);
      case "split":
      case "refused":
        return this.#interrupt(completion);
    }
  }

  allowed({ key, package: package_ }: Dependency): CandidateSet {
    const known = this.#allowed.get(key);
    if (known !== undefined) return known;
    const { constraint } = this.packages.dependency(key);
    const { name } = this.packages.entry(package_);
    const candidates = this.project(name)?.candidates ?? [];
    const indexes = candidates.flatMap((candidate, index) =>
      candidate.locked !== null || constraintAllows(constraint, candidate.version) ? [index] : [],
    );
    const set = setOf(candidates.length, indexes);
    this.#allowed.set(key, set);
    return set;
  }

  choose(package_: PackageId, domain: CandidateSet): number {
    const locked = this.#lockedIn(package_, domain);
    return locked >= 0 ? locked : (this.eligible(package_, domain)[0] ?? -1);
  }

  /** Poetry's order: many upper bounds first, then anything with requirements, then the one with more versions left. */
  priority(package_: PackageId, view: SolveView): number {
    const domain = view.domain(package_);
    if (domain === null) return 0;
    const { name } = this.packages.entry(package_);
    const pinned = (this.#pinned.get(name)?.size ?? 0) + (this.#namedPrereleases.get(name)?.size ?? 0);
    const known = this.#priorities.get(domain);
    if (known?.pinned === pinned) return known.priority;
    const priority = this.#rank(package_, domain);
    if (priority !== Number.NEGATIVE_INFINITY) this.#priorities.set(domain, { pinned, priority });
    return priority;
  }

  #rank(package_: PackageId, domain: CandidateSet): number {
    const { name, extras } = this.packages.entry(package_);
    const useLatest = this.#usesLatest(name);
    const locked = this.#lockedIn(package_, domain);
    const eligible = locked >= 0 ? [locked] : this.eligible(package_, domain);
    const [first] = eligible;
    const candidate = first === undefined ? null : this.candidate(package_, first);
    if (candidate?.locked != null) return -1;
    const facts = candidate === null ? null : this.input.catalog.facts(name, candidate);
    // Its metadata decides the order: it is asked for before anything is decided.
    if (candidate !== null && facts === null) return Number.NEGATIVE_INFINITY;
    const requires = areFacts(facts) ? facts.requires : [];
    const relevant = requires.filter(({ inExtras }) => {
      const [extra] = inExtras;
      return extra === undefined || extras.includes(extra);
    });
    const bounded = relevant.filter(({ constraint }) => hasUpperBound(constraint)).length;
    const rank =
      locked >= 0 ? RANKS.locked : eligible.length < 2 ? RANKS.noChoice : useLatest ? RANKS.latest : RANKS.open;
    return ((rank * 1e4 - bounded) * 2 + (relevant.length > 0 ? 0 : 1)) * 1e6 - eligible.length;
  }

  /** The candidates of `domain` that Poetry would try, best first. */
  eligible(package_: PackageId, domain: CandidateSet): readonly number[] {
    const { name } = this.packages.entry(package_);
    const candidates = this.project(name)?.candidates ?? [];
    const pinned = this.#pinned.get(name);
    const prereleases = this.#prereleaseRules.get(name);
    // Where 3.0 was ruled out, Poetry goes on with `<3.0 || >3.0`, and that leaves the prereleases of 3.0 out, too.
    const named = this.#namedPrereleases.get(name);
    const isCutOff = (index: number): boolean => {
      const final = this.#finalOf(name, index);
      return final !== null && !hasCandidate(domain, final) && named?.has(index) !== true;
    };
    const open = [...candidatesOf(domain)].filter(
      (index) => (candidates[index]?.yanked === false || pinned?.has(index) === true) && !isCutOff(index),
    );
    if (prereleases === true) return open;
    const stable = open.filter((index) => candidates[index]?.prerelease === false);
    return stable.length > 0 || prereleases === false ? stable : open;
  }

  #usesLatest(name: string): boolean {
    const { useLatest } = this.input.problem;
    return useLatest === "all" || (useLatest !== "none" && useLatest.has(name));
  }

  /** The locked version to keep, or -1. */
  #lockedIn(package_: PackageId, domain: CandidateSet): number {
    const { name } = this.packages.entry(package_);
    if (this.#usesLatest(name)) return -1;
    let order = this.#lockedOrder.get(name);
    if (order === undefined) {
      const keys = new Set(
        this.input.problem.locked.flatMap((entry) => {
          const version = entry.name === name ? parseVersion(entry.version) : null;
          return version === null ? [] : [version.sortKey];
        }),
      );
      const candidates = this.project(name)?.candidates ?? [];
      order = candidates.flatMap(({ version }, index) => (keys.has(version.sortKey) ? [index] : []));
      this.#lockedOrder.set(name, order);
    }
    return order.find((index) => hasCandidate(domain, index)) ?? -1;
  }

  #root(): CompletedPackage {
    return {
      key: "",
      name: "",
      isRoot: true,
      exactVersion: ANY_CONSTRAINT,
      pythonConstraint: ANY_CONSTRAINT,
      requires: this.input.project.dependencies,
      extras: new Map(),
    };
  }

  #interrupt(interruption: Interruption): { readonly interrupt: true } {
    this.interruption = interruption;
    return { interrupt: true };
  }

  #completed(
    package_: PackageId,
    index: number,
  ): CompletedPackage | { readonly unusable: string } | { readonly failed: string } | null {
    const { name, extras } = this.packages.entry(package_);
    const candidate = this.candidate(package_, index);
    const facts = this.input.catalog.facts(name, candidate);
    if (!areFacts(facts)) return facts;
    const { version } = candidate;
    const suffix = extras.length === 0 ? "" : `[${extras.join(",")}]`;
    return {
      key: `${name}${suffix} ${version.text}`,
      name,
      isRoot: false,
      exactVersion: { kind: "version", version },
      pythonConstraint: facts.pythonConstraint,
      requires: facts.requires,
      extras: facts.extras,
    };
  }

  /** Everything that chosen packages ask of this one, in the order in which they were chosen. */
  #asked(package_: PackageId): PoetryDependency {
    const { name, extras } = this.packages.entry(package_);
    const bare = { ...dependencyOnBase(name, ANY_CONSTRAINT), extras };
    if (package_ === ROOT) return bare;
    const view = this.#view();
    const active = [...(this.#requirers.get(package_) ?? [])]
      .map((requirer) => ({ requirer, needs: this.#needs.get(requirer) }))
      .filter(({ requirer, needs }) => needs !== undefined && view.decided(requirer) === needs.candidate)
      .toSorted((left, right) => (left.needs?.moment ?? 0) - (right.needs?.moment ?? 0));
    const asked = active.flatMap(({ needs }) => needs?.byPackage.get(package_) ?? []);
    return asked.length === 0 ? bare : { ...mergeAsked(this.input.run.markers, asked), extras };
  }

  #note(package_: PackageId, candidate: number, dependencies: readonly PoetryDependency[]): Dependencies {
    if (package_ === ROOT) {
      for (const { name, source } of dependencies) if (source !== null) this.#sources.set(name, source);
    }
    for (const { name } of dependencies) {
      const project = this.project(name);
      if (project?.failed === true) return this.#interrupt({ kind: "failed", reason: project.problem ?? "" });
    }
    const byPackage = new Map<PackageId, PoetryDependency>();
    const numbered = dependencies.map((dependency) => {
      const number = this.packages.number(dependency);
      byPackage.set(number.package, byPackage.get(number.package) ?? dependency);
      const requirers = this.#requirers.get(number.package) ?? new Set();
      this.#requirers.set(number.package, requirers.add(package_));
      return number;
    });
    this.#moment += 1;
    this.#needs.set(package_, { candidate, dependencies, byPackage, moment: this.#moment });
    return numbered;
  }

  #unusable(reason: string): { readonly unusable: number } {
    return { unusable: this.#reasons.push(reason) - 1 };
  }
}

function hasUpperBound(constraint: PoetryConstraint): boolean {
  return rangesOf(constraint).every((range) => maxOf(range) !== null);
}
