/** Moves the pins of requirements files: one version per pin that solves on every target that the old pins solved on. */
import { compareVersions, parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";

/** A pin that may move. */
export interface MovablePin {
  /** Normalised. */
  readonly name: string;
  /** What is asked for now, PEP 440 text. */
  readonly written: string;
  /** The wider text to solve with. */
  readonly relaxed: string;
}

/** A solve of all requirements, with other texts for some pins. */
export interface PinSolve {
  /** Constraint text by name, in place of what the files say. */
  readonly constraints: ReadonlyMap<string, string>;
  readonly target: string;
  /** Everything newest, or what is in use where it can stay. */
  readonly upgrade: boolean;
}

export type PinSolution =
  | { readonly kind: "solved"; readonly versions: ReadonlyMap<string, string> }
  | { readonly kind: "conflict"; readonly explanation: string };

/** What the targets could install before anything moved. */
export interface PinBaseline {
  /** Ids of the targets on which the files solve as they are, with what they install. */
  readonly solved: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Why the others do not. */
  readonly broken: ReadonlyMap<string, string>;
}

export type RaisedPins =
  | {
      readonly kind: "raised";
      /** New version by name, for pins that move. */
      readonly versions: ReadonlyMap<string, string>;
      /** What each target installs afterwards. */
      readonly solved: ReadonlyMap<string, ReadonlyMap<string, string>>;
    }
  | { readonly kind: "conflict"; readonly target: string; readonly explanation: string };

type Solve = (solve: PinSolve) => Promise<PinSolution>;

/** Solves the files as they are. */
export async function solveBaseline(targets: readonly string[], solve: Solve): Promise<PinBaseline> {
  const solved = new Map<string, ReadonlyMap<string, string>>();
  const broken = new Map<string, string>();
  for (const target of targets) {
    const solution = await solve({ constraints: new Map(), target, upgrade: false });
    if (solution.kind === "solved") {
      solved.set(target, solution.versions);
    } else {
      broken.set(target, solution.explanation);
    }
  }
  return { solved, broken };
}

/**
 * Finds the newest joint versions of the pins.
 * Where targets disagree, the lowest of their choices becomes a bound for all, and all are solved again: each round lowers
 * at least one bound, and the versions in use satisfy all bounds, so it ends.
 */
export async function raisePins(pins: readonly MovablePin[], baseline: PinBaseline, solve: Solve): Promise<RaisedPins> {
  const bounds = new Map<string, string>();
  const targets = [...baseline.solved.keys()];
  for (;;) {
    const solutions = await solveAll(targets, relaxedConstraints(pins, bounds), solve);
    if ("conflict" in solutions) {
      return solutions.conflict;
    }
    const lowered = lowerBounds(pins, solutions.solved, bounds);
    if (!lowered) {
      return verifyExact(pins, solutions.solved, solve);
    }
  }
}

async function solveAll(
  targets: readonly string[],
  constraints: ReadonlyMap<string, string>,
  solve: Solve,
): Promise<
  | { readonly solved: ReadonlyMap<string, ReadonlyMap<string, string>> }
  | { readonly conflict: Extract<RaisedPins, { kind: "conflict" }> }
> {
  const solved = new Map<string, ReadonlyMap<string, string>>();
  for (const target of targets) {
    const solution = await solve({ constraints, target, upgrade: true });
    if (solution.kind === "conflict") {
      return { conflict: { kind: "conflict", target, explanation: solution.explanation } };
    }
    solved.set(target, solution.versions);
  }
  return { solved };
}

function relaxedConstraints(pins: readonly MovablePin[], bounds: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    pins.map((pin) => {
      const bound = bounds.get(pin.name);
      return [pin.name, bound === undefined ? pin.relaxed : `${pin.relaxed === "*" ? "" : `${pin.relaxed},`}${bound}`];
    }),
  );
}

/** @returns whether a bound was set that was not there before */
function lowerBounds(
  pins: readonly MovablePin[],
  solved: ReadonlyMap<string, ReadonlyMap<string, string>>,
  bounds: Map<string, string>,
): boolean {
  let lowered = false;
  for (const pin of pins) {
    const chosen = versionsOf(pin.name, solved);
    const lowest = chosen[0];
    const highest = chosen.at(-1);
    if (lowest !== undefined && highest !== undefined && compareVersions(lowest, highest) !== 0) {
      // A local version may not stand behind `<=`; the same release without it is the bound.
      const bound = `<=${lowest.text.split("+")[0]}`;
      if (bounds.get(pin.name) !== bound) {
        bounds.set(pin.name, bound);
        lowered = true;
      }
    }
  }
  return lowered;
}

/** The pins as they will be written, solved once more: nothing is proposed that was not solved as it stands. */
async function verifyExact(
  pins: readonly MovablePin[],
  solved: ReadonlyMap<string, ReadonlyMap<string, string>>,
  solve: Solve,
): Promise<RaisedPins> {
  const versions = new Map<string, string>();
  for (const pin of pins) {
    const lowest = versionsOf(pin.name, solved)[0];
    if (lowest !== undefined) {
      // `==2.0` also means `2.0+cpu` and `2.0+cu118`: targets may differ in their builds unless the pin names one.
      versions.set(pin.name, pin.written.includes("+") ? lowest.text : (lowest.text.split("+")[0] ?? lowest.text));
    }
  }
  const exact = new Map([...versions].map(([name, version]) => [name, `==${version}`]));
  const verified = await solveAll([...solved.keys()], exact, solve);
  return "conflict" in verified ? verified.conflict : { kind: "raised", versions, solved: verified.solved };
}

/** Lowest first. */
function versionsOf(name: string, solved: ReadonlyMap<string, ReadonlyMap<string, string>>): readonly Pep440Version[] {
  const texts = [...solved.values()].map((versions) => versions.get(name)).filter((text) => text !== undefined);
  return texts
    .map((text) => parseVersion(text))
    .filter((version) => version !== null)
    .sort(compareVersions);
}
