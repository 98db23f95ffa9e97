import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  poetryLayout,
  type LockedConstraint,
  type LockedPackage,
  type LockVersion,
  type PoetryLock,
} from "#formats/locks/poetry-lock/model.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { writePoetryLock } from "#formats/locks/poetry-lock/write.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { poetryLock10, poetryLock20Unusual, poetryLock21 } from "./samples.ts";

function lockIn(text: string): PoetryLock {
  const reading = readPoetryLock(text);
  if (reading.kind !== "lock") throw new Error(`line ${reading.line}: ${reading.message}`);
  return reading.lock;
}

function throughJson(lock: PoetryLock): PoetryLock {
  return JSON.parse(JSON.stringify(lock)) as PoetryLock;
}

describeWithData("every real poetry.lock", "imprint", (folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("poetry.lock"),
  );

  test("there are 35 of them", () => {
    expect(files).toHaveLength(35);
  });

  test.each(files)("%s: model and back gives the same bytes", (path) => {
    const text = readFileSync(join(folder, path), "utf8");
    expect(writePoetryLock(throughJson(lockIn(text))) === text).toBe(true);
  });

  test("the model keeps no source text: no value holds a line end", () => {
    const lock = lockIn(readFileSync(join(folder, "head/poetry.lock"), "utf8"));
    expect(JSON.stringify(lock)).not.toContain("\\n");
  });

  test("a lock with CRLF line ends keeps them", () => {
    const text = readFileSync(join(folder, "head/poetry.lock"), "utf8").replaceAll("\n", "\r\n");
    expect(writePoetryLock(throughJson(lockIn(text))) === text).toBe(true);
  });
});

