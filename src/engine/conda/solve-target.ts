/** Solves one target of a conda project; what the channels said is kept for the next solve. */
import { answerCondaQuestions } from "#answer-conda-questions.ts";
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaChannels } from "#ports.ts";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import type { CondaFact } from "#solver/conda/reasons.ts";
import { createCondaSolve, type CondaOutcome } from "#solver/conda/solve-conda.ts";
import type { Explanation } from "#solver/explain.ts";
import type { FactOrigin } from "#solver/facts.ts";
import type { EngineContext } from "../context.ts";
import { condaProblem, recordRule } from "./conda-problem.ts";
import type {
  CondaSolveOutcome,
  CondaSolveRequest,
  CondaTarget,
  LockedPackage,
  RecordsAnswer,
  SolvedTarget,
} from "./conda-workspace.ts";
import { keyOfUrl, recordKey, type RecordPolicy } from "./record-policy.ts";

/** conda's own channels, where an environment names none. */
const DEFAULT_CHANNELS = ["defaults"];

/** The channels of an environment for one platform, with what they have said so far. */
export interface OpenedChannels {
  readonly channels: CondaChannels;
  readonly knowledge: CondaKnowledge;
}

/** Channels by platform and list, opened once for all solves of a workspace. */
export class ChannelTable {
  readonly #context: EngineContext;
  readonly #opened = new Map<string, OpenedChannels>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  open({ platform, channels, specChannels }: CondaEnvironment): OpenedChannels {
    const named = [...(channels.length === 0 ? DEFAULT_CHANNELS : channels), ...specChannels];
    const key = JSON.stringify([platform, named]);
    const known = this.#opened.get(key);
    if (known !== undefined) {
      return known;
    }
    const opened = {
      channels: this.#context.openChannels({ channels: named, subdir: platform }),
      knowledge: new CondaKnowledge(),
    };
    this.#opened.set(key, opened);
    return opened;
  }

  /** Whether the channels have a file; true where they were not asked about its name. */
  isOffered(environment: CondaEnvironment, name: string, url: string): boolean {
    const { knowledge } = this.open(environment);
    const key = keyOfUrl(url);
    const listings = knowledge.channels(name);
    return (
      !knowledge.isAnswered(name) || listings.some(({ records }) => records.some((record) => recordKey(record) === key))
    );
  }

  /** Every record of these names, whatever policy says. */
  async records(environment: CondaEnvironment, names: readonly string[]): Promise<RecordsAnswer> {
    const { channels, knowledge } = this.open(environment);
    const missing = names.filter((name) => !knowledge.isAnswered(name));
    if (missing.length > 0) {
      const answer = await channels.records(missing);
      if ("problem" in answer) {
        return answer;
      }
      knowledge.accept({ question: { names: [...new Set(missing)].sort() }, answer });
    }
    const found = names.flatMap((name) => {
      const records = knowledge.channels(name).flatMap((listing) => listing.records);
      return records.length === 0 ? [] : [[name, records] as const];
    });
    return { records: new Map(found) };
  }
}

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

export interface TargetSolve {
  readonly context: EngineContext;
  readonly target: CondaTarget;
  readonly request: CondaSolveRequest;
  readonly locked: readonly LockedPackage[];
  readonly policy: RecordPolicy;
  readonly table: ChannelTable;
  readonly notes: SolveNotes;
}

/** A solve of conda packages alone: the environment has no pip entries. */
export async function solveConda(solve: TargetSolve): Promise<CondaSolveOutcome> {
  const { context, target, request, locked, policy, table, notes } = solve;
  const rule = recordRule(policy, request.refuses.conda, notes.noteYoung);
  const problem = condaProblem({ target, request, locked, rule });
  if ("problem" in problem) {
    const { file, line } = problem;
    return { kind: "conflict", explanation: problem.problem, origin: { file, line } };
  }
  const { channels, knowledge } = table.open(request.environment ?? target.environment);
  const options = { progress: context.progress, now: context.elapsed };
  const answered = await answerCondaQuestions(createCondaSolve(problem, knowledge), channels, options);
  context.spent({ index: answered.indexTime, solve: answered.solveTime });
  const outcome = condaOutcome(answered.outcome);
  if (outcome.kind === "solved") {
    notes.noteChosen(outcome.conda, policy);
  }
  return outcome;
}

function condaOutcome(outcome: CondaOutcome): CondaSolveOutcome {
  switch (outcome.kind) {
    case "solved":
      return solvedTarget(outcome.resolution.packages);
    case "conflict":
      return {
        kind: "conflict",
        explanation: outcome.explanation.text,
        origin: originOf(outcome.explanation),
      };
    case "undecided": {
      const { decisions } = outcome.effort;
      const explanation = `the budget of the solve was spent after ${decisions} decisions`;
      return { kind: "undecided", explanation };
    }
    case "failed":
      return { kind: "failed", problem: outcome.problem };
    case "needs":
      throw new Error("a solve whose questions are answered needs nothing more");
  }
}

function solvedTarget(conda: readonly CondaRecord[]): SolvedTarget {
  return { kind: "solved", conda, pypi: [], python: pythonOf(conda) };
}

/** The version of Python among the records, or null. */
export function pythonOf(conda: readonly CondaRecord[]): string | null {
  return conda.find(({ name }) => name === "python")?.version ?? null;
}

/** The requirement that starts the proof. */
function originOf({ facts }: Explanation<CondaFact>): FactOrigin | null {
  for (const fact of facts) {
    if ("origin" in fact && fact.origin !== null) {
      return fact.origin;
    }
  }
  return null;
}
