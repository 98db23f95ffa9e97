/** How conda's packages, builds and match specs are named in an explanation. */
import {
  allCandidates,
  allowsAbsence,
  candidatesOf,
  complement,
  emptySet,
  intersection,
  isDisjoint,
  isEmpty,
  isSubset,
  union,
  type CandidateSet,
} from "../core/candidate-set.ts";
import type { Incompatibility, Term } from "../core/incompatibility.ts";
import { ROOT, type Dependency, type PackageId } from "../core/provider.ts";
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
    merge: (facts, { terms }) => mergedText(provider, facts, terms),
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
      const term = askedFor(provider, first);
      if (isEmpty(term.set)) return null;
      const reason = provider.reason(cause.reason);
      const text = `${labelOf(provider, term, owner)}${placesOf(provider, term)} ${describeExclusion(reason)}`;
      return { text, fact: { kind: "excluded", package: packageOf(provider, term), reason } };
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
  const term = askedFor(provider, holderTerm);
  // What the problem leaves out anyway.
  if (isEmpty(term.set)) return null;
  const spec = provider.names.entryOf(dependency).text;
  const name = provider.packages.name(dependency.package) ?? "";
  const holder = packageOf(provider, term);
  const named = `${labelOf(provider, term, owner)}${placesOf(provider, term)}`;
  if (dependency.kind === "constrains") {
    return { text: `${named} allows only ${spec} beside it`, fact: { kind: "constrains", holder, name, spec } };
  }
  const fact: CondaFact = { kind: "requires", holder, name, spec, origin: null, lack: null };
  return { text: `${named} depends on ${spec}`, fact };
}

/** Match specs of one dependency that a sentence shows. */
const MOST_SPECS = 3;

/** Builds of one name that depend on another in several ways: one sentence instead of a conclusion for each. */
function mergedText(provider: CondaProvider, facts: readonly CondaFact[], terms: readonly Term[]): string | null {
  const [first] = facts;
  if (first?.kind !== "requires" || first.holder === null) return null;
  const { holder, name } = first;
  const specs = new Set<string>();
  for (const fact of facts) {
    if (fact.kind !== "requires" || fact.holder?.name !== holder.name || fact.name !== name) return null;
    specs.add(fact.spec);
  }
  const term = termOf(provider, terms, holder.name);
  if (term === undefined || allowsAbsence(term.set)) return null;
  const ways = waysText(provider, { holder: holder.name, name, specs: [...specs] }, termOf(provider, terms, name));
  if (ways === null) return null;
  const holders = askedFor(provider, term);
  return `${labelOf(provider, holders, "")}${placesOf(provider, holders)} depends on ${ways}`;
}

function termOf(provider: CondaProvider, terms: readonly Term[], name: string): Term | undefined {
  return terms.find((each) => provider.packages.name(each.package) === name);
}

/**
 * `b <2 or b >=3`: some builds have the one, some the other, so that what none of them allows is out. `b <2 and on b >=3`: the
 * same builds have both, and nothing is left. Null where it is neither.
 */
function waysText(
  provider: CondaProvider,
  { holder, name, specs }: { readonly holder: string; readonly name: string; readonly specs: readonly string[] },
  left: Term | undefined,
): string | null {
  if (left === undefined) return specs.length === 2 ? specs.join(" and on ") : null;
  if (name !== holder) {
    let all = emptySet(provider.candidateCount(left.package));
    for (const text of specs) all = union(all, provider.names.allowed(provider.names.specs.entry(text)));
    if (!isDisjoint(left.set, all)) return null;
  }
  const shown = specs.slice(0, MOST_SPECS);
  const rest = specs.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} other${rest > 1 ? "s" : ""}`] : [])].join(" or ");
}

function conclusionOf(provider: CondaProvider, terms: readonly Term[]): string {
  const chosen: string[] = [];
  const needed: string[] = [];
  for (const term of terms) {
    if (term.package === ROOT) continue;
    if (allowsAbsence(term.set)) {
      const set = complement(term.set, provider.candidateCount(term.package));
      needed.push(label(packageOf(provider, { package: term.package, set })));
    } else chosen.push(labelOf(provider, term, ""));
  }
  if (chosen.length === 0) {
    return needed.length === 0 ? "the requirements cannot be met together" : `${needed.join(" or ")} is needed`;
  }
  if (needed.length > 0) {
    return `${joined(chosen)} ${chosen.length > 1 ? "together need" : "needs"} ${needed.join(" or ")}`;
  }
  if (chosen.length === 1) return `${chosen.join("")} cannot be used`;
  const [first = "", second = ""] = chosen;
  if (chosen.length === 2) return `${first} cannot be used with ${second.replace(/^every build/u, "any build")}`;
  return `${joined(chosen)} cannot be used together`;
}

function joined(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;
}

function label({ name, records }: CondaFactPackage, owner = ""): string {
  if (isVirtualName(name)) return records === "" ? name : `${name} ${records}`;
  return records === "" ? `every build of ${owner}${name}` : `${owner}${name} ${records}`;
}

/** `numpy 1.26.4 py311_0`, `every build of numpy`, `every build of numpy=1.26` where the problem asks for that. */
export function labelOf(provider: CondaProvider, term: Term, owner: string): string {
  const narrowed = askedFor(provider, term);
  const { asked, specs } = rootSpecs(provider, term.package);
  if (
    asked !== null &&
    isAllOfSeveral(narrowed.set, asked) &&
    !isSubset(allCandidates(provider.candidateCount(term.package)), asked)
  ) {
    return `every build of ${owner}${specs.join(" and ")}`;
  }
  return label(packageOf(provider, isEmpty(narrowed.set) ? term : narrowed), owner);
}

function isAllOfSeveral(set: CandidateSet, all: CandidateSet): boolean {
  return isSubset(all, set) && [...candidatesOf(all)].length > 1;
}

/** Without the builds that the problem's own match specs leave out; of a negative term nothing is left out. */
function askedFor(provider: CondaProvider, term: Term): Term {
  const { asked } = rootSpecs(provider, term.package);
  if (asked === null || allowsAbsence(term.set)) return term;
  return { package: term.package, set: intersection(term.set, asked) };
}

/** What the problem itself asks for of a package, and the builds that fit all of it; null where it does not name it. */
function rootSpecs(
  provider: CondaProvider,
  package_: PackageId,
): { readonly asked: CandidateSet | null; readonly specs: readonly string[] } {
  const name = provider.packages.name(package_);
  const texts = new Set(provider.problem.specs.map(({ text }) => text));
  const entries = [...texts].map((text) => provider.names.specs.entry(text)).filter(({ spec }) => spec?.name === name);
  let asked: CandidateSet | null = null;
  for (const entry of entries) {
    const allowed = provider.names.allowed(entry);
    asked = asked === null ? allowed : intersection(asked, allowed);
  }
  return { asked, specs: entries.map(({ text }) => text) };
}

function packageOf(provider: CondaProvider, term: Term): CondaFactPackage {
  const name = provider.packages.name(term.package) ?? "";
  return { name, records: describeRecords(provider.candidatesOf(term.package), term.set) };
}
