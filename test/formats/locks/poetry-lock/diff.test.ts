import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { diffPoetryLocks, hasPackageChanges } from "#formats/locks/poetry-lock/diff.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { poetryLock21 } from "./samples.ts";

function lockIn(text: string): PoetryLock {
  const reading = readPoetryLock(text);
  if (reading.kind !== "lock") throw new Error(reading.message);
  return reading.lock;
}

describeWithData("the dated updates of imprint", "imprint/replay", (folder) => {
  const cases = readdirSync(folder).filter((name) => /^\d\d-/.test(name));

  test.each(cases)("%s: the versions that moved are those of its record", (name) => {
    const record = JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8")) as {
      lockChanges: string[] | null;
    };
    const [before, after] = ["before", "after"].map((side) =>
      lockIn(readFileSync(join(folder, name, side, "poetry.lock"), "utf8")),
    );
    if (before === undefined || after === undefined) throw new Error("not read");
    const { packages } = diffPoetryLocks(before, after);
    const moved = packages
      .filter(({ kind }) => kind !== "same")
      .map(({ name: found, from, to }) => `${found}: ${from.join(",") || "-"} -> ${to.join(",") || "-"}`);
    expect(moved).toEqual(record.lockChanges ?? []);
  });

  test("moving from layout 1.1 to 2.0 is no change of a package by itself", () => {
    const read = (side: string): PoetryLock =>
      lockIn(readFileSync(join(folder, "03-9cdfe4a", side, "poetry.lock"), "utf8"));
    const diff = diffPoetryLocks(read("before"), read("after"));
    expect(diff.lockVersion).toEqual({ from: "1.1", to: "2.0" });
    const unmoved = diff.packages.filter(({ kind }) => kind === "same");
    expect(unmoved).toEqual([
      expect.objectContaining({ name: "tomli", groups: { from: ["main"], to: ["dev"] }, files: null }),
    ]);
  });
});

describe("what counts as a difference", () => {
  const before = lockIn(poetryLock21);
  const change = (from: string, to: string) => diffPoetryLocks(before, lockIn(poetryLock21.replace(from, to)));

  test.each([
    ["the generator line", "Poetry 2.1.3", "Poetry 2.3.4"],
    ["blank lines and comments", "[extras]", "# note\n\n\n[extras]"],
    ["the order of files", '    {file = "colorama-0.4.6.tar.gz", hash = "sha256:02"},\n', ""],
  ])("%s does not, or shows as what it is", (name, from, to) => {
    expect(hasPackageChanges(change(from, to))).toBe(name === "the order of files");
  });

  test.each([
    [
      "a hash",
      "sha256:02",
      "sha256:03",
      { kind: "same", files: { added: [], removed: [], rehashed: ["colorama-0.4.6.tar.gz"] } },
    ],
    [
      "a file",
      "colorama-0.4.6.tar.gz",
      "colorama-0.4.6.zip",
      { kind: "same", files: { added: ["colorama-0.4.6.zip"], removed: ["colorama-0.4.6.tar.gz"], rehashed: [] } },
    ],
    ["groups", '["main", "dev"]', '["main"]', { kind: "same", groups: { from: ["dev", "main"], to: ["main"] } }],
    [
      "a marker",
      'dev = "os_name == \\"nt\\""',
      'dev = "os_name == \\"posix\\""',
      {
        kind: "same",
        markers: { from: expect.stringContaining('dev: os_name == "nt"'), to: expect.stringContaining("posix") },
      },
    ],
    ["a version", 'version = "0.4.6"', 'version = "0.5"', { kind: "moved", from: ["0.4.6"], to: ["0.5"] }],
    [
      "a requirement",
      '{version = ">=0.4", ',
      '{version = ">=0.3", ',
      { name: "local", kind: "same", dependenciesChanged: true },
    ],
    [
      "a commit",
      'resolved_reference = "01',
      'resolved_reference = "11',
      { name: "torch", source: { from: expect.stringContaining(" 01"), to: expect.stringContaining(" 11") } },
    ],
  ])("%s does", (...row) => {
    const [, from, to, expected] = row;
    expect(change(from, to).packages).toEqual([expect.objectContaining(expected)]);
  });

  test("the Python range and the manifest's hash are told apart from packages", () => {
    const diff = change(
      'python-versions = ">=3.12"\ncontent-hash = "00"',
      'python-versions = ">=3.13"\ncontent-hash = "01"',
    );
    expect(diff).toEqual({
      packages: [],
      pythonVersions: { from: ">=3.12", to: ">=3.13" },
      contentHashChanged: true,
      lockVersion: null,
    });
  });
});
