/** What must hold of a universal resolution in each single environment, checked without any solver. */
import { evaluateMarker, type MarkerEnvironment } from "#packaging/marker-syntax.ts";
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { setContains } from "#packaging/specifier.ts";
import type { UniversalPackage } from "#solver/pypi/universal/universal-resolution.ts";

/**
 * Walks from the roots as an installer would.
 * @returns every rule that is broken: a name twice, a requirement not met, a package that nothing asks for
 */
export function closureProblems(
  packages: readonly UniversalPackage[],
  roots: readonly Requirement[],
  environment: MarkerEnvironment,
): string[] {
  const problems: string[] = [];
  const none = new Set<string>();
  const here = new Map<string, UniversalPackage>();
  for (const each of packages) {
    if (each.marker !== null && !evaluateMarker(each.marker, environment, none)) continue;
    if (here.has(each.name)) problems.push(`${each.name} occurs twice`);
    here.set(each.name, each);
  }
  const reached = walk(here, roots, environment, problems);
  for (const name of here.keys()) if (!reached.has(name)) problems.push(`nothing asks for ${name}`);
  return problems;
}

/** Follows every requirement that applies; returns the names, and `name[extra]`, that were reached. */
function walk(
  here: ReadonlyMap<string, UniversalPackage>,
  roots: readonly Requirement[],
  environment: MarkerEnvironment,
  problems: string[],
): ReadonlySet<string> {
  const reached = new Set<string>();
  const parsed = requirementReader();
  const queue = roots.map((requirement) => ({ requirement, by: "the problem", extras: new Set<string>() }));
  for (const { requirement, by, extras } of queue) {
    const { name, marker, specifiers } = requirement;
    if (marker !== null && !evaluateMarker(marker, environment, extras)) continue;
    const found = here.get(name);
    if (found === undefined) {
      problems.push(`${by} needs ${name}, which is not there`);
      continue;
    }
    if (!setContains(specifiers, found.version))
      problems.push(`${by} needs ${requirement.text}, not ${found.version.text}`);
    for (const extra of [null, ...requirement.extras]) {
      const node = extra === null ? name : `${name}[${extra}]`;
      if (reached.has(node)) continue;
      reached.add(node);
      const own = new Set(extra === null ? [] : [extra]);
      for (const text of found.metadata.requiresDist) queue.push({ requirement: parsed(text), by: node, extras: own });
    }
  }
  return reached;
}

/** Reads each distinct text once. */
function requirementReader(): (text: string) => Requirement {
  const known = new Map<string, Requirement>();
  return (text) => {
    const requirement = known.get(text) ?? parseRequirement(text);
    if (isRequirementProblem(requirement)) throw new Error(requirement.message);
    known.set(text, requirement);
    return requirement;
  };
}
