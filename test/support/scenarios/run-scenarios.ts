/** Solves many real manifests and sums up what came of it. */
import { SolutionChecker } from "../check-conda-solution.ts";
import { ChannelStore } from "./channel-store.ts";
import { explainOlder, type OlderReason } from "./explain-older.ts";
import { solveLeastChange, type ChangedPackage, type Transition } from "./least-change.ts";
import { loadCondaLockScenario, loadPixiScenario, readScenarioIndex, type IndexedScenario } from "./load-scenarios.ts";
import type { Scenario, ScenarioGroup } from "./scenario.ts";
import { asLocked, compareCells, solveGroup, type ComparedCell, type Workbench } from "./solve-group.ts";

/** What a run found; texts name the scenario, group and platform. */
export interface ScenarioFigures {
  readonly groups: number;
  readonly cells: number;
  readonly solved: number;
  readonly valid: number;
  readonly requested: ReadonlyMap<string, number>;
  /** Files, and those of them that the reference has too. */
  readonly files: number;
  readonly sameFiles: number;
  readonly older: ReadonlyMap<OlderReason["kind"], readonly string[]>;
  readonly unsolved: readonly string[];
  readonly invalid: readonly string[];
  /** Groups of which a second run, with the first answer as its lock, changes something. */
  readonly unstable: readonly string[];
  /** Reference packages that the channels do not have. */
  readonly unknown: readonly string[];
  /** What people ask for and the reference does not give, by our reading of match specs. */
  readonly misread: readonly string[];
  /** Dependencies and constrains of reference packages that do not hold by the records of today. */
  readonly outdated: readonly string[];
  /** Slowest first. */
  readonly efforts: readonly GroupEffort[];
}

export interface GroupEffort {
  readonly group: string;
  readonly milliseconds: number;
  readonly packages: number;
  readonly decisions: number;
  readonly conflicts: number;
}

export interface LeastChangeFigures {
  readonly transitions: number;
  readonly locked: number;
  readonly kept: number;
  readonly changed: ReadonlyMap<ChangedPackage["reason"], number>;
  readonly needless: readonly string[];
  readonly unsolved: readonly string[];
}

/** @param data the folder of real data */
export function newWorkbench(data: string): Workbench {
  return { store: new ChannelStore(`${data}/conda`), checker: new SolutionChecker() };
}

/** Scenarios of the index that `wanted` lets through, newest commit of each repository first. */
export function loadScenarios(
  data: string,
  bench: Workbench,
  wanted: (indexed: IndexedScenario) => boolean = () => true,
): readonly Scenario[] {
  const folder = `${data}/scenarios`;
  return readScenarioIndex(folder)
    .filter(wanted)
    .map((indexed) =>
      indexed.lockKind.startsWith("pixi")
        ? loadPixiScenario(folder, indexed, bench.store)
        : loadCondaLockScenario(folder, indexed),
    );
}

/** One platform after the other, because the channels of all of them do not fit into memory. */
export function byPlatform<Item>(items: readonly Item[], subdirOf: (item: Item) => string): readonly Item[] {
  return [...items].sort((left, right) =>
    subdirOf(left) < subdirOf(right) ? -1 : Number(subdirOf(left) > subdirOf(right)),
  );
}

export function runScenarios(groups: readonly ScenarioGroup[], bench: Workbench): ScenarioFigures {
  const tally = new Tally();
  for (const group of byPlatform(groups, ({ subdir }) => subdir)) runGroup(group, bench, tally);
  tally.efforts.sort((left, right) => right.milliseconds - left.milliseconds);
  return tally;
}

