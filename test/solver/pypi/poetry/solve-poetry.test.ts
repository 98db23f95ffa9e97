import { describe, expect, test } from "@jest/globals";
import { lockFromResolution } from "#planning/poetry-lock-from-resolution.ts";
import type { PoetryProblem } from "#solver/pypi/poetry/problem.ts";
import type { TestRelease } from "../../../support/index-data.ts";
import { memoryIndex } from "../../../support/memory-index.ts";
import { problemOfFolder, readManifestText, solvePoetry } from "../../../support/poetry-solve.ts";

function release(name: string, version: string, more: Partial<TestRelease> = {}): TestRelease {
  return { name, version, ...more };
}

function problemOf(tables: string, python = ">=3.9"): PoetryProblem {
  const text = `[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = "${python}"\n${tables}`;
  return problemOfFolder({ manifest: readManifestText(text), lock: null }, "none");
}

async function solved(problem: PoetryProblem, releases: readonly TestRelease[]) {
  const { step } = await solvePoetry(problem, memoryIndex({ releases }));
  if (step.kind !== "solved") throw new Error(step.explanation);
  return step.resolution.packages;
}

async function refused(problem: PoetryProblem, releases: readonly TestRelease[]): Promise<string> {
  const { step } = await solvePoetry(problem, memoryIndex({ releases }));
  return step.kind === "conflict" ? step.explanation : step.kind;
}

describe("versions and markers", () => {
  test("several constraints of one name split the solve, and each version gets its marker", async () => {
    const problem = problemOf('a = [{ version = "<2", python = "<3.11" }, { version = ">=2", python = ">=3.11" }]\n');
    const packages = await solved(problem, [release("a", "1.0"), release("a", "2.0")]);
    expect(packages.map(({ version, markers }) => [version, markers["main"]])).toEqual([
      ["1.0", 'python_version < "3.11"'],
      ["2.0", 'python_version >= "3.11"'],
    ]);
  });

  test("groups have their own markers, and extras of the project are markers, too", async () => {
    const problem = problemOf(
      'a = { version = "*", optional = true }\n[tool.poetry.extras]\nx = ["a"]\n' +
        '[tool.poetry.group.dev.dependencies]\na = { version = "*", markers = "sys_platform == \'win32\'" }\n',
    );
    const [only] = await solved(problem, [release("a", "1.0", { requiresDist: [] })]);
    expect(only?.groups).toEqual(["main", "dev"]);
    // Poetry 2.3.4 itself narrows the extra to where the group needs the package: it splits the solve there.
    expect(only?.markers).toEqual({
      main: 'sys_platform == "win32" and extra == "x"',
      dev: 'sys_platform == "win32"',
    });
  });

  test("the requirements of an extra are optional ones of the package", async () => {
    const requiresDist = ['b>=1 ; extra == "fast"', 'c ; extra == "slow"'];
    const packages = await solved(problemOf('a = { version = "*", extras = ["fast"] }\n'), [
      release("a", "1.0", { requiresDist, extras: ["fast", "slow"] }),
      release("b", "1.0"),
    ]);
    expect(packages.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(packages[0]?.dependencies).toEqual([
      { prettyName: "b", constraint: ">=1", extras: [], optional: true, markers: 'extra == "fast"' },
    ]);
    expect(packages[0]?.extras).toEqual({ fast: ["b (>=1)"], slow: ["c"] });
  });

  test.each([
    ["a release that does not run on all Pythons of the project", "*", { requiresPython: ">=3.10" }, "1.0"],
    ["a yanked release", "*", { yanked: "broken" }, "1.0"],
    ["a yanked release that is pinned", "2.0", { yanked: "broken" }, "2.0"],
  ])("%s", async (_what, constraint, second, wanted) => {
    const packages = await solved(problemOf(`a = "${constraint}"\n`), [
      release("a", "1.0"),
      release("a", "2.0", second),
    ]);
    expect(packages.map(({ version }) => version)).toEqual([wanted]);
  });

  test("prereleases where nothing else is left, but not those of a release that was ruled out", async () => {
    expect((await solved(problemOf('a = "*"\n'), [release("a", "1.0rc1")])).map(({ version }) => version)).toEqual([
      "1.0rc1",
    ]);
    const ruledOut = [release("a", "1.0rc1"), release("a", "1.0", { requiresPython: ">=3.12" })];
    expect(await refused(problemOf('a = "*"\n'), ruledOut)).toContain("requires Python >=3.12");
  });

  test("a locked version stays unless its name is to be updated", async () => {
    const releases = [release("a", "1.0"), release("a", "2.0")];
    const locked = [{ name: "a", version: "1.0", requiresDist: [], pythonVersions: "*", sourceType: null }];
    const problem = { ...problemOf('a = "*"\n'), locked };
    expect((await solved(problem, releases))[0]?.version).toBe("1.0");
    expect((await solved({ ...problem, useLatest: new Set(["a"]) }, releases))[0]?.version).toBe("2.0");
  });
});

describe("refusals", () => {
  test("a conflict names the holder and the line of the requirement", async () => {
    const text = await refused(problemOf('a = "*"\nb = ">=2"\n'), [
      release("a", "1.0", { requiresDist: ["b<2"] }),
      release("b", "1.0"),
      release("b", "2.0"),
    ]);
    expect(text).toContain("a 1.0 depends on b <2");
    expect(text).toContain("pyproject.toml:7");
  });

  test("an index that fails is not taken for one that knows nothing", async () => {
    const index = memoryIndex({
      releases: [],
      problems: { a: { kind: "unreachable", url: "https://pypi.org/simple/a/", message: "the index is down" } },
    });
    const { step } = await solvePoetry(problemOf('a = "*"\n'), index);
    expect(step).toEqual({ kind: "conflict", explanation: "the index is down", problem: "the index is down" });
  });
});

test("a lock of the resolution has the frame that it is given", async () => {
  const { step } = await solvePoetry(problemOf('a = "^1.0"\n'), memoryIndex({ releases: [release("a", "1.0")] }));
  if (step.kind !== "solved") throw new Error(step.explanation);
  const lock = lockFromResolution(step.resolution, {
    old: null,
    generator: { poetryVersion: "2.3.4" },
    contentHash: "00",
  });
  expect(lock).toMatchObject({ lockVersion: "2.1", pythonVersions: ">=3.9", contentHash: "00", extras: [] });
  expect(lock.packages.map(({ name, version, groups, category }) => [name, version, groups, category])).toEqual([
    ["a", "1.0", ["main"], null],
  ]);
});
