/** PyPI's rules for the core: which packages there are, what they need, what to try first. uv's order of decisions. */
import { setContains } from "#packaging/specifier.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { allCandidates, firstCandidate, hasCandidate, setOf, type CandidateSet } from "../core/candidate-set.ts";
import {
  ROOT,
  type CoreProvider,
  type Dependencies,
  type Dependency,
  type Exclusion,
  type PackageId,
} from "../core/provider.ts";
import type { Candidate } from "./candidates.ts";
import { ConflictOrder } from "./conflict-order.ts";
import type { SolveEnvironment } from "./environment.ts";
import type { KnownMetadata, PypiKnowledge } from "./knowledge.ts";
import { PackageTable } from "./packages.ts";
import type { PypiProblem, RootRequirement } from "./problem.ts";
import type { ExclusionReason } from "./reasons.ts";
import { ProjectTable, type Preferences, type ProjectState } from "./project-table.ts";
import { RequirementTable, type TakenRequirement } from "./requirement-table.ts";
import { overriddenBy, takingPart, type Selected } from "./selected-requirements.ts";

/** The part of a problem that a provider needs, for one target or one fork. */
export type ProviderProblem = Omit<PypiProblem, "target">;

/** What a fork of a universal solve starts with, besides the problem. A solve for one target starts with nothing. */
export interface Inheritance extends Preferences {
  /** By `ownerKey`: choices made before the split keep the requirements that they had in that environment. */
  readonly decidedIn: ReadonlyMap<string, SolveEnvironment>;
  /** Decides whether a choice splits the fork; null where nothing does. */
  readonly splitter: Splitter | null;
}

export interface Splitter {
  /** The candidate to take instead, after looking at which platforms it covers. */
  choose(provider: PypiProvider, name: string, candidate: number, domain: CandidateSet): number;
  /** Whether choosing the candidate, with these requirements, splits the fork. */
  splits(provider: PypiProvider, owner: Owner, requirements: readonly Requirement[]): boolean;
}

/** Whose requirements are looked at: a release, one of its extras, or (null) the problem itself. */
export type Owner = { readonly name: string; readonly extra: string | null; readonly candidate: Candidate } | null;

const NOTHING: Inheritance = { preferences: new Map(), fallbacks: new Map(), decidedIn: new Map(), splitter: null };
type WrittenRequirement = Selected & Pick<RootRequirement, "origin">;
type Found =
  { readonly taken: readonly TakenRequirement[] } | { readonly unusable: number } | { readonly interrupt: true } | null;

const NO_EXTRAS: ReadonlySet<string> = new Set();

export class PypiProvider implements CoreProvider {
  readonly packages = new PackageTable();
  readonly requirements = new RequirementTable(this.packages);
  readonly environment: SolveEnvironment;
  readonly problem: ProviderProblem;
  private readonly inheritance: Inheritance;
  private readonly projects: ProjectTable;
  private readonly reasons: ExclusionReason[] = [];
  private readonly reasonNumbers = new Map<string, number>();
  private readonly allowedSets = new Map<number, CandidateSet>();
  private readonly dependencyLists = new Map<PackageId, (Dependencies | undefined)[]>();
  private readonly order: ConflictOrder;

  constructor(
    problem: ProviderProblem,
    environment: SolveEnvironment,
    knowledge: PypiKnowledge,
    inheritance: Inheritance = NOTHING,
  ) {
    this.problem = problem;
    this.environment = environment;
    this.inheritance = inheritance;
    this.order = new ConflictOrder(this.packages);
    this.projects = new ProjectTable(problem, environment, knowledge, inheritance);
  }

  /** Name of the source that a project is tied to, or null. */
  sourceOf(name: string): string | null {
    return this.projects.sourceOf(name);
  }

  /** Whether the listing was asked for, whatever came of it. */
  isAnswered(name: string): boolean {
    return this.projects.known(name) !== null;
  }

  /** Null while the listing is not known. */
  project(name: string): ProjectState | null {
    return this.projects.project(name);
  }

  /** The index problem that keeps a needed answer away, if that is why it is missing. */
  failure(needs: {
    readonly listings: readonly PackageId[];
    readonly dependencies: readonly (readonly [PackageId, number])[];
  }): { readonly name: string; readonly problem: IndexProblem } | null {
    for (const package_ of [...needs.listings, ...needs.dependencies.map(([id]) => id)]) {
      const entry = this.packages.entry(package_);
      if (entry.kind !== "project" && entry.kind !== "extra") continue;
      const listing = this.projects.known(entry.name);
      if (listing !== null && "failed" in listing) return { name: entry.name, problem: listing.failed };
    }
    for (const [package_, index] of needs.dependencies) {
      const entry = this.packages.entry(package_);
      if (entry.kind !== "project" && entry.kind !== "extra") continue;
      const candidate = this.project(entry.name)?.candidates[index];
      const known = candidate === undefined ? null : this.metadata(entry.name, candidate);
      if (known !== null && "failed" in known) return { name: entry.name, problem: known.failed };
    }
    return null;
  }

