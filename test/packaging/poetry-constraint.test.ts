import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareVersions, formatVersion, isPrerelease, publicVersion } from "#packaging/pep440-version.ts";
import { constraintAllows, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { readVersion, version } from "../support/packaging-arbitraries.ts";

const reading = (text: string) => {
  const constraint = parsePoetryConstraint(text);
  if (constraint === null) throw new Error(`${text} is no constraint`);
  return constraint;
};

test("an upper bound without its version ends before the first development release of that version", () => {
  const bound = version.filter((one) => one.local === null && !isPrerelease(one));
  fc.assert(
    fc.property(bound, version, (max, candidate) => {
      const end = readVersion(`${formatVersion(max)}.dev0`);
      const isBelow = compareVersions(publicVersion(candidate), end) < 0;
      expect(constraintAllows(reading(`<${formatVersion(max)}`), candidate)).toBe(isBelow);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["<2.0", "1.9.post1", true],
  ["<2.0", "2.0rc1", false],
  ["<2.0", "2.0.dev1", false],
  ["<2.0", "1.9+local", true],
  ["<2.0.post1", "2.0", true],
  ["<2.0.post1", "2.0.post1.dev3", false],
  ["<2.0rc1", "2.0b1", true],
  ["!=2.0", "2.0+cpu", false],
  ["!=2.0+cpu", "2.0", true],
  ["!=2.0+cpu", "2.0+cpu", false],
  ["<1.0 || >2.0", "1.5", false],
])("%s and %s: %j", (text, candidate, expected) => {
  expect(constraintAllows(reading(text), readVersion(candidate))).toBe(expected);
});
