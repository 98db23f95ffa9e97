import { describe, expect, test } from "@jest/globals";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import { groupClosure } from "#formats/manifests/pyproject/facts.ts";
import { readPyproject, type PyprojectReading } from "#formats/manifests/pyproject/read.ts";
import { processorTime } from "../../../support/processor-time.ts";

type Read = Extract<PyprojectReading, { kind: "pyproject" }>;

function read(text: string): Read {
  const reading = readPyproject("app/pyproject.toml", text);
  if (reading.kind !== "pyproject") throw new Error(reading.finding.message);
  return reading;
}

function summary(text: string): unknown[] {
  return read(text).manifest.requirements.map(({ group, name, constraint, line }) => [
    group,
    name,
    constraint?.text ?? null,
    line,
  ]);
}

function messages(text: string): unknown[] {
  return read(text).manifest.findings.map(({ line, message }) => [line, message]);
}

describe("[tool.poetry]", () => {
  const text = `[tool.poetry]
name = "app"
requires-poetry = ">=1.4"

[tool.poetry.dependencies]
python = ">=3.8.1,<3.11"
Num_Py = "^1.24.2" # pinned: 2 breaks us
jaxlib = [
  {version = "0.3.22", markers = "sys_platform == 'darwin'", source = "pypi"},
  {version = "0.3.24+cuda11.cudnn82", platform = "linux", source = "jax"},
]
local = {path = "../local", develop = true}
tool.git = "https://example.org/tool.git"
tool.rev = "abc"
wheel = {url = "https://example.org/w-1.0-py3-none-any.whl"}
soon = {version = ">=2.0a1", allow-prereleases = true, optional = true, python = "<3.10", extras = ["a", "b"]}

[tool.poetry.dev-dependencies]
pytest = "*"

[tool.poetry.group.Test_it]
optional = true
include-groups = ["lint"]

[tool.poetry.group.Test_it.dependencies.black]
extras = ["jupyter"]
version = "^23.1.0"

[tool.poetry.group.lint.dependencies]
ruff = '0.1.0'

[tool.poetry.extras]
fast = ["soon"]

[[tool.poetry.source]]
name = "jax"
url = "https://example.org/jax_cuda_releases.html"

[[tool.poetry.source]]
name = "PyPI"
priority = "explicit"

[build-system]
requires = ["poetry-core>=1.0.0"]
build-backend = "poetry.core.masonry.api"
`;

  test("every requirement with its group, constraint and line", () => {
    expect(summary(text)).toEqual([
      ["main", "num-py", "^1.24.2", 7],
      ["main", "jaxlib", "0.3.22", 9],
      ["main", "jaxlib", "0.3.24+cuda11.cudnn82", 10],
      ["main", "local", null, 12],
      ["main", "tool", null, 13],
      ["main", "wheel", null, 15],
      ["main", "soon", ">=2.0a1", 16],
      ["dev", "pytest", "*", 19],
      ["test-it", "black", "^23.1.0", 27],
      ["lint", "ruff", "0.1.0", 30],
      ["build", "poetry-core", ">=1.0.0", 44],
    ]);
    expect(messages(text)).toEqual([]);
  });

  test("what a table says beside the version", () => {
    const requirements = new Map(read(text).manifest.requirements.map((found) => [found.name + found.line, found]));
    expect(requirements.get("num-py7")).toMatchObject({ writtenName: "Num_Py", holdReason: "pinned: 2 breaks us" });
    expect(requirements.get("jaxlib9")).toMatchObject({ marker: "sys_platform == 'darwin'", source: "pypi" });
    expect(requirements.get("jaxlib10")).toMatchObject({ platform: "linux", source: "jax" });
    const path = { kind: "path", location: "../local", develop: true, reference: null };
    expect(requirements.get("local12")?.origin).toEqual(path);
    expect(requirements.get("tool13")?.origin).toMatchObject({ kind: "git", reference: "abc" });
    expect(requirements.get("wheel15")?.origin).toMatchObject({ kind: "url" });
    expect(requirements.get("soon16")).toMatchObject({
      optional: true,
      python: "<3.10",
      extras: ["a", "b"],
      allowPrereleases: true,
    });
    expect(requirements.get("black27")).toMatchObject({ extras: ["jupyter"] });
  });

  test("facts, sources and groups", () => {
    const { facts, manifest } = read(text);
    expect(facts).toMatchObject({
      name: "app",
      version: null,
      python: { text: ">=3.8.1,<3.11", style: "poetry" },
      poetryPython: null,
      packageMode: true,
      hasProjectTable: false,
      buildBackend: "poetry.core.masonry.api",
      poetryWanted: ">=1.4",
      extras: [{ name: "fast", packages: ["soon"] }],
    });
    expect(facts.groups.map(({ name, optional, includes }) => [name, optional, includes])).toEqual([
      ["dev", false, []],
      ["test-it", true, ["lint"]],
      ["lint", false, []],
    ]);
    expect([...groupClosure(facts.groups, "test-it")]).toEqual(["test-it", "lint"]);
    expect(manifest.format).toBe("pyproject-poetry");
    expect(manifest.indexes.map(({ name, url, kind, priority }) => [name, url, kind, priority])).toEqual([
      ["jax", "https://example.org/jax_cuda_releases.html", "find-links", "primary"],
      ["PyPI", "https://pypi.org/simple/", "index", "explicit"],
    ]);
  });
});

