import { expect, test } from "@jest/globals";
import { describeTitle } from "#planning/describe/title.ts";
import type { PackageChange } from "#planning/proposal.ts";

function conda(text: string): PackageChange {
  const [name = "", from = "", to = ""] = text.split(" | ");
  return { name, from: from === "" ? null : from, to, direct: true, targets: ["linux-64"], ecosystem: "conda" };
}

test.each<readonly [changes: readonly string[], title: string]>([
  [["numpy | 1.26.0 | 1.26.4"], "Update numpy to 1.26.4"],
  [["zlib | 1.3 h0_0 | 1.3 h0_1"], "Take a new build of zlib 1.3"],
  [["a | 1.0 0 | 1.0 0"], "Take a new build of a 1.0"],
  [
    ["gdal | 3.12 h0_0 | 3.12 h0_1", "gdal | 3.12 h1_0 | 3.12 h1_1", "zlib | 1.3 h0_0 | 1.3 h0_1"],
    "Take new builds of 2 dependencies: gdal 3.12, zlib 1.3",
  ],
  [
    ["a | 1.0 0 | 1.0 1", "b | 1.0 0 | 1.0 1", "numpy | 1.26.0 | 1.26.4"],
    "Update 3 dependencies (numpy 1.26.4, a 1.0, b 1.0)",
  ],
])("%j", (changes, title) => {
  const summary = { projects: ["."], changes: changes.map(conda), focus: null };
  expect(describeTitle(summary)).toBe(title);
});
