/** Small dependency problems over integers: what the core and the naive solver are both given. */
import fc from "fast-check";
import { setOf, firstCandidate, type CandidateSet } from "#solver/core/candidate-set.ts";
import type { CoreProvider, Dependencies, Dependency } from "#solver/core/provider.ts";

export interface SmallDependency {
  readonly kind: "requires" | "constrains";
  readonly package: number;
  readonly allowed: readonly number[];
  /** It counts only where this package is selected with one of these candidates. */
  readonly condition?: { readonly package: number; readonly candidates: readonly number[] };
}

/** Package 0 is the root with its one candidate. */
export interface SmallProblem {
  readonly packages: readonly {
    /** The package whose candidate this one shares, or null. */
    readonly base: number | null;
    /** For each candidate in order of preference, its dependencies. */
    readonly candidates: readonly (readonly SmallDependency[])[];
  }[];
}

/** A provider that knows everything, and prefers the first candidate. */
export function smallProvider(problem: SmallProblem): CoreProvider {
  const keys = new Map<string, number>();
  const sets = new Map<number, CandidateSet>();
  const toDependency = (dependency: SmallDependency): Dependency => {
    const text = JSON.stringify(dependency);
    const key = keys.get(text) ?? keys.size;
    keys.set(text, key);
    sets.set(key, setOf(problem.packages[dependency.package]?.candidates.length ?? 0, dependency.allowed));
    const { kind, package: package_, condition } = dependency;
    if (condition === undefined) return { kind, package: package_, key };
    const count = problem.packages[condition.package]?.candidates.length ?? 0;
    const set = setOf(count, condition.candidates);
    return { kind, package: package_, key, condition: { package: condition.package, set } };
  };
  return {
    candidateCount: (package_) => problem.packages[package_]?.candidates.length ?? 0,
    exclusions: () => [],
    base: (package_) => problem.packages[package_]?.base ?? null,
    dependencies: (package_, candidate): Dependencies =>
      problem.packages[package_]?.candidates[candidate]?.map(toDependency) ?? [],
    allowed: (dependency) => sets.get(dependency.key) ?? setOf(0, []),
    sharing: () => null,
    onDependency: () => {},
    choose: (_, domain) => firstCandidate(domain),
    priority: () => 0,
    reconsider: () => [],
  };
}

/** The same, knowing from the start which candidates share a dependency, as a provider with all metadata at hand does. */
export function sharingProvider(problem: SmallProblem): CoreProvider {
  const provider = smallProvider(problem);
  const sharing: CoreProvider["sharing"] = (package_, { key }) => {
    const candidates = problem.packages[package_]?.candidates ?? [];
    const sharers = candidates.flatMap((_, candidate) => {
      const dependencies = provider.dependencies(package_, candidate);
      return Array.isArray(dependencies) && dependencies.some((each: Dependency) => each.key === key)
        ? [candidate]
        : [];
    });
    return setOf(candidates.length, sharers);
  };
  return { ...provider, sharing };
}

/** Random problems with up to six packages of up to four candidates, some of them extras of the package before. */
export function smallProblem(options: {
  readonly aliases: boolean;
  readonly conditions?: boolean;
}): fc.Arbitrary<SmallProblem> {
  return fc
    .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 })), { minLength: 2, maxLength: 6 })
    .chain((shape) => {
      const bases: (number | null)[] = [null];
      const counts: number[] = [1];
      shape.forEach(([count, luck], index) => {
        const alias = options.aliases && luck === 0 && index > 0 && bases[index] === null;
        bases.push(alias ? index : null);
        counts.push(alias ? (counts[index] ?? 0) : count);
      });
      const someOf = (package_: number): fc.Arbitrary<number[]> =>
        fc.subarray(Array.from({ length: counts[package_] ?? 0 }, (_, index) => index));
      const names = fc.integer({ min: 1, max: shape.length });
      const plain = names.chain((package_) =>
        fc.record({
          kind: fc.constantFrom("requires" as const, "requires" as const, "constrains" as const),
          package: fc.constant(package_),
          allowed: someOf(package_),
        }),
      );
      const condition = names.chain((package_) =>
        fc.record({ package: fc.constant(package_), candidates: someOf(package_) }),
      );
      const conditional = fc
        .tuple(plain, condition)
        .map(([each, only]): SmallDependency => ({ ...each, condition: only }));
      const dependency: fc.Arbitrary<SmallDependency> =
        options.conditions === true ? fc.oneof(plain, conditional) : plain;
      const packages = counts.map((count, package_) =>
        fc.array(fc.array(dependency, { maxLength: package_ === 0 ? 4 : 3, minLength: package_ === 0 ? 1 : 0 }), {
          minLength: count,
          maxLength: count,
        }),
      );
      return fc.tuple(...packages).map((candidates) => ({
        packages: candidates.map((list, package_) => ({ base: bases[package_] ?? null, candidates: list })),
      }));
    });
}
