/** How Poetry's packages and requirements are named in an explanation. */
import { allowsAbsence, candidatesOf, complement, isEmpty, type CandidateSet } from "../../core/candidate-set.ts";
import type { Incompatibility, Term } from "../../core/incompatibility.ts";
import { ROOT, type Dependency, type PackageId } from "../../core/provider.ts";
import type { Vocabulary } from "../../explain.ts";
import type { FactPackage } from "../../facts.ts";
import { completeName } from "./dependency.ts";
import type { PoetryProvider } from "./provider.ts";

type Told = ReturnType<Vocabulary["fact"]>;

export function poetryVocabulary(provider: PoetryProvider): Vocabulary {
  return {
    fact: (incompatibility) => factOf(provider, incompatibility),
    conclusion: ({ terms }) => conclusionOf(provider, terms),
  };
}

function factOf(provider: PoetryProvider, { cause, terms }: Incompatibility): Told {
  const [first] = terms;
  if (first === undefined) return null;
  switch (cause.kind) {
    case "same":
    case "learned":
      return null;
    case "excluded": {
      const package_ = packageOf(provider, first.package, first.set);
      const message = provider.reason(cause.reason);
      const fact = { kind: "excluded", package: package_, reason: { kind: "metadata", message } } as const;
      return { text: `${label(package_)} cannot be used: ${message}`, fact };
    }
    case "no-candidate": {
      const package_ = packageOf(provider, first.package, first.set);
      return { text: `${label(package_)} may not be chosen`, fact: { kind: "not-eligible", package: package_ } };
    }
    case "dependency":
      return dependencyFact(provider, first, cause.dependency);
  }
}

function dependencyFact(provider: PoetryProvider, holderTerm: Term, dependency: Dependency): Told {
  const asked = provider.packages.dependency(dependency.key);
  const holder = holderTerm.package === ROOT ? null : packageOf(provider, holderTerm.package, holderTerm.set);
  // `name[extra]` needs `name` in its own version; that goes without saying.
  if (holder !== null && provider.packages.entry(holderTerm.package).name === asked.name) return null;
  const requirement = `${completeName(asked)}${asked.constraintText === "*" ? "" : ` ${asked.constraintText}`}`;
  const { origin } = asked;
  const place = origin === null ? "" : ` (${origin.file}:${origin.line})`;
  const asks = holder === null ? `you require ${requirement}${place}` : `${label(holder)} depends on ${requirement}`;
  const project = provider.project(asked.name);
  if (project?.problem != null) {
    const fact = { kind: "unknown-project", name: asked.name, requiredBy: holder, origin } as const;
    return { text: `${asks} but ${project.problem}`, fact };
  }
  const noVersion = isEmpty(provider.allowed(dependency));
  const fact = { kind: "requires", holder, name: asked.name, requirement, origin, noVersion } as const;
  return { text: noVersion ? `${asks} but there is no such version of ${asked.name}` : asks, fact };
}

function conclusionOf(provider: PoetryProvider, terms: readonly Term[]): string {
  const chosen: string[] = [];
  const needed: string[] = [];
  for (const { package: package_, set } of terms) {
    if (package_ === ROOT) continue;
    if (!allowsAbsence(set)) chosen.push(label(packageOf(provider, package_, set)));
    else needed.push(label(packageOf(provider, package_, complement(set, provider.candidateCount(package_) ?? 0))));
  }
  if (chosen.length === 0) {
    return needed.length === 0 ? "the requirements cannot be met together" : `${needed.join(" or ")} is needed`;
  }
  const all = chosen.length < 2 ? chosen.join("") : `${chosen.slice(0, -1).join(", ")} and ${chosen.at(-1) ?? ""}`;
  if (needed.length > 0) return `${all} ${chosen.length > 1 ? "together need" : "needs"} ${needed.join(" or ")}`;
  return chosen.length === 1 ? `${all} cannot be used` : `${all} cannot be used together`;
}

function label({ name, versions }: FactPackage): string {
  return versions === "" ? `every version of ${name}` : `${name} ${versions}`;
}

/** A package with its versions as ranges between versions that exist; no text where it is all of them. */
function packageOf(provider: PoetryProvider, package_: PackageId, set: CandidateSet): FactPackage {
  if (package_ === ROOT) return { name: "the project", versions: "" };
  const name = completeName(provider.packages.entry(package_));
  const last = (provider.candidateCount(package_) ?? 0) - 1;
  // Candidates are newest first: a run of indexes is a range of versions.
  const runs: [newest: number, oldest: number][] = [];
  for (const index of candidatesOf(set)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  const version = (index: number): string => provider.candidate(package_, index).version.text;
  const texts = runs.toReversed().map(([newest, oldest]) => {
    if (newest === 0 && oldest === last) return last === 0 ? version(0) : "";
    if (newest === oldest) return version(newest);
    if (oldest === last) return `<=${version(newest)}`;
    return newest === 0 ? `>=${version(oldest)}` : `>=${version(oldest)},<=${version(newest)}`;
  });
  const shown = texts.slice(0, 4).join(" or ");
  return { name, versions: texts.length > 4 ? `${shown} or ${texts.length - 4} other ranges` : shown };
}
