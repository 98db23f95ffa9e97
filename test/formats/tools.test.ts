import { describe, expect, test } from "@jest/globals";
import type { PyprojectFacts } from "#formats/manifests/pyproject/facts.ts";
import { recogniseTool, recogniseTools } from "#formats/tools.ts";

function facts(...tools: (keyof PyprojectFacts["tools"])[]): PyprojectFacts {
  const all = { poetry: false, uv: false, pdm: false, pixi: false, condaLock: false, hatch: false };
  return {
    path: "pyproject.toml",
    name: null,
    version: null,
    python: null,
    poetryPython: null,
    packageMode: true,
    hasProjectTable: false,
    tools: { ...all, ...Object.fromEntries(tools.map((tool) => [tool, true])) },
    buildBackend: null,
    poetryWanted: null,
    groups: [],
    extras: [],
    dynamic: [],
  };
}

function recognise(paths: readonly string[], directory: string, known: PyprojectFacts | null) {
  const tool = recogniseTool(new Set(paths), directory, known);
  return tool === null ? null : [tool.tool, tool.lockPath, tool.writable];
}

describe("the tool of a directory", () => {
  test.each([
    ["nothing", ["requirements.txt"], "", null, null],
    ["a Poetry project", ["pyproject.toml", "poetry.lock"], "", facts("poetry"), ["poetry", "poetry.lock", true]],
    ["a Poetry project without a lock", ["pyproject.toml"], "", facts("poetry"), ["poetry", null, true]],
    ["Poetry 2 with [project] alone", ["pyproject.toml", "poetry.lock"], "", facts(), ["poetry", "poetry.lock", true]],
    [
      "in a folder",
      ["a/b/pyproject.toml", "a/b/poetry.lock"],
      "a/b",
      facts("poetry"),
      ["poetry", "a/b/poetry.lock", true],
    ],
    ["the lock of another folder", ["a/poetry.lock"], "b", facts(), null],
    ["uv", ["pyproject.toml", "uv.lock"], "", facts("uv"), ["uv", "uv.lock", false]],
    ["a member of a uv workspace", ["uv.lock", "libs/x/pyproject.toml"], "libs/x", facts(), ["uv", "uv.lock", false]],
    ["no pyproject below a uv.lock", ["uv.lock", "docs/requirements.txt"], "docs", null, null],
    ["[tool.uv] without a lock", ["pyproject.toml"], "", facts("uv"), ["uv", null, false]],
    ["PDM", ["pyproject.toml", "pdm.lock"], "", facts("pdm"), ["pdm", "pdm.lock", false]],
    ["Pipenv", ["Pipfile", "Pipfile.lock"], "", null, ["pipenv", "Pipfile.lock", false]],
    ["Pixi in pyproject", ["pyproject.toml", "pixi.lock"], "", facts("pixi"), ["pixi", "pixi.lock", false]],
    ["Pixi's own manifest", ["pixi.toml", "pixi.lock"], "", null, ["pixi", "pixi.lock", false]],
    ["conda's locks, which name their manifests themselves", ["environment.yml", "conda-lock.yml"], "", null, null],
  ])("%s", (...row) => {
    const [, paths, directory, known, expected] = row;
    expect(recognise(paths, directory, known)).toEqual(expected);
  });

  test("each kind of manifest has its own tool", () => {
    const paths = new Set(["pyproject.toml", "poetry.lock", "environment.yml", "conda-lock.yml", "Pipfile"]);
    const found = recogniseTools(paths, "", facts("poetry")).map((tool) => [
      tool.governs,
      tool.tool,
      tool.finding?.code,
    ]);
    expect(found).toEqual([
      ["pyproject", "poetry", undefined],
      ["pipfile", "pipenv", undefined],
    ]);
  });

  test("two locks for one manifest: nothing is written, and both are named", () => {
    const tool = recogniseTool(new Set(["pyproject.toml", "poetry.lock", "uv.lock"]), "", facts("poetry", "uv"));
    expect(tool).toMatchObject({ tool: "poetry", writable: false });
    expect(tool?.finding?.message).toBe(
      "uv.lock locks the same project as poetry.lock: delete the one that is not used, so that Relock can keep the other up to date.",
    );
  });

  test("a Poetry project below a uv workspace is its own", () => {
    const paths = new Set(["uv.lock", "legacy/pyproject.toml", "legacy/poetry.lock"]);
    expect(recogniseTool(paths, "legacy", facts("poetry"))).toMatchObject({
      tool: "poetry",
      writable: true,
      finding: null,
    });
  });
});
