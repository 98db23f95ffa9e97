import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { setContains } from "#packaging/specifier.ts";
import {
  complementRange,
  EMPTY_RANGE,
  formatRange,
  FULL_RANGE,
  intersectRanges,
  isEmptyRange,
  isFullRange,
  isSubsetRange,
  pythonRangeFromSpecifierSet,
  rangeContains,
  rangeFromSpecifierSet,
  rangesEqual,
  uniteRanges,
  type VersionRange,
} from "#packaging/version-range.ts";
import { readSpecifiers, readVersion, specifierSetText, version } from "../support/packaging-arbitraries.ts";

const range = (text: string) => rangeFromSpecifierSet(readSpecifiers(text));
const pythons = (text: string) => pythonRangeFromSpecifierSet(readSpecifiers(text));

/** Unions of several sets, so that ranges have holes. */
const someRange: fc.Arbitrary<VersionRange> = fc
  .array(specifierSetText, { maxLength: 3 })
  .map((texts) => texts.map(range).reduce(uniteRanges, EMPTY_RANGE));

describe("ranges of versions", () => {
  test("contain what the specifiers allow", () => {
    fc.assert(
      fc.property(specifierSetText, version, (text, candidate) => {
        expect(rangeContains(range(text), candidate)).toBe(setContains(readSpecifiers(text), candidate));
      }),
      { numRuns: 2000 },
    );
  });

  test("follow the laws of sets", () => {
    fc.assert(
      fc.property(someRange, someRange, version, (a, b, candidate) => {
        const inA = rangeContains(a, candidate);
        const inB = rangeContains(b, candidate);
        expect(rangeContains(intersectRanges(a, b), candidate)).toBe(inA && inB);
        expect(rangeContains(uniteRanges(a, b), candidate)).toBe(inA || inB);
        expect(rangeContains(complementRange(a), candidate)).toBe(!inA);
        if (isSubsetRange(a, b) && inA) expect(inB).toBe(true);
        if (isEmptyRange(a)) expect(inA).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("have one form for one set", () => {
    fc.assert(
      fc.property(someRange, someRange, (a, b) => {
        const complement = complementRange(intersectRanges(a, b));
        expect(rangesEqual(complement, uniteRanges(complementRange(a), complementRange(b)))).toBe(true);
        expect(rangesEqual(complementRange(complementRange(a)), a)).toBe(true);
        expect(rangesEqual(uniteRanges(a, b), uniteRanges(b, a))).toBe(true);
        expect(isFullRange(uniteRanges(a, complementRange(a)))).toBe(true);
        expect(isEmptyRange(intersectRanges(a, complementRange(a)))).toBe(true);
        expect(isSubsetRange(a, uniteRanges(a, b))).toBe(true);
        expect(isSubsetRange(a, b)).toBe(rangesEqual(intersectRanges(a, b), a));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [">=3.8,<4", ">=3.8,<4"],
    ["!=1.5", "<1.5 || >1.5"],
    ["!=1.5.*", "<1.5 || >=1.6"],
    ["~=1.4.2", ">=1.4.2,<1.5"],
    ["==1.4.*", ">=1.4,<1.5"],
    ["==1.4", ">=1.4,<=1.4"],
    ["", "*"],
    [">2,<1", "nothing"],
    ["===nightly", "nothing"],
    ["===1.0", ">=1.0,<=1.0"],
  ])("%j is shown as %s", (text, shown) => {
    expect(formatRange(range(text))).toBe(shown);
  });

  test("know the whole and nothing", () => {
    expect(isFullRange(range(""))).toBe(true);
    expect(isFullRange(FULL_RANGE)).toBe(true);
    expect(isFullRange(range("!=1.0"))).toBe(false);
    expect(isEmptyRange(range(">=2,<2"))).toBe(true);
    expect(isEmptyRange(range(">1.0,<=1.0.post3"))).toBe(true);
    expect(isSubsetRange(range("~=1.4.2"), range("==1.4.*"))).toBe(true);
    expect(isSubsetRange(range("==1.4.*"), range("~=1.4.2"))).toBe(false);
  });

  test("leave the pre-releases out between < and >=", () => {
    const both = uniteRanges(range("<2"), range(">=2"));
    expect(isFullRange(both)).toBe(false);
    expect(rangeContains(both, readVersion("2.0rc1"))).toBe(false);
    expect(rangeContains(complementRange(range("<2")), readVersion("2.0rc1"))).toBe(true);
  });
});

describe("ranges of Python versions", () => {
  test.each(["3.9", "3.9.1", "3.10"])("< and >= %s leave no gap", (bound) => {
    expect(isFullRange(uniteRanges(pythons(`<${bound}`), pythons(`>=${bound}`)))).toBe(true);
    expect(rangesEqual(complementRange(pythons(`>${bound}`)), pythons(`<=${bound}`))).toBe(true);
    expect(rangesEqual(complementRange(pythons(`!=${bound}`)), pythons(`==${bound}`))).toBe(true);
  });

  test.each([
    [">=3.13", "3.13.0rc1", true],
    ["<3.13", "3.13.0rc1", false],
    [">=3.13b1", "3.13.0a1", true],
    ["<3.9b1", "3.8.20", true],
    [">=3.8,<4.0", "3.12.1", true],
    ["~=3.8", "3.12.1", true],
    ["~=3.8.1", "3.9.0", false],
    [">3.8", "3.8.0", false],
    [">3.8", "3.8.1", true],
    ["==3.8.*", "3.8.20", true],
    ["!=3.0.*,!=3.1.*,>=2.7", "3.1.5", false],
  ])("%s has %s: %s", (text, python, expected) => {
    expect(rangeContains(pythons(text), readVersion(python))).toBe(expected);
  });

  test("are equal where the numbers are", () => {
    expect(rangesEqual(pythons(">=3.9.0"), pythons(">=3.9"))).toBe(true);
    expect(rangesEqual(pythons("==3.9.*"), pythons(">=3.9,<3.10"))).toBe(true);
    expect(rangesEqual(pythons("~=3.9"), pythons(">=3.9,<4"))).toBe(true);
  });
});
