/** A merged environment as it will be once constraints of its manifests are edited. */
import type { CondaEnvironment, EnvironmentRequirement } from "#formats/conda-environment.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { pep508Text } from "#formats/manifests/requirement-text.ts";
import { constraintSpan } from "#packaging/conda-match-spec-positions.ts";
import { requirementKey } from "./conda-member.ts";
import { withConstraint as specWithConstraint } from "#formats/manifests/environment-yml/match-spec-parts.ts";

/** @param edits of any manifests; those of other environments are passed over */
export function editEnvironment(environment: CondaEnvironment, edits: readonly ConstraintEdit[]): CondaEnvironment {
  const byKey = new Map(edits.map((edit) => [requirementKey(edit.requirement), edit]));
  const apply = (entry: EnvironmentRequirement): EnvironmentRequirement => {
    const edit = byKey.get(requirementKey(entry.requirement));
    return edit === undefined ? entry : withText(entry, edit);
  };
  return {
    ...environment,
    conda: environment.conda.map(apply),
    pip: environment.pip.map(apply),
    pipConstraints: environment.pipConstraints.map(apply),
  };
}

function withText(entry: EnvironmentRequirement, { constraint: text, build }: ConstraintEdit): EnvironmentRequirement {
  const { requirement } = entry;
  const before = requirement.constraint;
  if (before === null) {
    return entry;
  }
  const edited: ManifestRequirement = { ...requirement, constraint: { ...before, text } };
  if (requirement.ecosystem !== "conda") {
    return { ...entry, requirement: edited, text: pep508Text(edited) };
  }
  const old = requirement.entry?.build ?? null;
  const raised = specWithConstraint(entry.text, text);
  const spec = build === undefined || old === null ? raised : withBuild(raised, old, build);
  const named = { ...requirement.entry, text: spec, build: build ?? old };
  const own = requirement.entry === undefined ? {} : { entry: { ...requirement.entry, ...named } };
  return { ...entry, requirement: { ...edited, ...own }, text: spec };
}

/** The build stands behind the version. */
function withBuild(text: string, old: string, build: string): string {
  const at = text.indexOf(old, constraintSpan(text)?.end ?? text.length);
  return at < 0 ? text : text.slice(0, at) + build + text.slice(at + old.length);
}

/** An environment in which some entries ask for no build any more, so that their version can move. */
export function withoutBuilds(environment: CondaEnvironment, keys: ReadonlySet<string>): CondaEnvironment {
  const conda = environment.conda.map((entry) => {
    const span = keys.has(requirementKey(entry.requirement)) ? constraintSpan(entry.text) : null;
    return span === null ? entry : { ...entry, text: entry.text.slice(0, span.end) };
  });
  return { ...environment, conda };
}
