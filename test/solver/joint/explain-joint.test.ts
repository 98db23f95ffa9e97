/** What a joint solve says of a conflict, word for word. */
import { describe, expect, test } from "@jest/globals";
import { NUMPY, one, solveWorld as solve } from "../../support/joint-world.ts";

const PIP_OLD = "pip's old 1.0 requires Python <3.12";
const PIP_TOOL = "on Python 3.12.4 to 3.13.0, pip's tool 1 depends on gone>=1 but no index knows gone";

/** The order in which a proof is told is that in which it was found. */
function expectBoth(summary: readonly string[] | string, pip: string): void {
  const sentences = typeof summary === "string" ? summary.toLowerCase() : "";
  expect(sentences).toContain(pip.toLowerCase());
  expect(sentences).toContain("conda's new 1 0 (conda-forge/linux-64) depends on python >=3.12");
  expect(sentences).toContain("the requirements cannot be met together");
}

describe("explanations name both sides", () => {
  test("with the channel, the build and the line", () => {
    const { summary, outcome } = solve(
      { conda: ["python", "numba"], pypi: ["flax"] },
      {
        records: [...NUMPY, { name: "numba", version: "0.59", build: "py_0", depends: ["numpy <1.27", "python"] }],
        packages: one("flax", "0.8", { requires: ["numpy>=2"] }),
      },
    );
    expect(summary).toBe(
      "Because conda's numba 0.59 py_0 (conda-forge/linux-64) depends on numpy <1.27 and pip's flax 0.8 depends on numpy>=2, conda's numba 0.59 py_0 cannot be used with pip's flax 0.8.\n" +
        "And because you require flax (requirements.txt:1) and you require numba, the requirements cannot be met together.",
    );
    expect(outcome.kind === "conflict" && outcome.explanation.facts.map(({ side }) => side)).toEqual([
      "conda",
      "pypi",
      "pypi",
      "conda",
    ]);
  });

  test("a wheel that no Python of conda can use", () => {
    const wheel_tags = ["cp39-cp39-manylinux_2_17_x86_64"];
    const { summary } = solve(
      { conda: ["python >=3.12"], pypi: ["fast"] },
      { packages: one("fast", "1.0", { sdist: false, wheel_tags }) },
    );
    expect(summary).toBe(
      "Because pip's fast 1.0 has no wheel for linux-64 with Python 3.12.4 to 3.13.0 (only cp39-cp39-manylinux_2_17_x86_64) and no source distribution and you require fast (requirements.txt:1), the requirements cannot be met together.",
    );
  });

  test("a Python that one side pins and the other cannot use", () => {
    const packages = one("old", "1.0", { requires_python: "<3.12", unlisted_python: true });
    const { summary } = solve(
      { conda: ["python", "new"], pypi: ["old"] },
      { packages, records: [{ name: "new", version: "1", depends: ["python >=3.12"] }] },
    );
    expectBoth(summary, PIP_OLD);
    const listed = solve(
      { conda: ["python", "new"], pypi: ["old"] },
      {
        packages: one("old", "1.0", { requires_python: "<3.12" }),
        records: [{ name: "new", version: "1", depends: ["python >=3.12"] }],
      },
    );
    expectBoth(listed.summary, PIP_OLD);
  });

  test("what a marker asks for", () => {
    const { summary } = solve(
      { conda: ["python", "new"], pypi: ["tool"] },
      {
        packages: one("tool", "1", { requires: ["gone>=1 ; python_version >= '3.12'"] }),
        records: [{ name: "new", version: "1", depends: ["python >=3.12"] }],
      },
    );
    expectBoth(summary, PIP_TOOL);
  });

  test("what conda does not have", () => {
    const { summary } = solve(
      { conda: ["python", "numpy ==3"], pypi: ["tool"] },
      { records: NUMPY, packages: one("tool", "1") },
    );
    expect(summary).toBe(
      "You require numpy ==3, but there is no such version for linux-64 (there are 1.26.4 to 2.1.0).",
    );
  });

  test("what pip would install beside conda's", () => {
    const { summary } = solve(
      { conda: ["python", "numpy"], pypi: ["numpy==3"] },
      { records: NUMPY, packages: one("numpy", "3") },
    );
    expect(summary).toBe(
      "Because conda's numpy takes the place of pip's numpy, you require numpy==3 (requirements.txt:1) and you require numpy, the requirements cannot be met together.",
    );
  });
});
