/**
 * Extras that speak of a companion: jax's `minimum-jaxlib` says which jaxlib it wants at least, its `cuda` which CUDA build.
 * Nobody asked for the extra, so it is no requirement; yet where the companion is there, what the extra says is advice.
 */
import { normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { setContains } from "#packaging/specifier.ts";
import { acceleratorOf } from "./update-kind.ts";

/** What is needed of a solved package. */
export interface SolvedPackage {
  readonly name: string;
  readonly version: string;
  /** Extra name to PEP 508 texts. */
  readonly extras: Readonly<Record<string, readonly string[]>>;
}

/** Advice that the solution does not follow. */
export interface CompanionAdvice {
  /** `jax 0.4.6 (minimum-jaxlib)`. */
  readonly by: string;
  readonly requirement: Requirement;
}

/** The advice that a solution does not follow, by name of the companion. */
export function unmetAdvice(packages: readonly SolvedPackage[]): readonly CompanionAdvice[] {
  const versions = new Map(packages.map((one) => [normalizeName(one.name), one.version]));
  return packages.flatMap((one) =>
    Object.entries(one.extras).flatMap(([extra, texts]) => {
      const advice = adviceOf(one, extra, texts, versions);
      return advice === null ? [] : [advice];
    }),
  );
}

function adviceOf(
  one: SolvedPackage,
  extra: string,
  texts: readonly string[],
  versions: ReadonlyMap<string, string>,
): CompanionAdvice | null {
  const [text] = texts;
  const requirement = texts.length === 1 && text !== undefined ? parseRequirement(text) : null;
  if (requirement === null || isRequirementProblem(requirement)) {
    return null;
  }
  const version = parseVersion(versions.get(requirement.name) ?? "");
  const isCompanion = requirement.name.startsWith(normalizeName(one.name));
  if (version === null || !isCompanion || !concerns(extra, requirement.name, acceleratorOf(version))) {
    return null;
  }
  return setContains(requirement.specifiers, version)
    ? null
    : { by: `${one.name} ${one.version} (${extra})`, requirement };
}

/** The extra is named for the companion, or for the accelerator that the companion in use is built for. */
function concerns(extra: string, companion: string, accelerator: string | null): boolean {
  const name = normalizeName(extra);
  if (name.includes(companion)) {
    return true;
  }
  return accelerator !== null && accelerator !== "cpu" && name === accelerator.replace(/\d+$/u, "");
}
