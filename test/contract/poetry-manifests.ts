/** Made-up Poetry projects with the small package world that they are solved in. The same seed gives the same project. */
import type { TestRelease } from "../support/index-data.ts";

export interface MadeProject {
  readonly name: string;
  /** The manifest without its sources. */
  readonly manifest: string;
  readonly releases: readonly TestRelease[];
}

/** A small generator of numbers, so that a case can be made again from its seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0;
  }

  number(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }

  chance(share: number): boolean {
    return this.number(1000) < share * 1000;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.number(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

const NAMES = [
  "alpha", "bravo", "charlie-x", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike", "november",
  "oscar", "papa", "quebec", "romeo", "sierra", "tango",
] as const; // prettier-ignore
const VERSIONS = ["1.0", "1.1", "1.2.3", "2.0", "2.1", "3.0rc1", "3.0"] as const;
const MARKERS = [
  'python_version < "3.11"',
  'python_version >= "3.11"',
  'python_version < "3.10"',
  'python_full_version >= "3.10.2"',
  'sys_platform == "win32"',
  'sys_platform != "win32"',
  'sys_platform == "linux" and platform_machine == "x86_64"',
  'platform_system == "Darwin" or python_version < "3.11"',
  'implementation_name != "pypy"',
  'os_name == "nt"',
  'sys_platform == "darwin" and python_version >= "3.10"',
] as const;
const EXTRAS = ["fast", "docs_x", "all"] as const;
const PYTHONS = [">=3.9,<4.0", ">=3.9", "^3.10", ">=3.9.1,<3.15", ">=3.10"] as const;

function constraint(dice: Dice): string {
  return dice.pick(["", "", ">=1.0", ">=1.1", "<3", ">=1.0,<3.0", "!=1.1", ">=1,<3,!=2.0", "~=1.0", ">=2.0"]);
}

/** Requirements of one release on names that come later in the list, so that most worlds can be solved. */
function requirements(dice: Dice, place: number): readonly string[] {
  const lines: string[] = [];
  const later = NAMES.slice(place + 1);
  const count = later.length === 0 ? 0 : dice.number(4);
  for (let number = 0; number < count; number += 1) {
    const name = dice.pick(later);
    const kind = dice.number(10);
    if (kind === 0) {
      lines.push(`${name}<2.0 ; python_version < "3.11"`, `${name}>=1.0 ; python_version >= "3.11"`);
    } else if (kind === 1) {
      lines.push(`${name}[fast]${constraint(dice)} ; extra == "${dice.pick(EXTRAS)}"`);
    } else if (kind < 4) {
      lines.push(`${name}${constraint(dice)} ; extra == "${dice.pick(EXTRAS)}"`);
    } else if (kind < 7) {
      lines.push(`${name}${constraint(dice)} ; ${dice.pick(MARKERS)}`);
    } else {
      lines.push(`${name}${dice.chance(0.2) ? "[fast]" : ""}${constraint(dice)}`);
    }
  }
  return lines;
}

function world(dice: Dice): readonly TestRelease[] {
  return NAMES.flatMap((name, place) =>
    VERSIONS.filter(() => dice.chance(0.6))
      .concat(["1.0", "2.1"])
      .filter((version, index, all) => all.indexOf(version) === index)
      .map((version): TestRelease => {
        const requiresDist = requirements(dice, place);
        const wheel = `${name.replaceAll("-", "_")}-${version}-py3-none-any.whl`;
        const sdist = `${name}-${version}.tar.gz`;
        return {
          name,
          version,
          summary: `The ${name} of made-up packages`,
          requiresPython: dice.pick([
            null,
            ">=3.8",
            ">=3.9",
            ">=3.9,<4.0",
            version.startsWith("3") ? ">=3.11" : ">=3.7",
            ">=3.8,!=3.9.7",
          ]),
          requiresDist,
          extras: EXTRAS.filter((extra) => requiresDist.some((line) => line.includes(`"${extra}"`))),
          files: dice.chance(0.3) ? [{ filename: wheel }, { filename: sdist }] : [{ filename: wheel }],
        };
      }),
  );
}

