/** In which order the packages of a lock stand. */
import type { CondaLockPackage } from "./model.ts";
import { topologicalOrder } from "./topological-order.ts";

/** `alphabetical`: manager, name, platform (conda-lock since December 2023); `topological`: by platform, as installed. */
export type PackageOrder = "alphabetical" | "topological";

/** The order of a lock; a lock that is in neither counts as alphabetical, which today's conda-lock would make it. */
export function packageOrderOf(packages: readonly CondaLockPackage[]): PackageOrder {
  const isAlphabetical = packages.every((entry, index) => {
    const before = packages[index - 1];
    return before === undefined || comparePackages(before, entry) <= 0;
  });
  if (isAlphabetical) return "alphabetical";
  const sorted = topologically(packages);
  return packages.every((entry, index) => sorted[index] === entry) ? "topological" : "alphabetical";
}

export function orderPackages(packages: readonly CondaLockPackage[], order: PackageOrder): readonly CondaLockPackage[] {
  return order === "topological" ? topologically(packages) : [...packages].sort(comparePackages);
}

/** By manager, name, platform, category. */
export function comparePackages(a: CondaLockPackage, b: CondaLockPackage): number {
  return (
    compare(a.manager, b.manager) ||
    compare(a.name, b.name) ||
    compare(a.platform, b.platform) ||
    compare(a.category, b.category)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function topologically(packages: readonly CondaLockPackage[]): readonly CondaLockPackage[] {
  const groups = new Map<string, CondaLockPackage[]>();
  for (const entry of packages) {
    const key = `${entry.platform} ${entry.manager}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups].sort(([a], [b]) => compare(a, b)).flatMap(([, group]) => topologicalOrder(group));
}
