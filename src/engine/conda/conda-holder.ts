/** Who keeps a conda package where it is, read from an explanation. */
import type { CellFailure } from "./solve-cells.ts";

/** The `holder` and `reason` of a held update. */
export function heldBy(
  name: string,
  { outcome }: Pick<CellFailure, "outcome">,
): { readonly holder: string; readonly reason: string } {
  if (outcome.kind === "failed") {
    return { holder: outcome.problem.url, reason: outcome.problem.message };
  }
  const reason = outcome.explanation.replace(/\s+/gu, " ");
  const origin = outcome.kind === "conflict" ? outcome.origin : null;
  const place = origin === null ? "other requirements" : `${origin.file}:${origin.line}`;
  return { holder: holderIn(reason, name) ?? place, reason };
}

/** `scipy 1.10.0 py310_0 depends on numpy`, without what stands in parentheses: builds and channels. */
const STEP =
  /(?:^|[\s,])(?!(?:because|and|since|so|thus|hence)\s)(?<holder>[a-z0-9_][\w.-]*)(?:\s(?<versions>[<>=!~\d*]\S*))?(?:\s[\w.*]+)?\s(?:depends on|constrains)\s(?<on>[a-z0-9_][\w.-]*)/giu;

/** Longer proofs are told whole, and searched at their beginning. */
const SEARCHED = 20_000;

/** A package of the proof that asks for another version of the name; else the first that asks for anything. */
function holderIn(explanation: string, name: string): string | null {
  const plain = explanation.slice(0, SEARCHED).replace(/\s*\([^()]*\)/gu, "");
  const steps = [...plain.matchAll(STEP)].map((match) => match.groups ?? {});
  const others = steps.filter(({ holder }) => holder?.toLowerCase() !== name);
  const telling = others.find(({ on }) => on?.toLowerCase() === name) ?? others[0];
  const { holder, versions = "" } = telling ?? {};
  return holder === undefined ? null : `${holder} ${versions.replace(/^=+/u, "")}`.trim();
}
