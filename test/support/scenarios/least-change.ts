/** Solves a manifest with an older lock of it at hand, and asks of each package that moved whether it had to. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { RecordIdentity } from "#solver/conda/problem.ts";
import type { ScenarioGroup } from "./scenario.ts";
import { asLocked, cutoffOf, referenceOf, solveGroup, type SolvedGroup, type Workbench } from "./solve-group.ts";

/** The same group at two commits, the older first. */
export interface Transition {
  readonly before: ScenarioGroup;
  readonly after: ScenarioGroup;
}

export interface ChangedPackage {
  readonly from: CondaRecord;
  readonly to: CondaRecord;
  /**
   * `direct`: what people ask for, the target, or a package that was kept rules the locked file out. `indirect`: no solution
   * has it together with all that was kept. `needless`: there is one. `undecided`: the budget was spent.
   */
  readonly reason: "direct" | "indirect" | "needless" | "undecided";
}

export interface LeastChange {
  readonly solved: SolvedGroup;
  readonly locked: readonly CondaRecord[];
  readonly kept: readonly CondaRecord[];
  readonly changed: readonly ChangedPackage[];
}

/** Groups of one repository at consecutive commits, which go from the newest to the oldest. */
export function transitionsOf(commits: readonly (readonly ScenarioGroup[])[]): readonly Transition[] {
  return commits.slice(1).flatMap((older, index) =>
    (commits[index] ?? []).flatMap((after): Transition | readonly [] => {
      const before = older.find(({ name, platform }) => name === after.name && platform === after.platform);
      return before === undefined ? [] : { before, after };
    }),
  );
}

/** Null where there is no solution. */
export function solveLeastChange({ before, after }: Transition, bench: Workbench): LeastChange | null {
  const locked = lockedRecords(before, bench);
  const solved = solveGroup(after, bench, { locked: asLocked(locked) });
  if (solved.outcome.kind !== "solved") return null;
  const { packages } = solved.outcome.resolution;
  const now = new Map(packages.map((each) => [each.name, each]));
  const kept = locked.filter((record) => sameBuild(record, now.get(record.name)));
  const changed = locked.flatMap((from): ChangedPackage | readonly [] => {
    const to = now.get(from.name);
    if (to === undefined || sameBuild(from, to)) return [];
    return { from, to, reason: reasonOf(from, { solved, kept, bench }) };
  });
  return { solved, locked, kept, changed };
}

/** One record for each name: the environments of a solve group agree. */
function lockedRecords(group: ScenarioGroup, bench: Workbench): readonly CondaRecord[] {
  const records = group.cells.flatMap((cell) => referenceOf(cell, bench).records);
  return [...new Map(records.map((each) => [each.name, each])).values()];
}

interface Situation {
  readonly solved: SolvedGroup;
  readonly kept: readonly CondaRecord[];
  readonly bench: Workbench;
}

function reasonOf(from: CondaRecord, situation: Situation): ChangedPackage["reason"] {
  if (isRuledOut(from, situation)) return "direct";
  const { solved, kept, bench } = situation;
  const pinned = new Map<string, RecordIdentity>(asLocked([...kept, from]));
  const { outcome } = solveGroup(solved.group, bench, { pinned });
  switch (outcome.kind) {
    case "solved":
      return outcome.resolution.packages.some((each) => sameBuild(from, each)) ? "needless" : "indirect";
    case "conflict":
      return "indirect";
    case "undecided":
    case "failed":
      return "undecided";
  }
}

function isRuledOut(from: CondaRecord, { solved, kept, bench }: Situation): boolean {
  const { checker } = bench;
  const { group, specs } = solved;
  if ((from.timestampMs ?? 0) > cutoffOf(group, bench)) return true;
  const refuses = (text: string, record: CondaRecord): boolean =>
    checker.nameOf(text) === record.name && !checker.matches(text, record);
  if (specs.some((text) => refuses(text, from))) return true;
  if (kept.some(({ depends, constrains }) => [...depends, ...constrains].some((text) => refuses(text, from))))
    return true;
  const own = { specs: [], packages: [from, ...kept], virtualPackages: group.virtualPackages };
  return checker.conflicts(from, own);
}

function sameBuild(one: CondaRecord, other: CondaRecord | undefined): boolean {
  return other !== undefined && one.name === other.name && one.version === other.version && one.build === other.build;
}
