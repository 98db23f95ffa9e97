/** What a solve for one target chose, and who asks for it there. */
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { formatSpecifierSet, setContains } from "#packaging/specifier.ts";
import type { RequiredBy, Resolution } from "#solver/pypi/resolution.ts";
import { askText, NEWEST_IMAGINABLE, type RequirementEdge, type RequirementGraph } from "./requirement-chains.ts";

/** A resolution as a graph; its packages stand in no file. */
export function resolutionGraph(resolution: Resolution): RequirementGraph {
  const packages = resolution.packages.map(
    ({ name, version }) => [name, { name, version: formatVersion(version), place: null }] as const,
  );
  const edges = resolution.packages.flatMap(({ name, requiredBy }) =>
    requiredBy
      // `name[extra]` asks for its own project, which explains nothing.
      .filter(({ by }) => by?.name !== name)
      .map((reason) => edgeOf(name, reason)),
  );
  return { packages: new Map(packages), edges };
}

function edgeOf(name: string, { by, requirement, origin }: RequiredBy): RequirementEdge {
  const newest = parseVersion(NEWEST_IMAGINABLE);
  const extras = requirement.extras.length === 0 ? "" : `[${requirement.extras.join(",")}]`;
  const extra = by?.extra == null ? "" : `[${by.extra}]`;
  return {
    from: by?.name ?? null,
    to: name,
    holder: by === null ? null : `${by.name}${extra} ${formatVersion(by.version)}`,
    place: by === null ? origin : null,
    asks: askText(`${name}${extras}`, formatSpecifierSet(requirement.specifiers)),
    restricts: newest !== null && !setContains(requirement.specifiers, newest),
  };
}
