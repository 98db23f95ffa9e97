import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import { isCalendarVersion, majorOfCondaVersion, movableCondaConstraint } from "#planning/conda-movable.ts";

function version(text: string): CondaVersion {
  const parsed = parseCondaVersion(text);
  if (parsed === null) throw new Error(`${text} is not a version`);
  return parsed;
}

describe("a conda constraint, the version in use, and how far it may move", () => {
  test.each([
    ["=1.26", "1.26.4", "series", ">=1.26.4,<2.0a0", ">=1.26.4"],
    ["==1.26.4", "1.26.4", "series", ">=1.26.4,<2.0a0", ">=1.26.4"],
    ["1.26.*", "1.26.4", "series", ">=1.26.4,<2.0a0", ">=1.26.4"],
    ["~=2.1.0", "2.1.3", "series", ">=2.1.3,<3.0a0", ">=2.1.3"],
    ["=1.26,!=1.26.3", "1.26.4", "series", ">=1.26.4,<2.0a0,!=1.26.3", ">=1.26.4,!=1.26.3"],
    ["=9d", "9d", "series", ">=9d,<10.0a0", ">=9d"],
    ["=1!2.0", "1!2.0", "series", ">=1!2.0,<1!3.0a0", ">=1!2.0"],
    ["==2025.1.0", "2025.1.0", "series", ">=2025.1.0", ">=2025.1.0"],
    [">=1.26,<2", "1.26.4", "bounded", ">=1.26,<2", ">=1.26.4"],
    [">=1.26,<2.0a0", "1.26.4", "bounded", ">=1.26,<2.0a0", ">=1.26.4"],
    [">=1.26", "2.1", "open", ">=1.26", ">=1.26"],
    [">=2025", "2025.3.0", "open", ">=2025", ">=2025"],
    ["!=1.8.3", "2.0", "open", "!=1.8.3", "!=1.8.3"],
    ["", "2.0", "open", "*", "*"],
    ["*", "2.0", "open", "*", "*"],
  ])("%s at %s is %s", (...row) => {
    const [text, current, kind, withinMajor, anyMajor] = row;
    const movable = movableCondaConstraint(text, version(current), "numpy");
    expect(movable).toEqual({ kind, withinMajor, anyMajor, cap: null });
  });

  test("of Python the minor version counts as the major of others", () => {
    expect(movableCondaConstraint("=3.10", version("3.10.8"), "python").withinMajor).toBe(">=3.10.8,<3.11.0a0");
    expect(movableCondaConstraint(">=3.10,<3.11", version("3.10.8"), "python").kind).toBe("bounded");
    expect(majorOfCondaVersion("python", "3.10.8")).toBe("3.10");
    expect(majorOfCondaVersion("numpy", "1!2.10.8")).toBe("1!2");
  });

  test.each([
    ["<1.7.3", "1.7.2", "the upper bound of <1.7.3 is kept"],
    [">=3.5,!=3.9.1,<3.11", "3.10.0", "the upper bound of >=3.5,!=3.9.1,<3.11 is kept"],
    ["<=1.999", "1.5", "the upper bound of <=1.999 is kept"],
    ["1.7|1.8", "1.8", "alternatives (1.7|1.8) are kept as they are"],
    ["=1.2,<1.2.5", "1.2.3", "=1.2,<1.2.5 combines a series with bounds and is kept as it is"],
    ["1.*.3", "1.2.3", "1.*.3 is kept as it is"],
  ])("%s at %s is meant", (text, current, cap) => {
    const movable = movableCondaConstraint(text, version(current), "numpy");
    expect(movable).toMatchObject({ kind: "kept", anyMajor: null, cap });
  });

  test.each([
    ["2025.1.0", true],
    ["2021a", true],
    ["1996.07.12", true],
    ["20250101", false],
    ["3.10", false],
  ])("%s is a calendar version: %s", (text, expected) => {
    expect(isCalendarVersion(text)).toBe(expected);
  });

  test("what may be solved with always allows the version in use, and nothing of the next major", () => {
    const numbers = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
    const operator = fc.constantFrom("=", "==", "~=", ">=", "", "<=");
    fc.assert(
      fc.property(numbers, operator, fc.constantFrom("numpy", "python"), (release, sign, name) => {
        const current = version(release.join("."));
        const { withinMajor, anyMajor } = movableCondaConstraint(sign + current.text, current, name);
        const [within, any] = [withinMajor, anyMajor ?? withinMajor].map((text) => parseCondaVersionSpec(text));
        if (within === undefined || any === undefined || isCondaSpecProblem(within) || isCondaSpecProblem(any)) {
          throw new Error(`${withinMajor} and ${anyMajor} cannot be read`);
        }
        expect(condaSpecMatches(within, current)).toBe(true);
        expect(condaSpecMatches(any, current)).toBe(true);
        const [major = 0, minor = 0] = release;
        const next = name === "python" ? `${major}.${minor + 1}.0` : `${major + 1}.0`;
        if (["=", "==", "~=", ""].includes(sign)) expect(condaSpecMatches(within, version(next))).toBe(false);
      }),
    );
  });
});
