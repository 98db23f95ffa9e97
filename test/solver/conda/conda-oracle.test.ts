/** Against a solver that tries every assignment, and against the records themselves. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isCondaSpecProblem, matchSpecMatches, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { bruteForce } from "../../oracle/brute-force.ts";
import type { ChannelPriority } from "#solver/conda/problem.ts";
import type { SmallDependency, SmallProblem } from "../../oracle/small-problem.ts";
import { breachesOf } from "../../support/check-conda-solution.ts";
import { memoryChannel, type MemoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { condaProblem, solveConda, type FinishedSolve } from "../../support/conda-solve.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "200");
const NAMES = ["a", "b", "c", "d"];
const VIRTUAL = [{ name: "__cuda", version: "12.4", build: "0" }];

const spec = fc
  .tuple(fc.constantFrom(...NAMES, "__cuda", "nowhere"), fc.constantFrom("", " >=2", " <2", " 1.*", " 2.0 x*", "!=1.0"))
  .map(([name, rest]) => `${name}${rest}`);

const records: fc.Arbitrary<readonly WrittenRecord[]> = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("1.0", "1.5", "2.0"), fc.constantFrom("x_0", "y_0")),
    {
      minLength: 3,
      maxLength: 9,
      selector: (each) => each.join(" "),
    },
  )
  .chain((identities) =>
    fc.tuple(
      ...identities.map(([name, version, build]) =>
        fc.record({
          name: fc.constant(name),
          version: fc.constant(version),
          build: fc.constant(build),
          depends: fc.array(spec, { maxLength: 2 }),
          constrains: fc.array(spec, { maxLength: 1 }),
          timestampMs: fc.constantFrom(null, 1, 2),
        }),
      ),
    ),
  );

const problems = fc.tuple(records, fc.array(spec, { minLength: 1, maxLength: 3 }));

function solve(list: readonly WrittenRecord[], specs: readonly string[]): FinishedSolve {
  return solveConda(condaProblem(specs, { virtualPackages: VIRTUAL }), [memoryChannel("main", list)]);
}

function matching(text: string, candidates: readonly CondaRecord[]): readonly number[] {
  const parsed = parseMatchSpec(text);
  if (isCondaSpecProblem(parsed)) throw new Error(parsed.problem);
  return candidates.flatMap((record, index) => {
    const version = parseCondaVersion(record.version);
    return version !== null && matchSpecMatches(parsed, { ...record, version }) ? [index] : [];
  });
}

/** The same problem over integers. */
function smallProblemOf(channel: MemoryChannel, specs: readonly string[]): SmallProblem {
  const cuda = memoryChannel("", [{ name: "__cuda", version: "12.4" }]).records.get("__cuda") ?? [];
  const names = [...NAMES, "__cuda", "nowhere"];
  const candidates = names.map((name) => (name === "__cuda" ? cuda : (channel.records.get(name) ?? [])));
  const dependency = (kind: SmallDependency["kind"], text: string): SmallDependency => {
    const name = /^[a-z_]+/u.exec(text)?.[0] ?? "";
    const package_ = names.indexOf(name);
    return { kind, package: package_ + 1, allowed: matching(text, candidates[package_] ?? []) };
  };
  const root = ["__cuda", ...specs].map((text) => dependency("requires", text));
  const rest = candidates.map((list) =>
    list.map(({ depends, constrains }) => [
      ...depends.map((text) => dependency("requires", text)),
      ...constrains.map((text) => dependency("constrains", text)),
    ]),
  );
  return { packages: [[root], ...rest].map((each) => ({ base: null, candidates: each })) };
}

/** What a priority leaves of two channels, as one: by the rule as it is written, not as the solver applies it. */
function merged(
  [first, second]: readonly [readonly WrittenRecord[], readonly WrittenRecord[]],
  priority: ChannelPriority,
  tied: string | null,
): MemoryChannel {
  const hidden = new Set(priority === "strict" ? first.map(({ name }) => name) : []);
  return memoryChannel("main", [
    ...first.filter(({ name }) => name !== tied),
    ...second.filter(({ name }) => name === tied || !hidden.has(name)),
  ]);
}

