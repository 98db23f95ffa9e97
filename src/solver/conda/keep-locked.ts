/**
 * Makes a small change of a lock the least: a solve decides greedily, so a package that had to move may have taken a version
 * that moves others without need.
 */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { CoreSolve, type Budget, type Effort } from "../core/solve.ts";
import type { CondaKnowledge } from "./knowledge.ts";
import type { CondaProblem, LockedRecord, RecordIdentity } from "./problem.ts";
import { CondaProvider } from "./provider.ts";
import { ReachableNames } from "./reachable-names.ts";
import { buildCondaResolution, type CondaResolution } from "./resolution.ts";

/** Of one attempt. What can stay is found at once or hardly at all. */
const ATTEMPT: Budget = { decisions: 20_000, conflicts: 100 };

/** Most attempts of one solve: a lock that is broken in hundreds of places is not worth proving each. */
const MOST_ATTEMPTS = 250;

/**
 * The resolution, or one that keeps more of the lock: locked records that moved are asked for together with all that stayed,
 * many at once and then fewer. At the end none that moved can stay beside all that did, unless the attempts were spent, which
 * also end it.
 */
export function keepLocked(
  problem: CondaProblem,
  knowledge: CondaKnowledge,
  resolution: CondaResolution,
): CondaResolution {
  const search: Search = { problem, knowledge, attempts: 0, best: resolution, reopened: true };
  while (search.reopened && search.attempts < MOST_ATTEMPTS) {
    search.reopened = false;
    keepAmong(search, movedNames(problem, search.best));
  }
  return search.best;
}

interface Search {
  readonly problem: CondaProblem;
  readonly knowledge: CondaKnowledge;
  attempts: number;
  best: CondaResolution;
  /** Something that stayed is not needed any more, or something that was gone is back: what was refused may be possible now. */
  reopened: boolean;
}

function keepAmong(search: Search, names: readonly string[]): void {
  const moved = new Set(movedNames(search.problem, search.best));
  const wanted = names.filter((name) => moved.has(name));
  if (wanted.length === 0 || search.attempts >= MOST_ATTEMPTS || attempt(search, wanted) || wanted.length === 1) return;
  const middle = Math.ceil(wanted.length / 2);
  keepAmong(search, wanted.slice(0, middle));
  keepAmong(search, wanted.slice(middle));
}

/** Whether a solution with these as they were, and with everything that stayed, keeps more or moves less. */
function attempt(search: Search, names: readonly string[]): boolean {
  search.attempts += 1;
  const { problem, knowledge, best } = search;
  const { locked } = problem.options;
  const kept = best.packages.filter((record) => isLocked(locked, record)).map(({ name }) => name);
  const pinned = new Map<string, RecordIdentity>(problem.options.pinned);
  for (const name of [...kept, ...names]) {
    const record = locked.get(name);
    if (record !== undefined) pinned.set(name, record);
  }
  const provider = new CondaProvider({ ...problem, options: { ...problem.options, pinned } }, knowledge);
  if (new ReachableNames(provider, knowledge).missing().length > 0) return false;
  const core = new CoreSolve(provider, ATTEMPT);
  const outcome = core.step();
  search.best = { ...best, effort: sum(best.effort, core.effort) };
  if (outcome.kind !== "solved") return false;
  const found = buildCondaResolution(provider, outcome.choices, search.best.effort);
  const present = new Set(found.packages.map(({ name }) => name));
  const keepsMore = [...kept, ...names].every((name) => present.has(name));
  if (!keepsMore && movedNames(problem, found).length >= movedNames(problem, best).length) return false;
  const before = new Set(best.packages.map(({ name }) => name));
  search.reopened ||= kept.some((name) => !present.has(name)) || [...present].some((name) => !before.has(name));
  search.best = found;
  return true;
}

/** Locked names that are still there as another record, by name. Those that the problem pins are somebody's wish. */
function movedNames({ options: { locked, pinned } }: CondaProblem, { packages }: CondaResolution): readonly string[] {
  const moved = packages.filter((record) => locked.has(record.name) && !isLocked(locked, record));
  return moved.map(({ name }) => name).filter((name) => !pinned.has(name));
}

function isLocked(locked: ReadonlyMap<string, LockedRecord>, { name, version, build }: CondaRecord): boolean {
  const record = locked.get(name);
  return record !== undefined && record.version === version && record.build === build;
}

function sum(one: Effort, other: Effort): Effort {
  return { decisions: one.decisions + other.decisions, conflicts: one.conflicts + other.conflicts };
}
