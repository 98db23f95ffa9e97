/** The rules of a joint solve, one at a time, with what they cost. */
import { describe, expect, test } from "@jest/globals";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { condaProblem, solveConda } from "../../support/conda-solve.ts";
import { jointProblem, jointSummary, sameNames, solveJoint } from "../../support/joint-solve.ts";
import { NUMPY, one, PYTHONS, solveWorld as solve } from "../../support/joint-world.ts";
import { answerFrom } from "../../support/scenario-index.ts";
import { problemOf, solveProblem } from "../../support/solve-problem.ts";

describe("conda's choice goes back where pip cannot live with it", () => {
  test("a package: pip's flax needs an older numpy than conda's newest", () => {
    const { summary, effort } = solve(
      { conda: ["python", "numpy"], pypi: ["flax"] },
      { records: NUMPY, packages: one("flax", "0.8", { requires: ["numpy<2"] }) },
    );
    expect(summary).toEqual(["conda numpy 1.26.4", "conda python 3.13.0", "pip flax 0.8"]);
    expect(effort).toEqual({ decisions: 8, conflicts: 2 });
  });

  test("Python, because of a Requires-Python", () => {
    const { summary, effort } = solve(
      { conda: ["python"], pypi: ["old"] },
      { packages: one("old", "1.0", { requires_python: ">=3.8,<3.12" }) },
    );
    expect(summary).toEqual(["conda python 3.11.9", "pip old 1.0"]);
    expect(effort).toEqual({ decisions: 4, conflicts: 1 });
  });

  test("Python, because of a Requires-Python that only the metadata has", () => {
    const { summary } = solve(
      { conda: ["python"], pypi: ["old"] },
      { packages: one("old", "1.0", { requires_python: "<3.12", unlisted_python: true }) },
    );
    expect(summary).toEqual(["conda python 3.11.9", "pip old 1.0"]);
  });

  test("Python, because there are no wheels for the newest", () => {
    const wheel_tags = ["cp310-cp310-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_x86_64"];
    const { summary, effort } = solve(
      { conda: ["python"], pypi: ["fast"], virtualPackages: [{ name: "__glibc", version: "2.28", build: "0" }] },
      { packages: one("fast", "1.0", { sdist: false, wheel_tags }) },
    );
    expect(summary).toEqual(["conda python 3.11.9", "pip fast 1.0"]);
    expect(effort).toEqual({ decisions: 6, conflicts: 1 });
  });

  test("Python and what hangs on it, because of what a marker asks for on the newest alone", () => {
    const { summary } = solve(
      { conda: ["python", "numpy"], pypi: ["tool"] },
      {
        records: ["py313", "py312"].map((build) => ({
          name: "numpy",
          version: "2.1.0",
          build,
          depends: [`python 3.${build.slice(3)}.*`],
        })),
        packages: { ...one("tool", "1", { requires: ["gone ; python_version >= '3.13'"] }) },
      },
    );
    expect(summary).toEqual(["conda numpy 2.1.0", "conda python 3.12.4", "pip tool 1"]);
  });
});

