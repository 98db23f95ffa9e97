import { expect, test } from "@jest/globals";
import { manifestSeeds, runMutations } from "../support/mutate-manifests.ts";
import { describeWithData } from "../support/test-data.ts";

/** `RELOCK_MUTANTS=100000` for the long run; `node bench/mutate-manifests.ts` does the same with a report. */
const COUNT = Number(process.env["RELOCK_MUTANTS"] ?? 2_000);

describeWithData("mutants of real manifests", ".", (folder) => {
  test("are read or refused, and an edit changes nothing but its splice", () => {
    const report = runMutations(manifestSeeds(folder), COUNT, 1);
    expect(report.failures).toEqual([]);
    expect(report.mutants).toBe(COUNT);
    expect(report.edited).toBeGreaterThan(COUNT / 4);
    expect(report.slowest.milliseconds).toBeLessThan(5_000);
  }, 600_000);
});
