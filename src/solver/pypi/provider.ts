/** PyPI's rules for the core: which packages there are, what they need, what to try first. uv's order of decisions. */
import { parseVersion } from "#packaging/pep440-version.ts";
import { mentionsPrerelease, setContains, type SpecifierSet } from "#packaging/specifier.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { allCandidates, firstCandidate, hasCandidate, setOf, type CandidateSet } from "../core/candidate-set.ts";
import type { CoreProvider, Dependencies, Dependency, Exclusion, PackageId } from "../core/provider.ts";
import { buildCandidates, type Candidate } from "./candidates.ts";
import { ConflictOrder } from "./conflict-order.ts";
import type { SolveEnvironment } from "./environment.ts";
import type { KnownMetadata, PypiKnowledge } from "./knowledge.ts";
import { PackageTable } from "./packages.ts";
import type { PypiOptions, PypiProblem } from "./problem.ts";
import type { ExclusionReason, ProjectProblem } from "./reasons.ts";
import { RequirementTable } from "./requirement-table.ts";

/** The part of a problem that a provider needs, for one target or one fork. */
export type ProviderProblem = Omit<PypiProblem, "target">;

/** A project whose listing is known. */
export interface ProjectState {
  readonly candidates: readonly Candidate[];
  readonly problem: ProjectProblem | null;
  /** Candidates to try before the order of preference. */
  readonly preferred: readonly number[];
}

/** What one fork of a universal solve passes on to those that it splits into. */
export interface Inheritance {
  /** Versions (`sortKey`) by name to try first, in order. */
  readonly preferences: ReadonlyMap<string, readonly string[]>;
  /** Requirements that already take part, by name and version key (`root` for the root), whatever their markers say here. */
  readonly requirements: ReadonlyMap<string, readonly Requirement[]>;
}

const NO_EXTRAS: ReadonlySet<string> = new Set();

export class PypiProvider implements CoreProvider {
  readonly packages = new PackageTable();
  readonly requirements = new RequirementTable(this.packages);
  readonly environment: SolveEnvironment;
  readonly problem: ProviderProblem;
  private readonly knowledge: PypiKnowledge;
  private readonly inheritance: Inheritance;
  private readonly projects = new Map<string, ProjectState>();
  private readonly reasons: ExclusionReason[] = [];
  private readonly reasonNumbers = new Map<string, number>();
  private readonly allowedSets = new Map<number, CandidateSet>();
  private readonly dependencyLists = new Map<PackageId, (Dependencies | undefined)[]>();
  private readonly sources: ReadonlyMap<string, string>;
  private readonly direct: ReadonlyMap<string, readonly Requirement[]>;
  private readonly order: ConflictOrder;

  constructor(
    problem: ProviderProblem,
    environment: SolveEnvironment,
    knowledge: PypiKnowledge,
    inheritance: Inheritance = { preferences: new Map(), requirements: new Map() },
  ) {
    this.problem = problem;
    this.environment = environment;
    this.knowledge = knowledge;
    this.inheritance = inheritance;
    this.order = new ConflictOrder(this.packages);
    const roots = problem.requirements.filter(({ source }) => source !== null);
    this.sources = new Map(roots.toReversed().map(({ requirement, source }) => [requirement.name, source ?? ""]));
    this.direct = this.directRequirements();
  }

  /** Name of the source that a project is tied to, or null. */
  sourceOf(name: string): string | null {
    return this.sources.get(name) ?? null;
  }

  /** Null while the listing is not known. */
  project(name: string): ProjectState | null {
    const known = this.projects.get(name);
    if (known !== undefined) return known;
    const answer = this.knowledge.project(name, this.sourceOf(name));
    if (answer === null) return null;
    const state = "problem" in answer ? brokenProject(answer.problem) : this.readProject(name, answer.releases);
    this.projects.set(name, state);
    return state;
  }

  /** What is known of a candidate's metadata; null while nothing is. */
  metadata(name: string, candidate: Candidate): KnownMetadata | null {
    return this.knowledge.release(name, this.sourceOf(name), candidate.version.sortKey);
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
    if (entry.kind === "project") {
      const preferred = this.project(entry.name)?.preferred.find((candidate) => hasCandidate(domain, candidate));
      if (preferred !== undefined) return preferred;
    }
    return firstCandidate(domain);
  }

  priority(package_: PackageId): number {
    return this.order.priority(package_);
  }

  reconsider(affected: PackageId, culprits: readonly PackageId[]): readonly PackageId[] {
    return this.order.onConflict(affected, culprits);
  }

  /** The requirement as it counts: an override of the same name takes its place. */
  overridden(requirement: Requirement): readonly Requirement[] {
    const overrides = this.problem.overrides.filter(({ name }) => name === requirement.name);
    if (overrides.length === 0) return [requirement];
    return overrides
      .filter(({ marker }) => this.environment.applies(marker, NO_EXTRAS))
      .map((override) => ({ ...override, extras: [...new Set([...requirement.extras, ...override.extras])] }));
  }

  /** Requirements of one release that take part here; `extra` null for those of the project itself. */
  applicable(requirements: readonly Requirement[], extra: string | null): readonly Requirement[] {
    const extras = extra === null ? NO_EXTRAS : new Set([extra]);
    return requirements.filter(
      ({ marker }) =>
        this.environment.applies(marker, extras) && (extra === null || !this.environment.applies(marker, NO_EXTRAS)),
    );
  }