describe("pip's choice follows conda's", () => {
  test("a release is passed over that needs another version than conda provides", () => {
    const { summary, effort } = solve(
      { conda: ["python", "numpy=1.26"], pypi: ["jax"] },
      {
        records: NUMPY,
        packages: {
          jax: { versions: { "0.4": { requires: ["numpy>=1.22"] }, "0.5": { requires: ["numpy>=2"] } } },
          ...one("numpy", "2.2.0"),
        },
      },
    );
    expect(summary).toEqual(["conda numpy 1.26.4", "conda python 3.13.0", "pip jax 0.4"]);
    expect(effort).toEqual({ decisions: 5, conflicts: 0 });
  });

  test("an older release is taken before Python goes back", () => {
    const { summary } = solve(
      { conda: ["python"], pypi: ["tool"] },
      { packages: { tool: { versions: { "1.0": {}, "2.0": { requires_python: "<3.12" } } } } },
    );
    expect(summary).toEqual(["conda python 3.13.0", "pip tool 1.0"]);
  });

  test("what conda does not have comes from PyPI, and what conda has is not installed twice", () => {
    const { summary, outcome } = solve(
      { conda: ["python", "numpy"], pypi: ["jax"] },
      {
        records: NUMPY,
        packages: {
          ...one("jax", "0.4", { requires: ["numpy", "opt"] }),
          ...one("opt", "3.3"),
          ...one("numpy", "9.0"),
        },
      },
    );
    expect(summary).toEqual(["conda numpy 2.1.0", "conda python 3.13.0", "pip jax 0.4", "pip opt 3.3"]);
    expect(outcome.kind === "solved" && outcome.resolution.provided).toEqual([
      { project: "numpy", conda: "numpy", version: "2.1.0", extras: [], unknownExtras: [] },
    ]);
  });

  test("markers are those of conda's Python", () => {
    const requires = ["before ; python_version < '3.11'", "after ; python_version >= '3.11'"];
    const packages = { ...one("tool", "1", { requires }), ...one("before", "1"), ...one("after", "1") };
    expect(solve({ conda: ["python=3.10"], pypi: ["tool"] }, { packages }).summary).toEqual([
      "conda python 3.10.14",
      "pip before 1",
      "pip tool 1",
    ]);
    expect(solve({ conda: ["python"], pypi: ["tool"] }, { packages }).summary).toEqual([
      "conda python 3.13.0",
      "pip after 1",
      "pip tool 1",
    ]);
  });

  test("a project whose conda package has another name, and a package that provides several", () => {
    const names = sameNames({ pytorch: ["torch", "torchgen"], torch: [] });
    const packages = {
      ...one("torch", "9"),
      ...one("torchgen", "9"),
      ...one("tool", "1", { requires: ["torch>=2", "torchgen"] }),
    };
    const records = [{ name: "pytorch", version: "2.5.1", depends: ["python"] }];
    const { summary } = solve({ conda: ["python", "pytorch"], pypi: ["tool"], names }, { records, packages });
    expect(summary).toEqual(["conda python 3.13.0", "conda pytorch 2.5.1", "pip tool 1"]);
  });

  test("a package for which no mapping speaks is not taken for the project of its name", () => {
    const names = { pypiNames: () => null, condaNames: () => [] };
    const { summary } = solve(
      { conda: ["python", "numpy"], pypi: ["numpy"], names },
      { records: NUMPY, packages: one("numpy", "1.0") },
    );
    expect(summary).toEqual(["conda numpy 2.1.0", "conda python 3.13.0", "pip numpy 1.0"]);
  });

  test("pip and setuptools of conda count whatever the mapping says", () => {
    const names = { pypiNames: () => null, condaNames: () => [] };
    const records = [{ name: "setuptools", version: "70.0", depends: ["python"] }];
    const { summary } = solve(
      { conda: ["python", "setuptools"], pypi: ["setuptools"], names },
      { records, packages: one("setuptools", "80.0") },
    );
    expect(summary).toEqual(["conda python 3.13.0", "conda setuptools 70.0"]);
  });

  test("a free-threaded Python takes its own wheels only, PyPy pure ones", () => {
    const records = [
      { name: "python", version: "3.13.1", build: "h_1_cp313t" },
      { name: "python", version: "3.9.18", build: "0_73_pypy" },
    ];
    const packages = one("fast", "1", {
      sdist: false,
      wheel_tags: ["cp313-cp313-manylinux_2_17_x86_64", "cp39-abi3-manylinux_2_17_x86_64"],
    });
    const virtualPackages = [{ name: "__glibc", version: "2.28", build: "0" }];
    const free = solve({ conda: ["python =3.13"], pypi: ["fast"], virtualPackages }, { records, packages });
    expect(free.summary).toEqual(["conda python 3.13.0", "pip fast 1"]);
    const pypy = solve({ conda: ["python =3.9"], pypi: ["fast"], virtualPackages }, { records, packages });
    expect(pypy.outcome.kind).toBe("conflict");
  });
});

