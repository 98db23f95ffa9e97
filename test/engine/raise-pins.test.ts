import { describe, expect, test } from "@jest/globals";
import { parseVersion, compareVersions } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { raisePins, solveBaseline, type MovablePin, type PinSolution, type PinSolve } from "#engine/raise-pins.ts";

/** Versions that each target can install, by name: a world without dependencies between packages. */
type World = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function allows(text: string, version: string): boolean {
  const set = parseSpecifierSet(text === "*" ? "" : text);
  const parsed = parseVersion(version);
  return !isSpecifierProblem(set) && parsed !== null && setContains(set, parsed);
}

function solver(world: World, pins: readonly MovablePin[], log: PinSolve[] = []) {
  return async (request: PinSolve): Promise<PinSolution> => {
    log.push(request);
    const versions = new Map<string, string>();
    for (const pin of pins) {
      const text = request.constraints.get(pin.name) ?? pin.written;
      const candidates = (world[request.target]?.[pin.name] ?? []).filter((version) => allows(text, version));
      const best = candidates.map((version) => parseVersion(version)).filter((version) => version !== null);
      const newest = best.sort(compareVersions).at(-1);
      if (newest === undefined) {
        return { kind: "conflict", explanation: `no ${pin.name} ${text} for ${request.target}` };
      }
      versions.set(pin.name, newest.text);
    }
    return { kind: "solved", versions };
  };
}

const PINS: readonly MovablePin[] = [
  { name: "a", written: "==1.0", relaxed: ">=1.0,<2" },
  { name: "b", written: "==1.0", relaxed: ">=1.0,<2" },
];

describe("raising pins", () => {
  test("targets agree on the newest version that all of them have", async () => {
    const world: World = {
      linux: { a: ["1.0", "1.1", "1.2", "1.3"], b: ["1.0", "1.5"] },
      macos: { a: ["1.0", "1.1", "1.2"], b: ["1.0", "1.4", "1.5"] },
      windows: { a: ["1.0", "1.1", "1.3"], b: ["1.0", "1.5"] },
    };
    const solve = solver(world, PINS);
    const baseline = await solveBaseline(["linux", "macos", "windows"], solve);
    const raised = await raisePins(PINS, baseline, solve);
    expect(raised).toMatchObject({
      kind: "raised",
      versions: new Map([
        ["a", "1.1"],
        ["b", "1.5"],
      ]),
    });
  });

  test("a target that the old pins did not solve on does not count, and says why", async () => {
    const world: World = {
      linux: { a: ["1.0", "1.2"], b: ["1.0"] },
      macos: { a: ["0.9"], b: ["1.0"] },
    };
    const solve = solver(world, PINS);
    const baseline = await solveBaseline(["linux", "macos"], solve);
    expect(baseline.broken).toEqual(new Map([["macos", "no a ==1.0 for macos"]]));
    const raised = await raisePins(PINS, baseline, solve);
    expect(raised).toMatchObject({
      kind: "raised",
      versions: new Map([
        ["a", "1.2"],
        ["b", "1.0"],
      ]),
    });
  });

  test("what will be written was itself solved on every target", async () => {
    const log: PinSolve[] = [];
    const world: World = { linux: { a: ["1.0", "1.2"], b: ["1.0"] } };
    const solve = solver(world, PINS, log);
    await raisePins(PINS, await solveBaseline(["linux"], solve), solve);
    expect(log.at(-1)?.constraints).toEqual(
      new Map([
        ["a", "==1.2"],
        ["b", "==1.0"],
      ]),
    );
  });

  test("a pin that no target can have is a conflict with its explanation", async () => {
    const pins = [{ name: "a", written: "==1.0", relaxed: ">=1.1" }];
    const solve = solver({ linux: { a: ["1.0"] } }, pins);
    const raised = await raisePins(pins, await solveBaseline(["linux"], solve), solve);
    expect(raised).toEqual({ kind: "conflict", target: "linux", explanation: "no a >=1.1 for linux" });
  });
});

test("targets may install different builds of the version that is written", async () => {
  const pins = [{ name: "torch", written: "==2.0", relaxed: ">=2.0,<3" }];
  const world: World = { linux: { torch: ["2.0", "2.1+cu118"] }, macos: { torch: ["2.0", "2.1"] } };
  const solve = solver(world, pins);
  const raised = await raisePins(pins, await solveBaseline(["linux", "macos"], solve), solve);
  expect(raised).toMatchObject({ kind: "raised", versions: new Map([["torch", "2.1"]]) });
});
