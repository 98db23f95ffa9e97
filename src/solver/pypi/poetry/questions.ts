/**
 * What a solve waits for, and what it will probably ask next, so that the network is waited for once per level of the dependency
 * graph. A wrong guess costs a download; the solve never looks at what is guessed.
 */
import { allCandidates, intersection, type CandidateSet } from "../../core/candidate-set.ts";
import { ROOT, type PackageId } from "../../core/provider.ts";
import type { CoreOutcome, CoreSolve } from "../../core/solve.ts";
import type { PypiQuestion } from "../questions.ts";
import { areFacts } from "./catalog.ts";
import type { PoetryDependency } from "./dependency.ts";
import type { PoetryProvider } from "./provider.ts";

type Needs = Extract<CoreOutcome, { kind: "needs" }>;

export function questionsOf(provider: PoetryProvider, core: CoreSolve, needs: Needs): readonly PypiQuestion[] {
  const asking = new Asking(provider, core);
  for (const package_ of needs.listings) asking.listing(package_, false);
  for (const [package_, candidate] of needs.dependencies) asking.metadata(package_, candidate, false);
  asking.lookAhead();
  return asking.questions();
}

/** A package that the solve will probably come to. */
interface Likely {
  readonly package: PackageId;
  readonly within: CandidateSet | null;
  /** It takes part already: the order of decisions depends on it. */
  readonly certain: boolean;
}

class Asking {
  readonly #provider: PoetryProvider;
  readonly #core: CoreSolve;
  readonly #asked = new Map<string, PypiQuestion>();

  constructor(provider: PoetryProvider, core: CoreSolve) {
    this.#provider = provider;
    this.#core = core;
  }

  questions(): readonly PypiQuestion[] {
    return [...this.#asked.values()];
  }

  listing(package_: PackageId, speculative: boolean): void {
    const { name } = this.#provider.packages.entry(package_);
    if (name === "" || this.#asked.has(name)) return;
    this.#asked.set(name, { kind: "listing", name, source: this.#source(name), speculative });
  }

  metadata(package_: PackageId, index: number, speculative: boolean): void {
    const { name } = this.#provider.packages.entry(package_);
    const candidate = this.#provider.candidate(package_, index);
    const key = `${name} ${candidate.version.sortKey}`;
    if (this.#asked.has(key) || this.#provider.input.catalog.facts(name, candidate) !== null) return;
    const files = candidate.files.toSorted((left, right) => wheelsFirst(left.kind, right.kind)).map(({ file }) => file);
    const { text: version } = candidate.version;
    this.#asked.set(key, { kind: "metadata", name, source: this.#source(name), version, files, speculative });
  }

  /** Walks the graph as it would be if every package took its first candidate. */
  lookAhead(): void {
    const { packages, input } = this.#provider;
    const isWaiting = this.#core.decided(ROOT) >= 0;
    // The order of decisions depends on the first candidate of every package that waits for one.
    const start = isWaiting ? this.#core.undecided() : [];
    const queue: Likely[] = start.map((package_) => ({
      package: package_,
      within: this.#core.domain(package_),
      certain: true,
    }));
    // Before the project itself is chosen it is not known which source each name is tied to.
    if (!isWaiting) queue.push(...this.#next(this.#provider.needsOf(ROOT)));
    const seen = new Set<PackageId>();
    for (const { package: package_, within, certain } of queue) {
      if (seen.has(package_)) continue;
      seen.add(package_);
      const count = this.#provider.candidateCount(package_);
      if (count === null) {
        this.listing(package_, !certain);
        continue;
      }
      const candidate = this.#provider.choose(package_, within ?? allCandidates(count));
      if (candidate < 0) continue;
      const { name, extras } = packages.entry(package_);
      const facts = input.catalog.facts(name, this.#provider.candidate(package_, candidate));
      if (facts === null) this.metadata(package_, candidate, !certain);
      if (!areFacts(facts)) continue;
      const wanted = facts.requires.filter(
        ({ inExtras }) => inExtras.length === 0 || inExtras.some((extra) => extras.includes(extra)),
      );
      queue.push(...this.#next(wanted));
    }
  }

  #next(dependencies: readonly PoetryDependency[]): readonly Likely[] {
    return dependencies.flatMap((dependency): readonly Likely[] => {
      const number = this.#provider.packages.number(dependency);
      if (this.#core.decided(number.package) >= 0) return [];
      if (this.#provider.candidateCount(number.package) === null) {
        return [{ package: number.package, within: null, certain: false }];
      }
      const allowed = this.#provider.allowed(number);
      const domain = this.#core.domain(number.package);
      const within = domain === null ? allowed : intersection(allowed, domain);
      return [{ package: number.package, within, certain: false }];
    });
  }

  #source(name: string): string | null {
    return this.#provider.sourceOf(name);
  }
}

function wheelsFirst(left: "wheel" | "sdist", right: "wheel" | "sdist"): number {
  return left === right ? 0 : left === "wheel" ? -1 : 1;
}
