/** The categories of the packages of a lock: those of the requirements that they are reached from. CEP 37. */

/** One package of an environment, conda's or pip's. */
export interface CategorizedPackage {
  /** Names that dependencies of its own kind speak of it by. */
  readonly name: string;
  /** Names of what it depends on. */
  readonly dependencies: readonly string[];
}

export interface CategoryRoot {
  readonly name: string;
  readonly category: string;
}

/** The packages that are always installed. */
export const MAIN_CATEGORY = "main";

/**
 * Categories by name, sorted. What is in `main` is in no other, because it is always installed; what nothing reaches is in
 * `main` too, so that no package is lost.
 */
export function categoriesByName(
  packages: readonly CategorizedPackage[],
  roots: readonly CategoryRoot[],
): ReadonlyMap<string, readonly string[]> {
  const dependencies = new Map<string, string[]>();
  for (const { name, dependencies: own } of packages) {
    dependencies.set(name, [...(dependencies.get(name) ?? []), ...own]);
  }
  const found = new Map<string, Set<string>>();
  for (const category of new Set(roots.map((root) => root.category))) {
    const todo = roots.filter((root) => root.category === category).map((root) => root.name);
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      const own = found.get(name) ?? new Set();
      if (dependencies.has(name) && !own.has(category)) {
        found.set(name, own.add(category));
        todo.push(...(dependencies.get(name) ?? []));
      }
    }
  }
  const entries = [...dependencies.keys()].map((name) => [name, shown(found.get(name))] as const);
  return new Map(entries);
}

function shown(categories: ReadonlySet<string> | undefined): readonly string[] {
  return categories === undefined || categories.has(MAIN_CATEGORY) ? [MAIN_CATEGORY] : [...categories].sort();
}
