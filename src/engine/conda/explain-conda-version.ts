/** Could a conda environment have another version of a package, and if not, who is in the way? */
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import type { OwnLimit, VersionAnswer, VersionExplanation, VersionMove, VersionVerdict } from "../explain-version.ts";
import type { RequirementGraph } from "../requirement-chains.ts";
import { ofThisTarget } from "./channel-problem.ts";
import { heldBy } from "./conda-holder.ts";
import { PLAIN_CONDA_SOLVE, type CondaSolveRequest, type CondaTarget, type CondaWorkspace } from "./conda-workspace.ts";

interface Wish {
  readonly target: CondaTarget;
  readonly graph: RequirementGraph;
  /** Keys of the graph: a conda name, or `pip name`. */
  readonly key: string;
  readonly version: string;
}

/**
 * Tries a version on every target that has the package. What the files themselves ask of it is set aside and told in
 * `limits`; everything else that they ask must still be met.
 * @param name normalised
 */
export async function explainCondaVersion(
  workspace: CondaWorkspace,
  graphs: ReadonlyMap<CondaTarget, RequirementGraph>,
  name: string,
  version: string,
): Promise<VersionExplanation> {
  const limits = new Map<string, OwnLimit>();
  const answers = new Map<string, VersionAnswer & { readonly targets: string[] }>();
  for (const [target, graph] of graphs) {
    const [key] = [...graph.packages].find(([, one]) => one.name === name) ?? [];
    if (key === undefined) {
      continue;
    }
    for (const limit of ownLimits(target, key, version)) {
      limits.set(JSON.stringify(limit), limit);
    }
    const verdict = withoutTarget(await tryVersion(workspace, { target, graph, key, version }), target);
    const text = JSON.stringify(verdict);
    const answer = answers.get(text) ?? { ...verdict, targets: [] };
    answer.targets.push(target.id);
    answers.set(text, answer);
  }
  return { version, limits: [...limits.values()], answers: [...answers.values()] };
}

function ownLimits({ environment }: CondaTarget, key: string, version: string): readonly OwnLimit[] {
  const parsed = parseCondaVersion(version);
  return environment.conda
    .filter(({ requirement }) => requirement.name === key)
    .filter(({ text }) => {
      const spec = parseMatchSpec(text);
      return (
        !isCondaSpecProblem(spec) && parsed !== null && spec.version !== null && !condaSpecMatches(spec.version, parsed)
      );
    })
    .map(({ requirement: { file, line }, text }) => ({ place: { file, line }, asks: text }));
}

async function tryVersion(workspace: CondaWorkspace, wish: Wish): Promise<VersionVerdict> {
  const { target, graph, key, version } = wish;
  if (isSame(graph.packages.get(key)?.version, version)) {
    return { kind: "in-use" };
  }
  if (!key.startsWith("pip ") && !(await isOffered(workspace, wish))) {
    return { kind: "no-such-version", reason: `no channel has ${key} ${version} for ${target.platform} or noarch` };
  }
  const outcome = await workspace.solve(askedSolve(wish));
  switch (outcome.kind) {
    case "solved":
      return { kind: "possible", moves: movesOf(graph, outcome, key) };
    case "failed":
      return { kind: "not-known", reason: outcome.problem.message };
    case "undecided":
      return { kind: "not-known", reason: outcome.explanation };
    case "conflict":
      break;
  }
  const anyway = await workspace.solve({ ...PLAIN_CONDA_SOLVE, target: target.id });
  if (anyway.kind === "conflict") {
    return { kind: "unsolvable", reason: anyway.explanation };
  }
  const { holder } = heldBy(key.replace(/^pip /u, ""), { outcome });
  return { kind: "held", holder, reason: outcome.explanation };
}

/** The environment with one version asked for, in place of what its files say about it. */
function askedSolve({ target, key, version }: Wish): CondaSolveRequest {
  if (key.startsWith("pip ")) {
    const pipConstraints = new Map([[key.slice(4), `==${version}`]]);
    return { ...PLAIN_CONDA_SOLVE, target: target.id, pipConstraints };
  }
  const isStated = target.environment.conda.some(({ requirement }) => requirement.name === key);
  return {
    ...PLAIN_CONDA_SOLVE,
    target: target.id,
    constraints: isStated ? new Map([[key, `==${version}`]]) : new Map(),
    refuses: {
      ...PLAIN_CONDA_SOLVE.refuses,
      conda: (record) =>
        record.name === key && !isSame(record.version, version) ? `is not what was asked for, ${key} ${version}` : null,
    },
  };
}

async function isOffered(workspace: CondaWorkspace, { target, key, version }: Wish): Promise<boolean> {
  const answer = await workspace.records(target.id, [key]);
  return "problem" in answer || (answer.records.get(key) ?? []).some((record) => isSame(record.version, version));
}

function movesOf(
  { packages }: RequirementGraph,
  { conda, pypi }: Extract<Awaited<ReturnType<CondaWorkspace["solve"]>>, { kind: "solved" }>,
  asked: string,
): readonly VersionMove[] {
  const after = new Map([
    ...conda.map(({ name, version }) => [name, version] as const),
    ...pypi.map(({ name, version }) => [`pip ${name}`, formatVersion(version)] as const),
  ]);
  return [...new Set([...packages.keys(), ...after.keys()])]
    .filter((key) => key !== asked)
    .sort()
    .map((key) => ({
      name: packages.get(key)?.name ?? normalizeName(key.replace(/^pip /u, "")),
      from: packages.get(key)?.version ?? null,
      to: after.get(key) ?? null,
    }))
    .filter(({ from, to }) => !(to !== null && isSame(from ?? undefined, to)));
}

/** conda's order where it reads both texts, else PyPI's. */
function isSame(one: string | undefined, other: string): boolean {
  const [left, right] = [parseCondaVersion(one ?? ""), parseCondaVersion(other)];
  if (left !== null && right !== null) {
    return compareCondaVersions(left, right) === 0;
  }
  const [a, b] = [parseVersion(one ?? ""), parseVersion(other)];
  return a !== null && b !== null && compareVersions(a, b) === 0;
}

/** Targets that fail in the same way are told together. */
function withoutTarget(verdict: VersionVerdict, target: CondaTarget): VersionVerdict {
  const isOwn = "reason" in verdict && verdict.kind !== "no-such-version";
  return isOwn ? { ...verdict, reason: ofThisTarget(verdict.reason, target) } : verdict;
}