describe("[project] and [dependency-groups]", () => {
  const text = `[project]
name = "lib"
version = "1.0"
requires-python = ">=3.10"
dependencies = [
    "numpy (>=1.20,<3)",
    "torch>=2 ; sys_platform == \\"linux\\"",
    'direct @ https://example.org/d-1.0.tar.gz',
]
[project.optional-dependencies]
Fast_Math = ["numba[cuda]~=0.59"]
[dependency-groups]
test = ["pytest>8", {include-group = "Lint"}]
lint = ["ruff"]
[tool.poetry.dependencies]
python = "<3.13"
torch = {version = "<3", source = "pytorch"}
[tool.setuptools.dynamic]
dependencies = {file = ["requirements.txt"]}
`;

  test("requirements, with Poetry's entry enriching the standard one", () => {
    expect(summary(text)).toEqual([
      ["main", "numpy", ">=1.20,<3", 6],
      ["main", "torch", ">=2", 7],
      ["main", "direct", null, 8],
      ["extra:fast-math", "numba", "~=0.59", 11],
      ["main", "torch", "<3", 17],
      ["test", "pytest", ">8", 13],
      ["lint", "ruff", null, 14],
    ]);
    const [, torch] = read(text).manifest.requirements;
    expect(torch).toMatchObject({ source: "pytorch", marker: 'sys_platform == "linux"' });
  });

  test("Python of both tables, groups and includes", () => {
    const { facts, manifest } = read(text);
    expect(facts.python).toMatchObject({ text: ">=3.10", style: "pep440" });
    expect(facts.poetryPython).toMatchObject({ text: "<3.13" });
    expect(facts.groups.map(({ name, includes }) => [name, includes])).toEqual([
      ["test", ["lint"]],
      ["lint", []],
    ]);
    expect(manifest.includes).toEqual([{ path: "app/requirements.txt", line: 19, kind: "requirements" }]);
  });

  test("a name in Poetry's table alone does not count, unless dependencies are dynamic", () => {
    const mixed = '[project]\ndependencies = ["a"]\n[tool.poetry.dependencies]\nb = "1"\n';
    expect(summary(mixed)).toEqual([["main", "a", null, 2]]);
    expect(messages(mixed)).toEqual([[4, expect.stringContaining("Poetry 2 ignores b here")]]);
    const dynamic = mixed.replace("[tool", 'dynamic = ["dependencies"]\n[tool');
    expect(summary(dynamic)).toEqual([
      ["main", "a", null, 2],
      ["main", "b", "1", 5],
    ]);
  });
});

