/** Conda solves in memory. */
import type { VirtualPackage } from "#packaging/target.ts";
import { defaultVirtualPackages, isPlatformName } from "#packaging/target.ts";
import { DEFAULT_CONDA_OPTIONS, type CondaOptions, type CondaProblem } from "#solver/conda/problem.ts";
import { createCondaSolve, type CondaOutcome } from "#solver/conda/solve-conda.ts";
import type { CondaQuestion, CondaReply } from "#solver/conda/questions.ts";
import { answerOf, type MemoryChannel } from "./conda-memory.ts";

export interface SolveRequest {
  readonly platform?: string;
  readonly virtualPackages?: readonly VirtualPackage[];
  readonly options?: Partial<CondaOptions>;
}

export function condaProblem(specs: readonly string[], request: SolveRequest = {}): CondaProblem {
  const platform = request.platform ?? "linux-64";
  const defaults = isPlatformName(platform) ? defaultVirtualPackages(platform, "cpu") : [];
  return {
    specs: specs.map((text) => ({ text, origin: null })),
    platform,
    virtualPackages: request.virtualPackages ?? defaults,
    options: { ...DEFAULT_CONDA_OPTIONS, ...request.options },
  };
}

export type FinishedSolve = Exclude<CondaOutcome, { readonly kind: "needs" }>;

/** Steps a solve to its end; `asked` notes the questions. */
export function solveConda(
  problem: CondaProblem,
  channels: readonly MemoryChannel[],
  asked: CondaQuestion[] = [],
): FinishedSolve {
  const solve = createCondaSolve(problem);
  let outcome = solve.step(null);
  while (outcome.kind === "needs") {
    const { question } = outcome;
    asked.push(question);
    const reply: CondaReply = {
      question,
      answer: { channels: channels.map((channel) => answerOf(channel, question.names)) },
    };
    outcome = solve.step(reply);
  }
  return outcome;
}