export function runTransitions(transitions: readonly Transition[], bench: Workbench): LeastChangeFigures {
  const changed = new Map<ChangedPackage["reason"], number>();
  const [needless, unsolved]: [string[], string[]] = [[], []];
  let [locked, kept] = [0, 0];
  for (const transition of byPlatform(transitions, ({ after }) => after.subdir)) {
    const result = solveLeastChange(transition, bench);
    const label = labelOf(transition.after);
    if (result === null) {
      unsolved.push(label);
      continue;
    }
    locked += result.locked.length;
    kept += result.kept.length;
    for (const { from, to, reason } of result.changed) {
      changed.set(reason, (changed.get(reason) ?? 0) + 1);
      if (reason === "needless") needless.push(`${label}: ${from.filename} -> ${to.filename}`);
    }
  }
  return { transitions: transitions.length, locked, kept, changed, needless, unsolved };
}

class Tally implements ScenarioFigures {
  groups = 0;
  cells = 0;
  solved = 0;
  valid = 0;
  files = 0;
  sameFiles = 0;
  readonly requested = new Map<string, number>();
  readonly older = new Map<OlderReason["kind"], string[]>();
  readonly unsolved: string[] = [];
  readonly invalid: string[] = [];
  readonly unstable: string[] = [];
  readonly unknown: string[] = [];
  readonly misread: string[] = [];
  readonly outdated: string[] = [];
  readonly efforts: GroupEffort[] = [];

  addCell(label: string, { breaches, packages, sameFiles, requested, unknown }: ComparedCell): void {
    this.solved += 1;
    this.files += packages.length;
    this.sameFiles += sameFiles;
    if (breaches.length === 0) this.valid += 1;
    this.invalid.push(...breaches.map(({ text }) => `${label}: ${text}`));
    this.unknown.push(...unknown.map((url) => `${label}: ${url}`));
    for (const { order } of requested) this.requested.set(order, (this.requested.get(order) ?? 0) + 1);
  }

  addOlder({ kind, text }: OlderReason, what: string): void {
    this.older.set(kind, [...(this.older.get(kind) ?? []), `${what}: ${text.split("\n")[0] ?? ""}`]);
  }
}

function runGroup(group: ScenarioGroup, bench: Workbench, tally: Tally): void {
  const label = labelOf(group);
  const solved = solveGroup(group, bench);
  const { outcome, milliseconds } = solved;
  tally.groups += 1;
  tally.cells += group.cells.length;
  if (outcome.kind !== "solved") {
    tally.unsolved.push(`${label}: ${"explanation" in outcome ? outcome.explanation.text : outcome.kind}`);
    return;
  }
  const { packages, effort } = outcome.resolution;
  tally.efforts.push({ group: label, milliseconds, packages: packages.length, ...effort });
  const again = solveGroup(group, bench, { locked: asLocked(packages) }).outcome;
  const isStable =
    again.kind === "solved" && packages.every((each, place) => each === again.resolution.packages[place]);
  if (!isStable) tally.unstable.push(label);
  const explained = new Set<string>();
  for (const cell of compareCells(solved, bench)) {
    tally.addCell(`${label} ${cell.cell.environment}`, cell);
    checkReference(group, cell, { bench, tally });
    for (const each of cell.requested) {
      if (each.order !== "older" || explained.has(each.name)) continue;
      explained.add(each.name);
      const what = `${label}: ${each.name} ${each.ours.version} < ${each.theirs?.version ?? ""}`;
      tally.addOlder(explainOlder(each, { group, packages, bench }), what);
    }
  }
}

/** Whether the lock that the native tool wrote fulfils its manifest by our reading of match specs. */
function checkReference(
  group: ScenarioGroup,
  { specs, reference, cell }: ComparedCell,
  { bench, tally }: { readonly bench: Workbench; readonly tally: Tally },
): void {
  const { virtualPackages } = group;
  for (const { kind, text } of bench.checker.breaches({ specs, packages: reference, virtualPackages })) {
    const line = `${labelOf(group)} ${cell.environment}: ${text}`;
    if (kind === "root" || kind === "twice") tally.misread.push(line);
    if (kind === "depends" || kind === "constrains") tally.outdated.push(line);
  }
}

function labelOf({ scenario, name, platform }: ScenarioGroup): string {
  return `${scenario} ${name} ${platform}`;
}
