/** Solves a project for every platform and interpreter that it admits, by Poetry's rules. */
import type { PoetryConstraint } from "#packaging/poetry-constraint.ts";
import { formatPoetryMarker, PoetryMarkers } from "#packaging/poetry-markers.ts";
import { CoreSolve } from "../../core/solve.ts";
import { explainConflict } from "../../explain.ts";
import { PypiKnowledge } from "../knowledge.ts";
import { DEFAULT_BUDGET } from "../problem.ts";
import type { PypiReply } from "../questions.ts";
import { PoetryCatalog } from "./catalog.ts";
import { startRun, type Overrides } from "./completion.ts";
import { solvedPackages, type ChosenPackage, type SolvedPackage } from "./graph.ts";
import { mergeRuns, type RunResult } from "./merge-runs.ts";
import type { PoetryProblem, PoetryStep } from "./problem.ts";
import { readPoetryProject, type PoetryProject } from "./project.ts";
import { PoetryProvider } from "./provider.ts";
import { questionsOf } from "./questions.ts";
import { buildPoetryResolution } from "./resolution.ts";
import { poetryVocabulary } from "./vocabulary.ts";

export interface PoetrySolve {
  /** Takes the answers to the last questions (none at first) and goes on where it stopped. */
  step(replies: readonly PypiReply[]): PoetryStep;
}

/** A run that has been split: its parts are solved one after the other, then put together. */
interface Split {
  readonly overrides: readonly Overrides[];
  readonly results: RunResult[];
}

/** @param knowledge answers that are at hand; several solves may share one */
export function createPoetrySolve(problem: PoetryProblem, knowledge: PypiKnowledge = new PypiKnowledge()): PoetrySolve {
  const markers = new PoetryMarkers();
  const project = readPoetryProject(markers, problem);
  if (typeof project === "string") {
    return { step: () => ({ kind: "conflict", explanation: `${project}.`, problem: project }) };
  }
  const catalog = new PoetryCatalog(problem, markers, knowledge);
  const session = new Session(problem, project, catalog, markers);
  return {
    step: (replies) => {
      for (const reply of replies) knowledge.accept(reply);
      return session.step();
    },
  };
}

class Session {
  readonly #problem: PoetryProblem;
  readonly #project: PoetryProject;
  readonly #catalog: PoetryCatalog;
  readonly #markers: PoetryMarkers;
  /** The splits under way, the outermost first. */
  readonly #splits: Split[] = [];
  #provider: PoetryProvider;
  #core: CoreSolve;
  #final: PoetryStep | null = null;

  constructor(problem: PoetryProblem, project: PoetryProject, catalog: PoetryCatalog, markers: PoetryMarkers) {
    this.#problem = problem;
    this.#project = project;
    this.#catalog = catalog;
    this.#markers = markers;
    [this.#provider, this.#core] = this.#start(new Map());
  }

  step(): PoetryStep {
    while (this.#final === null) {
      const outcome = this.#core.step();
      switch (outcome.kind) {
        case "needs":
          return { kind: "needs", questions: questionsOf(this.#provider, this.#core, outcome) };
        case "interrupted":
          this.#interrupt();
          break;
        case "solved":
          this.#finishRun(this.#chosen(outcome.choices));
          break;
        case "conflict": {
          const told = explainConflict(outcome.incompatibility, poetryVocabulary(this.#provider)).text;
          this.#final = { kind: "conflict", explanation: `${told}${this.#where()}`, problem: null };
          break;
        }
        case "undecided": {
          const { decisions, conflicts } = outcome.effort;
          const explanation = `No answer within the budget (${decisions} decisions, ${conflicts} conflicts)${this.#where()}`;
          this.#final = { kind: "undecided", explanation };
          break;
        }
      }
    }
    return this.#final;
  }

  #start(overrides: Overrides): [PoetryProvider, CoreSolve] {
    const run = startRun(this.#markers, this.#project.python, overrides);
    const input = { problem: this.#problem, project: this.#project, catalog: this.#catalog, run };
    const provider: PoetryProvider = new PoetryProvider(input, () => core);
    const core: CoreSolve = new CoreSolve(provider, DEFAULT_BUDGET);
    return [provider, core];
  }

  #interrupt(): void {
    const { interruption } = this.#provider;
    if (interruption?.kind === "refused" || interruption?.kind === "failed") {
      const { kind, reason } = interruption;
      this.#final = { kind: "conflict", explanation: reason, problem: kind === "failed" ? reason : null };
      return;
    }
    this.#splits.push({ overrides: interruption?.overrides ?? [], results: [] });
    this.#nextRun();
  }

  /** Starts the next part of the innermost split. */
  #nextRun(): void {
    const split = this.#splits.at(-1);
    const next = split?.overrides[split.results.length];
    if (next === undefined) throw new Error("there is no part of a split left to solve");
    [this.#provider, this.#core] = this.#start(next);
  }

  #finishRun(packages: readonly SolvedPackage[]): void {
    let result = packages;
    for (let split = this.#splits.at(-1); split !== undefined; split = this.#splits.at(-1)) {
      split.results.push({ overrides: split.overrides[split.results.length] ?? new Map(), packages: result });
      if (split.results.length < split.overrides.length) {
        this.#nextRun();
        return;
      }
      this.#splits.pop();
      result = mergeRuns(this.#markers, split.results, this.#project.python);
    }
    this.#simplify(result, this.#project.python);
    this.#final = {
      kind: "solved",
      resolution: buildPoetryResolution(this.#markers, this.#problem, this.#catalog, result),
    };
  }

  #simplify(packages: readonly SolvedPackage[], python: PoetryConstraint): void {
    for (const { markers } of packages) {
      for (const [group, marker] of markers) markers.set(group, this.#markers.reduceByPython(marker, python));
    }
  }

  #chosen(choices: ReadonlyMap<number, number>): readonly SolvedPackage[] {
    const chosen = this.#provider.decidedInOrder(choices).map(([package_, index]): ChosenPackage => {
      const { name, extras } = this.#provider.packages.entry(package_);
      const candidate = this.#provider.candidate(package_, index);
      return { name, extras, candidate, requires: this.#provider.needsOf(package_) };
    });
    return solvedPackages(this.#markers, this.#project.dependencies, chosen);
  }

  /** Says for which part of a split solve something holds. */
  #where(): string {
    const marker = formatPoetryMarker(this.#provider.input.run.overrideMarker);
    return marker === "" ? "" : `\nThis is so where ${marker}.`;
  }
}
