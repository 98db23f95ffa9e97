/** What a proof rests on, in the words of no ecosystem: who asks for what, and what may not be had. */
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { describeExclusion as describeCondaExclusion, type CondaFact } from "#solver/conda/reasons.ts";
import type { Fact } from "#solver/facts.ts";
import type { JointFact } from "#solver/joint/reasons.ts";
import { describeExclusion as describePypiExclusion } from "#solver/pypi/reasons.ts";

export type ProofStep =
  /** A package asks for another, or allows nothing else of it. */
  | { readonly kind: "asks"; readonly name: string; readonly versions: string; readonly on: string }
  /** People ask for it. */
  | { readonly kind: "stated"; readonly on: string; readonly place: string }
  /** These versions may not be chosen. `why`: the end of a sentence that begins with them. */
  | { readonly kind: "excluded"; readonly name: string; readonly versions: string; readonly why: string };

/** One step for each fact that speaks of packages, in the order of the proof. */
export function proofSteps(facts: readonly (CondaFact | JointFact)[]): readonly ProofStep[] {
  return facts.flatMap((fact) => {
    if (!("side" in fact)) {
      return condaSteps(fact);
    }
    switch (fact.side) {
      case "conda":
        return condaSteps(fact.fact);
      case "pypi":
        return pypiSteps(fact.fact);
      case "joint":
        return [];
    }
  });
}

function condaSteps(fact: CondaFact): readonly ProofStep[] {
  switch (fact.kind) {
    case "requires":
    case "constrains": {
      const { holder, name: on } = fact;
      const origin = fact.kind === "requires" ? fact.origin : null;
      return asked(holder === null ? null : { name: holder.name, versions: versionsOf(holder.records) }, on, origin);
    }
    case "excluded": {
      const { reason } = fact;
      const { name, records } = fact.package;
      const versions = versionsOf(records);
      const spec = reason.kind === "dead" ? parseMatchSpec(reason.spec) : null;
      const on = spec === null || isCondaSpecProblem(spec) ? null : spec.name;
      return [
        ...(on === null ? [] : asked({ name, versions }, on, null)),
        { kind: "excluded", name, versions, why: describeCondaExclusion(reason) },
      ];
    }
    case "virtual-package":
      return [];
  }
}

function pypiSteps(fact: Fact): readonly ProofStep[] {
  switch (fact.kind) {
    case "requires":
    case "constrains":
      return asked(fact.holder, fact.name, fact.origin);
    case "unknown-project":
    case "address":
      return asked(fact.requiredBy, fact.name, fact.origin);
    case "excluded": {
      const { name, versions } = fact.package;
      return [{ kind: "excluded", name, versions: plain(versions), why: describePypiExclusion(fact.reason) }];
    }
    case "index-problem":
    case "not-eligible":
      return [];
  }
}

function asked(
  holder: { readonly name: string; readonly versions: string } | null,
  on: string,
  origin: { readonly file: string; readonly line: number } | null,
): readonly ProofStep[] {
  if (holder !== null) {
    return [{ kind: "asks", name: holder.name, versions: plain(holder.versions), on }];
  }
  return origin === null ? [] : [{ kind: "stated", on, place: `${origin.file}:${origin.line}` }];
}

/** `1.26.4` of `1.26.4 py311_0`, `>=1.25` of `>=1.25 (2 of 3 builds: py311_0, py312_0)`. */
function versionsOf(records: string): string {
  const [versions = ""] = records.split(" (");
  const [version = "", build = ""] = versions.split(" ");
  return build === "" || build === "or" ? versions : version;
}

/** `==1.4.0` reads better as `1.4.0`. */
function plain(versions: string): string {
  return versions.replace(/^==/u, "");
}
