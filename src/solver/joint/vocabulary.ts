/** How the facts of both sides are told together: whose package it is stands before each name. */
import { compareVersions } from "#packaging/pep440-version.ts";
import { labelOf, condaVocabulary } from "../conda/vocabulary.ts";
import { allowsAbsence, complement, hasCandidate, isEmpty, withoutAbsence } from "../core/candidate-set.ts";
import type { Incompatibility, Term } from "../core/incompatibility.ts";
import { ROOT, type Dependency } from "../core/provider.ts";
import type { Vocabulary } from "../explain.ts";
import { pypiVocabulary, rangesText } from "../pypi/vocabulary.ts";
import { ownNumber, PIP_SECTION, releasesOf, sideOf } from "./ids.ts";
import type { JointProvider } from "./provider.ts";
import type { JointFact, JointReason } from "./reasons.ts";

type JointVocabulary = Vocabulary<JointFact>;
type Told = ReturnType<JointVocabulary["fact"]>;

const CONDA = "conda's ";
const PIP = "pip's ";

export function jointVocabulary(provider: JointProvider): JointVocabulary {
  const conda = condaVocabulary(provider.conda, provider.hasPipSection ? CONDA : "");
  const pypi = pypiVocabulary(provider.pypi, {
    owner: PIP,
    metElsewhere: (dependency) => isMetByConda(provider, dependency),
  });
  return {
    fact: (incompatibility) => {
      const { cause } = incompatibility;
      if (cause.kind === "dependency") return dependencyFact(provider, incompatibility, { conda, pypi });
      if (cause.kind !== "excluded") return null;
      const { side, own } = ownNumber(cause.reason);
      const plain = { ...inSideNumbers(provider, incompatibility), cause: { kind: "excluded", reason: own } as const };
      if (side === "conda") return onSide("conda", conda.fact(plain));
      if (side === "pypi") return onSide("pypi", pypi.fact(plain));
      return jointFact(provider, incompatibility, provider.reason(own));
    },
    conclusion: ({ terms }) => conclusionOf(provider, terms),
  };
}

interface Vocabularies {
  readonly conda: ReturnType<typeof condaVocabulary>;
  readonly pypi: ReturnType<typeof pypiVocabulary>;
}

function onSide<Side extends "conda" | "pypi", F>(
  side: Side,
  told: { readonly text: string; readonly fact: F } | null,
): { readonly text: string; readonly fact: { readonly side: Side; readonly fact: F } } | null {
  return told === null ? null : { text: told.text, fact: { side, fact: told.fact } };
}

function dependencyFact(
  provider: JointProvider,
  incompatibility: Incompatibility,
  { conda, pypi }: Vocabularies,
): Told {
  const { cause, terms } = incompatibility;
  const [holder] = terms;
  if (cause.kind !== "dependency" || holder === undefined) return null;
  const { dependency } = cause;
  const original = provider.original(dependency);
  if (original === null) return pythonRangeFact(provider, holder, dependency);
  const plain = {
    ...inSideNumbers(provider, incompatibility),
    cause: { kind: "dependency", dependency: original } as const,
  };
  if (ownNumber(dependency.key).side === "conda") return onSide("conda", conda.fact(plain));
  const told = pypi.fact(plain);
  if (told === null) return null;
  const pythons = dependency.condition === undefined ? "" : provider.pythons.describe(dependency.condition.set);
  const where = pythons === "" ? "" : `on Python ${pythons}, `;
  return { text: `${where}${told.text}`, fact: { side: "pypi", fact: told.fact } };
}

/** The root's requirement of the pip section goes without saying. */
function pythonRangeFact(provider: JointProvider, holder: Term, dependency: Dependency): Told {
  if (dependency.package === PIP_SECTION) return null;
  const why = `requires Python ${provider.rangeOf(dependency)}`;
  const project = nameOf(provider, holder);
  return {
    text: `${labelTerm(provider, holder)} ${why}`,
    fact: { side: "joint", fact: { kind: "python", project, why } },
  };
}

function jointFact(provider: JointProvider, { terms }: Incompatibility, reason: JointReason): Told {
  const [first] = terms;
  if (first === undefined) return null;
  const fact: JointFact = { side: "joint", fact: reason };
  switch (reason.kind) {
    case "provided-version":
      return null;
    case "python":
      return { text: `${labelTerm(provider, first)} ${reason.why}`, fact };
    case "provided":
      return { text: `conda's ${reason.conda} takes the place of pip's ${reason.project}`, fact };
    case "not-brought-in": {
      const names = reason.conda.map((name) => `conda's ${name}`).join(" or ");
      return {
        text: `nothing that conda chose asks for ${names} (a pip requirement brings no conda package in)`,
        fact,
      };
    }
    case "unknown-python": {
      const python = terms.find(({ package: package_ }) => package_ === provider.pythons.package);
      const name = python === undefined ? "conda's python" : labelTerm(provider, python);
      return { text: `pip cannot be used with ${name}, whose version is none of a Python`, fact };
    }
    case "no-python":
      return { text: "pip needs a Python, and nothing that conda chose asks for one", fact };
  }
}