  private findDependencies(package_: PackageId, candidate: number): Dependencies {
    const entry = this.packages.entry(package_);
    switch (entry.kind) {
      case "root":
        return this.rootDependencies();
      case "address":
        return [];
      case "soft": {
        const soft = this.problem.soft[entry.index];
        if (soft === undefined || candidate !== 0) return [];
        return this.requirements.dependencies(soft.requirement, soft.kind, "soft", soft.origin);
      }
      case "project":
        return this.releaseDependencies(entry.name, null, candidate);
      case "extra":
        return this.releaseDependencies(entry.name, entry.extra, candidate);
    }
  }

  private rootDependencies(): readonly Dependency[] {
    const { requirements, constraints, soft } = this.problem;
    const applies = ({ requirement }: { readonly requirement: Requirement }): boolean =>
      this.environment.applies(requirement.marker, NO_EXTRAS);
    const always = soft.flatMap((each, index) => (applies(each) ? [this.softDependency(index)] : []));
    const required = requirements
      .filter(applies)
      .flatMap(({ requirement, origin }) =>
        this.overridden(requirement).flatMap((each) =>
          this.requirements.dependencies(each, "requires", "requirement", origin),
        ),
      );
    const constrained = constraints
      .filter(applies)
      .flatMap(({ requirement, origin }) =>
        this.requirements.dependencies(requirement, "constrains", "constraint", origin),
      );
    return [...always, ...required, ...constrained];
  }

  private softDependency(index: number): Dependency {
    const soft = this.problem.soft[index];
    if (soft === undefined) throw new Error(`no soft constraint has the number ${index}`);
    return this.requirements.presence(this.packages.soft(index), soft.requirement, soft.origin);
  }

  private releaseDependencies(name: string, extra: string | null, index: number): Dependencies {
    const candidate = this.project(name)?.candidates[index];
    if (candidate === undefined) throw new Error(`${name} has no candidate ${index}`);
    const known = this.metadata(name, candidate);
    if (known === null) return null;
    if ("problem" in known) return { unusable: this.numberOf({ kind: "metadata", message: known.problem }) };
    const { parsed } = known;
    if (parsed.problem !== null) return { unusable: this.numberOf({ kind: "metadata", message: parsed.problem }) };
    const range = parsed.metadata.requiresPython;
    if (range !== null && !this.environment.acceptsPython(range)) {
      return { unusable: this.numberOf({ kind: "requires-python", range, python: this.environment.python }) };
    }
    return this.applicable(parsed.requirements, extra)
      .flatMap((requirement) => this.overridden(requirement))
      .flatMap((requirement) => this.requirements.dependencies(requirement, "requires", "requirement", null));
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

  private readProject(name: string, releases: Parameters<typeof buildCandidates>[0]): ProjectState {
    const { options } = this.problem;
    const direct = this.direct.get(name) ?? [];
    const locked = options.locked.get(name);
    const lockedKey = locked === undefined ? undefined : parseVersion(locked)?.sortKey;
    const pinned = new Set(direct.flatMap(({ specifiers }) => pinOf(specifiers)));
    if (lockedKey !== undefined) pinned.add(lockedKey);
    const candidates = buildCandidates(releases, {
      options,
      environment: this.environment,
      name,
      direct: direct.length > 0,
      prereleases: this.prereleaseRule(direct),
      pinned,
    });
    const keys = [...(this.inheritance.preferences.get(name) ?? [])];
    if (lockedKey !== undefined && keepsLocked(options, name)) keys.push(lockedKey);
    const preferred = keys
      .map((key) => candidates.findIndex(({ version }) => version.sortKey === key))
      .filter((index) => index >= 0);
    return { candidates, problem: candidates.length === 0 ? { kind: "unknown" } : null, preferred };
  }

  private prereleaseRule(direct: readonly Requirement[]): "disallow" | "last" | "equal" {
    switch (this.problem.options.prerelease) {
      case "disallow":
        return "disallow";
      case "allow":
        return "equal";
      case "explicit":
        return direct.some(({ specifiers }) => mentionsPrerelease(specifiers)) ? "last" : "disallow";
      case "if-necessary":
      case "if-necessary-or-explicit":
        return "last";
    }
  }

  private directRequirements(): ReadonlyMap<string, readonly Requirement[]> {
    const { requirements, constraints, overrides } = this.problem;
    const written = [...requirements, ...constraints].map(({ requirement }) => requirement);
    const direct = new Map<string, Requirement[]>();
    for (const requirement of [...written, ...overrides]) {
      if (!this.environment.applies(requirement.marker, NO_EXTRAS)) continue;
      direct.set(requirement.name, [...(direct.get(requirement.name) ?? []), requirement]);
    }
    return direct;
  }

  private numberOf(reason: ExclusionReason): number {
    const text = JSON.stringify(reason);
    const known = this.reasonNumbers.get(text);
    if (known !== undefined) return known;
    this.reasonNumbers.set(text, this.reasons.length);
    return this.reasons.push(reason) - 1;
  }
}

function brokenProject(message: string): ProjectState {
  return { candidates: [], problem: { kind: "index", message }, preferred: [] };
}

function keepsLocked({ mode }: PypiOptions, name: string): boolean {
  return mode.kind === "least-change" || (mode.names !== null && !mode.names.has(name));
}

/** The version of a single `==1.0` or `===1.0`, which lets a yanked release in. */
function pinOf({ specifiers }: SpecifierSet): readonly string[] {
  const [only, ...others] = specifiers;
  if (only === undefined || others.length > 0 || only.wildcard || only.version === null) return [];
  return only.operator === "==" || only.operator === "===" ? [only.version.sortKey] : [];
}
