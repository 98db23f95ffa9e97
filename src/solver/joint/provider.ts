/**
 * Both sides as one problem for the core. Conda is decided first, in its own order; then the pip section, whose Python and
 * whose provided projects are those that conda chose. What pip needs and conda did not choose is a conflict that goes back
 * into conda's decisions.
 */
import type { CondaKnowledge } from "../conda/knowledge.ts";
import { CondaProvider } from "../conda/provider.ts";
import {
  allCandidates,
  complement,
  firstCandidate,
  hasCandidate,
  isEmpty,
  isSubset,
  setOf,
  union,
  withoutAbsence,
  type CandidateSet,
} from "../core/candidate-set.ts";
import {
  ROOT,
  type Choice,
  type CoreProvider,
  type Dependencies,
  type Dependency,
  type Exclusion,
  type PackageId,
  type SolveView,
} from "../core/provider.ts";
import type { PypiKnowledge } from "../pypi/knowledge.ts";
import { PypiProvider } from "../pypi/provider.ts";
import { condaId, numberFor, ownNumber, PIP_SECTION, pypiId, releasesOf, shifted, sideOf } from "./ids.ts";
import type { JointProblem } from "./problem.ts";
import { ProvidedProjects, type ProvidedVersion } from "./provided.ts";
import { PYTHON, PythonTable } from "./pythons.ts";
import { providedLimits, pythonLimits } from "./limits.ts";
import type { JointReason } from "./reasons.ts";
import { Support } from "./support.ts";
import { setContains } from "#packaging/specifier.ts";

/** Added to the priority of PyPI's packages: conda's come before them, even those that wait for a parent. */
const AFTER_CONDA = 3e15;
/** Added to the priority of conda's packages that nothing chosen asks for yet. */
const UNSUPPORTED = 1.5e15;

/** The one key of the root's requirement of the pip section; the others are Requires-Python ranges of metadata. */
const SECTION_KEY = 0;

export interface JointKnowledge {
  readonly conda: CondaKnowledge;
  readonly pypi: PypiKnowledge;
}

export class JointProvider implements CoreProvider {
  readonly conda: CondaProvider;
  readonly pypi: PypiProvider;
  readonly pythons: PythonTable;
  readonly provided: ProvidedProjects;
  private readonly support: Support;
  /** Without one, the solve is conda's alone. */
  readonly hasPipSection: boolean;
  private readonly reachable: ReadonlySet<string>;
  private readonly reasons: JointReason[] = [];
  private readonly reasonNumbers = new Map<string, number>();
  private readonly ranges: string[] = [""];
  private readonly mapped = new WeakMap<Dependency, Dependency>();
  private readonly originals = new Map<number, Dependency>();
  private readonly allowedSets = new Map<number, CandidateSet>();
  /** Facts were made that say a conda package must be there, whoever asks for it. */
  private wishes = false;
  private lastView: { readonly of: SolveView; readonly conda: SolveView } | null = null;

  /** @param reachable every name that the conda side can reach, each of them answered */
  constructor(problem: JointProblem, knowledge: JointKnowledge, conda: CondaProvider, reachable: ReadonlySet<string>) {
    this.conda = conda;
    this.reachable = reachable;
    this.pythons = new PythonTable(problem, conda);
    this.pypi = new PypiProvider(problem.pypi, this.pythons.environment(), knowledge.pypi);
    this.provided = new ProvidedProjects(conda, reachable, problem.names);
    this.support = new Support(conda, reachable);
    this.hasPipSection = problem.pypi.requirements.length > 0 || problem.pypi.soft.length > 0;
  }

  /** Of a PyPI package, by its own number: the versions that conda provides, which come before the releases. */
  providedOf(own: PackageId): readonly ProvidedVersion[] {
    const entry = this.pypi.packages.entry(own);
    return entry.kind === "project" || entry.kind === "extra" ? this.provided.of(entry.name) : [];
  }

  reason(own: number): JointReason {
    const reason = this.reasons[own];
    if (reason === undefined) throw new Error(`no reason has the number ${own}`);
    return reason;
  }

  /** The dependency as its side gave it; null for those between the sides. */
  original({ key }: Dependency): Dependency | null {
    return this.originals.get(key) ?? null;
  }

