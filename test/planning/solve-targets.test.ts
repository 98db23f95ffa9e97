import { describe, expect, test } from "@jest/globals";
import type { ManifestIndex } from "#formats/manifests/manifest.ts";
import type { PythonRange } from "#formats/project.ts";
import { pipPolicy, poetryPolicy } from "#planning/index-policies.ts";
import { solvePythons, solveTargets } from "#planning/solve-targets.ts";

const range = (text: string, style: PythonRange["style"]): PythonRange => ({
  text,
  style,
  file: "pyproject.toml",
  line: 1,
});
const pythons = (...values: string[]) => values.map((value) => ({ value, file: "test.yml", line: 1 }));

describe("Pythons to solve for", () => {
  test.each([
    [range(">=3.8.1,<3.11", "poetry"), ["3.10"], ["3.8.1", "3.10.0"]],
    [range("~3.10", "poetry"), [], ["3.10.0"]],
    [range("^3.9", "poetry"), [], ["3.9.0", "3.13.0"]],
    [range(">=3.9", "pep440"), ["3.10", "3.12"], ["3.9.0", "3.12.0"]],
    [range(">=3.9", "pep440"), ["3.7"], ["3.9.0", "3.13.0"]],
    [range(">=3.14", "pep440"), [], ["3.14.0"]],
    [range("=3.10", "conda"), [], ["3.10.0"]],
    [range("==3.10.*", "conda"), [], ["3.10.0"]],
    [range(">=3.9,<3.12|=3.13", "conda"), [], ["3.9.0", "3.13.0"]],
    [null, [], ["3.12.0"]],
    [null, ["3.9", "3.11", "3.x", "pypy3.9"], ["3.9.0", "3.11.0"]],
    [range("nonsense", "poetry"), [], ["3.12.0"]],
  ])("%j with CI on %j", (pythonRange, tested, expected) => {
    expect(solvePythons({ pythonRange, pythons: pythons(...tested) })).toEqual(expected);
  });

  test("targets carry the Python in their id where there are several", () => {
    const targets = [
      { platform: "linux-64", accelerator: "cuda", reason: "" },
      { platform: "osx-arm64", accelerator: "cpu", reason: "" },
    ] as const;
    const ids = (text: string): string[] =>
      solveTargets({ pythonRange: range(text, "poetry"), pythons: [], targets }).map((target) => target.id);
    expect(ids("~3.10")).toEqual(["linux-64-cuda", "osx-arm64"]);
    expect(ids(">=3.8.1,<3.11")).toEqual([
      "linux-64-cuda-py3.8",
      "linux-64-cuda-py3.10",
      "osx-arm64-py3.8",
      "osx-arm64-py3.10",
    ]);
  });
});

function manifest(...indexes: ManifestIndex[]) {
  return {
    path: "x",
    format: "requirements-txt",
    requirements: [],
    includes: [],
    indexes,
    channels: [],
    findings: [],
  } as const;
}

function index(url: string, priority: ManifestIndex["priority"], kind: ManifestIndex["kind"] = "index"): ManifestIndex {
  return { name: null, url, kind, priority, line: 1 };
}

describe("index policies", () => {
  const names = (policy: ReturnType<typeof pipPolicy>): string[] =>
    policy.indexes.map((one) => `${one.name} ${one.kind} ${one.use}`);

  test("pip: extra indexes answer before the main one, which is PyPI unless another is named", () => {
    const extra = index("https://e.example/simple", "extra");
    expect(names(pipPolicy([manifest(extra, extra)]))).toEqual(["extra-index-url-1 index normal", "pypi index normal"]);
    expect(names(pipPolicy([manifest(index("https://m.example/simple", "primary"))]))).toEqual([
      "index-url index normal",
    ]);
    expect(names(pipPolicy([manifest(index("https://pypi.org/simple", "primary"))]))).toEqual(["pypi index normal"]);
    expect(names(pipPolicy([manifest(index("https://f.example/x.html", "extra", "find-links"))]))).toEqual([
      "pypi index normal",
      "find-links-1 find-links normal",
    ]);
    expect(pipPolicy([manifest(extra)]).strategy).toBe("first-index");
  });

  test("Poetry 1 keeps PyPI beside its sources, Poetry 2 drops it for a primary one", () => {
    const jax = { ...index("https://s.example/jax_cuda_releases.html", "primary"), name: "jax" };
    expect(names(poetryPolicy([manifest(jax)], 1))).toEqual(["pypi index normal", "jax find-links normal"]);
    expect(names(poetryPolicy([manifest(jax)], 2))).toEqual(["jax find-links normal"]);
    const explicit = { ...jax, priority: "explicit" as const };
    expect(names(poetryPolicy([manifest(explicit)], 2))).toEqual(["pypi index normal", "jax find-links explicit"]);
    const pypi = { ...index("https://pypi.org/simple/", "supplemental"), name: "PyPI" };
    expect(names(poetryPolicy([manifest(jax, pypi)], 2))).toEqual(["jax find-links normal", "pypi index supplemental"]);
    const standIn = { ...index("https://mine.example/simple", "default"), name: "mine" };
    expect(names(poetryPolicy([manifest(standIn)], 1))).toEqual(["mine index normal"]);
  });
});
