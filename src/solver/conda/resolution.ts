/** The answer of a conda solve: which files are installed. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { ROOT, type PackageId } from "../core/provider.ts";
import type { Effort } from "../core/solve.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaProvider } from "./provider.ts";

export interface CondaResolution {
  /** Sorted by name; virtual packages are not among them. */
  readonly packages: readonly CondaRecord[];
  /** Names of chosen files that were kept without a date although there is a cutoff, sorted. */
  readonly undated: readonly string[];
  readonly effort: Effort;
}

/** Puts the core's choices into records. */
export function buildCondaResolution(
  provider: CondaProvider,
  choices: ReadonlyMap<PackageId, number>,
  effort: Effort,
): CondaResolution {
  const packages: CondaRecord[] = [];
  for (const [id, index] of choices) {
    if (id === ROOT) continue;
    const { record } = provider.candidateOf(id, index);
    if (!isVirtualName(record.name)) packages.push(record);
  }
  packages.sort((left, right) => (left.name < right.name ? -1 : 1));
  const { general, byName } = provider.problem.options.cutoff;
  const undated = packages.flatMap((record) => {
    const limit = byName.has(record.name) ? byName.get(record.name) : general;
    return record.timestampMs === null && typeof limit === "number" ? [record.filename] : [];
  });
  return { packages, undated: undated.sort(), effort };
}