  /** The other way round; null for what the core was not given. */
  mappedOf(original: Dependency): Dependency | null {
    return this.mapped.get(original) ?? null;
  }

  /** Whether the extras of what conda provides are known: the index has the metadata of the version. */
  knowsExtras(name: string, provided: ProvidedVersion): boolean {
    const release = this.pypi.project(name)?.candidates[this.releaseOfProvided(name, provided)];
    const known = release === undefined ? null : this.pypi.metadata(name, release);
    return known !== null && "parsed" in known && known.parsed.problem === null;
  }

  /** The Requires-Python that a dependency on Python stands for. */
  rangeOf({ key }: Dependency): string {
    return this.ranges[ownNumber(key).own] ?? "";
  }

  candidateCount(package_: PackageId): number | null {
    const { side, id } = sideOf(package_);
    if (side === "conda") return this.conda.candidateCount(id);
    const count = this.pypi.candidateCount(id);
    return count === null ? null : count + this.providedOf(id).length;
  }

  exclusions(package_: PackageId): readonly Exclusion[] {
    const { side, id } = sideOf(package_);
    if (side === "conda") return this.conda.exclusions(id).map((each) => this.renumbered("conda", each));
    const entry = this.pypi.packages.entry(id);
    if (entry.kind !== "project") return [];
    const own = this.pypi.exclusions(id).map((each) => ({
      ...this.renumbered("pypi", each),
      candidates: this.behindProvided(id, each.candidates),
    }));
    return [...own, ...this.limits(id, entry.name)];
  }

  base(package_: PackageId): PackageId | null {
    const { side, id } = sideOf(package_);
    const base = side === "conda" ? null : this.pypi.base(id);
    return base === null ? null : pypiId(base);
  }

  dependencies(package_: PackageId, candidate: number): Dependencies {
    const { side, id } = sideOf(package_);
    const found = side === "conda" ? this.conda.dependencies(id, candidate) : this.pypiDependencies(id, candidate);
    if (found === null || "interrupt" in found) return found;
    if ("unusable" in found) return { unusable: numberFor(side, found.unusable) };
    const mapped = found.map((dependency) => this.map(side, dependency));
    if (package_ === ROOT && this.hasPipSection) {
      mapped.push({ kind: "requires", package: PIP_SECTION, key: numberFor("joint", SECTION_KEY) });
    }
    return side === "pypi" ? [...mapped, ...this.metadataPython(id, candidate)] : mapped;
  }

  allowed(dependency: Dependency): CandidateSet {
    const original = this.original(dependency);
    const { side, own } = ownNumber(dependency.key);
    if (side === "joint") {
      return own === SECTION_KEY ? allCandidates(1) : this.pythons.accepting(this.rangeOf(dependency));
    }
    if (original === null) throw new Error("a dependency was not given out by this provider");
    if (side === "conda") return this.conda.allowed(original);
    const known = this.allowedSets.get(dependency.key);
    if (known !== undefined) return known;
    const set = this.findAllowed(original);
    this.allowedSets.set(dependency.key, set);
    return set;
  }

  sharing(package_: PackageId, dependency: Dependency): CandidateSet | null {
    const { side, id } = sideOf(package_);
    if (side === "pypi") return null;
    return this.conda.sharing(id, this.original(dependency) ?? dependency);
  }

  known(package_: PackageId): readonly Dependency[] {
    const { side, id } = sideOf(package_);
    if (side === "pypi" || package_ === ROOT) return [];
    return [...this.conda.known(id)].map((dependency) => this.map("conda", dependency));
  }

  onDependency(dependency: Dependency): void {
    const original = this.original(dependency);
    if (original !== null && ownNumber(dependency.key).side === "pypi") this.pypi.onDependency(original);
  }

  choose(package_: PackageId, domain: CandidateSet, view: SolveView): Choice {
    const { side, id } = sideOf(package_);
    if (side === "conda")
      return this.isWished(id, view) ? this.unwished(package_, id, view) : this.conda.choose(id, domain);
    if (package_ === PIP_SECTION) return this.choosePipSection(view);
    const provided = this.providedOf(id);
    const entry = this.pypi.packages.entry(id);
    if (entry.kind !== "project") return firstCandidate(domain);
    const chosen = provided.findIndex((each, index) => hasCandidate(domain, index) && isChosen(each, view));
    if (chosen >= 0) return chosen;
    const releases = releasesOf(domain, provided.length, this.pypi.candidateCount(id) ?? 0);
    if (!isEmpty(releases)) return this.pypi.choose(id, releases) + provided.length;
    const names = [...new Set(provided.filter((_, index) => hasCandidate(domain, index)).map(({ conda }) => conda))];
    return this.notBroughtIn(package_, domain, names, view);
  }

