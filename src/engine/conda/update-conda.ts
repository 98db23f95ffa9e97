/** Moves the conda constraints of a coherence set for one unit: all targets of all its environments together. */
import type { Config } from "#config/config.ts";
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { exactBuild, raisePin, type CondaPin, type CondaPins } from "#planning/conda-pins.ts";
import { askedConstraint, type UpdateUnit } from "#planning/plan-units.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import {
  cellsOf,
  cellsWith,
  pinsOf,
  requirementKey,
  strategyOf,
  type CondaCell,
  type CondaMember,
} from "./conda-member.ts";
import type { SolvedTarget } from "./conda-workspace.ts";
import { editEnvironment } from "./edit-environment.ts";
import { heldBy } from "./conda-holder.ts";
import { loosenPips } from "./loose-pips.ts";
import { solveCells, type CellFailure, type CellSolve } from "./solve-cells.ts";

export interface CondaUpdateRequest {
  readonly unit: UpdateUnit;
  readonly config: Config;
  /** Versions by conda name that another file of the set decides: these pins follow or stay. */
  readonly fixed: ReadonlyMap<string, string>;
  /** Conda names that stay where they are. */
  readonly frozen: ReadonlySet<string>;
  /** Which minor versions of Python the other files of the set allow. */
  readonly allowsPython: (minor: string) => boolean;
}

/** What a unit does to the conda side, solved as it will be written. */
export interface CondaMove {
  readonly kind: "moved";
  readonly edits: readonly ConstraintEdit[];
  /** Edited environments, by cell. */
  readonly environments: ReadonlyMap<string, CondaEnvironment>;
  readonly solved: ReadonlyMap<string, SolvedTarget>;
  readonly held: readonly HeldUpdate[];
  /** Names that have to stay although another file of the set moved them. */
  readonly refused: ReadonlyMap<string, HeldUpdate>;
}

export type CondaUpdate = CondaMove | { readonly kind: "refused"; readonly held: readonly HeldUpdate[] };

/** What all rounds of one update share. */
interface Run {
  readonly cells: readonly CondaCell[];
  readonly pins: readonly CondaPin[];
  readonly request: CondaUpdateRequest;
}

/**
 * Solves with wider constraints, takes for each pin the newest version that all targets can have, raises the pins to it,
 * and solves again as written. One target without a solution, and nothing moves.
 */
export async function updateConda(members: readonly CondaMember[], request: CondaUpdateRequest): Promise<CondaUpdate> {
  const cells = cellsOf(members);
  const stated = pinsOf(members);
  const run: Run = { cells, pins: stated.pins, request };
  const { refused, able } = await ableToFollow(run);
  const wide = await solveWide({ ...run, request: able });
  const kept = heldPins(stated, request);
  if ("failure" in wide) {
    return { kind: "refused", held: [...refused.values(), ...refusal(wide.failure, request.unit, run)] };
  }
  const { edits, held } = raiseAll({ ...run, request: able }, wide.solved);
  const environments = new Map(cells.map(({ id, target }) => [id, editEnvironment(target.environment, edits)]));
  const final = await solveCells(cells, { ...cellSolve(able, new Map()), environments });
  if ("failure" in final) {
    return { kind: "refused", held: [...refused.values(), ...refusal(final.failure, request.unit, run)] };
  }
  return {
    kind: "moved",
    edits,
    environments,
    solved: final.solved,
    held: [...refused.values(), ...kept, ...held.values()],
    refused: new Map([...refused, ...[...held].filter(([name]) => request.fixed.has(name))]),
  };
}

function cellSolve(request: CondaUpdateRequest, constraints: ReadonlyMap<string, string>): CellSolve {
  const { unit, frozen, allowsPython } = request;
  return { unit, frozen, allowsPython, moved: new Set(request.fixed.keys()), constraints, environments: new Map() };
}

/**
 * Where targets disagree about a pin, the lowest of their choices becomes a bound for all, and all are solved again: each
 * round lowers a bound, and the versions in use satisfy all of them, so it ends.
 */