describe("layouts that the real data lacks", () => {
  test.each([
    ["1.0: sorted keys, sub-tables, one file table for two versions", poetryLock10],
    ["2.1: groups, markers per group, git and directory sources, extras", poetryLock21],
    ["unknown keys and orders that Poetry would not write", poetryLock20Unusual],
  ])("%s", (_, text) => {
    expect(writePoetryLock(throughJson(lockIn(text)))).toBe(text);
  });

  test("each version of a package gets its own files of a 1.0 lock", () => {
    const { packages } = lockIn(poetryLock10);
    const files = packages.filter(({ name }) => name === "jaxlib").map((entry) => entry.files.map(({ file }) => file));
    expect(files).toEqual([
      ["jaxlib-0.3.22-cp310-none-macosx_11_0_arm64.whl"],
      ["jaxlib-0.3.24+cuda11.cudnn82-cp310-cp310-manylinux2014_x86_64.whl"],
    ]);
  });

  test("a file table in another order is kept, and follows the packages where they change", () => {
    const swapped = poetryLock10
      .replace(/\n {4}\{file = "jaxlib-0\.3\.22[^\n]*/, "")
      .replace(
        'hash = "sha256:02"},',
        'hash = "sha256:02"},\n    {file = "jaxlib-0.3.22-cp310-none-macosx_11_0_arm64.whl", hash = "sha256:01"},\n    {file = "jaxlib.odd", hash = "sha256:09"},',
      );
    const lock = throughJson(lockIn(swapped));
    expect(writePoetryLock(lock)).toBe(swapped);
    const [first, ...others] = lock.packages;
    if (first === undefined) throw new Error("no package");
    const file = { file: "jaxlib-0.3.25-py3-none-any.whl", hash: "sha256:11" };
    const moved = { ...lock, packages: [{ ...first, version: "0.3.25", files: [file] }, ...others.slice(0, 1)] };
    const written = writePoetryLock(moved);
    expect(written).toContain(
      'jaxlib = [\n    {file = "jaxlib-0.3.25-py3-none-any.whl", hash = "sha256:11"},\n    {file = "jaxlib-0.3.24+cuda11',
    );
    expect(written).not.toContain("jaxlib.odd");
    expect(written).not.toContain("jaraco");
  });

  test("values of a 2.1 lock are where they belong", () => {
    const { packages, extras, generator } = lockIn(poetryLock21);
    expect(generator).toEqual({ poetryVersion: "2.1.3" });
    expect(extras).toEqual([
      ["3", ["colorama"]],
      ["all", ["colorama", "torch"]],
    ]);
    const [colorama, local] = packages;
    expect(colorama?.markers).toEqual([
      ["main", 'sys_platform == "win32"'],
      ["dev", 'os_name == "nt"'],
    ]);
    expect(colorama?.groups).toEqual(["main", "dev"]);
    expect(local).toMatchObject({ develop: true, files: [], source: { type: "directory", url: "libs/local" } });
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
const text = fc.oneof(word, fc.string({ unit: "grapheme", maxLength: 12 }), fc.constant('"\\\u0001\u007f\t'));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const file = fc.record({ file: word, hash: word });
const constraint: fc.Arbitrary<LockedConstraint> = fc.record({
  version: fc.string({ minLength: 1, maxLength: 6 }),
  extras: fc.array(word, { maxLength: 2 }),
  optional: fc.boolean(),
  markers: maybe(text),
  location: fc.constant([]),
});

function uniqueNames<T extends { readonly name: string }>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(value, { maxLength: 3, selector: ({ name }) => name });
}
const lists = fc.uniqueArray(fc.tuple(word, fc.array(text, { maxLength: 2 })), {
  maxLength: 3,
  selector: ([name]) => name,
});

function lockedPackage(version: LockVersion): fc.Arbitrary<LockedPackage> {
  const is21 = version === "2.1";
  return fc.record({
    name: word,
    version: word,
    description: text,
    category: is21 ? fc.constant(null) : maybe(word),
    optional: fc.boolean(),
    pythonVersions: text,
    groups: is21 ? fc.array(word, { maxLength: 2 }) : fc.constant(null),
    markers: is21
      ? maybe(
          fc.oneof(
            text,
            fc.uniqueArray(fc.tuple(word, text), { minLength: 1, maxLength: 2, selector: ([name]) => name }),
          ),
        )
      : fc.constant(null),
    files: fc.array(file, { maxLength: 2 }),
    develop: maybe(fc.boolean()),
    dependencies: uniqueNames(
      fc.record({ name: word, constraints: fc.array(constraint, { minLength: 1, maxLength: 3 }) }),
    ),
    extras: lists,
    source: maybe(
      fc.record({
        type: word,
        url: text,
        reference: maybe(text),
        resolvedReference: maybe(text),
        subdirectory: maybe(text),
      }),
    ),
  });
}

function poetryLock(version: LockVersion): fc.Arbitrary<PoetryLock> {
  return fc.record({
    generator: fc.oneof(fc.constant(null), fc.record({ poetryVersion: maybe(fc.constant("2.3.4")) })),
    comments: fc.constant([]),
    lineEnding: fc.constantFrom("lf" as const, "crlf" as const),
    lockVersion: fc.constant(version),
    pythonVersions: text,
    contentHash: word,
    packages: fc.uniqueArray(lockedPackage(version), { maxLength: 4, selector: ({ name }) => name }),
    extras: lists,
    layout: fc.constant(poetryLayout(version)),
  });
}

describe("read(write(model)) is the model", () => {
  test.each(["1.1", "2.0", "2.1"] as const)("lock version %s", (version) => {
    fc.assert(
      fc.property(poetryLock(version), (lock) => {
        const written = writePoetryLock(lock);
        expect(throughJson(lockIn(written))).toEqual(throughJson(lock));
        expect(writePoetryLock(lockIn(written))).toBe(written);
      }),
      { numRuns: 100 },
    );
  });

  test("lock version 1.0, whose writer puts dependencies with tables last", () => {
    fc.assert(
      fc.property(poetryLock("1.0"), (lock) => {
        const written = writePoetryLock(lock);
        expect(writePoetryLock(lockIn(written))).toBe(written);
      }),
      { numRuns: 100 },
    );
  });
});

describe("what is not a lock is refused with its line", () => {
  const whole = poetryLock21;
  test.each([
    ["cut off in a string", whole.slice(0, whole.indexOf("colorama-0.4.6.tar")), /cut off/],
    [
      "cut off between packages",
      whole.slice(0, whole.indexOf('[[package]]\nname = "torch"')),
      /\[metadata\] is missing.*cut off/,
    ],
    ["a merge conflict", whole.replace("content-hash", "<<<<<<< HEAD\ncontent-hash"), /merge conflict/],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", /LFS/],
    ["a future version", whole.replace('lock-version = "2.1"', 'lock-version = "3.0"'), /3\.0 is not known/],
    ["a wrong type", whole.replace("optional = false", 'optional = "no"'), /neither true nor false/],
    ["a key twice", whole.replace("optional = false", "optional = false\noptional = false"), /optional stands twice/],
    ["a lock of Poetry 0", whole.replace('lock-version = "2.1"\n', "").concat("\n[metadata.hashes]\n"), /before 1\.0/],
    ["lists nested without end", `a = ${"[".repeat(20_000)}`, /nested too deeply/],
    ["tables nested without end", `a = ${"{a=".repeat(20_000)}`, /nested too deeply/],
    ["a header without end", `[${"a.".repeat(20_000)}a]`, /nested too deeply/],
    ["an empty file", "", /\[metadata\] is missing/],
  ])("%s", (_, broken, message) => {
    const reading = readPoetryLock(broken);
    expect(reading.kind).toBe("unreadable");
    if (reading.kind === "unreadable") {
      expect(reading.message).toMatch(message);
      expect(reading.line).toBeGreaterThan(0);
      expect(reading.line).toBeLessThanOrEqual(broken.split("\n").length);
    }
  });

  test("any prefix of a lock is refused or, at the very end, read", () => {
    const needed = whole.indexOf('content-hash = "');
    for (let end = 0; end < needed; end += 7) expect(readPoetryLock(whole.slice(0, end)).kind).toBe("unreadable");
  });
});
