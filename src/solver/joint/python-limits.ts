/** For which Pythons the releases of a project have a file. */
import { equalSets, intersection, isSubset, union, type CandidateSet } from "../core/candidate-set.ts";
import type { Candidate } from "../pypi/candidates.ts";
import { nothingOf, type PythonTable } from "./pythons.ts";

/** Releases that only some of the Pythons can use. */
export interface PythonLimit {
  readonly releases: readonly number[];
  readonly fits: CandidateSet;
  /** The end of a sentence that begins with the releases. */
  readonly why: string;
}

/** Releases that are ruled out anyway are left out, and so are those that every Python can use. */
export function pythonLimits(pythons: PythonTable, candidates: readonly Candidate[]): readonly PythonLimit[] {
  const limits = new Map<string, { readonly releases: number[]; readonly fits: CandidateSet; readonly why: string }>();
  candidates.forEach((candidate, index) => {
    if (candidate.exclusion !== null) return;
    const fits = fitting(pythons, candidate);
    if (isSubset(pythons.all, fits)) return;
    const key = fits.join(",");
    const limit = limits.get(key) ?? { releases: [], fits, why: reasonOf(pythons, candidate, fits) };
    limit.releases.push(index);
    limits.set(key, limit);
  });
  return [...limits.values()];
}

function fitting(pythons: PythonTable, { usable }: Candidate): CandidateSet {
  let fits = nothingOf(pythons);
  for (const { kind, tags, file } of usable) {
    const accepted = pythons.accepting(file.requiresPython);
    fits = union(fits, kind === "sdist" ? accepted : intersection(accepted, pythons.fitting(tags)));
    if (isSubset(pythons.all, fits)) return fits;
  }
  return fits;
}

/** Requires-Python, where that alone explains it; else the wheels. */
function reasonOf(pythons: PythonTable, { usable }: Candidate, fits: CandidateSet): string {
  let accepted = nothingOf(pythons);
  for (const { file } of usable) accepted = union(accepted, pythons.accepting(file.requiresPython));
  const range = usable.find(({ file }) => file.requiresPython !== null)?.file.requiresPython;
  if (equalSets(accepted, fits) && range !== undefined && range !== null) return `requires Python ${range}`;
  const versions = pythons.describe(fits);
  return versions === "" ? "has no file for any Python of conda" : `has files only for Python ${versions}`;
}
