/** Joint solves in memory. */
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { normalizeName } from "#packaging/names.ts";
import { isPlatformName } from "#packaging/target.ts";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import type { JointProblem } from "#solver/joint/problem.ts";
import { NO_REPLIES, type JointReplies } from "#solver/joint/questions.ts";
import type { JointResolution } from "#solver/joint/resolution.ts";
import { createJointSolve, type JointOutcome } from "#solver/joint/solve-joint.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { DEFAULT_OPTIONS, type PypiOptions, type PypiProblem } from "#solver/pypi/problem.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";
import { answerOf, type MemoryChannel } from "./conda-memory.ts";
import { condaProblem, type SolveRequest } from "./conda-solve.ts";
import { rootsOf } from "./solve-problem.ts";

export interface JointRequest extends SolveRequest {
  readonly conda: readonly string[];
  readonly pypi: readonly string[];
  readonly names?: CondaPypiNames;
  readonly pypiOptions?: Partial<PypiOptions>;
  readonly more?: Partial<Omit<PypiProblem, "options" | "target" | "requirements">>;
}

export type FinishedJoint = Exclude<JointOutcome, { readonly kind: "needs" }>;

/** Each conda package is the project of its name; the exceptions come first. */
export function sameNames(others: Readonly<Record<string, readonly string[]>> = {}): CondaPypiNames {
  const known = new Map(Object.entries(others));
  return {
    pypiNames: ({ name }) => known.get(name) ?? [normalizeName(name)],
    condaNames: (project) => [
      ...[...known].flatMap(([name, projects]) => (projects.includes(project) ? [name] : [])),
      ...(known.has(project) ? [] : [project]),
    ],
  };
}

export function jointProblem(request: JointRequest): JointProblem {
  const conda = condaProblem(request.conda, request);
  if (!isPlatformName(conda.platform)) throw new Error(`${conda.platform} is no platform that wheels have`);
  return {
    conda,
    platform: conda.platform,
    names: request.names ?? sameNames(),
    pypi: {
      requirements: rootsOf(request.pypi),
      constraints: [],
      overrides: [],
      soft: [],
      // What pip does: an environment file's pip section is installed by it.
      options: { ...DEFAULT_OPTIONS, pythonUpperBounds: "respect", ...request.pypiOptions },
      ...request.more,
    },
  };
}

export interface JointAnswers {
  readonly channels: readonly MemoryChannel[];
  readonly pypi: (question: PypiQuestion) => PypiReply;
}

/** Steps a solve to its end; `rounds` counts how often it had to ask. */
export function solveJoint(
  problem: JointProblem,
  { channels, pypi }: JointAnswers,
  knowledge = { conda: new CondaKnowledge(), pypi: new PypiKnowledge() },
): { readonly outcome: FinishedJoint; readonly rounds: number } {
  const solve = createJointSolve(problem, knowledge);
  let replies: JointReplies = NO_REPLIES;
  for (let rounds = 0; ; rounds += 1) {
    const outcome = solve.step(replies);
    if (outcome.kind !== "needs") return { outcome, rounds };
    const { conda } = outcome;
    if (conda === null && outcome.pypi.length === 0) throw new Error("the solve waits and asks nothing");
    replies = {
      conda:
        conda === null
          ? null
          : { question: conda, answer: { channels: channels.map((channel) => answerOf(channel, conda.names)) } },
      pypi: outcome.pypi.map(pypi),
    };
  }
}

/** `conda numpy 1.26.4`, `pip flax 0.8`, sorted; or the explanation. */
export function jointSummary(outcome: FinishedJoint): readonly string[] | string {
  switch (outcome.kind) {
    case "solved":
      return summaryOf(outcome.resolution);
    case "conflict":
      return outcome.explanation.text;
    case "failed":
      return outcome.problem.message;
    case "undecided":
      return "undecided";
  }
}

function summaryOf({ conda, pypi }: JointResolution): readonly string[] {
  return [
    ...conda.packages.map(({ name, version }) => `conda ${name} ${version}`),
    ...pypi.packages.map(({ name, version }) => `pip ${name} ${version.text}`),
  ];
}
