/** Solves one target of a conda project: conda's packages alone, or together with those of a pip section. */
import { answerCondaQuestions } from "#answer-conda-questions.ts";
import { answerJointQuestions } from "#answer-joint-questions.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { PackageIndex } from "#ports.ts";
import { createCondaSolve, type CondaOutcome } from "#solver/conda/solve-conda.ts";
import { createJointSolve, type JointOutcome } from "#solver/joint/solve-joint.ts";
import type { FactOrigin } from "#solver/facts.ts";
import type { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import type { ResolvedPackage } from "#solver/pypi/resolution.ts";
import type { EngineContext } from "../context.ts";
import type { AddressTable } from "./addressed-releases.ts";
import type { ChannelTable } from "./channel-table.ts";
import { condaProblem, recordRule, type ProblemParts, type SpecProblem } from "./conda-problem.ts";
import type {
  CondaSolveOutcome,
  CondaSolveRequest,
  CondaTarget,
  LockedPackage,
  SolvedTarget,
} from "./conda-workspace.ts";
import { jointProblem } from "./joint-problem.ts";
import type { PipSides } from "./pip-sides.ts";
import { proofSteps } from "./proof-steps.ts";
import type { RecordPolicy } from "./record-policy.ts";

/** What the solves of a workspace noticed. */
export class SolveNotes {
  readonly tooYoung = new Map<string, string[]>();
  readonly undated = new Set<string>();
  readonly problems: IndexProblem[] = [];

  noteYoung = ({ name, version }: CondaRecord): void => {
    const versions = this.tooYoung.get(name) ?? [];
    if (!versions.includes(version)) {
      this.tooYoung.set(name, [...versions, version]);
    }
  };

  noteChosen(records: readonly CondaRecord[], policy: RecordPolicy): void {
    for (const record of records) {
      if (record.timestampMs === null && policy.publishedBefore(record.name) !== null) {
        this.undated.add(record.filename);
      }
    }
  }
}

/** What the pip side of a solve is answered from. */
export interface PipSide {
  readonly index: PackageIndex;
  readonly knowledge: PypiKnowledge;
  /** Asked for where there are pip entries alone. */
  readonly names: () => Promise<CondaPypiNames>;
}

export interface TargetSolve {
  readonly context: EngineContext;
  readonly target: CondaTarget;
  readonly request: CondaSolveRequest;
  readonly locked: readonly LockedPackage[];
  readonly policy: RecordPolicy;
  readonly table: ChannelTable;
  readonly notes: SolveNotes;
  readonly pip: PipSides;
  readonly addresses: AddressTable;
}

/** Without pip entries there is nothing of PyPI to ask. */
export async function solveTarget(solve: TargetSolve): Promise<CondaSolveOutcome> {
  const { target, request, locked, policy, notes } = solve;
  const rule = recordRule(policy, request.refuses.conda, notes.noteYoung);
  const parts = { target, request, locked, rule };
  const { pip } = request.environment ?? target.environment;
  const outcome = pip.length === 0 ? await solveConda(solve, parts) : await solveJoint(solve, parts);
  if (outcome.kind === "solved") {
    notes.noteChosen(outcome.conda, policy);
  }
  return outcome;
}

async function solveConda(
  { context, target, request, table }: TargetSolve,
  parts: ProblemParts,
): Promise<CondaSolveOutcome> {
  const problem = condaProblem(parts);
  if ("problem" in problem) {
    return refused(problem);
  }
  const { channels, knowledge } = table.open(request.environment ?? target.environment);
  const options = { progress: context.progress, now: context.elapsed };
  const answered = await answerCondaQuestions(createCondaSolve(problem, knowledge), channels, options);
  context.spent({ index: answered.indexTime, solve: answered.solveTime });
  const { outcome } = answered;
  return outcome.kind === "solved" ? solvedTarget(outcome.resolution.packages, []) : unsolved(outcome);
}

async function solveJoint(
  { context, target, request, table, pip: sides, addresses }: TargetSolve,
  parts: ProblemParts,
): Promise<CondaSolveOutcome> {
  const addressed = await addresses.releases(target, request.environment ?? target.environment);
  if ("failed" in addressed) {
    return { kind: "failed", problem: addressed.failed };
  }
  if ("problem" in addressed) {
    return refused(addressed);
  }
  const pip = sides.with(request.refuses, addressed);
  const problem = jointProblem(parts, { names: await pip.names(), addressed });
  if ("problem" in problem) {
    return refused(problem);
  }
  const { channels, knowledge: conda } = table.open(request.environment ?? target.environment);
  const solve = createJointSolve(problem, { conda, pypi: pip.knowledge });
  const options = { progress: context.progress, now: context.elapsed };
  const answered = await answerJointQuestions(solve, { channels, index: pip.index }, options);
  context.spent({ index: answered.indexTime, solve: answered.solveTime });
  const { outcome } = answered;
  return outcome.kind === "solved"
    ? solvedTarget(outcome.resolution.conda.packages, outcome.resolution.pypi.packages)
    : unsolved(outcome);
}

function refused({ file, line, problem }: SpecProblem): CondaSolveOutcome {
  return { kind: "conflict", explanation: problem, origin: { file, line }, steps: [] };
}

function solvedTarget(conda: readonly CondaRecord[], pypi: readonly ResolvedPackage[]): SolvedTarget {
  return { kind: "solved", conda, pypi, python: conda.find(({ name }) => name === "python")?.version ?? null };
}

type Unsolved = Exclude<CondaOutcome | JointOutcome, { kind: "solved" }>;

function unsolved(outcome: Unsolved): CondaSolveOutcome {
  switch (outcome.kind) {
    case "conflict": {
      const { text, facts } = outcome.explanation;
      return { kind: "conflict", explanation: text, origin: firstOrigin(facts), steps: proofSteps(facts) };
    }
    case "undecided": {
      const explanation = `the budget of the solve was spent after ${outcome.effort.decisions} decisions`;
      return { kind: "undecided", explanation };
    }
    case "failed":
      return { kind: "failed", problem: outcome.problem };
    case "needs":
      throw new Error("a solve whose questions are answered needs nothing more");
  }
}

/** The requirement that starts the proof. A fact of a joint proof is wrapped in its side. */
function firstOrigin(facts: readonly object[]): FactOrigin | null {
  for (const wrapped of facts) {
    const fact: object =
      "fact" in wrapped && typeof wrapped.fact === "object" && wrapped.fact !== null ? wrapped.fact : wrapped;
    if ("origin" in fact && isOrigin(fact.origin)) {
      return fact.origin;
    }
  }
  return null;
}

function isOrigin(value: unknown): value is FactOrigin {
  return typeof value === "object" && value !== null && "file" in value && "line" in value;
}
