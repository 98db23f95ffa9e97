import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import type { PlatformName } from "#packaging/target.ts";
import { DEFAULT_OPTIONS, type PypiOptions } from "#solver/pypi/problem.ts";
import { createUniversalSolve } from "#solver/pypi/universal/solve-universal.ts";
import { answerFrom, type ScenarioPackages } from "../support/scenario-index.ts";
import { finish, problemOf, rootsOf, solveProblem, summaryOf } from "../support/solve-problem.ts";

interface OwnScenario {
  readonly description: string;
  readonly requires: readonly string[];
  readonly python?: string;
  readonly platform?: PlatformName;
  readonly requiresPython?: string;
  readonly options?: {
    readonly locked?: Readonly<Record<string, string>>;
    readonly upgrade?: readonly string[];
    readonly order?: PypiOptions["order"];
  };
  readonly packages: ScenarioPackages;
  readonly expected:
    | { readonly packages: Readonly<Record<string, string>> }
    | { readonly universal: readonly string[] }
    | { readonly conflict: readonly string[] };
}

const folder = new URL("../scenarios/", import.meta.url);

function optionsOf({ options = {} }: OwnScenario): PypiOptions {
  const { locked = {}, upgrade, order = "highest" } = options;
  const mode = upgrade === undefined ? DEFAULT_OPTIONS.mode : { kind: "upgrade" as const, names: new Set(upgrade) };
  return { ...DEFAULT_OPTIONS, order, mode, locked: new Map(Object.entries(locked)) };
}

function answerOf(scenario: OwnScenario): Record<string, string> | readonly string[] | string {
  const { requires, python, platform, packages } = scenario;
  const options = optionsOf(scenario);
  if (scenario.requiresPython === undefined) {
    const request = {
      requires,
      options,
      ...(python === undefined ? {} : { python }),
      ...(platform === undefined ? {} : { platform }),
    };
    return summaryOf(solveProblem(problemOf(request), answerFrom(packages)));
  }
  const requiresPython = parseSpecifierSet(scenario.requiresPython);
  if (isSpecifierProblem(requiresPython)) throw new Error(requiresPython.problem);
  const parts = { requirements: rootsOf(requires), constraints: [], overrides: [], soft: [], options };
  const { outcome } = finish(createUniversalSolve({ ...parts, requiresPython, forkMarkers: [] }), answerFrom(packages));
  if (outcome.kind === "conflict") return outcome.conflict.explanation.text;
  if (outcome.kind !== "solved") return outcome.kind;
  return outcome.resolution.packages.map(
    ({ name, version, markerText }) => `${name} ${version.text} ; ${markerText ?? ""}`,
  );
}

const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

test.each(files)("%s", (file) => {
  const scenario: OwnScenario = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  const { expected } = scenario;
  const answer = answerOf(scenario);
  if ("packages" in expected) expect(answer).toEqual(expected.packages);
  else if ("universal" in expected) expect(answer).toEqual(expected.universal);
  else for (const phrase of expected.conflict) expect(answer).toContain(phrase);
});