describe("several random channels", () => {
  const twoChannels = fc.tuple(
    fc.tuple(records, records),
    fc.array(spec, { minLength: 1, maxLength: 3 }),
    fc.constantFrom<ChannelPriority>("strict", "flexible", "disabled"),
    fc.constantFrom(null, ...NAMES),
    fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
  );

  test("priorities, channel::name and features decide what is there exactly as they say", () => {
    let solved = 0;
    fc.assert(
      fc.property(twoChannels, ([[left, right], asked, channelPriority, tied, featured]) => {
        const first = left.map((each) => ({ ...each, trackFeatures: featured.includes(each.name) ? ["x"] : [] }));
        const channels = [memoryChannel("first", first), memoryChannel("second", right)];
        const specs = tied === null ? asked : [...asked, `second::${tied}`];
        const request = { virtualPackages: VIRTUAL, options: { channelPriority } };
        const outcome = solveConda(condaProblem(specs, request), channels);
        const plain = tied === null ? asked : [...asked, tied];
        const small = smallProblemOf(merged([first, right], channelPriority, tied), plain);
        expect(outcome.kind).toBe(bruteForce(small) === null ? "conflict" : "solved");
        if (outcome.kind !== "solved") return;
        solved += 1;
        const { packages } = outcome.resolution;
        expect(breachesOf(specs, packages, VIRTUAL)).toEqual([]);
        const firstNames = new Set(first.map(({ name }) => name));
        for (const { name, channel } of packages) {
          if (name === tied) expect(channel).toMatch(/second$/u);
          else if (channelPriority === "strict" && firstNames.has(name)) expect(channel).toMatch(/first$/u);
        }
      }),
      { numRuns: runs, seed: 14 },
    );
    expect(solved).toBeGreaterThan(runs / 10);
  });

  test("a lock has no say where everything is upgraded", () => {
    fc.assert(
      fc.property(problems, ([list, specs]) => {
        const outcome = solve(list, specs);
        if (outcome.kind !== "solved") return;
        const { packages } = outcome.resolution;
        const locked = new Map(packages.map(({ name, version, build }) => [name, { version, build }]));
        const again = solveConda(
          condaProblem(specs, {
            virtualPackages: VIRTUAL,
            options: { locked, mode: { kind: "upgrade", names: null } },
          }),
          [memoryChannel("main", list)],
        );
        expect(again.kind === "solved" ? again.resolution.packages : again.kind).toEqual(packages);
      }),
      { numRuns: runs, seed: 15 },
    );
  });
});

describe("random channels", () => {
  test("there is an answer exactly where there is one, and nothing is wrong with it", () => {
    let solved = 0;
    const check = ([list, specs]: readonly [readonly WrittenRecord[], readonly string[]]): void => {
      const channel = memoryChannel("main", list);
      const outcome = solve(list, specs);
      expect(outcome.kind).toBe(bruteForce(smallProblemOf(channel, specs)) === null ? "conflict" : "solved");
      if (outcome.kind !== "solved") return;
      solved += 1;
      expect(breachesOf(specs, outcome.resolution.packages, VIRTUAL)).toEqual([]);
    };
    fc.assert(fc.property(problems, check), { numRuns: runs, seed: 11 });
    expect(solved).toBeGreaterThan(runs / 10);
  });

  test("the order in which a channel lists its records does not matter, nor do strangers", () => {
    const check = ([list, specs]: readonly [readonly WrittenRecord[], readonly string[]]): void => {
      const outcome = solve(list, specs);
      const stranger = { name: "stranger", version: "1.0", depends: ["a"], constrains: ["b <1"] };
      expect(solve([stranger, ...list.toReversed()], specs)).toEqual(outcome);
    };
    fc.assert(fc.property(problems, check), { numRuns: runs, seed: 12 });
  });

  test("what was chosen once and is locked is chosen again, whatever is preferred", () => {
    const check = ([list, specs]: readonly [readonly WrittenRecord[], readonly string[]]): void => {
      const oldest = { virtualPackages: VIRTUAL, options: { order: "lowest" as const } };
      const before = solveConda(condaProblem(specs, oldest), [memoryChannel("main", list)]);
      if (before.kind !== "solved") return;
      const { packages } = before.resolution;
      const locked = new Map(packages.map(({ name, version, build }) => [name, { version, build }]));
      const request = { virtualPackages: VIRTUAL, options: { locked } };
      const after = solveConda(condaProblem(specs, request), [memoryChannel("main", list)]);
      expect(after.kind === "solved" ? after.resolution.packages : after.kind).toEqual(packages);
    };
    fc.assert(fc.property(problems, check), { numRuns: runs, seed: 13 });
  });
});
