/** Who keeps a conda package where it is, read from an explanation. */
import type { CellFailure } from "./solve-cells.ts";

/** The `holder` and `reason` of a held update. */
export function heldBy(name: string, { outcome }: CellFailure): { readonly holder: string; readonly reason: string } {
  if (outcome.kind === "failed") {
    return { holder: outcome.problem.url, reason: outcome.problem.message };
  }
  const reason = outcome.explanation.replace(/\s+/gu, " ");
  const origin = outcome.kind === "conflict" ? outcome.origin : null;
  const place = origin === null ? "other requirements" : `${origin.file}:${origin.line}`;
  return { holder: holderIn(reason, name) ?? place, reason };
}

const NAMED =
  /\b(?:because|and|since)\s+(?<holder>[a-z0-9][\w.-]*)\s+(?<versions>[^\s,]+)[^,;]*?\s+(?:depends on|constrains)\s+(?<on>[a-z0-9][\w.-]*)/giu;

/** A package of the proof that asks for another version of the name; else the first that asks for anything. */
function holderIn(explanation: string, name: string): string | null {
  const steps = [...explanation.matchAll(NAMED)].map((match) => match.groups ?? {});
  const others = steps.filter(({ holder }) => holder?.toLowerCase() !== name);
  const telling = others.find(({ on }) => on?.toLowerCase() === name) ?? others[0];
  const { holder, versions = "" } = telling ?? {};
  return holder === undefined ? null : `${holder} ${versions.replace(/^=+/u, "")}`;
}
