/** How conda's packages, builds and match specs are named in an explanation. */
import { allowsAbsence, complement } from "../core/candidate-set.ts";
import type { Incompatibility, Term } from "../core/incompatibility.ts";
import { ROOT, type Dependency } from "../core/provider.ts";
import type { Vocabulary } from "../explain.ts";
import { describeRecords, placesOf } from "./describe-records.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaProvider } from "./provider.ts";
import { describeExclusion, describeLack, type CondaFact, type CondaFactPackage } from "./reasons.ts";

type CondaVocabulary = Vocabulary<CondaFact>;
type Told = ReturnType<CondaVocabulary["fact"]>;

/** @param owner put before the names of packages, where they stand beside those of others: `conda's ` */
export function condaVocabulary(provider: CondaProvider, owner = ""): CondaVocabulary {
  return {
    fact: (incompatibility) => factOf(provider, incompatibility, owner),
    conclusion: (incompatibility) => conclusionOf(provider, incompatibility.terms),
  };
}

function factOf(provider: CondaProvider, { cause, terms }: Incompatibility, owner: string): Told {
  const [first] = terms;
  if (first === undefined) return null;
  switch (cause.kind) {
    case "same":
    case "learned":
    case "no-candidate":
      return null;
    case "excluded": {
      const package_ = packageOf(provider, first);
      const reason = provider.reason(cause.reason);
      const text = `${label(package_, owner)}${placesOf(provider, first)} ${describeExclusion(reason)}`;
      return { text, fact: { kind: "excluded", package: package_, reason } };
    }
    case "dependency":
      return first.package === ROOT
        ? rootFact(provider, cause.dependency)
        : dependencyFact(provider, first, { dependency: cause.dependency, owner });
  }
}

function rootFact(provider: CondaProvider, dependency: Dependency): Told {
  const entry = provider.names.entryOf(dependency);
  const name = provider.packages.name(dependency.package) ?? "";
  const asked = provider.problem.specs.find(({ text }) => text === entry.text);
  if (asked === undefined) {
    const [has] = provider.candidatesOf(dependency.package);
    const { version = "", build = "" } = has?.record ?? {};
    const text = `the target ${provider.problem.platform} has ${name} ${version}`;
    return { text, fact: { kind: "virtual-package", name, version, build } };
  }
  const { origin } = asked;
  const lack = provider.names.lack(entry);
  const place = origin === null ? "" : ` (${origin.file}:${origin.line})`;
  // Why the matches are ruled out is told of them.
  const missing = lack === null || lack.kind === "excluded" ? "" : `, ${describeLack(lack)}`;
  const fact: CondaFact = { kind: "requires", holder: null, name, spec: entry.text, origin, lack };
  return { text: `you require ${entry.text}${place}${missing}`, fact };
}

function dependencyFact(
  provider: CondaProvider,
  holderTerm: Term,
  { dependency, owner }: { readonly dependency: Dependency; readonly owner: string },
): Told {
  const spec = provider.names.entryOf(dependency).text;
  const name = provider.packages.name(dependency.package) ?? "";
  const holder = packageOf(provider, holderTerm);
  const named = `${label(holder, owner)}${placesOf(provider, holderTerm)}`;
  if (dependency.kind === "constrains") {
    return { text: `${named} allows only ${spec} beside it`, fact: { kind: "constrains", holder, name, spec } };
  }
  const fact: CondaFact = { kind: "requires", holder, name, spec, origin: null, lack: null };
  return { text: `${named} depends on ${spec}`, fact };
}

function conclusionOf(provider: CondaProvider, terms: readonly Term[]): string {
  const chosen: string[] = [];
  const needed: string[] = [];
  for (const term of terms) {
    if (term.package === ROOT) continue;
    if (allowsAbsence(term.set)) {
      const set = complement(term.set, provider.candidateCount(term.package));
      needed.push(label(packageOf(provider, { package: term.package, set })));
    } else chosen.push(label(packageOf(provider, term)));
  }
  if (chosen.length === 0) {
    return needed.length === 0 ? "the requirements cannot be met together" : `${needed.join(" or ")} is needed`;
  }
  if (needed.length > 0) {
    return `${joined(chosen)} ${chosen.length > 1 ? "together need" : "needs"} ${needed.join(" or ")}`;
  }
  if (chosen.length === 1) return `${chosen.join("")} cannot be used`;
  return chosen.length === 2 ? chosen.join(" cannot be used with ") : `${joined(chosen)} cannot be used together`;
}

function joined(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;
}

function label({ name, records }: CondaFactPackage, owner = ""): string {
  if (isVirtualName(name)) return records === "" ? name : `${name} ${records}`;
  return records === "" ? `every build of ${owner}${name}` : `${owner}${name} ${records}`;
}

/** `numpy 1.26.4 py311_0`, `every build of numpy`: the builds of a term. */
export function labelOf(provider: CondaProvider, term: Term, owner: string): string {
  return label(packageOf(provider, term), owner);
}

function packageOf(provider: CondaProvider, term: Term): CondaFactPackage {
  const name = provider.packages.name(term.package) ?? "";
  return { name, records: describeRecords(provider.candidatesOf(term.package), term.set) };
}
