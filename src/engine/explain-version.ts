/** Could a project have another version of a package, and if not, who is in the way? */
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { setContains } from "#packaging/specifier.ts";
import type { Target } from "#packaging/target.ts";
import { holderOf } from "#planning/holder.ts";
import type { Explanation } from "#solver/explain.ts";
import type { PypiProblem } from "#solver/pypi/problem.ts";
import type { Resolution } from "#solver/pypi/resolution.ts";
import { versionsOf, type ExplainableProject } from "./explain-project.ts";
import type { FilePlace, RequirementGraph } from "./requirement-chains.ts";

export interface VersionMove {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What stands between a package and a version, on one target. */
export type VersionVerdict =
  | { readonly kind: "in-use" }
  /** `moves`: what else would have to change. */
  | { readonly kind: "possible"; readonly moves: readonly VersionMove[] }
  | { readonly kind: "no-such-version"; readonly reason: string }
  | { readonly kind: "held"; readonly holder: string; readonly reason: string }
  /** The requirements cannot be met on the target with any version. */
  | { readonly kind: "unsolvable"; readonly reason: string }
  | { readonly kind: "not-known"; readonly reason: string };

export type VersionAnswer = VersionVerdict & { readonly targets: readonly string[] };

/** A requirement of the project's own that would have to be written differently. */
export interface OwnLimit {
  readonly place: FilePlace | null;
  readonly asks: string;
}

export interface VersionExplanation {
  readonly version: string;
  readonly limits: readonly OwnLimit[];
  readonly answers: readonly VersionAnswer[];
}

/**
 * Tries a version on every target that has the package. What the manifests themselves ask of it is set aside and told
 * in `limits`; everything else that they ask must still be met.
 * @param inUse what each target installs now
 */
export async function explainVersion(
  opened: ExplainableProject,
  inUse: ReadonlyMap<Target, RequirementGraph>,
  name: string,
  version: string,
): Promise<VersionExplanation> {
  const limits = new Map<string, OwnLimit>();
  const answers = new Map<string, { readonly verdict: VersionVerdict; readonly targets: string[] }>();
  for (const [target, graph] of inUse) {
    const current = versionsOf(graph);
    if (!current.has(name)) {
      continue;
    }
    const stated = opened.problem(target);
    if (typeof stated !== "string") {
      for (const limit of ownLimits(opened, stated.problem, name, version)) {
        limits.set(JSON.stringify(limit), limit);
      }
    }
    const verdict: VersionVerdict =
      typeof stated === "string"
        ? { kind: "not-known", reason: stated }
        : await tryVersion(opened, stated.problem, { name, version, current });
    const told = withoutTarget(verdict, target);
    const key = JSON.stringify(told);
    const answer = answers.get(key) ?? { verdict: told, targets: [] };
    answer.targets.push(target.id);
    answers.set(key, answer);
  }
  return {
    version,
    limits: [...limits.values()],
    answers: [...answers.values()].map(({ verdict, targets }) => ({ ...verdict, targets })),
  };
}

interface Wish {
  readonly name: string;
  readonly version: string;
  /** Versions in use, by name. */
  readonly current: ReadonlyMap<string, string>;
}

async function tryVersion(opened: ExplainableProject, problem: PypiProblem, wish: Wish): Promise<VersionVerdict> {
  const { name, version, current } = wish;
  if (isSameVersion(current.get(name), version)) {
    return { kind: "in-use" };
  }
  const asked = askedProblem(problem, name, version);
  const preferring = { ...asked, options: { ...asked.options, locked: current } };
  const outcome = await opened.solve(preferring);
  if (outcome.kind === "solved") {
    return { kind: "possible", moves: movesOf(current, outcome.resolution, name) };
  }
  const [outage] = opened.outages();
  if (outage !== undefined) {
    return { kind: "not-known", reason: outage.message };
  }
  if (outcome.kind === "undecided") {
    return {
      kind: "not-known",
      reason: `the budget of the solve was spent after ${outcome.effort.decisions} decisions`,
    };
  }
  const { explanation } = outcome.conflict;
  if (isMissingVersion(explanation, name)) {
    return { kind: "no-such-version", reason: explanation.text };
  }
  const anyway = await opened.solve(problem);
  if (anyway.kind === "conflict") {
    return { kind: "unsolvable", reason: anyway.conflict.explanation.text };
  }
  return { kind: "held", holder: holderOf(name, explanation).holder, reason: explanation.text };
}

/** The problem with one version of a package asked for, in place of what the manifests say about it. */
function askedProblem(problem: PypiProblem, name: string, version: string): PypiProblem {
  const own = problem.requirements.filter(({ requirement }) => requirement.name === name);
  const extras = [...new Set(own.flatMap(({ requirement }) => requirement.extras))];
  const bracket = extras.length === 0 ? "" : `[${extras.join(",")}]`;
  const requirement = parseRequirement(`${name}${bracket}==${version}`);
  if (isRequirementProblem(requirement)) {
    throw new RangeError(`${name}==${version}: ${requirement.message}`);
  }
  const source = own.find((one) => one.source !== null)?.source ?? null;
  return {
    ...problem,
    requirements: [
      ...problem.requirements.filter((one) => one.requirement.name !== name),
      { requirement, origin: null, source },
    ],
  };
}

function ownLimits(
  { project }: ExplainableProject,
  problem: PypiProblem,
  name: string,
  version: string,
): readonly OwnLimit[] {
  const parsed = parseVersion(version);
  const written = project.manifests.flatMap((manifest) => manifest.requirements);
  return problem.requirements
    .filter(({ requirement }) => requirement.name === name)
    .filter(({ requirement }) => parsed !== null && !setContains(requirement.specifiers, parsed))
    .map(({ requirement, origin }) => {
      const text = written.find((one) => one.name === name && one.file === origin?.file && one.line === origin.line)
        ?.constraint?.text;
      return { place: origin, asks: text === undefined ? requirement.text : `${name} ${text}` };
    });
}

/** What was asked for does not exist: nobody holds it. */
function isMissingVersion({ facts }: Explanation, name: string): boolean {
  return facts.some(
    (fact) =>
      fact.kind === "requires" && fact.noVersion && fact.name === name && fact.holder === null && fact.origin === null,
  );
}

function movesOf(current: ReadonlyMap<string, string>, resolution: Resolution, asked: string): readonly VersionMove[] {
  const after = new Map(resolution.packages.map(({ name, version }) => [name, formatVersion(version)]));
  return [...new Set([...current.keys(), ...after.keys()])]
    .filter((name) => name !== asked)
    .sort()
    .map((name) => ({ name, from: current.get(name) ?? null, to: after.get(name) ?? null }))
    .filter(({ from, to }) => !(to !== null && isSameVersion(from ?? undefined, to)));
}

function isSameVersion(one: string | undefined, other: string): boolean {
  const left = parseVersion(one ?? "");
  const right = parseVersion(other);
  return left !== null && right !== null && formatVersion(left) === formatVersion(right);
}

/** Targets that fail in the same way are told together. */
function withoutTarget(verdict: VersionVerdict, target: Target): VersionVerdict {
  return "reason" in verdict ? { ...verdict, reason: verdict.reason.replaceAll(target.id, "this target") } : verdict;
}