async function solveWide(
  run: Run,
): Promise<{ readonly solved: ReadonlyMap<string, SolvedTarget> } | { readonly failure: CellFailure }> {
  const bounds = new Map<string, string>();
  const pips = loosenPips(run.cells, run.request.unit);
  const moving = run.pins.filter((pin) => relaxedText(pin, run.request) !== null);
  const loose = new Set(
    moving.flatMap(({ places }) => places.filter((place) => exactBuild(place) !== null).map(requirementKey)),
  );
  for (;;) {
    const constraints = new Map<string, string>();
    for (const pin of run.pins) {
      const relaxed = relaxedText(pin, run.request);
      const bound = bounds.get(pin.key);
      if (relaxed !== null) {
        constraints.set(pin.key, bound === undefined ? relaxed : `${relaxed === "*" ? "" : `${relaxed},`}${bound}`);
      }
    }
    const answer = await solveCells(run.cells, { ...cellSolve(run.request, constraints), pips, loose });
    if ("failure" in answer || !lowerBounds(run, answer.solved, bounds)) {
      return answer;
    }
  }
}

/** The wider text of a pin that the unit moves; null where it stays as written. */
function relaxedText(pin: CondaPin, { unit, fixed, frozen }: CondaUpdateRequest): string | null {
  if (frozen.has(pin.name)) {
    return null;
  }
  const wanted = fixed.get(pin.name);
  if (wanted !== undefined) {
    return isNewer(wanted, pin.current.text) ? `==${wanted}` : null;
  }
  if (!unit.names.has(pin.name)) {
    return null;
  }
  const asked = askedConstraint(unit, pin.name);
  if (asked !== null) {
    return asked === "*" ? `>=${pin.current.text}` : asked;
  }
  return unit.reach === "any" ? pin.movable.anyMajor : pin.movable.withinMajor;
}

function isNewer(version: string, than: string): boolean {
  const [one, other] = [parseCondaVersion(version), parseCondaVersion(than)];
  return one !== null && other !== null && compareCondaVersions(one, other) > 0;
}

/** Versions that targets chose for a pin, lowest first. */
function chosenVersions(run: Run, pin: CondaPin, solved: ReadonlyMap<string, SolvedTarget>): readonly string[] {
  const versions = cellsWith(run.cells, pin)
    .map(({ id }) => solved.get(id)?.conda.find(({ name }) => name === pin.name)?.version)
    .map((text) => (text === undefined ? null : parseCondaVersion(text)))
    .filter((version) => version !== null);
  return versions.sort(compareCondaVersions).map(({ text }) => text);
}

/** @returns whether a bound was set that was not there before */
function lowerBounds(run: Run, solved: ReadonlyMap<string, SolvedTarget>, bounds: Map<string, string>): boolean {
  let lowered = false;
  for (const pin of run.pins.filter((one) => relaxedText(one, run.request) !== null)) {
    const versions = chosenVersions(run, pin, solved);
    const [lowest] = versions;
    // Versions that the pin is written alike for (`=1.26` for 1.26.3 and 1.26.4) need not be the same.
    const texts = new Set(versions.map((version) => writtenFor(pin, version, run.request)));
    if (lowest !== undefined && texts.size > 1 && bounds.get(pin.key) !== `<=${lowest}`) {
      bounds.set(pin.key, `<=${lowest}`);
      lowered = true;
    }
  }
  return lowered;
}

function writtenFor(pin: CondaPin, version: string, { config }: CondaUpdateRequest): string {
  const raised = raisePin(pin, version, strategyOf(config));
  return "edits" in raised ? raised.edits.map(({ constraint }) => constraint).join("\n") : version;
}

