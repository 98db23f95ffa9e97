/** A merged environment as it will be once constraints of its manifests are edited. */
import type { CondaEnvironment, EnvironmentRequirement } from "#formats/conda-environment.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { pep508Text } from "#formats/manifests/requirement-text.ts";
import { requirementKey } from "./conda-member.ts";
import { withConstraint as specWithConstraint } from "#formats/manifests/environment-yml/match-spec-parts.ts";

/** @param edits of any manifests; those of other environments are passed over */
export function editEnvironment(environment: CondaEnvironment, edits: readonly ConstraintEdit[]): CondaEnvironment {
  const byKey = new Map(edits.map((edit) => [requirementKey(edit.requirement), edit]));
  const apply = (entry: EnvironmentRequirement): EnvironmentRequirement => {
    const edit = byKey.get(requirementKey(entry.requirement));
    return edit === undefined ? entry : withText(entry, edit.constraint);
  };
  return {
    ...environment,
    conda: environment.conda.map(apply),
    pip: environment.pip.map(apply),
    pipConstraints: environment.pipConstraints.map(apply),
  };
}

function withText(entry: EnvironmentRequirement, text: string): EnvironmentRequirement {
  const { requirement } = entry;
  const before = requirement.constraint;
  if (before === null) {
    return entry;
  }
  const edited: ManifestRequirement = { ...requirement, constraint: { ...before, text } };
  if (requirement.ecosystem !== "conda") {
    return { ...entry, requirement: edited, text: pep508Text(edited) };
  }
  const spec = specWithConstraint(entry.text, text);
  const own = requirement.entry === undefined ? {} : { entry: { ...requirement.entry, text: spec } };
  return { ...entry, requirement: { ...edited, ...own }, text: spec };
}
