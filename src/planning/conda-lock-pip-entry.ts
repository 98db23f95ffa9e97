/** The entry of a PyPI package in a conda-lock.yml. */
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { evaluateMarker, type MarkerEnvironment } from "#packaging/marker-syntax.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import { formatPoetryConstraint, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { formatSpecifierSet, type SpecifierSet } from "#packaging/specifier.ts";
import type { PlatformName } from "#packaging/target.ts";
import type { ResolvedPackage } from "#solver/pypi/resolution.ts";
import { MAIN_CATEGORY } from "./conda-lock-categories.ts";

/** @returns why it cannot be locked where its index gives no file for the platform, or no hash of it */
export function pipEntry(
  one: ResolvedPackage,
  platform: PlatformName,
  environment: MarkerEnvironment,
): CondaLockPackage | { readonly reason: string } {
  const { name, file } = one;
  const version = formatVersion(one.version);
  const sha256 = file?.hashes["sha256"];
  if (file === null || sha256 === undefined) {
    const reason = `${name} ${version} cannot be locked for ${platform}: its index gives no file with a sha256 for it.`;
    return { reason };
  }
  return {
    name,
    version,
    manager: "pip",
    platform,
    dependencies: pipDependencies(one, environment),
    url: file.url.replace(/#.*$/u, ""),
    hash: { md5: null, sha256 },
    source: null,
    build: null,
    category: MAIN_CATEGORY,
    optional: false,
  };
}

/** Requirements that apply on the target, in Poetry's words, since conda-lock asks Poetry. */
function pipDependencies(
  { extras, metadata }: ResolvedPackage,
  environment: MarkerEnvironment,
): ReadonlyMap<string, string> {
  const wanted = new Set(extras);
  const found = new Map<string, string>();
  for (const text of metadata.requiresDist) {
    const requirement = parseRequirement(text);
    if (isRequirementProblem(requirement)) {
      continue;
    }
    const { name, marker, specifiers } = requirement;
    if (marker === null || evaluateMarker(marker, environment, wanted)) {
      found.set(name, constraintText(specifiers));
    }
  }
  return new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function constraintText(specifiers: SpecifierSet): string {
  const text = formatSpecifierSet(specifiers);
  const constraint = parsePoetryConstraint(text === "" ? "*" : text);
  return constraint === null ? text : formatPoetryConstraint(constraint);
}