  /** Conda's packages first, in conda's order; those that only pip wishes for wait. */
  next(waiting: Iterable<PackageId>, view: SolveView): PackageId | null {
    const ids: PackageId[] = [];
    for (const package_ of waiting) {
      const { side, id } = sideOf(package_);
      if (side === "conda" && !this.isWished(id, view)) ids.push(id);
    }
    const found = this.conda.next(ids, this.condaView(view));
    return found === null ? null : condaId(found);
  }

  priority(package_: PackageId, view: SolveView): number {
    const { side, id } = sideOf(package_);
    if (side === "pypi") return AFTER_CONDA + this.pypi.priority(id);
    const own = this.conda.priority(id, this.condaView(view));
    return this.isWished(id, view) ? own + UNSUPPORTED : own;
  }

  reconsider(affected: PackageId, culprits: readonly PackageId[]): readonly PackageId[] {
    const ids = [affected, ...culprits].map(sideOf);
    const [first, ...others] = ids;
    const conda = ids.filter(({ side }) => side === "conda").map(({ id }) => id);
    const [one, ...rest] = conda;
    if (one !== undefined) this.conda.reconsider(one, rest);
    if (first?.side !== "pypi") return [];
    const pypi = others.filter(({ side }) => side === "pypi").map(({ id }) => id);
    return this.pypi.reconsider(first.id, pypi).map(pypiId);
  }

  /** The version of the index that stands for what conda provides, for its extras; -1 where the index has none. */
  releaseOfProvided(name: string, { version }: ProvidedVersion): number {
    const { candidates = [] } = this.pypi.project(name) ?? {};
    return candidates.findIndex((each) => version !== null && each.version.sortKey === version.sortKey);
  }

  /** The solve in conda's own numbers. */
  private condaView(view: SolveView): SolveView {
    if (this.lastView?.of === view) return this.lastView.conda;
    const conda: SolveView = {
      decided: (each) => view.decided(condaId(each)),
      domain: (each) => view.domain(condaId(each)),
      rejections: (each) => view.rejections(condaId(each)),
      blames: (each) => view.blames(condaId(each)),
    };
    this.lastView = { of: view, conda };
    return conda;
  }

  private renumbered(side: "conda" | "pypi", { candidates, reason }: Exclusion): Exclusion {
    return { candidates, reason: numberFor(side, reason) };
  }

  /** What conda's choice leaves of a project. */
  private limits(id: PackageId, project: string): readonly Exclusion[] {
    const releases = this.pypi.project(project)?.candidates ?? [];
    const provided = this.providedOf(id);
    const limits = [
      ...pythonLimits(project, releases, this.pythons),
      ...providedLimits(project, provided, {
        releases: releases.length,
        countOf: (package_) => this.candidateCount(package_) ?? 0,
      }),
    ];
    const count = provided.length + releases.length;
    return limits.map(({ releases: own, provided: others, where, reason }) => ({
      candidates: setOf(count, [...others, ...own.map((index) => index + provided.length)]),
      reason: this.numberOf(reason),
      where,
    }));
  }

  private behindProvided(id: PackageId, set: CandidateSet): CandidateSet {
    return shifted(set, this.providedOf(id).length, this.pypi.candidateCount(id) ?? 0);
  }

  private pypiDependencies(id: PackageId, candidate: number): Dependencies {
    const provided = this.providedOf(id);
    const found = provided[candidate];
    if (found === undefined) return this.pypi.dependencies(id, candidate - provided.length);
    const entry = this.pypi.packages.entry(id);
    if (entry.kind !== "extra") return [];
    const release = this.releaseOfProvided(entry.name, found);
    // What the extra asks for is not known where the metadata cannot be had; the answer says so.
    return release < 0 ? [] : this.pypi.dependenciesElsewhere(id, release);
  }

