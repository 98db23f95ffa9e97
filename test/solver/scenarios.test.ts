/** The 125 resolver scenarios of the data folder, as a fraction, each difference with its reason. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import { makeTarget } from "#packaging/target.ts";
import { DEFAULT_OPTIONS, type PypiOptions } from "#solver/pypi/problem.ts";
import { createPypiSolve } from "#solver/pypi/solve-target.ts";
import { createUniversalSolve, type UniversalOutcome } from "#solver/pypi/universal/solve-universal.ts";
import { answerFrom, type ScenarioPackages } from "../support/scenario-index.ts";
import { finish, rootsOf, summaryOf } from "../support/solve-problem.ts";
import { describeWithData } from "../support/test-data.ts";

interface Scenario {
  readonly id: string;
  readonly root: { readonly requires: readonly string[]; readonly requires_python?: string };
  readonly packages: ScenarioPackages;
  readonly environment: { readonly python: string } | null;
  readonly resolverOptions: {
    readonly universal?: boolean;
    readonly resolution?: "lowest" | "lowest-direct";
    readonly prereleases?: boolean;
    readonly python?: string;
    readonly python_platform?: string;
    readonly no_build?: readonly string[];
    readonly no_binary?: readonly string[];
  } | null;
  readonly expected: { readonly satisfiable: boolean; readonly packages?: Readonly<Record<string, string>> };
  readonly uv?: { readonly pyproject: string; readonly uvLock?: string | null };
}

/** What differs from the expectation, and why that is right. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "extras/lock-without-metadata":
    "the expected packages are those of a workspace whose members and groups are not in the scenario's requirements",
  "fork/preferences-dependent-forking-conflicting":
    "the scenario expects the failure of a second run on the first run's lock; its own description says that a fresh run, which this is, finds cleaver 1, foo 1 and 2, bar 1 and 2",
};

function optionsOf({ resolverOptions }: Scenario): PypiOptions {
  return {
    ...DEFAULT_OPTIONS,
    order: resolverOptions?.resolution ?? "highest",
    prerelease: resolverOptions?.prereleases === true ? "allow" : "if-necessary-or-explicit",
    noBuild: new Set(resolverOptions?.no_build ?? []),
    noBinary: new Set(resolverOptions?.no_binary ?? []),
  };
}

/** Versions as "name version" lines, or the conflict's text. */
function solveScenario(scenario: Scenario): readonly string[] | string {
  const parts = {
    requirements: rootsOf(scenario.root.requires),
    constraints: [],
    overrides: [],
    soft: [],
    options: optionsOf(scenario),
  };
  const answer = answerFrom(scenario.packages);
  if (scenario.resolverOptions?.universal === true) {
    const requiresPython = parseSpecifierSet(requiresPythonOf(scenario));
    if (isSpecifierProblem(requiresPython)) throw new Error(requiresPython.problem);
    return linesOf(finish(createUniversalSolve({ ...parts, requiresPython, forkMarkers: [] }), answer).outcome);
  }
  const old = scenario.resolverOptions?.python_platform === "x86_64-manylinux2014";
  const target = makeTarget({
    platform: "linux-64",
    accelerator: "cpu",
    python: scenario.resolverOptions?.python ?? scenario.environment?.python ?? "3.12",
    ...(old ? { virtualPackages: [{ name: "__glibc", version: "2.17", build: "0" }] } : {}),
  });
  const { outcome } = finish(createPypiSolve({ ...parts, target }), answer);
  if (outcome.kind === "needs") throw new Error("the solve did not end");
  const summary = summaryOf(outcome);
  return typeof summary === "string" ? summary : Object.entries(summary).map(([name, version]) => `${name} ${version}`);
}

function linesOf(outcome: UniversalOutcome): readonly string[] | string {
  if (outcome.kind === "conflict") return outcome.conflict.explanation.text;
  if (outcome.kind !== "solved") return outcome.kind;
  return outcome.resolution.packages.map(({ name, version }) => `${name} ${version.text}`);
}

/** uv's lock says it; `uv pip compile --universal` takes the Python of the environment as the lowest. */
function requiresPythonOf({ uv, environment }: Scenario): string {
  const written = /requires-python = "([^"]+)"/.exec(uv?.pyproject ?? "")?.[1];
  return written ?? (environment === null ? ">=3.12" : `>=${environment.python}`);
}

/** Name and version of every package that uv locked, but for the project itself. */
function lockedByUv(lock: string): readonly string[] {
  return [...lock.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"/g)]
    .map(([, name, version]) => `${name ?? ""} ${version ?? ""}`)
    .filter((line) => !line.startsWith("project "));
}

/** Null where the answer is as expected, else what is different. */
function difference(scenario: Scenario): string | null {
  const found = solveScenario(scenario);
  const { satisfiable, packages } = scenario.expected;
  if (typeof found === "string") return satisfiable ? `no solution: ${found}` : null;
  if (!satisfiable) return `a solution: ${found.join(", ")}`;
  const lock = scenario.uv?.uvLock;
  const wanted =
    lock == null
      ? packages === undefined
        ? null
        : Object.entries(packages).map(([name, version]) => `${name} ${version}`)
      : lockedByUv(lock);
  if (wanted === null) return null;
  // Where the expectation is a mapping it names one version of each package: the last that the tool printed.
  const last = new Map(found.map((line) => [line.split(" ")[0] ?? "", line]));
  const compared = lock == null ? [...last.values()] : found;
  const same = JSON.stringify([...compared].sort()) === JSON.stringify([...wanted].sort());
  return same ? null : `${found.join(", ")} instead of ${wanted.join(", ")}`;
}

describeWithData("resolver scenarios", "resolver-scenarios", (folder) => {
  const scenarios: Scenario[] = readdirSync(folder)
    .sort()
    .flatMap((file): Scenario[] => JSON.parse(readFileSync(join(folder, file), "utf8")));

  test("answers are as expected, but for the differences that are explained", () => {
    const differences = scenarios.flatMap((scenario) => {
      const found = difference(scenario);
      return found === null ? [] : [{ id: scenario.id, found }];
    });
    const locked = scenarios.filter(({ uv }) => uv?.uvLock != null).length;
    const report = [
      `resolver scenarios: ${scenarios.length - differences.length} of ${scenarios.length} as expected (${locked} compared with uv.lock)`,
      ...differences.map(({ id, found }) => `  ${id}: ${found}\n    ${EXPLAINED[id] ?? "NOT EXPLAINED"}`),
    ];
    process.stderr.write(`${report.join("\n")}\n`);
    expect(scenarios.length).toBe(125);
    expect(differences.map(({ id }) => id)).toEqual(Object.keys(EXPLAINED));
  });
});
