/** Several channels, locks, dates, constraints and platforms in one joint problem, against a solver that tries everything that is left. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PlatformName } from "#packaging/target.ts";
import type { ChannelPriority, RecordIdentity } from "#solver/conda/problem.ts";
import { answersOf, breachesOfJoint, type SmallEnvironment } from "../../oracle/joint-brute-force.ts";
import { memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { jointProblem, jointSummary, sameNames, solveJoint } from "../../support/joint-solve.ts";
import { answerFrom, type ScenarioPackages, type ScenarioVersion } from "../../support/scenario-index.ts";
import { rootsOf } from "../../support/solve-problem.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "300");

/** `both` provides two projects, `c` none. */
const PROVIDES: Readonly<Record<string, readonly string[]>> = { a: ["pa"], both: ["pa", "pb"] };
const NAMES = sameNames({ ...PROVIDES, c: [], python: [] });
const CONDA = ["a", "both", "c"];
const PYPI = ["pa", "pb", "pc"];
const VERSIONS = ["1.0", "2.0", "3.0rc1"];
const PYTHONS = ["3.12.1", "3.11.4", "3.10.0"];
const CUTOFF = Date.parse("2024-01-10T00:00:00Z");
const EARLY = "2024-01-01T00:00:00Z";
const LATE = "2024-02-01T00:00:00Z";

const MARKERS = [
  "",
  "",
  "",
  "",
  "; python_version < '3.12'",
  "; python_full_version >= '3.11.4'",
  "; platform_machine == 'arm64'",
  "; sys_platform == 'win32' or python_version >= '3.12'",
  "; platform_system == 'Darwin' and python_full_version < '3.11.5'",
];
const TAGS: readonly (readonly string[])[] = [
  ["cp312-cp312-manylinux_2_17_x86_64", "cp310-abi3-win_amd64"],
  ["cp311-cp311-macosx_11_0_arm64", "cp311-abi3-manylinux_2_28_x86_64"],
  ["cp310-none-any", "py312-none-any"],
];

const condaSpec = fc.oneof(
  fc.constantFrom("python", "python <3.12", "python >=3.11", "python 3.11.*"),
  fc
    .tuple(fc.constantFrom(...CONDA), fc.constantFrom("", "", " ==1.0", " >=2", " <2", " >=3.0rc0"))
    .map((parts) => parts.join("")),
);
const stamp = fc.constantFrom(null, null, Date.parse(EARLY), Date.parse(LATE));
const record = fc.record({
  name: fc.constantFrom(...CONDA),
  version: fc.constantFrom(...VERSIONS),
  depends: fc.array(condaSpec, { maxLength: 2 }),
  constrains: fc.array(condaSpec, { maxLength: 1 }),
  timestampMs: stamp,
});
const pythons = fc
  .subarray(PYTHONS)
  .chain((versions) =>
    fc.tuple(
      ...versions.map((version) =>
        stamp.map((timestampMs) => ({ name: "python", version, depends: [], constrains: [], timestampMs })),
      ),
    ),
  );
const channel = fc
  .tuple(fc.uniqueArray(record, { maxLength: 5, selector: ({ name, version }) => `${name} ${version}` }), pythons)
  .map(([some, more]): readonly Written[] => [...some, ...more]);

type Written = WrittenRecord & {
  readonly timestampMs: number | null;
  readonly depends: readonly string[];
  readonly constrains: readonly string[];
};

const requirement = fc
  .tuple(
    fc.constantFrom(...PYPI),
    fc.constantFrom("", "", "[x]"),
    fc.constantFrom("", "", "==1.0", ">=2", "<2", "~=2.0", "!=2.0", ">=3.0rc1"),
    fc.constantFrom(...MARKERS),
  )
  .map((parts) => parts.join(""));
const constraint = fc
  .tuple(fc.constantFrom(...PYPI), fc.constantFrom("<2", ">=2", "==1.0"))
  .map((parts) => parts.join(""));
const release = fc
  .record({
    requires: fc.array(requirement, { maxLength: 2 }),
    python: fc.constantFrom(null, null, ">=3.11", "<3.12", "~=3.11.2", ">=3.8,<3.12.1"),
    unlisted_python: fc.boolean(),
    tags: fc.constantFrom(null, null, ...TAGS),
    extra: fc.array(requirement, { maxLength: 1 }),
    uploaded: fc.constantFrom(null, null, EARLY, LATE),
  })
  .map(({ requires, python, unlisted_python, tags, extra, uploaded }): ScenarioVersion => ({
    requires,
    unlisted_python,
    extras: { x: extra },
    ...(uploaded === null ? {} : { uploaded }),
    ...(python === null ? {} : { requires_python: python }),
    ...(tags === null ? {} : { wheel_tags: tags, sdist: false }),
  }));
const locked = fc.dictionary(fc.constantFrom(...CONDA, "python"), fc.constantFrom(...VERSIONS, ...PYTHONS), {
  maxKeys: 3,
});

const problems = fc.record({
  specs: fc.array(condaSpec, { minLength: 1, maxLength: 3 }),
  withPython: fc.constantFrom(true, true, false),
  requirements: fc.array(requirement, { maxLength: 2 }),
  constraints: fc.array(constraint, { maxLength: 1 }),
  channels: fc.tuple(channel, channel),
  releases: fc.dictionary(
    fc.constantFrom(...PYPI),
    fc.dictionary(fc.constantFrom(...VERSIONS), release, { minKeys: 1, maxKeys: 2 }),
  ),
  priority: fc.constantFrom<ChannelPriority>("strict", "flexible", "disabled"),
  tied: fc.constantFrom(null, null, ...CONDA),
  cutoff: fc.constantFrom(null, CUTOFF),
  undated: fc.constantFrom("keep" as const, "keep" as const, "drop" as const),
  platform: fc.constantFrom<PlatformName>("linux-64", "osx-arm64", "win-64"),
  locked,
  inUse: locked,
  pinned: fc.dictionary(fc.constantFrom("a", "c"), fc.constantFrom("1.0", "2.0"), { maxKeys: 1 }),
  lockedReleases: fc.dictionary(fc.constantFrom(...PYPI), fc.constantFrom(...VERSIONS), { maxKeys: 2 }),
  upgrade: fc.constantFrom(null, [], ["a", "pa"]),
});
type Problem = typeof problems extends fc.Arbitrary<infer Value> ? Value : never;

