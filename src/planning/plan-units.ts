/** Which units a run tries on a coherence set, from its names and the configuration. */
import type { Config } from "#config/config.ts";
import { groupOf } from "#config/policies.ts";
import { isCudaName } from "./conda-variants.ts";
import { majorOfCondaVersion } from "./conda-movable.ts";
import {
  companionsOf,
  cudaGroup,
  defaultGroup,
  majorGroup,
  pythonGroup,
  TOOL_NAMES,
  toolGroup,
} from "./update-groups.ts";

/** The smallest thing that a run may move alone: some packages, how far, and under which update group. */
export interface UpdateUnit {
  /** Name of the update group. */
  readonly group: string;
  /** Normalised names whose constraints may move. */
  readonly names: ReadonlySet<string>;
  /** `within-major`: up to the next major; `any`: as far as there is; else a constraint for each name (`==1.26.4`, `*`). */
  readonly reach: "within-major" | "any" | ReadonlyMap<string, string>;
  /** Whether everything else takes its newest version too, or stays where it can. */
  readonly refresh: boolean;
  /** Names that have a unit of their own, which a refresh leaves where they can stay; absent: none. */
  readonly apart?: ReadonlySet<string>;
}

/** A name with the versions that a major unit is about. */
export interface MajorCandidate {
  readonly name: string;
  readonly current: string;
  readonly newest: string;
}

export interface UnitPlan {
  /** Directory of the set. */
  readonly root: string;
  /** Names that the set states itself. */
  readonly names: ReadonlySet<string>;
  /** Those for which a newer major exists. */
  readonly majors: readonly MajorCandidate[];
  /** Newer minors of a Python that conda installs, and newer majors of its CUDA packages; absent: none. */
  readonly platform?: readonly MajorCandidate[];
}

/** Moves within a major together, configured groups and tools apart, then each major with its companions. */
export function planUnits(plan: UnitPlan, config: Config): readonly UpdateUnit[] {
  const { root } = plan;
  const grouped = [...plan.names].filter((name) => groupOf(config, name) !== null);
  const tools = [...plan.names].filter((name) => TOOL_NAMES.has(name) && !grouped.includes(name));
  const apart = new Set([...grouped, ...tools]);
  const rest = [...plan.names].filter((name) => !apart.has(name));
  return [
    { group: defaultGroup(root), names: new Set(rest), reach: "within-major", refresh: true, apart },
    ...configuredUnits(grouped, config, root),
    ...tools.map((name): UpdateUnit => ({
      group: toolGroup(name, root),
      names: new Set([name]),
      reach: "within-major",
      refresh: false,
    })),
    ...majorUnits(plan, config),
    ...platformUnits(plan),
  ];
}

/** Python, and CUDA: what everything else is built for moves by itself. */
function platformUnits({ root, platform = [] }: UnitPlan): readonly UpdateUnit[] {
  const cuda = platform.filter(({ name }) => isCudaName(name));
  const units = [
    { group: pythonGroup(root), candidates: platform.filter(({ name }) => name === "python") },
    { group: cudaGroup(root), candidates: cuda },
  ];
  return units
    .filter(({ candidates }) => candidates.length > 0)
    .map(({ group, candidates }): UpdateUnit => ({
      group,
      names: new Set(candidates.map(({ name }) => name)),
      reach: new Map(candidates.map(({ name, current }) => [name, beyondMajor(current, name)])),
      refresh: false,
    }));
}

function configuredUnits(names: readonly string[], config: Config, root: string): readonly UpdateUnit[] {
  return config.groups.flatMap((group) => {
    const own = names.filter((name) => groupOf(config, name) === group);
    if (own.length === 0) {
      return [];
    }
    const reach = group.majors === "together" ? "any" : "within-major";
    const name = defaultGroup(root).replace("python-dependencies", group.name);
    return [{ group: name, names: new Set(own), reach, refresh: false } as const];
  });
}

function majorUnits({ root, majors }: UnitPlan, config: Config): readonly UpdateUnit[] {
  const apart = majors.filter(({ name }) => groupOf(config, name)?.majors !== "together");
  const names = apart.map((candidate) => candidate.name);
  const seen = new Set<string>();
  const units: UpdateUnit[] = [];
  for (const { name, current } of apart) {
    if (seen.has(name)) {
      continue;
    }
    const together = companionsOf(name, names);
    together.forEach((companion) => seen.add(companion));
    const reach = together.length > 1 ? ("any" as const) : new Map([[name, beyondMajor(current, name)]]);
    units.push({ group: majorGroup(name, root), names: new Set(together), reach, refresh: false });
  }
  return units;
}

/** `>=2` for a 1.x, `>=3.11` for a Python 3.10: asked for so that a conflict explains why not. */
function beyondMajor(current: string, name: string): string {
  const [, front = "", last = "0"] = /^(.*?)(\d+)$/u.exec(majorOfCondaVersion(name, current)) ?? [];
  return `>=${front}${Number(last) + 1}`;
}

/** The constraint that a unit asks for by name; null where it follows `reach` in words. */
export function askedConstraint(unit: UpdateUnit, name: string): string | null {
  return typeof unit.reach === "string" ? null : (unit.reach.get(name) ?? null);
}

/** The unit of `/relock NAME==VERSION…`: these names alone, as far as asked. */
export function requestedUnit(
  packages: readonly { readonly name: string; readonly version: string | null }[],
  root: string,
): UpdateUnit {
  const names = packages.map((one) => one.name).sort();
  const reach = new Map(packages.map((one) => [one.name, one.version === null ? "*" : `==${one.version}`]));
  const group = defaultGroup(root).replace(
    "python-dependencies",
    `update-${names
      .slice(0, 3)
      .join("-")
      .replace(/[^a-z0-9-]+/gu, "-")}`,
  );
  return { group, names: new Set(names), reach, refresh: false };
}
