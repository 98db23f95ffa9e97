import { describe, expect, test } from "@jest/globals";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { movableConstraint } from "#planning/movable-constraint.ts";
import { companionsOf, defaultGroup, majorGroup, toolGroup } from "#planning/update-groups.ts";
import { acceleratorOf, updateKind } from "#planning/update-kind.ts";

function version(text: string): Pep440Version {
  const parsed = parseVersion(text);
  if (parsed === null) {
    throw new Error(`${text} is not a version`);
  }
  return parsed;
}

describe("movable constraint", () => {
  test.each([
    ["^1.24.1", "1.24.2", ">=1.24.2,<2", ">=1.24.2"],
    ["~1.2", "1.2.7", ">=1.2.7,<2", ">=1.2.7"],
    ["~=0.4.4", "0.4.8", ">=0.4.8,<1", ">=0.4.8"],
    ["==1.4.0", "1.4.0", ">=1.4.0,<2", ">=1.4.0"],
    ["1.4.0", "1.4.0", ">=1.4.0,<2", ">=1.4.0"],
    ["==1.0.*", "1.0.3", ">=1.0.3,<2", ">=1.0.3"],
    ["==0.4.4+cuda11.cudnn86", "0.4.4+cuda11.cudnn86", ">=0.4.4,<1", ">=0.4.4"],
    ["==1!2.0", "1!2.0", ">=1!2.0,<1!3", ">=1!2.0"],
    [">=1.2.0", "1.5", ">=1.2.0,<2", ">=1.5"],
    [">=1,<2", "1.5", ">=1,<2", ">=1.5"],
    [">=1,!=1.3,<2.0.0", "1.5", ">=1,!=1.3,<2.0.0", ">=1.5,!=1.3"],
    ["*", "1.5", "<2", "*"],
  ])("%s at %s may move", (text, current, withinMajor, anyMajor) => {
    expect(movableConstraint(text, version(current))).toEqual({ withinMajor, anyMajor, cap: null });
  });

  test.each([
    [">=1,<1.24", "1.23.4", ">=1,<1.24,<2", "the upper bound of >=1,<1.24 is kept"],
    ["<=3", "2.1", "<=3,<3", "the upper bound of <=3 is kept"],
    ["^1.0 || ^3.0", "1.5", "^1.0 || ^3.0", "alternatives (^1.0 || ^3.0) are kept as they are"],
    ["^1.0,<1.5", "1.2", "^1.0,<1.5", "^1.0,<1.5 combines a series with bounds and is kept as it is"],
  ])("%s at %s is a cap that somebody meant", (text, current, withinMajor, cap) => {
    expect(movableConstraint(text, version(current))).toEqual({ withinMajor, anyMajor: null, cap });
  });
});

describe("update kind", () => {
  test.each([
    ["1.24.1", "1.24.2", "patch"],
    ["1.24.1", "1.25", "minor"],
    ["0.4.6", "0.5.0", "minor"],
    ["22.12.0", "23.1.0", "major"],
    ["1.0", "1!0.5", "major"],
    ["3.1.1", "2.6.2", "downgrade"],
    ["1.0", "1.0.0", "none"],
    ["1.0", "1.0.post1", "patch"],
  ])("%s to %s is %s", (from, to, kind) => {
    expect(updateKind(version(from), version(to))).toBe(kind);
  });

  test.each([
    ["0.4.4+cuda11.cudnn86", "cuda11"],
    ["2.0.0+cu118", "cuda11"],
    ["2.6.0+cu126", "cuda12"],
    ["2.6.0+cu92", "cuda9"],
    ["2.0.0+cpu", "cpu"],
    ["2.0.0+rocm5.6", "rocm5"],
    ["2.0.0+computecanada", null],
    ["2.0.0", null],
  ])("the accelerator of %s is %s", (text, accelerator) => {
    expect(acceleratorOf(version(text))).toBe(accelerator);
  });
});

describe("groups", () => {
  test("are stable, git-safe names", () => {
    expect([
      defaultGroup("."),
      defaultGroup("tools/CI jobs"),
      majorGroup("Foo_Bar", ""),
      toolGroup("poetry", "a..b"),
    ]).toEqual(["python-dependencies", "python-dependencies-tools-ci-jobs", "major-foo-bar", "tool-poetry-a-b"]);
  });

  test("companions move together, others alone", () => {
    expect(companionsOf("jax", ["jaxlib", "numpy", "jax", "jax-cuda12-plugin"])).toEqual([
      "jax",
      "jax-cuda12-plugin",
      "jaxlib",
    ]);
    expect(companionsOf("numpy", ["jaxlib", "numpy"])).toEqual(["numpy"]);
  });
});
