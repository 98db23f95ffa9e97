import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { CondaLock, CondaLockFlavour, CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { condaLockFromPlain, condaLockToPlain, type PlainCondaLock } from "#formats/locks/conda-lock/plain.ts";
import { readLines } from "#formats/locks/conda-lock/read-lines.ts";
import { readAnyYaml } from "#formats/locks/conda-lock/read-tree.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import type { YamlNode } from "#formats/locks/conda-lock/yaml-node.ts";
import { condaLockIn, realCondaLocks } from "../../../support/conda-locks.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { SAMPLE } from "./samples.ts";

function throughJson(lock: CondaLock): CondaLock {
  return condaLockFromPlain(JSON.parse(JSON.stringify(condaLockToPlain(lock))) as PlainCondaLock);
}

/** What a node says, without where it stands. */
function valueOf(node: YamlNode): unknown {
  if (node.kind === "text") return [node.text, node.plain];
  if (node.kind === "list") return node.items.map(valueOf);
  return [...node.entries].map(([key, value]) => [key, valueOf(value)]);
}

function linesOf(node: YamlNode): readonly number[] {
  if (node.kind !== "map") return [];
  const packages = node.entries.get("package");
  return packages?.kind === "list" ? packages.items.map(({ line }) => line) : [];
}

describeWithData("every real conda-lock.yml", "", (root) => {
  const locks = realCondaLocks(root);

  test("there are 19 of them, by three tools", () => {
    expect(locks).toHaveLength(19);
    const layouts = new Set(locks.map(({ text }) => JSON.stringify(condaLockIn(text).flavour)));
    expect(layouts.size).toBe(4);
  });

  test.each(locks)("$folder: model and back through JSON gives the same bytes", ({ text }) => {
    expect(writeCondaLock(throughJson(condaLockIn(text))) === text).toBe(true);
  });

  // The parser takes half a second for the largest, hence not all of them each time.
  const compared = locks.filter(({ text }) => text.length < 300_000 || process.env["RELOCK_TEST_FULL"] === "1");

  test.each(compared)("$folder: the line reader says what the YAML parser says", ({ text }) => {
    const fast = readLines(text);
    const slow = readAnyYaml(text);
    if (fast === null || slow.kind !== "tree") throw new Error("not read");
    expect(JSON.stringify(valueOf(fast.root)) === JSON.stringify(valueOf(slow.root))).toBe(true);
    expect(fast.header).toEqual(slow.header);
    expect(linesOf(fast.root)).toEqual(linesOf(slow.root));
  });
});

describe("a lock with everything", () => {
  test("comes back as the same bytes", () => {
    const lock = condaLockIn(SAMPLE);
    expect(writeCondaLock(throughJson(lock))).toBe(SAMPLE);
    expect(throughJson(lock)).toEqual(lock);
  });

  test("keeps keys that JavaScript would reorder", () => {
    expect([...(condaLockIn(SAMPLE).metadata.custom ?? [])].map(([key]) => key)).toEqual(["note", "310"]);
  });

  test("keeps CRLF", () => {
    const text = SAMPLE.replaceAll("\n", "\r\n");
    expect(writeCondaLock(condaLockIn(text))).toBe(text);
  });

  test.each<Partial<CondaLockFlavour>>([
    { keyOrder: "sorted" },
    { listIndent: 2 },
    { keyOrder: "sorted", listIndent: 2, longWords: "over-width" },
    { keyOrder: "sorted", listIndent: 2, longWords: "over-column" },
  ])("says the same as %j", (part) => {
    const lock = condaLockIn(SAMPLE);
    const other = { ...lock, flavour: { ...lock.flavour, ...part } };
    const written = writeCondaLock(other);
    expect(written).not.toBe(SAMPLE);
    expect(writeCondaLock(condaLockIn(written))).toBe(written);
    expect(writeCondaLock({ ...condaLockIn(written), flavour: lock.flavour })).toBe(SAMPLE);
  });
});

describe("long words in locks of ruamel.yaml", () => {
  const long = `https://host.example/${"a".repeat(55)}`;
  const base = condaLockIn(SAMPLE);
  const written = (longWords: CondaLockFlavour["longWords"], url: string): string =>
    writeCondaLock({
      ...base,
      flavour: { keyOrder: "sorted", listIndent: 2, longWords, lineEnding: "lf" },
      metadata: { ...base.metadata, sources: [url] },
      packages: base.packages.slice(0, 1).map((entry) => ({ ...entry, url })),
    });

  test("move to a line of their own, items of lists do not", () => {
    expect(written("over-column", long)).toContain(`    url:\n      ${long}\n`);
    expect(written("over-width", long)).toContain(`    url: ${long}\n`);
    expect(written("over-width", `${long}12345`)).toContain(`    url:\n      ${long}12345\n`);
    expect(written("over-column", `${long}12345`)).toContain(`    - ${long}12345\n`);
  });
});

const word = fc.oneof(
  fc.constantFrom(
    "1.0",
    "yes",
    "",
    "null",
    "~",
    "1e5",
    "1e+5",
    "2020-01-01",
    ">=1,<2",
    "*",
    "=1",
    "a: b",
    "a #b",
    "- x",
    "é",
    "'",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("a", " ", "b"), maxLength: 200 }),
);
const name = fc.stringMatching(/^[a-z_][a-z0-9._-]{0,20}$/);
const text = word.filter((one) => one !== "");

