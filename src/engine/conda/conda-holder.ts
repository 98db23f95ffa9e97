/** Who keeps a package of a conda environment where it is, read from the facts of a proof. */
import { normalizeName } from "#packaging/names.ts";
import type { ProofStep } from "./proof-steps.ts";
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
  const { steps, origin } = outcome.kind === "conflict" ? outcome : { steps: [], origin: null };
  const place = origin === null ? "other requirements" : `${origin.file}:${origin.line}`;
  return { holder: holderIn(steps, normalizeName(name)) ?? place, reason };
}

/**
 * The most telling step: a package that asks for the name; then one that asks for what the name itself asks for; then what
 * the name asks for and may not have; then a line that people wrote of something else; then what is wrong with the name
 * itself; then any package of the proof.
 * @param own normalised name of the package that is held
 */
function holderIn(steps: readonly ProofStep[], own: string): string | null {
  const needs = new Set(steps.flatMap((step) => (isAsking(step) && isNamed(step.name, own) ? [step.on] : [])));
  const others = steps.filter(isAsking).filter((step) => !isNamed(step.name, own));
  const asking = others.find(({ on }) => isNamed(on, own)) ?? others.find(({ on }) => needs.has(on));
  if (asking !== undefined) {
    return packageText(asking);
  }
  const missing = steps.filter(isExcluded).find((step) => needs.has(step.name));
  if (missing !== undefined) {
    return `${packageText(missing)} ${missing.why}`;
  }
  const stated = steps.find((step) => step.kind === "stated" && !isNamed(step.on, own));
  if (stated?.kind === "stated") {
    return stated.place;
  }
  // Versions that lack something say more than a newer one that is too young as yet.
  const ruledOut = steps.filter(isExcluded).filter((step) => isNamed(step.name, own));
  const lacking = new Set(steps.flatMap((step) => (isAsking(step) && isNamed(step.name, own) ? [step.versions] : [])));
  const itself = ruledOut.find(({ versions }) => lacking.has(versions)) ?? ruledOut[0];
  if (itself !== undefined) {
    return `${packageText(itself)} ${itself.why}`;
  }
  const [other] = others;
  return other === undefined ? null : packageText(other);
}

function isAsking(step: ProofStep): step is Extract<ProofStep, { kind: "asks" }> {
  return step.kind === "asks";
}

function isExcluded(step: ProofStep): step is Extract<ProofStep, { kind: "excluded" }> {
  return step.kind === "excluded";
}

function isNamed(name: string, normalized: string): boolean {
  return normalizeName(name) === normalized;
}

function packageText({ name, versions }: { readonly name: string; readonly versions: string }): string {
  return versions === "" ? name : `${name} ${versions}`;
}