/** One made-up project; even seeds have Poetry's own tables, odd ones `[project]`. */
export function makePoetryProject(seed: number): MadeProject {
  const dice = new Dice(seed);
  const releases = world(dice);
  const python = dice.pick(PYTHONS);
  const body = seed % 2 === 0 ? poetryTables(dice, python) : projectTables(dice, python);
  return { name: `made-${seed}`, manifest: `${body}\n`, releases };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The value of a dependency in Poetry's notation. */
function poetryValue(dice: Dice, isOptional: boolean): string {
  const version = dice.pick(["*", "^1.0", "~1", ">=1.0,<3", "^2.0", ">=1.0", "*", ">=1.1"]);
  const keys = [`version = ${quoted(version)}`];
  if (isOptional) keys.push("optional = true");
  if (dice.chance(0.25)) keys.push('extras = ["fast"]');
  if (dice.chance(0.3)) keys.push(`markers = ${quoted(dice.pick(MARKERS))}`);
  if (dice.chance(0.15)) keys.push(`python = ${quoted(dice.pick([">=3.10", "<3.12", "^3.11", ">=3.10,<3.13"]))}`);
  if (dice.chance(0.15))
    keys.push(`platform = ${quoted(dice.pick(["linux", "darwin", "!=win32", "linux || darwin"]))}`);
  return keys.length === 1 ? quoted(version) : `{ ${keys.join(", ")} }`;
}

function severalConstraints(dice: Dice): string {
  const pairs = [
    ['{ version = "<2.0", python = "<3.11" }', '{ version = ">=1.0", python = ">=3.11" }'],
    [
      '{ version = "^1.0", markers = "sys_platform == \'win32\'" }',
      '{ version = ">=2.0", markers = "sys_platform != \'win32\'" }',
    ],
    ['{ version = ">=1.0", platform = "linux" }', '{ version = "<2.1", platform = "darwin" }'],
    ['{ version = ">=1.0" }', '{ version = "<3.0", markers = "python_version < \'3.12\'" }'],
  ] as const;
  return `[\n    ${dice.pick(pairs).join(",\n    ")},\n]`;
}

function names(dice: Dice, count: number): readonly string[] {
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(dice.pick(NAMES));
  return [...chosen];
}

function poetryTables(dice: Dice, python: string): string {
  const lines = [
    "[tool.poetry]",
    "package-mode = false",
    "",
    "[tool.poetry.dependencies]",
    `python = ${quoted(python)}`,
  ];
  const optional: string[] = [];
  for (const name of names(dice, 2 + dice.number(4))) {
    const isOptional = dice.chance(0.25);
    if (isOptional) optional.push(name);
    const value = !isOptional && dice.chance(0.2) ? severalConstraints(dice) : poetryValue(dice, isOptional);
    lines.push(`${name} = ${value}`);
  }
  for (const group of ["dev", "test"].filter(() => dice.chance(0.7))) {
    if (dice.chance(0.3)) lines.push("", `[tool.poetry.group.${group}]`, "optional = true");
    lines.push("", `[tool.poetry.group.${group}.dependencies]`);
    for (const name of names(dice, 1 + dice.number(3))) lines.push(`${name} = ${poetryValue(dice, false)}`);
  }
  if (optional.length > 0) {
    lines.push("", "[tool.poetry.extras]", `everything = ${JSON.stringify(optional)}`);
    if (dice.chance(0.5)) lines.push(`one = ${JSON.stringify(optional.slice(0, 1))}`);
  }
  return lines.join("\n");
}

function standardLine(dice: Dice, name: string): string {
  const extras = dice.chance(0.2) ? "[fast]" : "";
  const marker = dice.chance(0.35) ? ` ; ${dice.pick(MARKERS)}` : "";
  return quoted(`${name}${extras}${constraint(dice)}${marker}`);
}

function projectTables(dice: Dice, python: string): string {
  const requires = python.startsWith("^") ? `>=${python.slice(1)},<4.0` : python;
  const list = (count: number) =>
    names(dice, count)
      .map((name) => `    ${standardLine(dice, name)},`)
      .join("\n");
  const lines = ["[project]", 'name = "made"', 'version = "0.1.0"', `requires-python = ${quoted(requires)}`];
  lines.push(`dependencies = [\n${list(2 + dice.number(3))}\n]`);
  if (dice.chance(0.6)) {
    lines.push("", "[project.optional-dependencies]", `first = [\n${list(1 + dice.number(2))}\n]`);
    if (dice.chance(0.5)) lines.push(`second = [\n${list(1)}\n]`);
  }
  if (dice.chance(0.6)) {
    lines.push("", "[dependency-groups]", `test = [\n${list(1 + dice.number(2))}\n]`);
    if (dice.chance(0.5)) lines.push(`dev = [\n    { include-group = "test" },\n${list(1)}\n]`);
  }
  lines.push("", "[tool.poetry]", "package-mode = false");
  return lines.join("\n");
}