  /** What is known of a candidate's metadata; null while nothing is. */
  metadata(name: string, candidate: Candidate): KnownMetadata | null {
    return this.projects.metadata(name, candidate);
  }

  reason(number: number): ExclusionReason {
    const reason = this.reasons[number];
    if (reason === undefined) throw new Error(`no reason has the number ${number}`);
    return reason;
  }

  candidateCount(package_: PackageId): number | null {
    const entry = this.packages.entry(package_);
    switch (entry.kind) {
      case "root":
        return 1;
      case "soft":
        return 2;
      case "address":
        return 0;
      case "project":
      case "extra":
        return this.project(entry.name)?.candidates.length ?? null;
    }
  }

  exclusions(package_: PackageId): readonly Exclusion[] {
    const entry = this.packages.entry(package_);
    if (entry.kind !== "project") return [];
    const candidates = this.project(entry.name)?.candidates ?? [];
    const byReason = new Map<number, number[]>();
    candidates.forEach(({ exclusion }, index) => {
      if (exclusion === null) return;
      const reason = this.numberOf(exclusion);
      const indexes = byReason.get(reason) ?? [];
      indexes.push(index);
      byReason.set(reason, indexes);
    });
    return [...byReason].map(([reason, indexes]) => ({ reason, candidates: setOf(candidates.length, indexes) }));
  }

  base(package_: PackageId): PackageId | null {
    const entry = this.packages.entry(package_);
    return entry.kind === "extra" ? entry.base : null;
  }

  dependencies(package_: PackageId, candidate: number): Dependencies {
    const list = this.dependencyLists.get(package_) ?? [];
    this.dependencyLists.set(package_, list);
    const known = list[candidate];
    if (known !== undefined && known !== null) return known;
    const found = this.findDependencies(package_, candidate);
    list[candidate] = found;
    return found;
  }

  /** For how many candidates the dependencies were looked at. */
  tried(package_: PackageId): number {
    return (this.dependencyLists.get(package_) ?? []).filter((found) => found !== null && found !== undefined).length;
  }

  allowed(dependency: Dependency): CandidateSet {
    const known = this.allowedSets.get(dependency.key);
    if (known !== undefined) return known;
    const set = this.findAllowed(dependency);
    this.allowedSets.set(dependency.key, set);
    return set;
  }

  sharing(): null {
    return null;
  }

  onDependency(dependency: Dependency): void {
    this.order.onRequirement(dependency.package, this.requirements.record(dependency.key).requirement.specifiers);
  }

  choose(package_: PackageId, domain: CandidateSet): number {
    const entry = this.packages.entry(package_);
    if (entry.kind !== "project") return firstCandidate(domain);
    const preferred = this.project(entry.name)?.preferred.find((candidate) => hasCandidate(domain, candidate));
    const first = preferred ?? firstCandidate(domain);
    return this.inheritance.splitter?.choose(this, entry.name, first, domain) ?? first;
  }

  priority(package_: PackageId): number {
    return this.order.priority(package_);
  }

  reconsider(affected: PackageId, culprits: readonly PackageId[]): readonly PackageId[] {
    return this.order.onConflict(affected, culprits);
  }

  /**
   * The requirements that a chosen candidate brings in, whether it is this release or the same version from elsewhere; empty
   * where its metadata is not known.
   */
  requirementsOf(package_: PackageId, candidate: number): readonly TakenRequirement[] {
    const entry = this.packages.entry(package_);
    const found =
      entry.kind === "project" || entry.kind === "extra"
        ? this.metadataRequirements(entry.name, entry.kind === "extra" ? entry.extra : null, candidate)
        : this.findRequirements(package_, candidate);
    return found !== null && "taken" in found ? found.taken : [];
  }

  /** What an extra of a release needs, where the same version is installed from elsewhere: its files and Requires-Python do not matter. */
  dependenciesElsewhere(package_: PackageId, candidate: number): readonly Dependency[] | null {
    const entry = this.packages.entry(package_);
    if (entry.kind !== "extra") return [];
    const found = this.metadataRequirements(entry.name, entry.extra, candidate);
    if (found === null) return null;
    return "taken" in found ? found.taken.flatMap((taken) => this.requirements.dependencies(taken)) : [];
  }

  private findDependencies(package_: PackageId, candidate: number): Dependencies {
    const found = this.findRequirements(package_, candidate);
    if (found === null || !("taken" in found)) return found;
    const dependencies = found.taken.flatMap((taken) => this.requirements.dependencies(taken));
    return package_ === ROOT ? [...this.softDependencies(), ...dependencies] : dependencies;
  }

