/** A second solver that is too simple to be wrong: it tries every assignment. */
import type { SmallDependency, SmallProblem } from "./small-problem.ts";

/** For each package the chosen candidate, or -1. */
export type Assignment = readonly number[];

/** Some assignment that breaks no rule, or null. */
export function bruteForce(problem: SmallProblem): Assignment | null {
  const assignment: number[] = [0];
  const search = (package_: number): boolean => {
    if (package_ === problem.packages.length) return breaches(problem, assignment).length === 0;
    const count = problem.packages[package_]?.candidates.length ?? 0;
    for (let candidate = -1; candidate < count; candidate += 1) {
      assignment[package_] = candidate;
      if (search(package_ + 1)) return true;
    }
    return false;
  };
  return search(1) ? [...assignment] : null;
}

/** Every rule that the assignment breaks, in words. */
export function breaches(problem: SmallProblem, assignment: Assignment): string[] {
  const found: string[] = [];
  problem.packages.forEach(({ base, candidates }, package_) => {
    const candidate = assignment[package_] ?? -1;
    if (candidate < 0) return;
    if (base !== null && assignment[base] !== candidate) found.push(`${package_} differs from its base ${base}`);
    for (const dependency of candidates[candidate] ?? []) {
      if (!holds(dependency, assignment))
        found.push(`${package_}@${candidate} ${dependency.kind} ${dependency.package}`);
    }
  });
  return found;
}

/** Selected packages that nothing selected asks for. */
export function unreachable(problem: SmallProblem, assignment: Assignment): number[] {
  const reached = new Set([0]);
  for (const package_ of reached) {
    const { base, candidates } = problem.packages[package_] ?? { base: null, candidates: [] };
    if (base !== null) reached.add(base);
    for (const dependency of candidates[assignment[package_] ?? -1] ?? []) {
      if (dependency.kind === "requires" && counts(dependency, assignment)) reached.add(dependency.package);
    }
  }
  return assignment.flatMap((candidate, package_) => (candidate >= 0 && !reached.has(package_) ? [package_] : []));
}

function counts({ condition }: SmallDependency, assignment: Assignment): boolean {
  return condition === undefined || condition.candidates.includes(assignment[condition.package] ?? -1);
}

function holds(dependency: SmallDependency, assignment: Assignment): boolean {
  if (!counts(dependency, assignment)) return true;
  const candidate = assignment[dependency.package] ?? -1;
  if (candidate < 0) return dependency.kind === "constrains";
  return dependency.allowed.includes(candidate);
}
