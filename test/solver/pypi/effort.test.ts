/** Hard searches with pinned effort: more decisions, conflicts or waits is a regression. */
import { describe, expect, test } from "@jest/globals";
import { createPypiSolve } from "#solver/pypi/solve-target.ts";
import { answerFrom, type ScenarioPackages, type ScenarioVersion } from "../../support/scenario-index.ts";
import { finish, problemOf, summaryOf } from "../../support/solve-problem.ts";

const numbered = (count: number, version: (number: number) => ScenarioVersion) => ({
  versions: Object.fromEntries(Array.from({ length: count }, (_, index) => [`1.${index + 1}`, version(index + 1)])),
});

/** Every boto3 pins its botocore, and only old ones go with urllib3 2: many versions have to be looked at. */
const clouds: ScenarioPackages = {
  boto3: numbered(200, (number) => ({ requires: [`botocore>=1.${number},<1.${number + 1}`, "s3transfer"] })),
  botocore: numbered(200, (number) => ({ requires: number >= 100 ? ["urllib3<2"] : [] })),
  s3transfer: numbered(200, (number) => ({ requires: [`botocore>=1.${number}`] })),
  urllib3: { versions: { "1.26": {}, "2.0": {} } },
};

/** The newest a conflicts with all but the oldest inner, which b brings in. */
const indirect: ScenarioPackages = {
  a: { versions: { "2.0": {}, "1.0": {} } },
  b: { versions: { "1.0": { requires: ["inner"] } } },
  inner: numbered(10, (number) => ({ requires: number === 1 ? ["too-old"] : ["a==1.0"] })),
  "too-old": { versions: { "1.0": {} } },
};

describe("effort", () => {
  test("a hundred versions are rejected one by one, and the network is waited for every sixth time", () => {
    const { outcome, rounds } = finish(
      createPypiSolve(problemOf({ requires: ["boto3", "urllib3>=2"] })),
      answerFrom(clouds),
    );
    if (outcome.kind !== "solved") throw new Error(outcome.kind);
    expect(summaryOf(outcome)).toEqual({ boto3: "1.99", botocore: "1.99", s3transfer: "1.99", urllib3: "2.0" });
    expect(outcome.resolution.effort).toEqual({ decisions: 206, conflicts: 303 });
    expect(rounds).toBe(34);
  });

  test("a package that is met first is not given up for one that is met later", () => {
    const { outcome } = finish(createPypiSolve(problemOf({ requires: ["a", "b"] })), answerFrom(indirect));
    if (outcome.kind !== "solved") throw new Error(outcome.kind);
    expect(summaryOf(outcome)).toEqual({ a: "2.0", b: "1.0", inner: "1.1", "too-old": "1.0" });
    expect(outcome.resolution.effort).toEqual({ decisions: 6, conflicts: 9 });
  });
});
