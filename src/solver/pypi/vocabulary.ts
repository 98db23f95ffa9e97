/** How PyPI's packages and requirements are named in an explanation. */
import { compareVersions } from "#packaging/pep440-version.ts";
import { formatSpecifierSet } from "#packaging/specifier.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { allowsAbsence, complement, hasCandidate, isEmpty, type CandidateSet } from "../core/candidate-set.ts";
import type { Incompatibility, Term } from "../core/incompatibility.ts";
import type { Dependency } from "../core/provider.ts";
import type { Vocabulary } from "../explain.ts";
import type { Fact, FactPackage } from "../facts.ts";
import type { PypiProvider } from "./provider.ts";
import { describeExclusion } from "./reasons.ts";
import type { RequirementRecord } from "./requirement-table.ts";

/** How facts are told where PyPI's packages stand beside others. */
export interface PypiWording {
  /** Put before the names of packages: `pip's `. */
  readonly owner: string;
  /** Whether something that is no release on PyPI would do for the dependency. */
  readonly metElsewhere: (dependency: Dependency) => boolean;
}

const PLAIN: PypiWording = { owner: "", metElsewhere: () => false };

export function pypiVocabulary(provider: PypiProvider, wording: PypiWording = PLAIN): Vocabulary {
  return {
    fact: (incompatibility) => factOf(provider, incompatibility, wording),
    conclusion: (incompatibility) => conclusionOf(provider, incompatibility.terms),
  };
}

type Told = ReturnType<Vocabulary["fact"]>;

function factOf(provider: PypiProvider, incompatibility: Incompatibility, wording: PypiWording): Told {
  const { cause, terms } = incompatibility;
  const [first] = terms;
  if (first === undefined) return null;
  switch (cause.kind) {
    case "same":
    case "learned":
      return null;
    case "excluded": {
      const package_ = packageOf(provider, first);
      const reason = provider.reason(cause.reason);
      const fact: Fact = { kind: "excluded", package: package_, reason };
      return { text: `${label(package_, wording.owner)} ${describeExclusion(reason)}`, fact };
    }
    case "no-candidate": {
      const package_ = packageOf(provider, first);
      return { text: `${label(package_)} may not be chosen`, fact: { kind: "not-eligible", package: package_ } };
    }
    case "dependency":
      return dependencyFact(provider, first, { dependency: cause.dependency, wording });
  }
}

function dependencyFact(
  provider: PypiProvider,
  holderTerm: Term,
  { dependency, wording }: { readonly dependency: Dependency; readonly wording: PypiWording },
): Told {
  const record = provider.requirements.record(dependency.key);
  const target = provider.packages.entry(dependency.package);
  if (target.kind === "soft" || target.kind === "root") return null;
  const holderEntry = provider.packages.entry(holderTerm.package);
  const written = holderEntry.kind === "root" || holderEntry.kind === "soft";
  const holder = written ? null : packageOf(provider, holderTerm);
  const { origin } = record;
  const asks = askText(holder, record, wording.owner);
  if (target.kind === "address") {
    const fact: Fact = { kind: "address", name: target.name, url: target.url, requiredBy: holder, origin };
    return { text: `${asks} but the metadata behind an address is not read`, fact };
  }
  const project = provider.project(target.name);
  const elsewhere = wording.metElsewhere(dependency);
  if (project?.candidates.length === 0 && !elsewhere) {
    const fact: Fact = { kind: "unknown-project", name: target.name, requiredBy: holder, origin };
    return { text: `${asks} but no index knows ${target.name}`, fact };
  }
  const requirement = requirementText(record.requirement);
  if (dependency.kind === "constrains") {
    return { text: asks, fact: { kind: "constrains", holder, name: target.name, requirement, origin } };
  }
  const noVersion = !elsewhere && isEmpty(provider.allowed(dependency));
  const text = noVersion
    ? `${asks} but there is no such version of ${target.name}${nearest(provider, target.name)}`
    : asks;
  return { text, fact: { kind: "requires", holder, name: target.name, requirement, origin, noVersion } };
}

function askText(
  holder: FactPackage | null,
  { dependency, requirement, origin, role }: RequirementRecord,
  owner: string,
): string {
  const what = requirementText(requirement);
  if (holder !== null) return `${label(holder, owner)} depends on ${what}`;
  const place = origin === null ? "" : ` (${origin.file}:${origin.line})`;
  if (role === "constraint" || dependency.kind === "constrains") return `the constraint ${what}${place} applies`;
  return role === "soft" ? `${what}${place} is preferred` : `you require ${what}${place}`;
}

