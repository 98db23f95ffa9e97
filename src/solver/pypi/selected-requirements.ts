/** Which of a list of requirements take part in an environment, and what overrides make of them. */
import type { Requirement } from "#packaging/requirement.ts";
import { intersection, isEmpty } from "../core/candidate-set.ts";
import type { Condition } from "../core/provider.ts";
import type { SolveEnvironment } from "./environment.ts";

export interface Selected {
  readonly requirement: Requirement;
  /** Beside which candidates of another package it counts; null: always. */
  readonly condition: Condition | null;
}

const NO_EXTRAS: ReadonlySet<string> = new Set();

/** Requirements that take part, in their order. @param extra whose requirements alone are meant; null for those of the release itself */
export function takingPart(
  environment: SolveEnvironment,
  requirements: readonly Requirement[],
  extra: string | null,
): readonly Selected[] {
  return requirements.flatMap((requirement) => {
    const when = answerFor(environment, requirement, extra);
    return when === false ? [] : [{ requirement, condition: when === true ? null : when }];
  });
}

/** The requirement as it counts: overrides of the same name take its place. */
export function overriddenBy(
  overrides: readonly Requirement[],
  selected: Selected,
  environment: SolveEnvironment,
): readonly Selected[] {
  const { requirement, condition } = selected;
  const own = overrides.filter(({ name }) => name === requirement.name);
  if (own.length === 0) return [selected];
  return takingPart(environment, own, null).flatMap((override) => {
    const both = conjunction(condition, override.condition);
    if (both === "never") return [];
    const extras = [...new Set([...requirement.extras, ...override.requirement.extras])];
    return [{ requirement: { ...override.requirement, extras }, condition: both }];
  });
}

function answerFor(environment: SolveEnvironment, { marker }: Requirement, extra: string | null): Condition | boolean {
  if (environment.when !== undefined) return environment.when(marker, extra);
  if (extra === null) return environment.applies(marker, NO_EXTRAS);
  return marker !== null && environment.applies(marker, new Set([extra])) && !environment.applies(marker, NO_EXTRAS);
}

/** Both conditions speak of the same package, if there are two. */
function conjunction(left: Condition | null, right: Condition | null): Condition | null | "never" {
  if (left === null || right === null || left === right) return left ?? right;
  const set = intersection(left.set, right.set);
  return isEmpty(set) ? "never" : { package: left.package, set };
}
