/** What conda's choices leave of a project: facts that hold beside some candidates of a conda package. */
import {
  complement,
  equalSets,
  intersection,
  isEmpty,
  isSubset,
  union,
  withoutAbsence,
  type CandidateSet,
} from "../core/candidate-set.ts";
import type { Term } from "../core/incompatibility.ts";
import type { PackageId } from "../core/provider.ts";
import type { Candidate } from "../pypi/candidates.ts";
import type { ProvidedVersion } from "./provided.ts";
import { nothingOf, type PythonTable } from "./pythons.ts";
import type { JointReason } from "./reasons.ts";

/** Candidates of a project that are out where something holds of a conda package. */
export interface Limit {
  /** Places among the releases of the index, and among the versions that conda provides. */
  readonly releases: readonly number[];
  readonly provided: readonly number[];
  readonly where: Term;
  readonly reason: JointReason;
}

/** Releases that only some of conda's Pythons can use. Those that are ruled out anyway are left out. */
export function pythonLimits(
  project: string,
  candidates: readonly Candidate[],
  pythons: PythonTable,
): readonly Limit[] {
  const groups = new Map<string, { readonly releases: number[]; readonly fits: CandidateSet; readonly why: string }>();
  candidates.forEach((candidate, index) => {
    if (candidate.exclusion !== null) return;
    const fits = fitting(pythons, candidate);
    if (isSubset(pythons.all, fits)) return;
    const key = fits.join(",");
    const group = groups.get(key) ?? { releases: [], fits, why: whyOnly(pythons, candidate, fits) };
    group.releases.push(index);
    groups.set(key, group);
  });
  return [...groups.values()].map(({ releases, fits, why }) => ({
    releases,
    provided: [],
    where: { package: pythons.package, set: intersection(pythons.all, complement(fits, pythons.count)) },
    reason: { kind: "python", project, why },
  }));
}

/**
 * What conda provides of a project is the build that conda chose; and where it provides any, pip installs no release beside it.
 * Nothing here says that a conda package must be there.
 */
export function providedLimits(
  project: string,
  versions: readonly ProvidedVersion[],
  { releases, countOf }: { readonly releases: number; readonly countOf: (package_: PackageId) => number },
): readonly Limit[] {
  const limits: Limit[] = [];
  const byPackage = new Map<PackageId, { readonly conda: string; readonly set: CandidateSet }>();
  versions.forEach(({ package: package_, conda, records }, index) => {
    const before = byPackage.get(package_)?.set;
    byPackage.set(package_, { conda, set: before === undefined ? records : union(before, records) });
    const set = withoutAbsence(complement(records, countOf(package_)));
    if (isEmpty(set)) return;
    const where = { package: package_, set };
    limits.push({ releases: [], provided: [index], where, reason: { kind: "provided-version", project } });
  });
  const all = Array.from({ length: releases }, (_, index) => index);
  const taken = [...byPackage].map(([package_, { conda, set }]): Limit => {
    const where = { package: package_, set };
    return { releases: all, provided: [], where, reason: { kind: "provided", project, conda } };
  });
  return releases === 0 ? limits : [...limits, ...taken];
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
function whyOnly(pythons: PythonTable, { usable }: Candidate, fits: CandidateSet): string {
  let accepted = nothingOf(pythons);
  for (const { file } of usable) accepted = union(accepted, pythons.accepting(file.requiresPython));
  const range = usable.find(({ file }) => file.requiresPython !== null)?.file.requiresPython ?? null;
  if (equalSets(accepted, fits) && range !== null) return `requires Python ${range}`;
  const versions = pythons.describe(fits);
  return versions === "" ? "has no file for any Python of conda" : `has files only for Python ${versions}`;
}
