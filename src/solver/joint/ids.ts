/** How the packages, dependencies and reasons of both sides share the numbers of one core. */
import { candidatesOf, emptySet, addCandidate, type CandidateSet } from "../core/candidate-set.ts";
import { ROOT, type PackageId } from "../core/provider.ts";

/** Conda's packages have odd numbers. Conda's root is the root of the core. */
export function condaId(own: PackageId): PackageId {
  return own === ROOT ? ROOT : 2 * own - 1;
}

/** PyPI's packages have even numbers from 2 on. PyPI's root is a package that the core's root requires: the pip section. */
export function pypiId(own: PackageId): PackageId {
  return 2 * own + 2;
}

export const PIP_SECTION: PackageId = pypiId(ROOT);

export type Side = "conda" | "pypi" | "joint";

/** A package in the numbers of its side. */
export interface SideId {
  readonly side: Exclude<Side, "joint">;
  readonly id: PackageId;
}

export function sideOf(package_: PackageId): SideId {
  if (package_ === ROOT) return { side: "conda", id: ROOT };
  return package_ % 2 === 1 ? { side: "conda", id: (package_ + 1) / 2 } : { side: "pypi", id: package_ / 2 - 1 };
}

const SIDES: readonly Side[] = ["conda", "pypi", "joint"];

/** A number that a side gave to a dependency or a reason, made distinct from those of the others. */
export function numberFor(side: Side, own: number): number {
  return own * SIDES.length + SIDES.indexOf(side);
}

export function ownNumber(number: number): { readonly side: Side; readonly own: number } {
  return { side: SIDES[number % SIDES.length] ?? "joint", own: Math.floor(number / SIDES.length) };
}

/** A set of the releases of a project, behind `provided` candidates that conda provides. */
export function shifted(set: CandidateSet, provided: number, count: number): CandidateSet {
  const result = emptySet(provided + count);
  for (const candidate of candidatesOf(set)) addCandidate(result, candidate + provided);
  return result;
}

/** The releases in a set of candidates of which the first `provided` are conda's; "not selected" is not in it. */
export function releasesOf(set: CandidateSet, provided: number, count: number): CandidateSet {
  const result = emptySet(count);
  for (const candidate of candidatesOf(set)) if (candidate >= provided) addCandidate(result, candidate - provided);
  return result;
}
