/** Holds that people asked for on a pull request: its branch carries them until it is merged. */
import { holdPackage, unholdPackage } from "#config/edit-hold.ts";
import type { HoldChange } from "#github/texts/commit-message.ts";
import { normalizeName } from "#packaging/names.ts";

export type HoldAnswer =
  /** `changes` empty: what was asked for took back what the branch carried, and nothing is left of it. */
  | { readonly kind: "holds"; readonly changes: readonly HoldChange[]; readonly text: string | null }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Writes what a branch carries, and what is asked for now, into the configuration of the base.
 * @param text of the configuration on the base; null where there is none
 */
export function applyHolds(text: string | null, carried: readonly HoldChange[], asked: HoldChange | null): HoldAnswer {
  const changes: HoldChange[] = [];
  let edited = text;
  for (const change of carried.filter((one) => asked === null || !isSamePackage(one, asked))) {
    const answer = applyOne(edited, change);
    // The base has taken it over meanwhile, or lets the package go: nothing is left to carry.
    if (answer.kind === "refused") continue;
    edited = answer.text;
    changes.push(change);
  }
  if (asked === null) return { kind: "holds", changes, text: edited };
  const answer = applyOne(edited, asked);
  const takesBack = asked.kind === "unhold" && carried.some((one) => isSamePackage(one, asked));
  if (answer.kind === "refused") {
    return takesBack ? { kind: "holds", changes, text: edited } : answer;
  }
  return { kind: "holds", changes: [...changes, asked], text: answer.text };
}

function applyOne(text: string | null, change: HoldChange): ReturnType<typeof holdPackage> {
  return change.kind === "hold" ? holdPackage(text, change.name, change.specifier) : unholdPackage(text, change.name);
}

function isSamePackage(one: HoldChange, other: HoldChange): boolean {
  return normalizeName(one.name) === normalizeName(other.name);
}
