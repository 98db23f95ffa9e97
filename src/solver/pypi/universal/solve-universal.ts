/** Solves PyPI requirements for all platforms and a range of Pythons at once, by uv's rules: one solve for each fork. */
import { MarkerAlgebra } from "#packaging/marker-diagram.ts";
import { isMarkerProblem, parseMarker } from "#packaging/marker-syntax.ts";
import type { PackageId } from "../../core/provider.ts";
import { CoreSolve, type CoreOutcome, type Effort } from "../../core/solve.ts";
import type { SolveEnvironment } from "../environment.ts";
import { PypiKnowledge } from "../knowledge.ts";
import { questionsFor } from "../likely-questions.ts";
import type { UniversalProblem } from "../problem.ts";
import { ownerKey, PypiProvider, type Owner } from "../provider.ts";
import type { PypiQuestion, PypiReply } from "../questions.ts";
import { conflictOf, failedNeed, type Conflict } from "../solve-target.ts";
import { ForkSplitter } from "./fork-splitter.ts";
import { uvMarkerText } from "./marker-text.ts";
import type { Part, Split } from "./split.ts";
import { MarkerContext, UniversalEnvironment } from "./universal-environment.ts";
import { buildUniversalResolution, type SolvedFork, type UniversalResolution } from "./universal-resolution.ts";

export type UniversalOutcome =
  | { readonly kind: "needs"; readonly questions: readonly PypiQuestion[] }
  | { readonly kind: "solved"; readonly resolution: UniversalResolution }
  /** `where`: the environments in which there is no solution, as a marker; null: all of them. */
  | { readonly kind: "conflict"; readonly where: string | null; readonly conflict: Conflict }
  | { readonly kind: "undecided"; readonly effort: Effort };

export interface UniversalSolve {
  step(replies: readonly PypiReply[]): UniversalOutcome;
}

export function createUniversalSolve(
  problem: UniversalProblem,
  knowledge: PypiKnowledge = new PypiKnowledge(),
): UniversalSolve {
  const forks = new ForkQueue(problem, knowledge);
  return {
    step: (replies) => {
      for (const reply of replies) knowledge.accept(reply);
      return forks.step();
    },
  };
}

/** A fork that is to be solved, with what the one that it was split from had decided. */
interface WaitingFork {
  readonly part: Part;
  readonly chosen: ReadonlyMap<string, string>;
  readonly decidedIn: ReadonlyMap<string, SolveEnvironment>;
}

interface RunningFork {
  readonly waiting: WaitingFork;
  readonly environment: UniversalEnvironment;
  readonly provider: PypiProvider;
  readonly splitter: ForkSplitter;
  readonly core: CoreSolve;
}

class ForkQueue {
  private readonly problem: UniversalProblem;
  private readonly knowledge: PypiKnowledge;
  private readonly context: MarkerContext;
  /** The next one is the last. */
  private readonly waiting: WaitingFork[];
  private running: RunningFork | null = null;
  private readonly solved: SolvedFork[] = [];
  private final: UniversalOutcome | null = null;

  constructor(problem: UniversalProblem, knowledge: PypiKnowledge) {
    this.problem = problem;
    this.knowledge = knowledge;
    this.context = new MarkerContext(new MarkerAlgebra(), problem.requiresPython);
    this.waiting = this.firstForks();
  }

  step(): UniversalOutcome {
    while (this.final === null) {
      const fork = (this.running ??= this.start());
      if (fork === null) {
        this.final = { kind: "solved", resolution: buildUniversalResolution(this.context, this.solved) };
        break;
      }
      const outcome = fork.core.step();
      if (outcome.kind === "needs") {
        const failure = failedNeed(fork.provider, outcome, fork.core.effort);
        if (failure !== null) return (this.final = { kind: "conflict", where: null, conflict: failure });
        return { kind: "needs", questions: questionsFor(fork.provider, fork.core, outcome) };
      }
      this.finish(fork, outcome);
    }
    return this.final;
  }

  private finish(fork: RunningFork, outcome: Exclude<CoreOutcome, { kind: "needs" }>): void {
    const { provider, core, environment } = fork;
    switch (outcome.kind) {
      case "solved":
        this.solved.push({ environment, provider, choices: outcome.choices, effort: core.effort });
        this.running = null;
        return;
      case "interrupted":
        this.split(fork, ownerOf(provider, outcome.package, outcome.candidate));
        this.running = null;
        return;
      case "undecided":
        this.final = { kind: "undecided", effort: outcome.effort };
        return;
      case "conflict": {
        const conflict = conflictOf(provider, outcome.incompatibility, core.effort);
        this.final = { kind: "conflict", where: this.textOf(environment), conflict };
      }
    }
  }