  private findRequirements(package_: PackageId, candidate: number): Found {
    const entry = this.packages.entry(package_);
    switch (entry.kind) {
      case "root":
        return this.rootRequirements();
      case "address":
        return { taken: [] };
      case "soft": {
        const soft = this.problem.soft[entry.index];
        const { requirement, kind, origin } = soft ?? {};
        if (candidate !== 0 || requirement === undefined || kind === undefined) return { taken: [] };
        return { taken: [{ requirement, kind, role: "soft", origin: origin ?? null, condition: null }] };
      }
      case "project":
        return this.releaseRequirements(entry.name, null, candidate);
      case "extra":
        return this.releaseRequirements(entry.name, entry.extra, candidate);
    }
  }

  private rootRequirements(): Found {
    const { requirements, constraints } = this.problem;
    const environment = this.inheritance.decidedIn.get(ownerKey(null)) ?? this.environment;
    const select = (list: readonly RootRequirement[]): readonly WrittenRequirement[] =>
      list.flatMap(({ requirement, origin }) =>
        takingPart(environment, [requirement], null).map((each) => ({ ...each, origin })),
      );
    const required = select(requirements).flatMap(({ origin, ...each }) =>
      this.overridden(each).map((one) => ({ ...one, origin })),
    );
    const constrained = select(constraints);
    const asked = [...required, ...constrained].map(({ requirement }) => requirement);
    if (this.splits(null, asked)) return { interrupt: true };
    return {
      taken: [
        ...required.map((each) => ({ ...each, kind: "requires" as const, role: "requirement" as const })),
        ...constrained.map((each) => ({ ...each, kind: "constrains" as const, role: "constraint" as const })),
      ],
    };
  }

  private softDependencies(): readonly Dependency[] {
    return this.problem.soft.flatMap(({ requirement, origin }, index) =>
      this.environment.applies(requirement.marker, NO_EXTRAS)
        ? [this.requirements.presence(this.packages.soft(index), requirement, origin)]
        : [],
    );
  }

  private releaseRequirements(name: string, extra: string | null, index: number): Found {
    const candidate = this.project(name)?.candidates[index];
    const known = candidate === undefined ? null : this.metadata(name, candidate);
    const parsed = known !== null && "parsed" in known ? known.parsed : null;
    const range = parsed?.problem === null ? parsed.metadata.requiresPython : null;
    if (range !== null && !this.environment.acceptsPython(range)) {
      return { unusable: this.numberOf({ kind: "requires-python", range, python: this.environment.python }) };
    }
    return this.metadataRequirements(name, extra, index);
  }

  private metadataRequirements(name: string, extra: string | null, index: number): Found {
    const candidate = this.project(name)?.candidates[index];
    if (candidate === undefined) throw new Error(`${name} has no candidate ${index}`);
    const known = this.metadata(name, candidate);
    if (known === null || "failed" in known) return null;
    if ("problem" in known) return { unusable: this.numberOf({ kind: "metadata", message: known.problem }) };
    const { parsed } = known;
    if (parsed.problem !== null) return { unusable: this.numberOf({ kind: "metadata", message: parsed.problem }) };
    const owner = { name, extra, candidate };
    const environment = this.inheritance.decidedIn.get(ownerKey(owner)) ?? this.environment;
    const selected = takingPart(environment, parsed.requirements, extra).flatMap((each) => this.overridden(each));
    const asked = selected.map(({ requirement }) => requirement);
    if (this.splits(owner, asked)) return { interrupt: true };
    return { taken: selected.map((each) => ({ ...each, kind: "requires", role: "requirement", origin: null })) };
  }

  /** Choices made before a split are not looked at again. */
  private splits(owner: Owner, requirements: readonly Requirement[]): boolean {
    const { splitter, decidedIn } = this.inheritance;
    if (splitter === null || decidedIn.has(ownerKey(owner))) return false;
    return splitter.splits(this, owner, requirements);
  }

  private overridden(selected: Selected): readonly Selected[] {
    return overriddenBy(this.problem.overrides, selected, this.environment);
  }

  private findAllowed(dependency: Dependency): CandidateSet {
    const entry = this.packages.entry(dependency.package);
    if (entry.kind === "soft") return allCandidates(2);
    if (entry.kind === "root" || entry.kind === "address") return setOf(0, []);
    const candidates = this.project(entry.name)?.candidates ?? [];
    const { specifiers } = this.requirements.record(dependency.key).requirement;
    if (specifiers.specifiers.length === 0) return allCandidates(candidates.length);
    const indexes = candidates.flatMap(({ version }, index) => (setContains(specifiers, version) ? [index] : []));
    return setOf(candidates.length, indexes);
  }

  private numberOf(reason: ExclusionReason): number {
    const text = JSON.stringify(reason);
    const known = this.reasonNumbers.get(text);
    if (known !== undefined) return known;
    this.reasonNumbers.set(text, this.reasons.length);
    return this.reasons.push(reason) - 1;
  }
}

/** Names a choice across forks. */
export function ownerKey(owner: Owner): string {
  return owner === null ? "" : `${owner.name}[${owner.extra ?? ""}] ${owner.candidate.version.sortKey}`;
}
