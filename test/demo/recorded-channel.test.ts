/** `examples/recorded-channel.json` is what its script makes of the corpus. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { describeWithData } from "../support/test-data.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describeWithData("the recorded channel", "conda/conda-forge", (folder) => {
  test("is made by its script, and small", () => {
    const recorded = readFileSync(join(ROOT, "examples/recorded-channel.json"), "utf8");
    const env = { ...process.env, RELOCK_TEST_DATA: join(folder, "../..") };
    const script = join(ROOT, "scripts/record-channel.ts");
    const made = execFileSync(process.execPath, [script], { env, encoding: "utf8", maxBuffer: 10_000_000 });
    expect(made === recorded).toBe(true);
    expect(recorded.length).toBeLessThan(600_000);
  });
});