/** The terms in the numbers of the side of the first; those of the other side are left out. */
function inSideNumbers(provider: JointProvider, { id, terms }: Incompatibility): Pick<Incompatibility, "id" | "terms"> {
  const side = terms[0]?.package === ROOT ? null : sideOf(terms[0]?.package ?? ROOT).side;
  const own = terms.flatMap((term): readonly Term[] => {
    const { side: termSide, id: package_ } = sideOf(term.package);
    if (side !== null && termSide !== side) return [];
    if (termSide === "conda") return [{ package: package_, set: term.set }];
    const provided = provider.providedOf(package_).length;
    if (provided === 0) return [{ package: package_, set: term.set }];
    const releases = releasesOf(term.set, provided, provider.pypi.candidateCount(package_) ?? 0);
    if (allowsAbsence(term.set)) releases[0] = (releases[0] ?? 0) | 1;
    return [{ package: package_, set: releases }];
  });
  return { id, terms: own };
}

function isMetByConda(provider: JointProvider, original: Dependency): boolean {
  const mapped = provider.mappedOf(original);
  if (mapped === null) return false;
  const allowed = provider.allowed(mapped);
  return provider.providedOf(original.package).some((_, index) => hasCandidate(allowed, index));
}

function conclusionOf(provider: JointProvider, terms: readonly Term[]): string {
  const chosen: string[] = [];
  const needed: string[] = [];
  for (const { package: package_, set } of terms) {
    if (package_ === ROOT || package_ === PIP_SECTION || isSoft(provider, package_)) continue;
    if (!allowsAbsence(set)) chosen.push(labelTerm(provider, { package: package_, set }));
    else {
      const rest = complement(set, provider.candidateCount(package_) ?? 0);
      needed.push(labelTerm(provider, { package: package_, set: rest }));
    }
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

function isSoft(provider: JointProvider, package_: number): boolean {
  const { side, id } = sideOf(package_);
  return side === "pypi" && provider.pypi.packages.entry(id).kind === "soft";
}

function nameOf(provider: JointProvider, { package: package_ }: Term): string {
  const entry = provider.pypi.packages.entry(sideOf(package_).id);
  if (entry.kind === "extra") return `${entry.name}[${entry.extra}]`;
  return entry.kind === "project" || entry.kind === "address" ? entry.name : "";
}

/** `conda's python 3.12.1`, `pip's flax >=0.8`; without an owner where the versions are of both. */
function labelTerm(provider: JointProvider, term: Term): string {
  const { side, id } = sideOf(term.package);
  if (side === "conda") {
    return labelOf(provider.conda, { package: id, set: term.set }, provider.hasPipSection ? CONDA : "");
  }
  const name = nameOf(provider, term);
  const entry = provider.pypi.packages.entry(id);
  if (entry.kind !== "project" && entry.kind !== "extra") return name;
  const provided = provider.providedOf(id);
  const releases = provider.pypi.project(entry.name)?.candidates ?? [];
  const set = withoutAbsence(term.set);
  const ofPip = !isEmpty(releasesOf(set, provided.length, releases.length));
  const ofConda = provided.filter((_, index) => hasCandidate(set, index));
  const owner = ofConda.length === 0 ? PIP : ofPip ? "" : CONDA;
  if (!ofPip && ofConda.some(({ version }) => version === null)) {
    return `${CONDA}${name} ${ofConda.map(({ text }) => text).join(" or ")}`;
  }
  const versions = sortedVersions(provider, id, { ofPip, ofConda: ofConda.length > 0 });
  const text = rangesText(
    versions.map(({ indexes, text: each }) => ({
      text: each,
      meant: indexes.some((index) => hasCandidate(set, index)),
    })),
  );
  return text === "" ? `every version of ${owner}${name}` : `${owner}${name} ${text}`;
}

/** The versions of the sides that are spoken of, oldest first, each once. */
function sortedVersions(
  provider: JointProvider,
  id: number,
  sides: { readonly ofPip: boolean; readonly ofConda: boolean },
): readonly { readonly text: string; readonly indexes: readonly number[] }[] {
  const entry = provider.pypi.packages.entry(id);
  const name = entry.kind === "project" || entry.kind === "extra" ? entry.name : "";
  const provided = provider.providedOf(id);
  const releases = provider.pypi.project(name)?.candidates ?? [];
  const all = [
    ...(sides.ofConda ? provided.map(({ version }, index) => ({ version, index })) : []),
    ...(sides.ofPip ? releases.map(({ version }, index) => ({ version, index: index + provided.length })) : []),
  ].flatMap(({ version, index }) => (version === null ? [] : [{ version, index }]));
  all.sort((left, right) => compareVersions(left.version, right.version));
  const versions = new Map<string, { readonly text: string; readonly indexes: number[] }>();
  for (const { version, index } of all) {
    const found = versions.get(version.sortKey) ?? { text: version.text, indexes: [] };
    found.indexes.push(index);
    versions.set(version.sortKey, found);
  }
  return [...versions.values()];
}