  /** A Requires-Python that only the metadata has limits the Python that may be beside the release. */
  private metadataPython(id: PackageId, candidate: number): readonly Dependency[] {
    const entry = this.pypi.packages.entry(id);
    const place = candidate - this.providedOf(id).length;
    if (entry.kind !== "project" || place < 0) return [];
    const release = this.pypi.project(entry.name)?.candidates[place];
    const known = release === undefined ? null : this.pypi.metadata(entry.name, release);
    const range = known !== null && "parsed" in known ? known.parsed.metadata.requiresPython : null;
    if (range === null || isSubset(this.pythons.all, this.pythons.accepting(range))) return [];
    const before = this.ranges.indexOf(range);
    const own = before >= 0 ? before : this.ranges.push(range) - 1;
    return [{ kind: "constrains", package: this.pythons.package, key: numberFor("joint", own) }];
  }

  private map(side: "conda" | "pypi", dependency: Dependency): Dependency {
    const known = this.mapped.get(dependency);
    if (known !== undefined) return known;
    const { kind, condition } = dependency;
    const package_ = side === "conda" ? condaId(dependency.package) : pypiId(dependency.package);
    const key = numberFor(side, dependency.key);
    const mapped: Dependency = { kind, package: package_, key, ...(condition === undefined ? {} : { condition }) };
    this.mapped.set(dependency, mapped);
    this.originals.set(key, dependency);
    return mapped;
  }

  private findAllowed(original: Dependency): CandidateSet {
    const set = this.pypi.allowed(original);
    const provided = this.providedOf(original.package);
    if (provided.length === 0) return set;
    const { specifiers } = this.pypi.requirements.record(original.key).requirement;
    const count = this.pypi.candidateCount(original.package) ?? 0;
    const fitting = provided.flatMap(({ version }, index) =>
      specifiers.specifiers.length === 0 || (version !== null && setContains(specifiers, version)) ? [index] : [],
    );
    return union(setOf(provided.length + count, fitting), shifted(set, provided.length, count));
  }

  private choosePipSection(view: SolveView): Choice {
    const section = { package: PIP_SECTION, set: setOf(1, [0]) };
    const { package: python, count, all } = this.pythons;
    const chosen = view.decided(python);
    if (chosen >= 0) {
      if (hasCandidate(all, chosen)) return 0;
      const unknown = { package: python, set: withoutAbsence(complement(all, count)) };
      return { terms: [section, unknown], reason: this.numberOf({ kind: "unknown-python" }) };
    }
    this.wishes = true;
    const asking = this.reachable.has(PYTHON) ? this.support.absence([PYTHON], view) : [];
    return { terms: [section, ...asking], reason: this.numberOf({ kind: "no-python" }) };
  }

  /** Whether only pip's side says that the conda package must be there: nothing that conda chose asks for it (yet). */
  private isWished(id: PackageId, view: SolveView): boolean {
    const name = this.wishes ? this.conda.packages.name(id) : null;
    return name !== null && !name.startsWith("__") && !this.support.isAskedFor(name, view);
  }

  private unwished(package_: PackageId, id: PackageId, view: SolveView): Choice {
    const name = this.conda.packages.name(id) ?? "";
    return this.notBroughtIn(package_, allCandidates(this.conda.candidateCount(id)), [name], view);
  }

  private notBroughtIn(package_: PackageId, domain: CandidateSet, conda: readonly string[], view: SolveView): Choice {
    this.wishes = true;
    const terms = [{ package: package_, set: domain }, ...this.support.absence(conda, view)];
    return { terms, reason: this.numberOf({ kind: "not-brought-in", conda }) };
  }

  private numberOf(reason: JointReason): number {
    return numberFor("joint", this.ownNumberOf(reason));
  }

  private ownNumberOf(reason: JointReason): number {
    const text = JSON.stringify(reason);
    const known = this.reasonNumbers.get(text);
    if (known !== undefined) return known;
    this.reasonNumbers.set(text, this.reasons.length);
    return this.reasons.push(reason) - 1;
  }
}

function isChosen({ package: package_, records }: ProvidedVersion, view: SolveView): boolean {
  const chosen = view.decided(package_);
  return chosen >= 0 && hasCandidate(records, chosen);
}
