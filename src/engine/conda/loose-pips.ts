/** pip entries of conda environments, widened so that conda packages can move with them; their own move comes after. */
import { pipPins } from "#planning/pip-requirements.ts";
import { askedConstraint, type UpdateUnit } from "#planning/plan-units.ts";
import type { CondaCell } from "./conda-member.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";

/** PEP 440 specifiers by normalised name, as far as the unit reaches. */
export function loosenPips(cells: readonly CondaCell[], unit: UpdateUnit): ReadonlyMap<string, string> {
  const loose = new Map<string, string>();
  for (const { member, target } of cells) {
    const solved = member.baseline.get(target.id);
    const inUse = new Map(solved?.pypi.map(({ name, version }) => [name, version.text]));
    for (const { name, movable } of pipPins(pipManifests(member.workspace.project.manifests), inUse).pins) {
      const reached = unit.reach === "any" ? movable.anyMajor : movable.withinMajor;
      if (unit.names.has(name) && reached !== null && askedConstraint(unit, name) === null) {
        loose.set(name, reached);
      }
    }
  }
  return loose;
}

/** Files that pip reads: a pyproject.toml that a lock is made from has an updater of its own. */
export function pipManifests(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.filter(({ format }) => format === "environment-yml" || format === "requirements-txt");
}
