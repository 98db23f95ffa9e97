/** Solves the groups of real manifests and says how each cell stands to the lock that its own tool wrote. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { DEFAULT_CONDA_OPTIONS, type CondaOptions, type LockedRecord } from "#solver/conda/problem.ts";
import { fileBreaches, type Breach, type SolutionChecker } from "../check-conda-solution.ts";
import type { MemoryChannel } from "../conda-memory.ts";
import { condaProblem, solveConda, type FinishedSolve } from "../conda-solve.ts";
import type { ChannelStore } from "./channel-store.ts";
import type { ScenarioCell, ScenarioGroup } from "./scenario.ts";

/** What the solves of a run share. */
export interface Workbench {
  readonly store: ChannelStore;
  readonly checker: SolutionChecker;
}

export interface SolvedGroup {
  readonly group: ScenarioGroup;
  /** Of all cells. */
  readonly specs: readonly string[];
  readonly channels: readonly MemoryChannel[];
  readonly outcome: FinishedSolve;
  readonly milliseconds: number;
}

/** A solved cell beside its reference. */
export interface ComparedCell {
  readonly cell: ScenarioCell;
  readonly specs: readonly string[];
  readonly packages: readonly CondaRecord[];
  readonly reference: readonly CondaRecord[];
  /** URLs of the reference that no channel has. */
  readonly unknown: readonly string[];
  /** What the independent checker has against the cell. */
  readonly breaches: readonly Breach[];
  /** What people ask for, beside the reference. */
  readonly requested: readonly RequestedPackage[];
  /** Files that are those of the reference. */
  readonly sameFiles: number;
}

export interface RequestedPackage {
  readonly name: string;
  readonly ours: CondaRecord;
  /** Null where the reference does not have the package. */
  readonly theirs: CondaRecord | null;
  readonly order: "newer" | "equal" | "other build" | "older" | "not in the reference";
}

/** Match specs of a cell with those that only its reference tells of. */
export function specsOfCell(
  { specs, inferRoots }: ScenarioCell,
  reference: readonly CondaRecord[],
  { checker }: Workbench,
): readonly string[] {
  if (inferRoots === "no") return specs;
  const idle = checker.idle(specs, reference);
  if (inferRoots === "names") return [...specs, ...idle];
  const pins = reference.flatMap(({ name, version }) => {
    if (name === "python") return `python=${version.split(".").slice(0, 2).join(".")}`;
    return idle.includes(name) ? `${name}==${version}` : [];
  });
  return [...pins, ...specs];
}

/** "Now" of a group. */
export function cutoffOf({ cutoffMs, cells }: ScenarioGroup, bench: Workbench): number {
  if (cutoffMs !== null) return cutoffMs;
  const dates = cells.flatMap((cell) => referenceOf(cell, bench).records.map(({ timestampMs }) => timestampMs ?? 0));
  return Math.max(0, ...dates);
}

export function solveGroup(
  group: ScenarioGroup,
  bench: Workbench,
  changes: Partial<CondaOptions> & { readonly extraSpecs?: readonly string[] } = {},
): SolvedGroup {
  const channels = group.channels.map((name) => bench.store.channel(name, group.subdir));
  const own = group.cells.flatMap((cell) => specsOfCell(cell, referenceOf(cell, bench).records, bench));
  const { extraSpecs = [], ...options } = changes;
  const specs = [...new Set([...own, ...extraSpecs])];
  const problem = condaProblem(specs, {
    platform: group.subdir,
    virtualPackages: group.virtualPackages,
    options: { ...optionsOf(group, bench), ...options },
  });
  const start = performance.now();
  const outcome = solveConda(problem, channels);
  return { group, specs, channels, outcome, milliseconds: performance.now() - start };
}

/** "Now" is the commit; what has no date is old enough. */
function optionsOf(group: ScenarioGroup, bench: Workbench): CondaOptions {
  const cutoff = { general: cutoffOf(group, bench), byName: new Map<string, number>(), undated: "keep" as const };
  return { ...DEFAULT_CONDA_OPTIONS, channelPriority: group.priority, cutoff };
}

export function referenceOf(
  cell: ScenarioCell,
  { store }: Workbench,
): { readonly records: readonly CondaRecord[]; readonly unknown: readonly string[] } {
  const found = cell.reference.map((url) => ({ url, record: store.record(url) }));
  return {
    records: found.flatMap(({ record }) => record ?? []),
    unknown: found.flatMap(({ url, record }) => (record === null ? url : [])),
  };
}

/** Empty where the group is not solved. */
export function compareCells({ group, outcome, channels }: SolvedGroup, bench: Workbench): readonly ComparedCell[] {
  if (outcome.kind !== "solved") return [];
  const { checker } = bench;
  const cutoffMs = cutoffOf(group, bench);
  const all = outcome.resolution.packages;
  return group.cells.map((cell) => {
    const { records: reference, unknown } = referenceOf(cell, bench);
    const specs = specsOfCell(cell, reference, bench);
    const packages = checker.closure(specs, all);
    const { virtualPackages, priority } = group;
    const breaches = [
      ...checker.breaches({ specs, packages, virtualPackages }),
      ...fileBreaches(packages, { channels, priority, specs, cutoffMs }),
    ];
    const theirs = new Set(reference);
    return {
      cell,
      specs,
      packages,
      reference,
      unknown,
      breaches,
      requested: compareRequested(specs, packages, reference, checker),
      sameFiles: packages.filter((each) => theirs.has(each)).length,
    };
  });
}

function compareRequested(
  specs: readonly string[],
  packages: readonly CondaRecord[],
  reference: readonly CondaRecord[],
  checker: SolutionChecker,
): readonly RequestedPackage[] {
  const asked = new Set(specs.map((text) => checker.nameOf(text)));
  const byName = new Map(reference.map((each) => [each.name, each]));
  return packages.flatMap((ours): RequestedPackage | readonly [] => {
    if (!asked.has(ours.name)) return [];
    const theirs = byName.get(ours.name) ?? null;
    return { name: ours.name, ours, theirs, order: orderOf(ours, theirs) };
  });
}

function orderOf(ours: CondaRecord, theirs: CondaRecord | null): RequestedPackage["order"] {
  if (theirs === null) return "not in the reference";
  const order = compareVersions(ours, theirs);
  if (order !== 0) return order > 0 ? "newer" : "older";
  return ours === theirs ? "equal" : "other build";
}

export function compareVersions(left: CondaRecord, right: CondaRecord): number {
  const [one, other] = [parseCondaVersion(left.version), parseCondaVersion(right.version)];
  return one === null || other === null ? 0 : compareCondaVersions(one, other);
}

/** Records as an existing lock would give them to a solve. */
export function asLocked(packages: readonly CondaRecord[]): ReadonlyMap<string, LockedRecord> {
  return new Map(packages.map(({ name, version, build }) => [name, { version, build }]));
}