/** By the rules as they are written: dates, then the first channel that has the name by then, then pins. */
function visible({ channels, priority, tied, cutoff, undated, inUse, pinned }: Problem): readonly Written[] {
  const isDated = ({ name, version, timestampMs }: Written): boolean => {
    if (cutoff === null || (name in pinned && pinned[name] !== version) || inUse[name] === version) return true;
    return timestampMs === null ? undated === "keep" : timestampMs <= cutoff;
  };
  const names = [...new Set(channels.flat().map(({ name }) => name))];
  return names.flatMap((name) => {
    const of = channels.map((list) => list.filter((each) => each.name === name));
    const wanted = name === tied ? of.slice(1) : of;
    const having = wanted.filter((list) => list.length > 0);
    const first = having.find((list) => list.some(isDated)) ?? [];
    const open = priority === "strict" ? first : having.flat();
    return open.filter((each) => isDated(each) && (!(name in pinned) || pinned[name] === each.version));
  });
}

/** What is too new has no file; what an extra of conda's version needs is told by the metadata all the same. */
function uploaded({ releases, cutoff, undated }: Problem): ScenarioPackages {
  const isSeen = ({ uploaded: date }: ScenarioVersion): boolean => {
    if (cutoff === null) return true;
    return date === undefined ? undated === "keep" : Date.parse(date) <= cutoff;
  };
  const withoutFiles = (each: ScenarioVersion): ScenarioVersion => ({ ...each, wheel_tags: [], sdist: false });
  return Object.fromEntries(
    Object.entries(releases).map(([name, versions]) => {
      const seen = Object.entries(versions).map(([version, each]) => [
        version,
        isSeen(each) ? each : withoutFiles(each),
      ]);
      return [name, { versions: Object.fromEntries(seen) as Record<string, ScenarioVersion> }];
    }),
  );
}

function solve(problem: Problem, specs: readonly string[]): ReturnType<typeof solveJoint>["outcome"] {
  const { channels, requirements, constraints, releases, priority, cutoff, undated, platform, upgrade } = problem;
  const limit = { general: cutoff, byName: new Map(), undated };
  const mode =
    upgrade === null
      ? { kind: "least-change" as const }
      : { kind: "upgrade" as const, names: upgrade.length === 0 ? null : new Set(upgrade) };
  const identities = (of: Readonly<Record<string, string>>): (readonly [string, RecordIdentity])[] =>
    Object.entries(of).map(([name, version]) => [name, { version, build: null }]);
  const request = jointProblem({
    conda: specs,
    pypi: requirements,
    names: NAMES,
    platform,
    virtualPackages: [],
    options: {
      channelPriority: priority,
      cutoff: limit,
      mode,
      locked: new Map(Object.entries(problem.locked).map(([name, version]) => [name, { version, build: "0" }])),
      inUse: new Map(identities(problem.inUse).map(([name, each]) => [name, [each]])),
      pinned: new Map(identities(problem.pinned)),
    },
    pypiOptions: { cutoff: limit, mode, locked: new Map(Object.entries(problem.lockedReleases)) },
    more: { constraints: rootsOf(constraints) },
  });
  const packages = Object.fromEntries(Object.entries(releases).map(([name, versions]) => [name, { versions }]));
  return solveJoint(request, {
    channels: [memoryChannel("first", channels[0]), memoryChannel("second", channels[1])],
    pypi: answerFrom(packages),
  }).outcome;
}

describe("with several channels, locks, dates, constraints and platforms", () => {
  test("there is an answer exactly where one exists, and it breaks no rule", () => {
    const kinds = { solved: 0, conflict: 0 };
    const check = (problem: Problem): void => {
      const { tied, withPython } = problem;
      const asked = withPython ? ["python", ...problem.specs] : problem.specs;
      const plain = tied === null ? asked : [...asked, tied];
      const outcome = solve(problem, tied === null ? asked : [...asked, `second::${tied}`]);
      const { requirements, constraints, platform } = problem;
      const small: SmallEnvironment = { specs: plain, requirements, constraints, platform, records: {}, releases: {} };
      const world = { records: visible(problem), packages: uploaded(problem), provides: PROVIDES };
      const possible = answersOf(small, world);
      expect([outcome.kind, jointSummary(outcome)]).toEqual([possible ? "solved" : "conflict", expect.anything()]);
      if (outcome.kind !== "solved") {
        kinds.conflict += 1;
        return;
      }
      kinds.solved += 1;
      const { conda, pypi } = outcome.resolution;
      const releases = pypi.packages.map(({ name, version }) => ({ name, version: version.text }));
      expect(breachesOfJoint(small, world, { conda: conda.packages, pypi: releases })).toEqual([]);
      for (const { name, version, timestampMs } of conda.packages) {
        const there = world.records.find(
          (each) => each.name === name && each.version === version && each.timestampMs === timestampMs,
        );
        expect(there).toBeDefined();
      }
    };
    fc.assert(fc.property(problems, check), { numRuns: runs, seed: 31 });
    expect(Math.min(kinds.solved, kinds.conflict)).toBeGreaterThan(runs / 20);
  });
});