  /** Forks of an earlier lock, and what they leave over; else one for everything. */
  private firstForks(): WaitingFork[] {
    const { algebra } = this.context;
    const parts: Part[] = [];
    let rest = algebra.anything;
    for (const text of this.problem.forkMarkers) {
      const marker = parseMarker(text);
      if (isMarkerProblem(marker)) continue;
      const fork = algebra.and(rest, this.context.diagram(marker));
      rest = algebra.and(rest, algebra.not(fork));
      parts.push({ fork, prefer: null });
    }
    parts.push({ fork: rest, prefer: null });
    return parts
      .filter(({ fork }) => !algebra.isFalse(algebra.restrictPython(fork, this.problem.requiresPython)))
      .map((part) => ({ part, chosen: new Map<string, string>(), decidedIn: new Map<string, SolveEnvironment>() }))
      .toReversed();
  }

  private start(): RunningFork | null {
    const waiting = this.waiting.pop();
    if (waiting === undefined) return null;
    const { part, chosen, decidedIn } = waiting;
    const environment = new UniversalEnvironment(this.context, part.fork);
    const splitter = new ForkSplitter(environment, this.problem.options.order === "lowest");
    const preferences = new Map([...chosen].map(([name, sortKey]) => [name, [sortKey]]));
    if (part.prefer !== null) preferences.set(part.prefer.name, [part.prefer.sortKey]);
    const inheritance = { preferences, fallbacks: this.fallbacks(environment), decidedIn, splitter };
    const provider = new PypiProvider(this.problem, environment, this.knowledge, inheritance);
    return { waiting, environment, provider, splitter, core: new CoreSolve(provider, this.problem.options.budget) };
  }

  /**
   * What solved forks chose: the fewer versions differ between forks, the better. With `lowest-direct` a version that was the
   * lowest because a requirement of the problem names it says nothing where none does.
   */
  private fallbacks(environment: UniversalEnvironment): ReadonlyMap<string, readonly string[]> {
    const { order } = this.problem.options;
    const versions = new Map<string, Set<string>>();
    for (const solved of this.solved) {
      for (const [name, sortKey] of chosenVersions(solved.provider, [...solved.choices])) {
        if (order === "lowest-direct" && this.isDirect(name, environment) !== this.isDirect(name, solved.environment))
          continue;
        versions.set(name, (versions.get(name) ?? new Set()).add(sortKey));
      }
    }
    return new Map(
      [...versions].map(([name, keys]) => [name, order === "lowest" ? [...keys].sort() : [...keys].sort().reverse()]),
    );
  }

  private isDirect(name: string, environment: UniversalEnvironment): boolean {
    return this.problem.requirements.some(
      ({ requirement }) => requirement.name === name && environment.applies(requirement.marker, new Set()),
    );
  }

  private split(fork: RunningFork, owner: Owner): void {
    const split: Split | null = fork.splitter.splitOf(owner);
    if (split === null) throw new Error("a fork was interrupted without being split");
    const decided = decidedChoices(fork.core, fork.provider);
    const chosen = new Map([...fork.waiting.chosen, ...chosenVersions(fork.provider, decided)]);
    const decidedIn = new Map(fork.waiting.decidedIn);
    for (const [id, candidate] of decided) {
      const key = ownerKey(ownerOf(fork.provider, id, candidate));
      if (!decidedIn.has(key)) decidedIn.set(key, fork.environment);
    }
    for (const part of split.toReversed()) this.waiting.push({ part, chosen, decidedIn });
  }

  private textOf(environment: UniversalEnvironment): string | null {
    const { algebra } = this.context;
    return uvMarkerText(
      algebra,
      algebra.assuming(environment.fork, algebra.fromRequiresPython(this.problem.requiresPython)),
    );
  }
}

function ownerOf(provider: PypiProvider, package_: PackageId, index: number): Owner {
  const entry = provider.packages.entry(package_);
  if (entry.kind !== "project" && entry.kind !== "extra") return null;
  const candidate = provider.project(entry.name)?.candidates[index];
  if (candidate === undefined) throw new Error(`${entry.name} has no candidate ${index}`);
  return { name: entry.name, extra: entry.kind === "extra" ? entry.extra : null, candidate };
}

function decidedChoices(core: CoreSolve, provider: PypiProvider): readonly (readonly [PackageId, number])[] {
  return provider.packages
    .all()
    .map(({ id }) => [id, core.decided(id)] as const)
    .filter(([id, candidate]) => candidate >= 0 && provider.packages.entry(id).kind !== "soft");
}

function chosenVersions(
  provider: PypiProvider,
  choices: readonly (readonly [PackageId, number])[],
): readonly (readonly [string, string])[] {
  return choices.flatMap(([id, candidate]) => {
    const entry = provider.packages.entry(id);
    if (entry.kind !== "project") return [];
    const version = provider.project(entry.name)?.candidates[candidate]?.version;
    return version === undefined ? [] : [[entry.name, version.sortKey] as const];
  });
}
