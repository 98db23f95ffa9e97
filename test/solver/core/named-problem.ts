/** Problems for the core with names: `{ a: { v2: ["b v1 v2"], v1: [] } }`, most preferred candidate first. */
import { CoreSolve, type CoreOutcome, type Effort } from "#solver/core/solve.ts";
import type { CoreProvider } from "#solver/core/provider.ts";
import { smallProvider, type SmallDependency, type SmallProblem } from "../../oracle/small-problem.ts";

/** `"b v1 v2"` requires one of these of b, `"b"` any of b, `"?b v1"` allows only this one beside it. */
export type NamedProblem = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Answer {
  /** Chosen candidate by name, or null where there is none. */
  readonly choices: Readonly<Record<string, string>> | null;
  readonly effort: Effort;
  readonly outcome: CoreOutcome;
}

const BUDGET = { decisions: 10_000, conflicts: 10_000 };

export function smallProblemOf(root: readonly string[], problem: NamedProblem): SmallProblem {
  const names = ["root", ...Object.keys(problem)];
  const dependency = (text: string): SmallDependency => {
    const [name = "", ...allowed] = text.replace(/^\?/, "").split(" ");
    const candidates = Object.keys(problem[name] ?? {});
    const wanted = allowed.length === 0 ? candidates : allowed;
    return {
      kind: text.startsWith("?") ? "constrains" : "requires",
      package: names.indexOf(name),
      allowed: wanted.map((candidate) => candidates.indexOf(candidate)).filter((index) => index >= 0),
    };
  };
  const packages = Object.values(problem).map((candidates) => ({
    base: null,
    candidates: Object.values(candidates).map((texts) => texts.map(dependency)),
  }));
  return { packages: [{ base: null, candidates: [root.map(dependency)] }, ...packages] };
}

export function solveNamed(
  root: readonly string[],
  problem: NamedProblem,
  changes: Partial<CoreProvider> = {},
): Answer {
  const small = smallProblemOf(root, problem);
  const solve = new CoreSolve({ ...smallProvider(small), ...changes }, BUDGET);
  const outcome = solve.step();
  const names = ["root", ...Object.keys(problem)];
  const choices =
    outcome.kind === "solved"
      ? Object.fromEntries(
          [...outcome.choices]
            .filter(([package_]) => package_ !== 0)
            .map(([package_, index]) => {
              const name = names[package_] ?? "";
              return [name, Object.keys(problem[name] ?? {})[index] ?? ""];
            }),
        )
      : null;
  return { choices, effort: solve.effort, outcome };
}