const lockedPackage: fc.Arbitrary<CondaLockPackage> = fc.record({
  name,
  version: text,
  manager: fc.constantFrom("conda" as const, "pip" as const),
  platform: fc.constantFrom("linux-64", "osx-arm64"),
  dependencies: fc.array(fc.tuple(fc.oneof(name, text), word), { maxLength: 4 }).map((entries) => new Map(entries)),
  url: fc.webUrl({ withFragments: true }),
  hash: fc.record({ md5: fc.option(text), sha256: fc.option(text) }),
  source: fc.option(fc.record({ type: fc.constant("url"), url: fc.webUrl() })),
  build: fc.option(text),
  category: text,
  optional: fc.boolean(),
});

const condaLock: fc.Arbitrary<CondaLock> = fc.record({
  flavour: fc.record({
    keyOrder: fc.constantFrom("declared" as const, "sorted" as const),
    listIndent: fc.constantFrom(0 as const, 2 as const),
    longWords: fc.constant("stay" as const),
    lineEnding: fc.constant("lf" as const),
  }),
  header: fc.constantFrom([], ["# one", "#", "# two"]),
  metadata: fc.record({
    contentHash: fc.constant(new Map([["linux-64", "0".repeat(64)]])),
    channels: fc.array(fc.record({ url: text, usedEnvVars: fc.array(text, { maxLength: 2 }) }), { maxLength: 3 }),
    platforms: fc.constant(["linux-64"]),
    sources: fc.array(text, { maxLength: 3 }),
    createdAt: fc.option(text),
    git: fc.option(fc.record({ userName: fc.option(text), userEmail: fc.option(text), sha: fc.option(text) })),
    inputs: fc.constant(null),
    custom: fc.option(fc.array(fc.tuple(text, word), { minLength: 1, maxLength: 3 }).map((one) => new Map(one))),
  }),
  packages: fc.array(lockedPackage, { minLength: 1, maxLength: 3 }),
});

describe("generated locks", () => {
  test("come back from their text", () => {
    fc.assert(
      fc.property(condaLock, (lock) => {
        const written = writeCondaLock(lock);
        expect(writeCondaLock(condaLockIn(written))).toBe(written);
        expect(condaLockToPlain(condaLockIn(written)).packages).toEqual(condaLockToPlain(lock).packages);
      }),
      { numRuns: 200 },
    );
  });
});