describe("what is not understood is reported with its line and kept", () => {
  test.each([
    [
      "a cycle of groups",
      '[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n',
      [2, /group a includes itself/],
    ],
    [
      "a group that is not there",
      '[dependency-groups]\na = [{include-group = "b"}]\n',
      [2, /includes b, which there is not/],
    ],
    ["no requirement", '[project]\ndependencies = ["a>=1", "=="]\n', [2, /kept as it is/]],
    [
      "a constraint that is none",
      '[tool.poetry.dependencies]\na = "latest"\n',
      [2, /`latest` is not a version constraint/],
    ],
    [
      "an unknown key",
      '[tool.poetry.dependencies]\na = {version = "1", hue = "red"}\n',
      [2, /`hue` of a is not known/],
    ],
    ["a number", "[tool.poetry.dependencies]\na = 1\n", [2, /neither a text nor a table/]],
    ["a marker", '[project]\ndependencies = ["a; os = 1"]\n', [2, /`os = 1` is not a marker/]],
    ["another tool's table", "[tool.hatch.envs.x]\ndependencies = []\n", [1, /\[tool.hatch.envs\]/]],
  ])("%s", (_, text, [line, pattern]) => {
    const [found] = read(text).manifest.findings;
    expect(found).toMatchObject({
      line,
      file: "app/pyproject.toml",
      message: expect.stringMatching(pattern as RegExp),
    });
  });

  test("a file that is no TOML is unreadable, with its line", () => {
    const reading = readPyproject("p.toml", '[project]\nname = "x\n');
    expect(reading).toMatchObject({ kind: "unreadable", finding: { code: "unreadable-file", line: 2 } });
  });
});

describe("hostile files", () => {
  test.each([
    ["lists nested without end", `a = ${"[".repeat(20_000)}`],
    ["tables nested without end", `a = ${"{a=".repeat(20_000)}`],
    ["headers nested without end", `[${"a.".repeat(20_000)}a]`],
  ])("%s are refused", (_, text) => {
    expect(readPyproject("p.toml", text).kind).toBe("unreadable");
  });

  test("names of JavaScript's own are names like others", () => {
    const text = '[tool.poetry.dependencies]\nconstructor = "^1"\n"__proto__" = "^1"\n[__proto__]\nx = 1\n';
    expect(summary(text)).toEqual([["main", "constructor", "^1", 2]]);
    expect(messages(text)).toEqual([[3, expect.stringContaining("`__proto__` is not the name of a package")]]);
  });
});

describe("edits", () => {
  const text = `[project]\r\ndependencies = ["a (>=1.0)", 'b[x] >= 1 ; os_name == "nt"'] # both\r\n\r\n[tool.poetry.group.x.dependencies]\r\nc = [\r\n  {version = "^1"},\r\n  { version = '^2', markers = "os_name == 'nt'" },\r\n]\r\n`;

  test("several constraints at once, everything else byte for byte", () => {
    const { manifest } = read(text);
    const wanted: Readonly<Record<string, string>> = { a: ">=2.0", b: ">= 3", c: "^9" };
    const edits = manifest.requirements.map((requirement) => ({
      requirement,
      constraint: wanted[requirement.name] ?? "",
      hashes: null,
    }));
    const answer = editPyproject(text, manifest, edits);
    const expected = text.replace(">=1.0", ">=2.0").replace(">= 1", ">= 3").replace("^1", "^9").replace("^2", "^9");
    expect(answer).toEqual({ kind: "edited", text: expected });
  });

  test.each([
    ["ends the text", '^1"\nd = "2'],
    ["adds a key", '^1", optional = "x'],
    ["adds a requirement", '>=1", "evil==6'],
    ["adds a marker", ">=1; os_name == 'nt'"],
    ["is nothing", ""],
  ])("a constraint that %s is refused", (_, constraint) => {
    const { manifest } = read(text);
    for (const requirement of manifest.requirements) {
      const answer = editPyproject(text, manifest, [{ requirement, constraint, hashes: null }]);
      expect(answer.kind).toBe("refused");
    }
  });
});

test("thousands of groups in one ring take no time to speak of", () => {
  const size = 6_000;
  const groups = Array.from({ length: size }, (_, at) => `g${at} = [{include-group = "g${(at + 1) % size}"}]`);
  const start = processorTime();
  const reading = readPyproject("pyproject.toml", `[dependency-groups]\n${groups.join("\n")}\n`);
  expect(reading.kind === "pyproject" && reading.manifest.findings[0]?.message).toContain("includes itself");
  expect(processorTime() - start).toBeLessThan(8_000);
});
