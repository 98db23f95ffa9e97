import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  formatSpecifierSet,
  isSpecifierProblem,
  mentionsPrerelease,
  parseSpecifier,
  parseSpecifierSet,
  setContains,
} from "#packaging/specifier.ts";
import { parseLenientSpecifierSet } from "#packaging/lenient-metadata.ts";
import { readSpecifiers, readVersion, specifierSetText, version } from "../support/packaging-arbitraries.ts";

const reference = JSON.parse(
  readFileSync(new URL("../fixtures/packaging/reference-answers.json", import.meta.url), "utf8"),
) as { readonly contains: readonly [string, string, boolean][]; readonly refusedSpecifiers: readonly string[] };

const contains = (set: string, text: string) => setContains(readSpecifiers(set), readVersion(text));

describe("what a specifier allows", () => {
  test.each([
    // equality and local versions
    ["==1.0", "1.0.0", true],
    ["==1.0", "1.0+cpu", true],
    ["==1.0+cpu", "1.0", false],
    ["==1.0+cpu", "1.0+CPU", true],
    ["==1.0+cpu", "1.0+cpu.1", false],
    ["!=1.0", "1.0+cpu", false],
    ["!=1.0+cpu", "1.0+cu118", true],
    ["==1.0", "1.0.post1", false],
    // greater than excludes post-releases and local versions
    [">1.0", "1.0.post1", false],
    [">1.0", "1.0.post1.dev1", false],
    [">1.0", "1.0+x", false],
    [">1.0", "1.0.1", true],
    [">1.0", "1.1.dev0", true],
    [">1.0.post1", "1.0.post2", true],
    [">1.0.post1", "1.0.post1+x", false],
    [">1.0a1", "1.0", true],
    [">1.0a1", "1.0a1.post1", false],
    [">1.0a1", "1.0.post1", true],
    // less than excludes pre-releases of the version, unless it is one
    ["<2", "2.0rc1", false],
    ["<2", "2.0.dev1", false],
    ["<2", "2.dev0+x", false],
    ["<2", "1.99", true],
    ["<2rc2", "2rc1", true],
    ["<2rc2", "2rc2.dev1", true],
    ["<2rc2", "2a1.dev0", true],
    ["<2.post1", "2", true],
    ["<2.post1", "2.post1.dev0", false],
    ["<=2", "2rc1", true],
    ["<=2", "2+x", true],
    ["<=2", "2.post1", false],
    [">=1.0", "1.0+x", true],
    [">=1.0", "1.0rc1", false],
    // compatible release
    ["~=1.4.2", "1.4.2", true],
    ["~=1.4.2", "1.4.99", true],
    ["~=1.4.2", "1.5", false],
    ["~=1.4.2", "1.5.dev0", false],
    ["~=1.4.2", "1.4.1", false],
    ["~=1.4", "1.5", true],
    ["~=1.4", "2.0", false],
    ["~=1.4.5a4", "1.4.5a4", true],
    ["~=1.4.5a4", "1.4.9", true],
    ["~=2.2.0", "2.2.post3", true],
    ["~=1!1.2", "1!1.3", true],
    ["~=1!1.2", "1.3", false],
    // wildcards
    ["==1.1.*", "1.1", true],
    ["==1.1.*", "1.1a1", true],
    ["==1.1.*", "1.1.post1", true],
    ["==1.1.*", "1.1.5+x", true],
    ["==1.1.*", "1.10", false],
    ["==1.0.*", "1", true],
    ["==1.*", "1!1", false],
    ["!=1.1.*", "1.1.9", false],
    ["!=1.1.*", "1.2.dev0", true],
    // several
    [">=1,<2,!=1.5.*", "1.4", true],
    [">=1,<2,!=1.5.*", "1.5.1", false],
    ["", "0.dev0", true],
    // epochs
    [">=1!0", "2020.1", false],
    ["<1!0", "2020.1", true],
    // arbitrary equality compares texts
    ["===1.0", "1.0", true],
    ["===1.0", "1.0.0", false],
    ["===1.0RC1", "1.0rc1", true],
    ["===1.0-rc1", "1.0-RC1", true],
    ["===nightly", "1.0", false],
  ])("%j allows %s: %s", (set, text, expected) => {
    expect(contains(set, text)).toBe(expected);
  });

  test("the reference agrees", () => {
    const wrong = reference.contains.filter(([set, text, expected]) => contains(set, text) !== expected);
    expect(wrong).toEqual([]);
    expect(reference.contains.length).toBeGreaterThan(500);
  });
});

