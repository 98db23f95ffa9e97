/** The answer of a joint solve: what conda installs, what pip installs beside it, and what pip finds there already. */
import type { Target } from "#packaging/target.ts";
import { buildCondaResolution, type CondaResolution } from "../conda/resolution.ts";
import { ROOT, type PackageId } from "../core/provider.ts";
import type { Effort } from "../core/solve.ts";
import { targetEnvironment } from "../pypi/environment.ts";
import type { PypiKnowledge } from "../pypi/knowledge.ts";
import { PypiProvider } from "../pypi/provider.ts";
import { buildResolution, type Resolution } from "../pypi/resolution.ts";
import { sideOf } from "./ids.ts";
import type { JointProblem } from "./problem.ts";
import type { JointProvider } from "./provider.ts";

/** A project that pip's side asks for and a conda package provides. */
export interface ProvidedByConda {
  readonly project: string;
  readonly conda: string;
  /** As conda writes it. */
  readonly version: string;
  /** Asked for anywhere, sorted. */
  readonly extras: readonly string[];
  /** Of these, the ones whose requirements are not known: no index has the metadata of this version. */
  readonly unknownExtras: readonly string[];
}

export interface JointResolution {
  readonly conda: CondaResolution;
  /** Only what pip installs. */
  readonly pypi: Resolution;
  /** What pip is run with: conda's Python; null where the problem has no pip requirements and conda no Python. */
  readonly target: Target | null;
  /** Sorted by project. */
  readonly provided: readonly ProvidedByConda[];
  readonly effort: Effort;
}

/** Puts the core's choices into words. */
export function buildJointResolution(
  problem: JointProblem,
  provider: JointProvider,
  knowledge: PypiKnowledge,
  { choices, effort }: { readonly choices: ReadonlyMap<PackageId, number>; readonly effort: Effort },
): JointResolution {
  const conda = new Map<PackageId, number>();
  const pypi = new Map<PackageId, number>();
  for (const [package_, candidate] of choices) {
    const { side, id } = sideOf(package_);
    (side === "conda" ? conda : pypi).set(id, candidate);
  }
  const python = choices.get(provider.pythons.package);
  const target = python === undefined ? null : provider.pythons.target(python);
  return {
    conda: buildCondaResolution(provider.conda, conda, effort),
    pypi: target === null ? nothing(effort) : installed(problem, { provider, knowledge, target }, { pypi, effort }),
    target,
    provided: providedByConda(provider, pypi),
    effort,
  };
}

function nothing(effort: Effort): Resolution {
  return { packages: [], dropped: [], undated: [], effort };
}

interface Sources {
  readonly provider: JointProvider;
  readonly knowledge: PypiKnowledge;
  readonly target: Target;
}

/** The same choices in a solve for the one Python, whose files and markers are then the final ones. */
function installed(
  problem: JointProblem,
  { provider, knowledge, target }: Sources,
  { pypi, effort }: { readonly pypi: ReadonlyMap<PackageId, number>; readonly effort: Effort },
): Resolution {
  const environment = targetEnvironment(target, problem.pypi.options.pythonUpperBounds);
  const final = new PypiProvider(problem.pypi, environment, knowledge);
  const choices = new Map<PackageId, number>();
  const indexOf = (name: string, release: number): number => {
    const { sortKey } = provider.pypi.project(name)?.candidates[release]?.version ?? {};
    return final.project(name)?.candidates.findIndex(({ version }) => version.sortKey === sortKey) ?? -1;
  };
  for (const [id, candidate] of pypi) {
    const entry = provider.pypi.packages.entry(id);
    const provided = provider.providedOf(id);
    const found = provided[candidate];
    if (entry.kind === "root") choices.set(ROOT, candidate);
    if (entry.kind === "soft") choices.set(final.packages.soft(entry.index), candidate);
    if (entry.kind === "project" && found === undefined) {
      choices.set(final.packages.project(entry.name), indexOf(entry.name, candidate - provided.length));
    }
    if (entry.kind === "extra") {
      const release = found === undefined ? candidate - provided.length : provider.releaseOfProvided(entry.name, found);
      if (release >= 0) choices.set(final.packages.extra(entry.name, entry.extra), indexOf(entry.name, release));
    }
  }
  return buildResolution(final, choices, effort);
}

function providedByConda(provider: JointProvider, pypi: ReadonlyMap<PackageId, number>): readonly ProvidedByConda[] {
  const found = new Map<string, { conda: string; version: string; extras: string[]; unknownExtras: string[] }>();
  for (const [id, candidate] of pypi) {
    const entry = provider.pypi.packages.entry(id);
    const provided = provider.providedOf(id)[candidate];
    if (provided === undefined || (entry.kind !== "project" && entry.kind !== "extra")) continue;
    const { conda, text } = provided;
    const known = found.get(entry.name) ?? { conda, version: text, extras: [], unknownExtras: [] };
    found.set(entry.name, known);
    if (entry.kind !== "extra") continue;
    known.extras.push(entry.extra);
    if (!provider.knowsExtras(entry.name, provided)) known.unknownExtras.push(entry.extra);
  }
  return [...found]
    .map(([project, { extras, unknownExtras, ...rest }]) => ({
      project,
      ...rest,
      extras: extras.sort(),
      unknownExtras: unknownExtras.sort(),
    }))
    .sort((left, right) => (left.project < right.project ? -1 : 1));
}
