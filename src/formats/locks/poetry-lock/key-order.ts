/** The order in which Poetry writes the keys of a table. */
import { PACKAGE_KEYS, type PoetryLockLayout } from "./model.ts";

/** Keys of a package before its sub-tables; `markers` moves behind the lists where it is a table. */
export function packageKeyOrder(markersAreTable: boolean): readonly string[] {
  return markersAreTable ? [...PACKAGE_KEYS.filter((key) => key !== "markers"), "markers"] : PACKAGE_KEYS;
}

/**
 * The keys of a table that are in `known`, in Poetry's order.
 * @param tables keys that are sub-tables: they stay last whatever the order.
 */
export function sortedKeys(
  node: { readonly entries: ReadonlyMap<string, unknown> },
  known: readonly string[],
  order: PoetryLockLayout["keyOrder"],
  tables: readonly string[] = [],
): readonly string[] {
  const present = known.filter((key) => node.entries.has(key));
  if (order === "declared") return present;
  const scalars = present.filter((key) => !tables.includes(key)).sort();
  return [...scalars, ...present.filter((key) => tables.includes(key)).sort()];
}