describe("extras of what conda provides", () => {
  const records = [{ name: "uvicorn", version: "0.30", depends: ["python"] }];

  test("are those of the same version on PyPI, whatever its files and Requires-Python", () => {
    const uvicorn = one("uvicorn", "0.30", { requires_python: "<3.9", extras: { standard: ["httptools"] } });
    const { summary, outcome } = solve(
      { conda: ["python", "uvicorn"], pypi: ["uvicorn[standard]"] },
      { records, packages: { ...uvicorn, ...one("httptools", "0.6") } },
    );
    expect(summary).toEqual(["conda python 3.13.0", "conda uvicorn 0.30", "pip httptools 0.6"]);
    expect(outcome.kind === "solved" && outcome.resolution.provided).toEqual([
      { project: "uvicorn", conda: "uvicorn", version: "0.30", extras: ["standard"], unknownExtras: [] },
    ]);
    expect(outcome.kind === "solved" && outcome.resolution.pypi.packages[0]?.requiredBy).toMatchObject([
      { by: { name: "uvicorn", extra: "standard" } },
    ]);
  });

  test("are unknown, and said to be, where PyPI does not have the version", () => {
    const { outcome } = solve(
      { conda: ["python", "uvicorn"], pypi: ["uvicorn[standard]"] },
      { records, packages: one("uvicorn", "0.31", { extras: { standard: ["httptools"] } }) },
    );
    expect(outcome.kind === "solved" && outcome.resolution.provided).toMatchObject([
      { project: "uvicorn", unknownExtras: ["standard"] },
    ]);
  });
});

describe("a pip requirement brings no conda package in", () => {
  test("what nothing of conda asks for is taken from PyPI, although a channel has it", () => {
    const records = [...NUMPY, { name: "scipy", version: "1.0", depends: ["numpy", "python"] }];
    const { summary } = solve(
      { conda: ["python"], pypi: ["numpy"], names: sameNames() },
      { records, packages: one("numpy", "2.2") },
    );
    expect(summary).toEqual(["conda python 3.13.0", "pip numpy 2.2"]);
  });

  /** Version 2 of `app` needs a `lib` without gdal; version 1 needs no `lib` at all. Only an older `lib` asks for gdal. */
  const records: readonly WrittenRecord[] = [
    { name: "app", version: "2", depends: ["lib ==2", "python"] },
    { name: "app", version: "1", depends: ["python"] },
    { name: "lib", version: "2" },
    { name: "lib", version: "1", depends: ["gdal"] },
    { name: "gdal", version: "3.9" },
  ];

  test("nor by the way of what was learned: no older package is chosen that nobody asks for", () => {
    const { summary } = solve({ conda: ["app"], pypi: ["gdal"] }, { records });
    expect(summary).toBe(
      "Because nothing that conda chose asks for conda's lib (a pip requirement brings no conda package in) and conda's app 2 0 (conda-forge/linux-64) depends on lib ==2, conda's lib 1 0 cannot be used.\n" +
        "And because nothing that conda chose asks for conda's gdal (a pip requirement brings no conda package in) and you require gdal (requirements.txt:1), the requirements cannot be met together.",
    );
  });

  test("an older build that asks for the package itself is a choice of conda", () => {
    const loose = [{ name: "app", version: "2", depends: ["lib", "python"] }, ...records.slice(1)];
    const { summary, effort } = solve({ conda: ["app"], pypi: ["gdal"] }, { records: loose });
    expect(summary).toEqual(["conda app 2", "conda gdal 3.9", "conda lib 1", "conda python 3.13.0"]);
    expect(effort).toEqual({ decisions: 10, conflicts: 2 });
  });

  test("a Python whose version cannot be read is passed over where pip has something to do", () => {
    const unreadable = { name: "python", version: "3.14_odd" };
    const request = { conda: ["python"], pypi: ["tool"] };
    const packages = one("tool", "1.0", { requires_python: ">=3.9" });
    const solveWith = (pythons: readonly WrittenRecord[]): readonly string[] | string =>
      jointSummary(
        solveJoint(jointProblem(request), { channels: [memoryChannel("main", pythons)], pypi: answerFrom(packages) })
          .outcome,
      );
    expect(solveWith([unreadable, { name: "python", version: "3.13.0" }])).toEqual([
      "conda python 3.13.0",
      "pip tool 1.0",
    ]);
    expect(solveWith([unreadable])).toBe(
      "Because pip cannot be used with conda's python 3.14_odd 0, whose version is none of a Python and you require python, the requirements cannot be met together.",
    );
  });

  test("a pip section without Python is a conflict that says so", () => {
    const { summary } = solve(
      { conda: ["zlib"], pypi: ["tool"] },
      { records: [{ name: "zlib", version: "1.3" }], packages: one("tool", "1") },
    );
    expect(summary).toBe("Pip needs a Python, and nothing that conda chose asks for one.");
  });
});

