/** Who keeps a package where it is, read from the facts of a conflict. */
import { shownUrl } from "#packaging/safe-url.ts";
import type { Explanation } from "#solver/explain.ts";
import type { Fact, FactOrigin, FactPackage } from "#solver/facts.ts";
import { describeExclusion } from "#solver/pypi/reasons.ts";

/** The `holder` and `reason` of a held update. */
export interface Holder {
  readonly holder: string;
  readonly reason: string;
}

/**
 * Names who holds a package.
 * The most telling fact comes first: a package that asks for another version of it; then something that it needs
 * itself and that does not exist; then its own files; then whatever the proof names.
 * @param name the package that is held
 */
export function holderOf(name: string, explanation: Explanation): Holder {
  const { facts } = explanation;
  const asking = facts.find((fact) => isRequirementOn(fact, name) && fact.holder !== null);
  const missing = facts.find((fact) => (fact.kind === "requires" && fact.noVersion) || fact.kind === "unknown-project");
  const own = facts.find((fact) => fact.kind === "excluded" && fact.package.name === name);
  const outage = facts.find((fact) => fact.kind === "index-problem");
  const telling = outage ?? missing ?? asking ?? own ?? facts.find((fact) => !isOwnRequirement(fact, name)) ?? facts[0];
  const reason = explanation.text.replace(/\s*\n\s*/gu, " ");
  return telling === undefined ? { holder: name, reason } : { holder: describeHolder(telling), reason };
}

function isRequirementOn(fact: Fact, name: string): fact is Extract<Fact, { kind: "requires" | "constrains" }> {
  return (fact.kind === "requires" || fact.kind === "constrains") && fact.name === name;
}

/** What was asked for to learn the reason is not the reason. */
function isOwnRequirement(fact: Fact, name: string): boolean {
  return isRequirementOn(fact, name) && fact.holder === null;
}

function describeHolder(fact: Fact): string {
  switch (fact.kind) {
    case "requires":
      return fact.noVersion
        ? `${holderText(fact.holder, fact.origin)} needs ${fact.requirement}, which no index has`
        : holderText(fact.holder, fact.origin);
    case "constrains":
      return holderText(fact.holder, fact.origin);
    case "unknown-project":
      return `${holderText(fact.requiredBy, fact.origin)} needs ${fact.name}, which no index knows`;
    case "index-problem":
      return `the index of ${fact.name}`;
    case "address":
      return `${fact.name} from ${shownUrl(fact.url)}`;
    case "excluded":
      return `${packageText(fact.package)} ${describeExclusion(fact.reason)}`;
    case "not-eligible":
      return packageText(fact.package);
  }
}

function holderText(holder: FactPackage | null, origin: FactOrigin | null): string {
  if (holder !== null) {
    return packageText(holder);
  }
  return origin === null ? "what was asked for" : `${origin.file}:${origin.line}`;
}

/** `poetry ==1.4.0` reads better as `poetry 1.4.0`. */
function packageText({ name, versions }: FactPackage): string {
  return versions === "" ? name : `${name} ${versions.replace(/^==/u, "")}`;
}
