/**
 * Real manifests of conda beside the locks that their own tools wrote, with the day of the commit as "now". By default a sample;
 * `RELOCK_TEST_FULL=1` solves every environment and platform of all of them and prints the figures (about fifteen minutes).
 */
import { describe, expect, test } from "@jest/globals";
import { transitionsOf } from "../../support/scenarios/least-change.ts";
import { loadExplicitScenarios, type IndexedScenario } from "../../support/scenarios/load-scenarios.ts";
import { leastChangeTable, scenarioTable } from "../../support/scenarios/print-figures.ts";
import {
  loadScenarios,
  newWorkbench,
  runScenarios,
  runTransitions,
  type ScenarioFigures,
} from "../../support/scenarios/run-scenarios.ts";
import type { Scenario, ScenarioGroup } from "../../support/scenarios/scenario.ts";
import type { Workbench } from "../../support/scenarios/solve-group.ts";
import { describeWithData } from "../../support/test-data.ts";

const FULL = process.env["RELOCK_TEST_FULL"] === "1";

/** Each kind of lock, several environments, capabilities of a platform, packages from source. */
const SAMPLE: ReadonlySet<string> = new Set([
  "dc9e6b59061d", // array-api-extra: pixi.lock 7, CUDA platforms, a package from source
  "82282a061d5b", // the commit before it
  "da8484e7150f", // hydromt: pixi.lock 5, solve groups
  "616e642bfeca", // Ribasim: pixi.lock 3
  "8f1d8692794e", // claymodel: conda-lock.yml, selectors
  "46fd3a79913f", // the commit before it
]);
/** Channels are read for one platform at a time, which takes seconds. */
const SAMPLED_PLATFORM = "osx-arm64";

function isWanted({ commit }: IndexedScenario): boolean {
  return FULL || SAMPLE.has(commit.slice(0, 12));
}

function groupsOf(scenarios: readonly Scenario[]): readonly ScenarioGroup[] {
  return scenarios.flatMap(({ groups }) => groups).filter(({ subdir }) => FULL || subdir === SAMPLED_PLATFORM);
}

/** What holds of every run, whatever it chose. */
function expectSound(figures: ScenarioFigures): void {
  expect(figures.unsolved).toEqual([]);
  expect(figures.invalid).toEqual([]);
  expect(figures.unstable).toEqual([]);
  expect(figures.unknown).toEqual([]);
  expect(figures.misread).toEqual([]);
  expect(figures.older.get("impossible") ?? []).toEqual([]);
  expect(figures.valid).toBe(figures.cells);
}

function report(text: string): void {
  if (FULL) process.stdout.write(`${text}\n`);
}

describeWithData("real conda environments", "scenarios/INDEX.tsv", (index) => {
  const data = index.replace(/\/scenarios\/INDEX\.tsv$/u, "");
  const state: { bench: Workbench | null; scenarios: readonly Scenario[] } = { bench: null, scenarios: [] };
  const opened = (): { readonly bench: Workbench; readonly scenarios: readonly Scenario[] } => {
    if (state.bench === null) {
      state.bench = newWorkbench(data);
      state.scenarios = loadScenarios(data, state.bench, isWanted);
    }
    return { bench: state.bench, scenarios: state.scenarios };
  };

  describe.each(["pixi", "conda-lock"] as const)("%s", (kind) => {
    test("each is solved, valid, and stays as it is in a second run", () => {
      const { bench, scenarios } = opened();
      const figures = runScenarios(groupsOf(scenarios.filter((each) => each.kind === kind)), bench);
      report(scenarioTable(kind, figures));
      expectSound(figures);
      expect(figures.cells).toBeGreaterThanOrEqual(FULL ? { pixi: 1650, "conda-lock": 18 }[kind] : 1);
    }, 1_800_000);
  });

  test("layered images with explicit locks", () => {
    const { bench } = opened();
    const scenarios = loadExplicitScenarios(`${data}/explicit-locks`);
    const figures = runScenarios(groupsOf(scenarios), bench);
    report(scenarioTable("explicit locks", figures));
    expectSound(figures);
    expect(scenarios).toHaveLength(4);
  }, 600_000);

  test("with the lock of the commit before, hardly anything moves that need not", () => {
    const { bench, scenarios } = opened();
    const commits = new Map<string, (readonly ScenarioGroup[])[]>();
    for (const { repository, groups } of scenarios) {
      const wanted = groups.filter(({ subdir }) => FULL || subdir === SAMPLED_PLATFORM);
      commits.set(repository, [...(commits.get(repository) ?? []), wanted]);
    }
    const figures = runTransitions(
      [...commits.values()].flatMap((each) => transitionsOf(each)),
      bench,
    );
    report(leastChangeTable(figures));
    expect(figures.unsolved).toEqual([]);
    expect(figures.transitions).toBeGreaterThan(0);
    // None in the sample, whose bound is below one. A solve counts its attempts, so a large run may leave some.
    expect(figures.needless.length).toBeLessThanOrEqual(figures.locked / 5000);
  }, 3_600_000);
});
