import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  baseVersion,
  compareVersions,
  formatVersion,
  isPrerelease,
  parseVersion,
  publicVersion,
} from "#packaging/pep440-version.ts";
import { readVersion, version, versionText } from "../support/packaging-arbitraries.ts";

const reference = JSON.parse(
  readFileSync(new URL("../fixtures/packaging/reference-answers.json", import.meta.url), "utf8"),
) as { readonly ordered: readonly string[][]; readonly normalised: readonly [string, string][] };

describe("spellings of a version", () => {
  test.each([
    ["1.0", "1.0"],
    [" v1.0 ", "1.0"],
    ["V1.0", "1.0"],
    ["01.002", "1.2"],
    ["0!1.0", "1.0"],
    ["1!1.0", "1!1.0"],
    ["1.1RC1", "1.1rc1"],
    ["1.1-alpha.1", "1.1a1"],
    ["1.1_beta", "1.1b0"],
    ["1.1c2", "1.1rc2"],
    ["1.1pre3", "1.1rc3"],
    ["1.1.preview-4", "1.1rc4"],
    ["1.0-1", "1.0.post1"],
    ["1.0.rev2", "1.0.post2"],
    ["1.0-r3", "1.0.post3"],
    ["1.0post", "1.0.post0"],
    ["1.0dev", "1.0.dev0"],
    ["1.0-dev_2", "1.0.dev2"],
    ["1.0a1.post2.dev3", "1.0a1.post2.dev3"],
    ["1.0+Ubuntu-1_a.02", "1.0+ubuntu.1.a.2"],
    ["2.1.0+cu118", "2.1.0+cu118"],
    ["1.0+00012345678901234567890", "1.0+12345678901234567890"],
    ["9007199254740991", "9007199254740991"],
  ])("%j is %s", (text, normalised) => {
    expect(formatVersion(readVersion(text))).toBe(normalised);
  });

  test.each(reference.normalised)("%j is %s, as the reference says", (text, normalised) => {
    expect(formatVersion(readVersion(text))).toBe(normalised);
  });

  test.each([
    "",
    "dev",
    "1.0.x",
    "1.0+",
    "1.0+a_",
    "1..0",
    ".1",
    "1.0-",
    "1.0 a1",
    "2004d-1",
    "1.0.0-SNAPSHOT",
    "1.0b1-git",
    "1.0.post1.post2",
    "1.0.dev1.post1",
    "1!",
    "٣.1",
  ])("%j is no version", (text) => {
    expect(parseVersion(text)).toBeNull();
  });

  test.each(["9007199254740992", "1.99999999999999999999", "1.0.post99999999999999999999"])(
    "%s is refused rather than rounded",
    (text) => {
      expect(parseVersion(text)).toBeNull();
    },
  );
});

test("numbers and dots read as they do behind a v", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20230401 }), { minLength: 1, maxLength: 5 }), (release) => {
      const text = release.join(".");
      expect(readVersion(text)).toEqual({ ...readVersion(`v${text}`), text });
    }),
  );
});

describe("order of versions", () => {
  test("is that of the reference, equal ones included", () => {
    const groups = reference.ordered.map((texts) => texts.map(readVersion));
    const wrong: string[] = [];
    for (const [place, group] of groups.entries()) {
      for (const [otherPlace, otherGroup] of groups.entries()) {
        for (const a of group) {
          for (const b of otherGroup) {
            if (Math.sign(compareVersions(a, b)) !== Math.sign(place - otherPlace)) wrong.push(`${a.text} ${b.text}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(groups.length).toBeGreaterThan(200);
  });

  test("goes by the table of PEP 440", () => {
    const ascending = [
      "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
      "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7",
      "1.0+5", "1.0+10", "1.0.post456.dev34", "1.0.post456", "1.1.dev1", "1.2", "1.10", "1.100", "1!0.1",
    ].map(readVersion); // prettier-ignore
    expect(ascending.toReversed().toSorted(compareVersions)).toEqual(ascending);
  });

  test.each([
    ["1.0", "1"],
    ["1.0.0+x", "1+X"],
    ["1.0a", "1.0-alpha.0"],
    ["0!1", "1"],
    ["1.0+1.a", "1.0+01-A"],
    ["1.0+12345678901234567890", "1.0+0012345678901234567890"],
  ])("%s equals %s", (a, b) => {
    expect(compareVersions(readVersion(a), readVersion(b))).toBe(0);
  });

  test("is total, antisymmetric and transitive", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const [low, middle, high] = [a, b, c].toSorted(compareVersions);
        if (low !== undefined && middle !== undefined && high !== undefined) {
          expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
          expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
          expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test("is that of a plain reading of PEP 440, part by part", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(comparePlainly(plainKey(a), plainKey(b)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parts of a version", () => {
  test("formatting what was parsed, parsed again, changes nothing", () => {
    fc.assert(
      fc.property(versionText, (text) => {
        const once = readVersion(text);
        const twice = readVersion(formatVersion(once));
        expect(formatVersion(twice)).toBe(formatVersion(once));
        expect(compareVersions(once, twice)).toBe(0);
      }),
    );
  });

  test.each([
    ["1.0", false],
    ["1.0.post1", false],
    ["1.0+a1", false],
    ["1.0rc1", true],
    ["1.0.dev1", true],
    ["1.0.post1.dev1", true],
  ])("%s is a pre-release: %s", (text, expected) => {
    expect(isPrerelease(readVersion(text))).toBe(expected);
  });

  test("public and base version leave out what they say", () => {
    const full = readVersion("1!2.0rc1.post2.dev3+cu118");
    expect(publicVersion(full).text).toBe("1!2.0rc1.post2.dev3");
    expect(baseVersion(full).text).toBe("1!2.0");
    expect(compareVersions(publicVersion(full), full)).toBeLessThan(0);
    expect(compareVersions(baseVersion(full), full)).toBeGreaterThan(0);
  });
});

type PlainKey = readonly (number | string | readonly (readonly [number, number | string])[])[];

/** PEP 440's order written down slowly: numbers with infinities, then local segments. */
function plainKey(of: ReturnType<typeof readVersion>): PlainKey {
  const release = [...of.release, ...Array.from({ length: 8 - of.release.length }, () => 0)];
  const phase = of.pre === null ? (of.post === null && of.dev !== null ? -1 : 3) : ["a", "b", "rc"].indexOf(of.pre[0]);
  const local = (of.local ?? []).map((part) =>
    typeof part === "number" ? ([1, part] as const) : ([0, part] as const),
  );
  return [
    of.epoch,
    ...release,
    phase,
    of.pre?.[1] ?? 0,
    of.post ?? -1,
    of.dev ?? Infinity,
    of.local === null ? 0 : 1,
    local,
  ];
}

function comparePlainly(a: PlainKey, b: PlainKey): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (Array.isArray(part) && Array.isArray(other)) return compareLocals(part, other);
    if (part !== other) return (part as number) < (other as number) ? -1 : 1;
  }
  return 0;
}

function compareLocals(a: readonly [number, number | string][], b: readonly [number, number | string][]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [[kindA, valueA], [kindB, valueB]] = [a[index] ?? [0, ""], b[index] ?? [0, ""]];
    if (kindA !== kindB) return kindA - kindB;
    if (valueA !== valueB) return valueA < valueB ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}