describe("one side alone", () => {
  const records = [...NUMPY, { name: "scipy", version: "1.0", depends: ["numpy <2", "python"] }];

  test("without pip requirements the answer is conda's own, with the same work", () => {
    for (const conda of [["scipy"], ["numpy", "scipy"], ["numpy >=2", "scipy"]]) {
      const { summary, effort, outcome } = solve({ conda, pypi: [] }, { records });
      const plain = solveConda(condaProblem(conda, { virtualPackages: [] }), [
        memoryChannel("conda-forge", [...PYTHONS, ...records]),
      ]);
      if (plain.kind === "solved" && outcome.kind === "solved")
        expect(outcome.resolution.conda).toEqual(plain.resolution);
      else if (plain.kind === "conflict") expect([summary, effort]).toEqual([plain.explanation.text, plain.effort]);
      expect(outcome.kind).toBe(plain.kind);
    }
  });

  test("with nothing but a Python the answer is PyPI's own", () => {
    const packages = {
      ...one("app", "1", { requires: ["lib[fast]>=1", "dep ; python_version < '3.12'"] }),
      lib: { versions: { "1.0": { extras: { fast: ["dep<2"] } }, "2.0": { extras: { fast: ["dep>=3"] } } } },
      dep: { versions: { "1": {}, "2": {} } },
    };
    const requires = ["app", "dep"];
    const { outcome } = solve(
      { conda: ["python 3.11.9"], pypi: requires, names: sameNames({ python: [] }) },
      { packages },
    );
    const plain = solveProblem(problemOf({ requires, python: "3.11.9" }), answerFrom(packages));
    if (outcome.kind !== "solved" || plain.kind !== "solved") throw new Error("both have an answer");
    expect(outcome.resolution.pypi.packages).toEqual(plain.resolution.packages);
  });
});

describe("what an answer costs and rests on", () => {
  test("an index that cannot answer is no proof", () => {
    const problem = { kind: "unreachable", url: "https://index.example", message: "out of reach" } as const;
    const channels = [memoryChannel("conda-forge", PYTHONS)];
    const { outcome } = solveJoint(jointProblem({ conda: ["python"], pypi: ["tool"] }), {
      channels,
      pypi: (question) => ({ question, answer: { problem } }) as ReturnType<ReturnType<typeof answerFrom>>,
    });
    expect(outcome).toEqual({ kind: "failed", problem });
  });

  test("what more is known changes nothing", () => {
    const channels = [memoryChannel("conda-forge", [...PYTHONS, ...NUMPY])];
    const knowledge = { conda: new CondaKnowledge(), pypi: new PypiKnowledge() };
    const pypi = answerFrom({ ...one("jax", "1", { requires: ["numpy"] }), ...one("numpy", "3") });
    const ask = (conda: readonly string[]) =>
      jointSummary(solveJoint(jointProblem({ conda, pypi: ["jax"] }), { channels, pypi }, knowledge).outcome);
    expect(ask(["python", "numpy"])).toEqual(["conda numpy 2.1.0", "conda python 3.13.0", "pip jax 1"]);
    expect(ask(["python"])).toEqual(["conda python 3.13.0", "pip jax 1", "pip numpy 3"]);
  });
});
