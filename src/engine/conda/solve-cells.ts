/** Solves the targets of a coherence set's conda environments with the same wider constraints. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { staysApart } from "#planning/conda-apart.ts";
import { pinKey } from "#planning/conda-pins.ts";
import { askedConstraint, type UpdateUnit } from "#planning/plan-units.ts";
import { statedNames, type CondaCell } from "./conda-member.ts";
import { withoutBuilds } from "./edit-environment.ts";
import type { CondaSolveOutcome, CondaSolveRequest, SolvedTarget } from "./conda-workspace.ts";

export interface CellSolve {
  readonly unit: UpdateUnit;
  /** Conda names that stay at the version that they have. */
  readonly frozen: ReadonlySet<string>;
  /** Names that move beside those of the unit. */
  readonly moved: ReadonlySet<string>;
  readonly allowsPython: (minor: string) => boolean;
  /** Version specs by `pinKey`, in place of what is written. */
  readonly constraints: ReadonlyMap<string, string>;
  /** Edited environments by cell; a cell that is not in it is solved as it stands. */
  readonly environments: ReadonlyMap<string, CondaEnvironment>;
  /** Keys of requirements that ask for no build any more; absent: none. */
  readonly loose?: ReadonlySet<string>;
  /** PEP 440 specifiers of pip entries by name, in place of what is written; absent: none. */
  readonly pips?: ReadonlyMap<string, string>;
}

export interface CellFailure {
  readonly cell: CondaCell;
  readonly outcome: Exclude<CondaSolveOutcome, SolvedTarget>;
}

/** Solves one cell after the other; the first that has no solution ends it. */
export async function solveCells(
  cells: readonly CondaCell[],
  solve: CellSolve,
): Promise<{ readonly solved: ReadonlyMap<string, SolvedTarget> } | { readonly failure: CellFailure }> {
  const solved = new Map<string, SolvedTarget>();
  for (const cell of cells) {
    const outcome = await cell.member.workspace.solve(requestFor(cell, solve));
    if (outcome.kind !== "solved") {
      return { failure: { cell, outcome } };
    }
    solved.set(cell.id, outcome);
  }
  return { solved };
}

function requestFor(cell: CondaCell, solve: CellSolve): CondaSolveRequest {
  const environment = solve.environments.get(cell.id) ?? null;
  const own = environment ?? cell.target.environment;
  const stated = statedNames(own);
  const constraints = new Map<string, string>();
  if (environment === null) {
    for (const { requirement } of own.conda) {
      const text = solve.constraints.get(pinKey(requirement)) ?? askedOpenly(requirement.name, solve);
      if (requirement.ecosystem === "conda" && text !== null) {
        constraints.set(requirement.name, text);
      }
    }
  }
  return {
    target: cell.target.id,
    constraints,
    pipConstraints: environment === null ? (solve.pips ?? new Map()) : new Map(),
    keep: keptNames(cell, solve),
    refuses: { conda: refusalIn(cell, solve, stated), pypi: () => false },
    environment: environment ?? looseEnvironment(cell, solve),
  };
}

function looseEnvironment({ target }: CondaCell, { loose }: CellSolve): CondaEnvironment | null {
  return loose === undefined || loose.size === 0 ? null : withoutBuilds(target.environment, loose);
}

/** What is asked of a name that is stated without naming a version. */
function askedOpenly(name: string, { unit, constraints, frozen }: CellSolve): string | null {
  const isPinned = [...constraints.keys()].some((key) => key.startsWith(`["${name}",`));
  const asked = isPinned || frozen.has(name) ? null : askedConstraint(unit, name);
  return asked === "*" ? null : asked;
}

/** A refresh takes everything newest but what has a unit of its own; other units leave everything but their names. */
function keptNames(cell: CondaCell, { unit, frozen, moved }: CellSolve): CondaSolveRequest["keep"] {
  const locked = (cell.member.workspace.locked.get(cell.target.id) ?? []).map(({ name }) => name);
  if (unit.refresh) {
    return new Set(locked.filter((name) => frozen.has(name) || unit.apart?.has(name) === true));
  }
  return new Set(locked.filter((name) => frozen.has(name) || !(unit.names.has(name) || moved.has(name))));
}

function refusalIn(
  cell: CondaCell,
  { unit, frozen, moved, allowsPython }: CellSolve,
  stated: ReadonlySet<string>,
): (record: CondaRecord) => string | null {
  // A refresh moves nothing that has a unit of its own, whatever it names.
  const names = unit.refresh ? moved : new Set([...unit.names, ...moved]);
  const apart = staysApart({ names, inUse: cell.inUse, direct: stated, allowsPython });
  const stays = new Set([...frozen, ...(unit.apart ?? [])]);
  const asked = askedSpecs(unit, frozen);
  return (record) => {
    const used = cell.inUse.get(record.name);
    if (stays.has(record.name) && used !== undefined && used.version !== record.version) {
      return "stays where it is in this update";
    }
    const spec = asked.get(record.name);
    const version = spec === undefined ? null : parseCondaVersion(record.version);
    if (spec !== undefined && version !== null && !condaSpecMatches(spec.parsed, version)) {
      return `falls outside ${record.name} ${spec.text}, which this update asks for`;
    }
    return apart(record);
  };
}

/** What is asked of packages by name: other versions are refused, whether a file states the name or not. */
function askedSpecs(unit: UpdateUnit, frozen: ReadonlySet<string>) {
  const names = [...unit.names].filter((name) => !frozen.has(name));
  return new Map(
    names.flatMap((name) => {
      const text = askedConstraint(unit, name);
      const parsed = text === null ? null : parseCondaVersionSpec(text);
      return text === null || parsed === null || isCondaSpecProblem(parsed) ? [] : [[name, { text, parsed }] as const];
    }),
  );
}