describe("reading specifiers", () => {
  test.each([
    ["(>=1.0)", ">=1.0"],
    [" >= 1.0 , < 2 , ", ">=1.0,<2"],
    [",>=1", ">=1"],
    ["==1.*", "==1.*"],
    ["( >=1,<2 )", ">=1,<2"],
    ["", ""],
    ["()", ""],
    ["===not-a-version", "===not-a-version"],
  ])("%j is %j", (text, expected) => {
    expect(formatSpecifierSet(readSpecifiers(text))).toBe(expected);
  });

  test.each([
    ["1.0", 0],
    [">=1,foo", 4],
    [">=1, <abc", 5],
    ["(>=1, <abc)", 6],
    [">=", 0],
    ["~=1", 0],
    [">=1.*", 0],
    ["==1.0a1.*", 0],
    ["==1.0+x.*", 0],
    [">1.0+x", 0],
    ["~=1.0+x", 0],
    ["=>1", 0],
    ["===a b", 0],
    ["^1.0", 0],
    [">=1 <2", 0],
  ])("%j is refused at offset %d", (text, position) => {
    expect(parseSpecifierSet(text)).toMatchObject({ problem: expect.stringMatching(/./), position });
  });

  test.each(reference.refusedSpecifiers)("%j is refused, as the reference does", (text) => {
    expect(typeof parseSpecifier(text)).toBe("string");
  });

  test("writing and reading again changes nothing", () => {
    fc.assert(
      fc.property(specifierSetText, version, (text, candidate) => {
        const set = readSpecifiers(text);
        const again = readSpecifiers(formatSpecifierSet(set, ", "));
        expect(formatSpecifierSet(again)).toBe(formatSpecifierSet(set));
        expect(setContains(again, candidate)).toBe(setContains(set, candidate));
      }),
    );
  });

  test.each([
    [">=1.0a1", true],
    [">=1.0.dev0,<2", true],
    ["<2", false],
    ["!=1.0a1", false],
    ["==1.0.post1.dev2", true],
    ["===1.0rc1", true],
    ["===nightly", false],
    ["==1.*", false],
  ])("%s names a pre-release: %s", (text, expected) => {
    expect(mentionsPrerelease(readSpecifiers(text))).toBe(expected);
  });
});

describe("specifiers in old metadata", () => {
  test.each([
    [">=3.5.*", ">=3.5"],
    [">3.4.*, <4", ">3.4,<4"],
    ["*", ""],
    [">=1.0<2.0", ">=1.0,<2.0"],
    [">=1.0 <2.0", ">=1.0,<2.0"],
    ["!=3.0*", "!=3.0.*"],
    ["'>=2.7'", ">=2.7"],
    [">=3.6,<'3.10'", ">=3.6,<3.10"],
    ["!=~5.0,>=4.12", "!=5.0.*,>=4.12"],
    [">dev", ">0.0.dev0"],
    [">=1.0", ">=1.0"],
  ])("%j is read as %j", (text, expected) => {
    const set = parseLenientSpecifierSet(text);
    expect(isSpecifierProblem(set) ? set.problem : formatSpecifierSet(set)).toBe(expected);
  });

  test.each(["foo", ">=1 || <0.5", "1.0", ">=1.0beta.x"])("%j stays refused", (text) => {
    expect(isSpecifierProblem(parseLenientSpecifierSet(text))).toBe(true);
  });
});
