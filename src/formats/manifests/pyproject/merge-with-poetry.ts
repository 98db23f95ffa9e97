/**
 * How Poetry 2 takes `[project]` (or a PEP 735 group) and its own table of the same group together: the standard list
 * says what is needed, and Poetry's table adds to it (a source, a path, a narrower range). Names that Poetry's table
 * has alone count only where the standard list is empty or dynamic.
 */
import type { ManifestRequirement } from "../manifest.ts";
import { report, type PyprojectReader } from "./reading.ts";

export function mergeWithPoetry(
  reader: PyprojectReader,
  group: {
    readonly standard: readonly ManifestRequirement[];
    readonly poetry: readonly ManifestRequirement[];
    readonly isDynamic: boolean;
  },
): readonly ManifestRequirement[] {
  const { standard, poetry, isDynamic } = group;
  if (standard.length === 0) return poetry;
  const enriched = standard.map((requirement) => enrich(requirement, poetry));
  const wanted = new Set(standard.map(({ name }) => name));
  const counted = poetry.filter((requirement) => {
    if (wanted.has(requirement.name) || isDynamic) return true;
    const message = `Poetry 2 ignores ${requirement.writtenName} here, because the standard list of its group does not name it.`;
    report(reader, requirement.line, message);
    return false;
  });
  return [...enriched, ...counted];
}

/** A requirement with several Poetry entries keeps what it says itself: each of them stands in the manifest anyway. */
function enrich(requirement: ManifestRequirement, poetry: readonly ManifestRequirement[]): ManifestRequirement {
  const [only, ...others] = poetry.filter(({ name }) => name === requirement.name);
  if (only === undefined || others.length > 0) return requirement;
  const origin = requirement.origin.kind === "index" ? only.origin : requirement.origin;
  return { ...requirement, source: requirement.source ?? only.source, origin };
}