/** `numpy[extra]>=1.0`. */
export function requirementText({ name, extras, specifiers, url }: Requirement): string {
  const bracket = extras.length === 0 ? "" : `[${extras.join(",")}]`;
  return url === null ? `${name}${bracket}${formatSpecifierSet(specifiers)}` : `${name}${bracket} @ ${url}`;
}

/** The ends of what there is, so that a typing error can be seen. */
function nearest(provider: PypiProvider, name: string): string {
  const versions = sortedVersions(provider, name);
  const [oldest] = versions;
  const newest = versions.at(-1);
  if (oldest === undefined || newest === undefined) return "";
  return oldest === newest ? ` (only ${oldest.text})` : ` (there are ${oldest.text} to ${newest.text})`;
}

function conclusionOf(provider: PypiProvider, terms: readonly Term[]): string {
  const chosen: string[] = [];
  const needed: string[] = [];
  for (const term of terms) {
    const entry = provider.packages.entry(term.package);
    if (entry.kind === "root" || entry.kind === "soft") continue;
    if (!allowsAbsence(term.set)) {
      chosen.push(label(packageOf(provider, term)));
    } else {
      const set = complement(term.set, provider.candidateCount(term.package) ?? 0);
      needed.push(label(packageOf(provider, { package: term.package, set })));
    }
  }
  const [first = "", second = "", ...others] = chosen;
  if (chosen.length === 0)
    return needed.length === 0 ? "the requirements cannot be met together" : `${needed.join(" or ")} is needed`;
  if (needed.length > 0)
    return `${joined(chosen)} ${chosen.length > 1 ? "together need" : "needs"} ${needed.join(" or ")}`;
  if (chosen.length === 1) return `${first} cannot be used`;
  if (others.length === 0) return `${first} cannot be used with ${second}`;
  return `${joined(chosen)} cannot be used together`;
}

function joined(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;
}

function label({ name, versions }: FactPackage, owner = ""): string {
  return versions === "" ? `every version of ${owner}${name}` : `${owner}${name} ${versions}`;
}

function packageOf(provider: PypiProvider, term: Term): FactPackage {
  const entry = provider.packages.entry(term.package);
  if (entry.kind === "root") return { name: "the problem", versions: "" };
  if (entry.kind === "soft") return { name: `soft constraint ${entry.index + 1}`, versions: "" };
  const name = entry.kind === "extra" ? `${entry.name}[${entry.extra}]` : entry.name;
  return { name, versions: versionsText(provider, entry.name, term.set) };
}

/** A set of versions as ranges between versions that exist; empty where it is all of them. */
function versionsText(provider: PypiProvider, name: string, set: CandidateSet): string {
  const sorted = sortedVersions(provider, name);
  return rangesText(sorted.map(({ index, text }) => ({ text, meant: hasCandidate(set, index) })));
}

/** Some of a sorted list of versions as ranges; empty where it is all of them. */
export function rangesText(versions: readonly { readonly text: string; readonly meant: boolean }[]): string {
  const runs: [number, number][] = [];
  versions.forEach(({ meant }, place) => {
    if (!meant) return;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === place - 1) last[1] = place;
    else runs.push([place, place]);
  });
  const texts = runs.map(([from, to]) => {
    const lower = versions[from]?.text ?? "";
    const upper = versions[to]?.text ?? "";
    if (from === 0 && to === versions.length - 1) return versions.length === 1 ? lower : "";
    if (from === to) return lower;
    if (from === 0) return `<=${upper}`;
    return to === versions.length - 1 ? `>=${lower}` : `>=${lower},<=${upper}`;
  });
  const shown = texts.slice(0, 4);
  const rest = texts.length - shown.length;
  return rest > 0 ? `${shown.join(" or ")} or ${rest} other ranges` : shown.join(" or ");
}

function sortedVersions(
  provider: PypiProvider,
  name: string,
): readonly { readonly index: number; readonly text: string }[] {
  return (provider.project(name)?.candidates ?? [])
    .map(({ version }, index) => ({ version, index, text: version.text }))
    .sort((left, right) => compareVersions(left.version, right.version));
}
