import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readVirtualPackages } from "#formats/locks/conda-lock/virtual-packages.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { realCondaLocks } from "../../../support/conda-locks.ts";
import { processorTime } from "../../../support/processor-time.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { SAMPLE } from "./samples.ts";

const SECRET = "SECRET-TOKEN-123";

/** Reads it, and writes it where it is read: nothing may throw, and what is written is read again as the same. */
function expectSurvival(text: string): void {
  const reading = readCondaLock("conda-lock.yml", text);
  if ("finding" in reading) {
    expect(reading.finding.message.length).toBeLessThan(400);
    expect(reading.finding.message).toMatch(/^[A-Z].*\.$/s);
    expect(reading.finding.message).not.toContain(SECRET);
    return;
  }
  const written = writeCondaLock(reading.lock);
  const again = readCondaLock("conda-lock.yml", written);
  expect("finding" in again ? again.finding : writeCondaLock(again.lock)).toBe(written);
  expect(JSON.stringify(reading.warnings)).not.toContain(SECRET);
}

test.each([
  ["lists on one line", `package: [${"a,".repeat(7_000_000)}]\n`],
  ["maps on one line", `package: [${"{},".repeat(5_000_000)}]\n`],
  ["keys on one line", `package: b${": c".repeat(5_000_000)}\n`],
  ["quotes that double", `package:\n${"- 'a''b\n".repeat(1_800_000)}`],
])("millions of %s are refused before a parser takes all memory for them", (_name, packages) => {
  const began = processorTime();
  const reading = readCondaLock("conda-lock.yml", `version: 1\nmetadata:\n  content_hash: {}\n${packages}`);
  expect(reading).toMatchObject({ finding: { message: "The file has more than 500000 lines and entries." } });
  expect(processorTime() - began).toBeLessThan(5_000);
});

const MARKS =
  "\n|- |: |'|\"|{|}|[|]|#|&a |*a|!!x ||>|~|%|@|`|\t|\r|\u0000|\u2028|é|<<<<<<< x\n|---\n|...\n|? |<<: ".split("|");
const TEXTS = ["  ", "__proto__: 1\n", "constructor: {}\n", "version: 2\n", "package:\n", "\n\n"];
const piece = fc.constantFrom(...MARKS, ...TEXTS, `https://u:${SECRET}@h/t/${SECRET}/x`);

const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 60 }), fc.option(piece, { nil: "" })), {
  minLength: 1,
  maxLength: 4,
});

function damaged(text: string, cuts: readonly (readonly [number, number, string])[]): string {
  let result = text;
  for (const [place, length, insert] of cuts) {
    const at = place % (result.length + 1);
    result = result.slice(0, at) + insert + result.slice(at + length);
  }
  return result;
}

describe("damaged locks", () => {
  test("a small lock, damaged anywhere", () => {
    fc.assert(
      fc.property(damage, (cuts) => {
        expectSurvival(damaged(SAMPLE, cuts));
      }),
      { numRuns: 600 },
    );
  });

  test("every prefix of a small lock", () => {
    for (let end = 0; end < SAMPLE.length; end += 7) expectSurvival(SAMPLE.slice(0, end));
  });

  test("a file of virtual packages", () => {
    const text = 'subdirs:\n  linux-64:\n    packages:\n      __glibc: "2.17"\n      __archspec: 1 x86_64\n';
    fc.assert(
      fc.property(damage, (cuts) => {
        const answer = readVirtualPackages("virtual-packages.yml", damaged(text, cuts));
        if ("finding" in answer) expect(answer.finding.message).not.toContain(SECRET);
      }),
      { numRuns: 500 },
    );
  });
});

describeWithData("damaged real locks", "", (root) => {
  const locks = realCondaLocks(root).filter(({ text }) => text.length < 170_000);

  test("are read or refused", () => {
    fc.assert(
      fc.property(fc.nat({ max: locks.length - 1 }), damage, (index, cuts) => {
        expectSurvival(damaged(locks[index]?.text ?? "", cuts));
      }),
      { numRuns: 15 },
    );
  });
});

describe("keys of JavaScript's prototypes", () => {
  test("are names like others", () => {
    const text = SAMPLE.replace(
      "    _libgcc_mutex: '0.1'",
      "    __proto__: '1'\n    constructor: '2'\n    toString: '3'",
    );
    const reading = readCondaLock("conda-lock.yml", text);
    if ("finding" in reading) throw new Error(reading.finding.message);
    expect([...(reading.lock.packages[1]?.dependencies ?? [])]).toContainEqual(["__proto__", "1"]);
    expect(writeCondaLock(reading.lock)).toBe(text);
  });
});

describe("long and deep files", () => {
  const start = "version: 1\nmetadata:\n  content_hash: {}\n  channels: []\n  platforms: []\n  sources: []\npackage:\n";

  test.each<readonly [name: string, text: (size: number) => string]>([
    ["keys", (size) => Array.from({ length: size }, (_, index) => `k${index}: 1`).join("\n")],
    ["dashes", (size) => `package:\n${"- ".repeat(size)}a`],
    [
      "indentation",
      (size) => Array.from({ length: Math.sqrt(size) }, (_, index) => `${" ".repeat(index)}a:`).join("\n"),
    ],
    ["brackets", (size) => `package: ${"[".repeat(size)}`],
    ["quotes", (size) => `package: ${"'".repeat(size)}`],
    ["spaces", (size) => `package: a${" ".repeat(size)}b`],
    ["hashes", (size) => "#\n".repeat(size)],
    ["packages", (size) => `${start}${"- name: a\n".repeat(size)}`],
    ["URLs", (size) => `${start}- url: ${"https://a:".repeat(size)}@/t/\n`],
    ["slashes", (size) => `${start}- url: ${"/t/".repeat(size)}\n`],
    ["conflict markers", (size) => "<<<<<<<\n".repeat(size)],
    ["blank lines", (size) => `${"\n".repeat(size)}a`],
    ["aliases", (size) => `a: &a [1]\nb: [${"*a, ".repeat(size)}]`],
    ["long words", (size) => `${start}- name: ${"a ".repeat(size)}\n`],
  ])("%s take linear time", (_, text) => {
    expectSurvival(text(100));
    const large = text(100_000);
    const started = processorTime();
    readCondaLock("conda-lock.yml", large);
    expect(processorTime() - started).toBeLessThan(5000);
  });
});
