/** Short ways to state a PyPI problem and to solve it from an index in memory. */
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { makeTarget, type PlatformName } from "#packaging/target.ts";
import { DEFAULT_OPTIONS, type PypiOptions, type PypiProblem, type RootRequirement } from "#solver/pypi/problem.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";
import { createPypiSolve, type PypiOutcome } from "#solver/pypi/solve-target.ts";

export type Finished<Outcome> = Exclude<Outcome, { readonly kind: "needs" }>;

export function requirementOf(text: string): Requirement {
  const parsed = parseRequirement(text);
  if (isRequirementProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

/** Requirements as the lines of a file. */
export function rootsOf(texts: readonly string[], file = "requirements.txt"): RootRequirement[] {
  return texts.map((text, index) => ({
    requirement: requirementOf(text),
    origin: { file, line: index + 1 },
    source: null,
  }));
}

export interface ProblemRequest {
  readonly requires: readonly string[];
  readonly python?: string;
  readonly platform?: PlatformName;
  readonly options?: Partial<PypiOptions>;
  readonly more?: Partial<Omit<PypiProblem, "options" | "target" | "requirements">>;
}

export function problemOf({ requires, python, platform, options, more }: ProblemRequest): PypiProblem {
  return {
    requirements: rootsOf(requires),
    constraints: [],
    overrides: [],
    soft: [],
    target: makeTarget({ platform: platform ?? "linux-64", accelerator: "cpu", python: python ?? "3.12" }),
    options: { ...DEFAULT_OPTIONS, ...options },
    ...more,
  };
}

/** Steps a solve to its end; counts how often it had to ask. */
export function finish<Outcome extends { readonly kind: string }>(
  solve: { step(replies: readonly PypiReply[]): Outcome },
  answer: (question: PypiQuestion) => PypiReply,
): { readonly outcome: Outcome; readonly rounds: number } {
  let replies: readonly PypiReply[] = [];
  for (let rounds = 0; ; rounds += 1) {
    const outcome = solve.step(replies);
    if (outcome.kind !== "needs") return { outcome, rounds };
    const { questions } = outcome as unknown as { readonly questions: readonly PypiQuestion[] };
    if (questions.length === 0) throw new Error("the solve waits and asks nothing");
    replies = questions.map(answer);
  }
}

export function solveProblem(
  problem: PypiProblem,
  answer: (question: PypiQuestion) => PypiReply,
): Finished<PypiOutcome> {
  const { outcome } = finish(createPypiSolve(problem), answer);
  if (outcome.kind === "needs") throw new Error("the solve did not end");
  return outcome;
}

/** Versions by name, or the explanation. */
export function summaryOf(outcome: Finished<PypiOutcome>): Record<string, string> | string {
  if (outcome.kind === "conflict") return outcome.conflict.explanation.text;
  if (outcome.kind === "undecided") return "undecided";
  return Object.fromEntries(outcome.resolution.packages.map(({ name, version }) => [name, version.text]));
}