function raiseAll(
  run: Run,
  solved: ReadonlyMap<string, SolvedTarget>,
): { readonly edits: readonly ConstraintEdit[]; readonly held: ReadonlyMap<string, HeldUpdate> } {
  const edits: ConstraintEdit[] = [];
  const held = new Map<string, HeldUpdate>();
  for (const pin of run.pins) {
    const [version] = relaxedText(pin, run.request) === null ? [] : chosenVersions(run, pin, solved);
    if (version === undefined) {
      continue;
    }
    const raised = raisePin(pin, version, strategyOf(run.request.config));
    if ("edits" in raised) {
      edits.push(...raised.edits.map((edit) => withBuild(edit, run, solved)));
    } else {
      held.set(pin.name, { name: pin.name, wanted: version, ...raised, targets: [] });
    }
  }
  return { edits, held };
}

/** The build of the new file, where the entry names one. */
function withBuild(edit: ConstraintEdit, run: Run, solved: ReadonlyMap<string, SolvedTarget>): ConstraintEdit {
  const { requirement } = edit;
  const [cell] =
    exactBuild(requirement) === null ? [] : run.cells.filter(({ id }) => solved.has(id)).filter(states(requirement));
  const record = solved.get(cell?.id ?? "")?.conda.find(({ name }) => name === requirement.name);
  return record === undefined ? edit : { ...edit, build: record.build };
}

function states(requirement: ConstraintEdit["requirement"]): (cell: CondaCell) => boolean {
  const key = requirementKey(requirement);
  return ({ target }) => target.environment.conda.some((entry) => requirementKey(entry.requirement) === key);
}

/** Which pins can follow other files: all together, else those that can alone. */
async function ableToFollow(
  run: Run,
): Promise<{ readonly refused: ReadonlyMap<string, HeldUpdate>; readonly able: CondaUpdateRequest }> {
  const { request } = run;
  const refused = new Map<string, HeldUpdate>();
  const following = run.pins.filter(
    (pin) => request.fixed.has(pin.name) && relaxedText(pin, request) !== null && !request.frozen.has(pin.name),
  );
  if (following.length === 0) {
    return { refused, able: request };
  }
  const together = await solveWide(run);
  if (!("failure" in together)) {
    return { refused, able: request };
  }
  for (const pin of following) {
    const others = [...request.fixed.keys()].filter((name) => name !== pin.name);
    const alone = await solveWide({ ...run, request: { ...request, frozen: new Set([...request.frozen, ...others]) } });
    if ("failure" in alone || following.length === 1) {
      const failure = "failure" in alone ? alone.failure : together.failure;
      const wanted = request.fixed.get(pin.name) ?? "";
      refused.set(pin.name, { name: pin.name, wanted, ...heldBy(pin.name, failure), targets: [failure.cell.id] });
    }
  }
  if (refused.size === 0) {
    for (const { name } of following) {
      const wanted = request.fixed.get(name) ?? "";
      refused.set(name, { name, wanted, ...heldBy(name, together.failure), targets: [together.failure.cell.id] });
    }
  }
  return { refused, able: { ...request, frozen: new Set([...request.frozen, ...refused.keys()]) } };
}

/** Names of the unit that this set states, held with what no target could solve. */
function refusal(failure: CellFailure, unit: UpdateUnit, run: Run): readonly HeldUpdate[] {
  const stated = new Set(run.pins.map(({ name }) => name));
  const named = [...unit.names].filter((name) => stated.has(name));
  const names = named.length > 0 ? named : [...unit.names].filter((name) => run.cells.some((c) => c.inUse.has(name)));
  return names.map((name) => ({
    name,
    wanted: askedConstraint(unit, name) ?? "newest",
    ...heldBy(name, failure),
    targets: [failure.cell.id],
  }));
}

/** Pins that are not to be moved and that somebody asked for by name, or that another file moved. */
function heldPins({ kept }: CondaPins, { unit, fixed }: CondaUpdateRequest): readonly HeldUpdate[] {
  return kept.flatMap(({ name, places, reason }) => {
    const wanted = fixed.get(name) ?? (unit.refresh ? null : askedConstraint(unit, name));
    const holder = places.map(({ file, line }) => `${file}:${line}`).join(", ");
    return wanted === null ? [] : [{ name, wanted, holder, reason, targets: [] }];
  });
}
