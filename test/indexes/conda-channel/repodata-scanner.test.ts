import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RepodataScanner } from "../../../src/indexes/conda-channel/repodata-scanner.ts";

/** What the scanner hands on when the text arrives in pieces of these sizes, over and over. */
function scan(text: string | Uint8Array, sizes: readonly number[] = [1 << 20]) {
  const found = {
    info: [] as unknown[],
    files: [] as (readonly [string, unknown, string])[],
    removed: [] as unknown[],
  };
  const scanner = new RepodataScanner({
    info: (value) => found.info.push(value),
    file: (name, record, member) => found.files.push([name, record, Buffer.from(member).toString()]),
    removed: (name) => found.removed.push(name),
  });
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    scanner.write(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.end();
  return found;
}

const record = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
const document = fc.record(
  {
    info: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    packages: fc.dictionary(fc.string(), record, { maxKeys: 4 }),
    "packages.conda": fc.dictionary(fc.string(), record, { maxKeys: 4 }),
    removed: fc.array(fc.string(), { maxLength: 4 }),
    repodata_version: fc.constantFrom(1, 2),
    v3: fc.oneof(
      fc.constantFrom(null, 3, "v3"),
      fc.record(
        {
          conda: fc.dictionary(fc.string(), record, { maxKeys: 3 }),
          "tar.bz2": fc.oneof(fc.constantFrom(null, 1), fc.dictionary(fc.string(), record, { maxKeys: 3 })),
          whl: fc.dictionary(fc.string(), record, { maxKeys: 2 }),
          info: fc.jsonValue({ maxDepth: 2 }),
          packages: fc.jsonValue({ maxDepth: 2 }),
        },
        { requiredKeys: [] },
      ),
    ),
    signatures: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

describe("the scanner of repodata.json", () => {
  test("hands on what JSON.parse sees, however the text is laid out and cut into pieces", () => {
    fc.assert(
      fc.property(
        document,
        fc.constantFrom(undefined, 1, "\t"),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (value, space, sizes) => {
          const text = JSON.stringify(value, null, space);
          const expected = JSON.parse(text) as typeof value;
          const found = scan(text, sizes);
          expect(found.info).toEqual(expected.info === undefined ? [] : [expected.info]);
          expect(found.removed).toEqual(expected.removed ?? []);
          const files = [expected.packages, expected["packages.conda"]].flatMap((part) => Object.entries(part ?? {}));
          for (const extension of ["conda", "tar.bz2", "whl"] as const) {
            const part: unknown = (expected.v3 as Readonly<Record<string, unknown>> | null | undefined)?.[extension];
            if (typeof part !== "object" || part === null) continue;
            const named = Object.entries(part) as [string, (typeof files)[0][1]][];
            files.push(...named.map(([key, value]) => [`${key}.${extension}`, value] as (typeof files)[0]));
          }
          const byName = (a: readonly [string, unknown], b: readonly [string, unknown]) => (a[0] < b[0] ? -1 : 1);
          const seen = found.files.map(([name, read]) => [name, read] as const);
          expect(JSON.stringify(seen.sort(byName))).toBe(JSON.stringify(files.sort(byName)));
          for (const [name, read, member] of found.files) {
            const [key, value] = Object.entries(JSON.parse(`{${member}}`) as object)[0] as [string, unknown];
            expect([name, `v3/${name}`]).toContain(key);
            expect(JSON.stringify(value)).toBe(JSON.stringify(read));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ["nothing", ""],
    ["a web page", "<html><style>a{b:c}</style></html>"],
    ["a list", "[]"],
    ["a text", '"packages"'],
    ["two documents", "{}{}"],
    ["something after the end", '{"packages":{}} x'],
    ["an end in the middle of a record", '{"packages":{"a-1-0.conda":{"name":"a"'],
    ["an end after a record", '{"packages":{"a-1-0.conda":{"name":"a"}}'],
    ["a record that breaks", '{"packages":{"a-1-0.conda":{"name":a}}}'],
    ["brackets that do not match", '{"packages":{"a-1-0.conda":{"name":"a"]}}'],
    ["a collection that ends as a list", '{"packages":{"a-1-0.conda":{}]}'],
    ["packages as a list", '{"packages":[]}'],
    ["v3 as a list", '{"v3":[]}'],
    ["a part of v3 as a list", '{"v3":{"conda":[]}}'],
    ["v3 that ends as a list", '{"v3":{"conda":{}]}'],
    ["a comma at the end of v3", '{"v3":{"conda":{},}}'],
    ["a missing comma in v3", '{"v3":{"conda":{} "whl":{}}}'],
    ["an end in the middle of v3", '{"v3":{"conda":{"a-1-0":{}'],
    ["removed as an object", '{"removed":{}}'],
    ["a key without quotes", "{packages:{}}"],
    ["a missing comma", '{"packages":{} "packages.conda":{}}'],
    ["a comma at the end", '{"packages":{},}'],
    ["a comma at the end of a collection", '{"packages":{"a-1-0.conda":{},}}'],
    ["a comma without a member", '{"packages":{,"a-1-0.conda":{}}}'],
    ["a closing bracket too many", '{"packages":{}}}'],
    ["a value without a key", '{"packages":{{}}}'],
    ["a broken escape", '{"removed":["\\x"]}'],
    ["a broken info", '{"info":{"subdir":}}'],
  ])("refuses %s", (_what, text) => {
    expect(() => scan(text)).toThrow(/^its JSON .*, at byte \d+$/);
    expect(() => scan(text, [1])).toThrow(/^its JSON .*, at byte \d+$/);
  });

  test("passes on a record of v3 that nests too deeply to be written again", () => {
    const value = "[".repeat(100_000) + "]".repeat(100_000);
    const key = '"a\\"-\\u0031:-0"';
    const { files } = scan(`{"v3":{"conda":{ ${key} : ${value}}}}`);
    expect(files.map(([name, , member]) => [name, member])).toEqual([
      ['a"-1:-0.conda', `"v3/a\\"-1:-0.conda": ${value}`],
    ]);
  });

  test("says where the text breaks, counted from its beginning", () => {
    const text = '{"packages":{"a-1-0.conda":{},"b-1-0.conda":{oops}}}';
    expect(() => scan(text, [7])).toThrow(`its JSON breaks, at byte ${text.indexOf("}}}") + 1}`);
  });

  test("refuses a part that never ends before it fills memory", () => {
    const scanner = new RepodataScanner({ info: () => undefined, file: () => undefined, removed: () => undefined });
    scanner.write(Buffer.from('{"packages":{"'));
    const chunk = Buffer.alloc(1024 ** 2, "a");
    expect(() => {
      for (let megabytes = 0; megabytes < 20; megabytes++) scanner.write(chunk);
    }).toThrow("far too long");
  });
});
