/**
 * A made-up project of 500 packages with the package world that it is solved in. The same numbers always come out.
 * The graph is layered as real ones are: a few direct requirements on top, packages that many others need at the bottom.
 */
import { Dice } from "../test/contract/poetry-manifests.ts";
import type { TestFile, TestRelease } from "../test/support/index-data.ts";

export interface MadeProject {
  readonly manifest: string;
  readonly releases: readonly TestRelease[];
}

const LAYERS = 8;
/** Ten releases each: patch, minor and major steps as packages make them. */
const VERSIONS = ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.2.1", "1.3.0", "2.0.0", "2.0.1", "2.1.0", "2.2.0"] as const;
/** All packages can be had together at this place of the list or later, up to the packages with a conflict. */
const COMMON = 6;
const PYTHON_MARKERS = [
  'python_version < "3.11"',
  'python_version >= "3.11"',
  'python_full_version >= "3.10.2"',
] as const;
const PLATFORM_MARKERS = [
  'sys_platform == "win32"',
  'sys_platform != "win32"',
  'platform_system == "Darwin"',
  'sys_platform == "linux" and platform_machine == "x86_64"',
  'implementation_name != "pypy"',
] as const;
const WHEEL_PYTHONS = ["cp39", "cp310", "cp311", "cp312"] as const;
const WHEEL_PLATFORMS = [
  "manylinux_2_17_x86_64.manylinux2014_x86_64",
  "manylinux_2_17_aarch64.manylinux2014_aarch64",
  "macosx_10_9_x86_64",
  "macosx_11_0_arm64",
  "win_amd64",
] as const;

/** What all releases of one package have in common. */
interface MadePackage {
  readonly name: string;
  readonly place: number;
  readonly compiled: boolean;
  /** What it needs in every release; the bounds rise with its releases. */
  readonly needs: readonly { readonly name: string; readonly suffix: string; readonly marker: string | null }[];
  /** Needs of its extra, or none. */
  readonly extra: readonly string[];
  /** A package that its newest releases cannot have in the version that all others need. */
  readonly conflict: string | null;
}

/** @param count how many packages the lock will have */
export function makeProject(count: number, seed: number): MadeProject {
  const dice = new Dice(seed);
  const packages: MadePackage[] = [];
  const needed = new Set<string>();
  // From the bottom up, so that a package can only need what stands below it.
  for (let place = 0; place < count; place += 1) {
    const layer = Math.floor((place * LAYERS) / count);
    const below = packages.slice(0, Math.ceil((layer * count) / LAYERS));
    const unneeded = below.filter(({ name }) => !needed.has(name));
    const made = makePackage(dice, { layer, place }, below, unneeded);
    for (const { name, marker } of made.needs) if (marker === null) needed.add(name);
    packages.push(made);
  }
  const roots = packages.filter(({ name }) => !needed.has(name));
  const releases = packages.flatMap((made) => VERSIONS.map((version, at) => makeRelease(dice, made, version, at)));
  return { manifest: manifestText(dice, roots), releases };
}

function makePackage(
  dice: Dice,
  { layer, place }: { readonly layer: number; readonly place: number },
  below: readonly MadePackage[],
  unneeded: readonly MadePackage[],
): MadePackage {
  const chosen = new Map<string, MadePackage>();
  if (below.length > 0) {
    const first = dice.pick(unneeded.length > 0 ? unneeded : below);
    chosen.set(first.name, first);
    for (let number = dice.number(5); number > 0; number -= 1) {
      // Half of the needs are among a few packages that everything needs (a typing-extensions, a numpy).
      const one = dice.chance(0.5) ? dice.pick(below.slice(0, 20)) : dice.pick(below);
      chosen.set(one.name, one);
    }
  }
  const needs = [...chosen.values()].map((one, at) => ({
    name: one.name,
    suffix: one.extra.length > 0 && dice.chance(0.5) ? "[fast]" : "",
    marker: at > 0 && dice.chance(0.25) ? dice.pick(dice.chance(0.5) ? PYTHON_MARKERS : PLATFORM_MARKERS) : null,
  }));
  const extra = below.length > 0 && dice.chance(0.15) ? [dice.pick(below).name, dice.pick(below).name] : [];
  const common = needs.filter(({ marker }) => marker === null);
  return {
    name: `made-${layer}-${String(place).padStart(3, "0")}`,
    place,
    compiled: dice.chance(0.2),
    needs,
    extra: [...new Set(extra)],
    conflict: common.length > 0 && dice.chance(0.06) ? dice.pick(common).name : null,
  };
}

function makeRelease(dice: Dice, made: MadePackage, version: string, at: number): TestRelease {
  const requiresDist = made.needs.map(({ name, suffix, marker }) => {
    const bound = name === made.conflict && at >= 8 ? "<2.0.0" : lowerBound(dice, at);
    return `${name}${suffix}${bound}${marker === null ? "" : ` ; ${marker}`}`;
  });
  for (const name of made.extra) requiresDist.push(`${name}>=1.0 ; extra == "fast"`);
  return {
    name: made.name,
    version,
    summary: `Number ${made.place} of the made-up packages`,
    requiresPython: at < 3 ? ">=3.7" : at < COMMON ? ">=3.8" : ">=3.9",
    requiresDist,
    extras: made.extra.length > 0 ? ["fast"] : [],
    uploadTime: new Date(Date.UTC(2021 + Math.floor(at / 3), (at % 3) * 4, 1 + (made.place % 28))).toISOString(),
    files: filesOf(made, version),
  };
}

/** Bounds never ask for more than the common version, and an upper bound never excludes it. */
function lowerBound(dice: Dice, at: number): string {
  const lowest = VERSIONS[Math.min(at, dice.number(COMMON + 1))] ?? VERSIONS[0];
  return dice.pick([`>=${lowest}`, `>=${lowest}`, `>=${lowest},<3`, `>=${lowest},!=2.1.0`, ""]);
}

function filesOf({ name, compiled }: MadePackage, version: string): readonly TestFile[] {
  const base = `${name.replaceAll("-", "_")}-${version}`;
  const tags = compiled
    ? WHEEL_PYTHONS.flatMap((python) => WHEEL_PLATFORMS.map((platform) => `${python}-${python}-${platform}`))
    : ["py3-none-any"];
  return [...tags.map((tag) => ({ filename: `${base}-${tag}.whl` })), { filename: `${base}.tar.gz` }];
}

/** Every package that no other needs without a condition is a direct requirement, in the main group or in another. */
function manifestText(dice: Dice, roots: readonly MadePackage[]): string {
  const groups = new Map<string, string[]>([
    ["dependencies", ['python = ">=3.9,<3.13"']],
    ["group.test.dependencies", []],
    ["group.docs.dependencies", []],
  ]);
  for (const { name, extra } of roots) {
    const version = dice.pick(["^2.0", ">=1.1", "*", ">=1.2,<3"]);
    const value =
      extra.length > 0 && dice.chance(0.5) ? `{ version = "${version}", extras = ["fast"] }` : `"${version}"`;
    const group = dice.pick(["dependencies", "dependencies", "group.test.dependencies", "group.docs.dependencies"]);
    groups.get(group)?.push(`${name} = ${value}`);
  }
  const tables = [...groups].map(([table, lines]) => `[tool.poetry.${table}]\n${lines.join("\n")}\n`);
  return `[tool.poetry]\npackage-mode = false\n\n${tables.join("\n")}`;
}
