import { describe, expect, test } from "@jest/globals";
import { findProjects } from "#formats/find-projects.ts";
import { isEnvironmentFile, isReadFile, isRequirementsFile } from "#formats/project-files.ts";
import type { Project } from "#formats/project.ts";
import { findSkews } from "#formats/skews.ts";
import { snapshotOf } from "../support/snapshot.ts";
import { processorTime } from "../support/processor-time.ts";

const NO_OPTIONS = { targets: null, isIncluded: () => true };
type Files = Parameters<typeof snapshotOf>[0];
const find = (files: Files) => findProjects(snapshotOf(files), NO_OPTIONS);

function only(files: Files): Project {
  const { projects } = find(files);
  expect(projects).toHaveLength(1);
  const [project] = projects;
  if (project === undefined) throw new Error("no project");
  return project;
}

test.each([
  ["requirements.txt", true],
  ["requirements-jax-cuda.txt", true],
  ["requirements/dev.txt", true],
  ["docs/conda-requirements.txt", true],
  ["dev_requirements.in", true],
  ["constraints.txt", true],
  ["a/test-requirements.pip", true],
  ["node_modules/x/requirements.txt", false],
  ["tests/fixtures/requirements.txt", false],
  ["notes.txt", false],
  ["requirement_analysis.md", false],
])("%s may hold requirements: %s", (path, expected) => {
  expect([isRequirementsFile(path), isReadFile(path)]).toEqual([expected, expected]);
});

test.each([
  ["environment.yml", true],
  ["environment-gpu.yaml", true],
  ["env.yml", true],
  ["ci/envs/310-coastseg.yaml", true],
  ["env/SE3nv.yml", true],
  ["requirements/py312.yml", true],
  [".github/workflows/environment.yml", false],
  ["conda-lock.yml", false],
  ["mkdocs.yml", false],
])("%s may be an environment: %s", (path, expected) => {
  expect(isEnvironmentFile(path)).toBe(expected);
});

describe("includes", () => {
  test("files that include each other are one project with an environment for each that nobody includes", () => {
    const project = only({
      "requirements/base.txt": "numpy==1\n",
      "requirements/dev.txt": "-r base.txt\n-c ../constraints.txt\npytest==7\n",
      "requirements/test.txt": "-r base.txt\n",
      "constraints.txt": "scipy<2\n",
    });
    expect(project).toMatchObject({ root: "", tool: "pip", readOnlyReason: null });
    expect(project.environments).toEqual([
      { name: "requirements/dev.txt", files: ["requirements/dev.txt", "requirements/base.txt", "constraints.txt"] },
      { name: "requirements/test.txt", files: ["requirements/test.txt", "requirements/base.txt"] },
    ]);
  });

  test("a file that an environment.yml includes belongs to it, whatever it is called", () => {
    const project = only({
      "environment.yml": "name: x\ndependencies:\n- python=3.11\n- pip:\n  - -r deps.list\n",
      "deps.list": "numpy==1\n",
    });
    expect(project).toMatchObject({
      tool: "conda+pip",
      environments: [{ name: "x", files: ["environment.yml", "deps.list"] }],
    });
    expect(project.pythonRange).toEqual({ text: "=3.11", style: "conda", file: "environment.yml", line: 3 });
  });

  test.each<[string, Files, [string, number, string][]]>([
    ["to itself", { "requirements.txt": "a==1\n-r requirements.txt\n" }, [["requirements.txt", 2, "include-cycle"]]],
    [
      "in a ring",
      { "r/requirements.txt": "-r b.txt\n", "r/b.txt": "\n-r ../c.txt\n", "c.txt": "x\n-r r/requirements.txt\n" },
      [["r/b.txt", 2, "include-cycle"]],
    ],
    ["that is missing", { "requirements.txt": "\n-r gone.txt\n" }, [["requirements.txt", 2, "unreadable-file"]]],
    [
      "that is a link",
      { "requirements.txt": "-r x.txt\n", "x.txt": { symlink: "/etc/passwd" } },
      [["requirements.txt", 1, "unreadable-file"]],
    ],
    [
      "of something else",
      { "requirements.txt": "-r x.txt\n", "x.txt": "You need\na compiler\nand time\n" },
      [
        ["requirements.txt", 1, "unreadable-file"],
        ["x.txt", 1, "unreadable-file"],
      ],
    ],
  ])("an include %s is one finding with its line, and the rest goes on", (_name, files, expected) => {
    const { projects, findings } = find(files);
    expect(findings.map(({ file, line, code }) => [file, line, code])).toEqual(expect.arrayContaining(expected));
    expect(findings).toHaveLength(expected.length);
    expect(projects).toHaveLength(1);
  });

  test("a chain of 40 files is followed 20 deep and said so", () => {
    const chain = Array.from({ length: 40 }, (_, index): [string, string] => [
      `requirements-${index}.txt`,
      `-r requirements-${index + 1}.txt\n`,
    ]);
    const { findings } = find({ ...Object.fromEntries(chain), "requirements-40.txt": "numpy\n" });
    expect(findings.map((finding) => finding.code)).toEqual(["include-not-followed"]);
  });
});

describe("what Relock cannot write is reported and never edited", () => {
  const POETRY = '[tool.poetry]\nname = "x"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n';
  const PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["numpy>=1"]\n';
  test.each<[string, Files, string, string | null]>([
    ["uv", { "pyproject.toml": PROJECT, "uv.lock": "version = 1\n" }, "uv", "uv.lock"],
    ["PDM", { "pyproject.toml": PROJECT, "pdm.lock": "" }, "pdm", "pdm.lock"],
    ["Pipenv", { Pipfile: "", "Pipfile.lock": "{}" }, "pipenv", "Pipfile.lock"],
    ["Pixi", { "pixi.toml": "", "pixi.lock": "version: 6\n" }, "pixi", "pixi.lock"],
    [
      "conda-lock",
      { "environment.yml": "dependencies: [x=1]\n", "conda-lock.yml": "version: 1\n" },
      "conda-lock",
      "conda-lock.yml",
    ],
    [
      "pip-compile",
      { "requirements.in": "a\n", "requirements.txt": "# This file is autogenerated by pip-compile\na==1\n" },
      "pip-tools",
      "requirements.txt",
    ],
    [
      "pip-compile of a pyproject.toml",
      {
        "pyproject.toml": PROJECT,
        "requirements.txt":
          "# autogenerated by uv via:\n#  uv pip compile pyproject.toml -o requirements.txt\nnumpy==1\n",
      },
      "pyproject",
      "requirements.txt",
    ],
    ["a dump", { "environment.yml": "dependencies: [x=1=h_0]\nprefix: /x\n" }, "conda", null],
    ["two locks", { "pyproject.toml": POETRY, "poetry.lock": "", "uv.lock": "" }, "poetry", "poetry.lock"],
  ])("%s", (_name, files, tool, lock) => {
    const { projects, findings } = find(files);
    const [project] = projects;
    expect([project?.tool, project?.lock?.path ?? null]).toEqual([tool, lock]);
    expect(project?.readOnlyReason).toEqual(expect.any(String));
    expect(findings.length).toBeGreaterThan(0);
  });

  test("Poetry's lock, and a manifest without any lock, are written", () => {
    expect(only({ "pyproject.toml": POETRY, "poetry.lock": "" })).toMatchObject({
      tool: "poetry",
      readOnlyReason: null,
    });
    expect(only({ "pyproject.toml": PROJECT })).toMatchObject({ tool: "pyproject", lock: null, readOnlyReason: null });
  });

  test("a pyproject.toml that only configures tools is no project", () => {
    expect(find({ "pyproject.toml": "[tool.black]\nline-length = 100\n" }).projects).toEqual([]);
  });
});

describe("targets", () => {
  const DEFAULTS = ["linux-64 cpu", "osx-64 cpu", "osx-arm64 cpu"];
  const workflow = (job: string) => `jobs:\n  t:\n    ${job}\n`;
  test.each<[string, Files, string[]]>([
    ["by default", { "requirements.txt": "a\n" }, DEFAULTS],
    [
      "platforms of the manifest",
      { "environment.yml": "dependencies: [a]\nplatforms: [win-64, linux-64]\n" },
      ["linux-64 cpu", "win-64 cpu"],
    ],
    ["Windows in a marker", { "requirements.txt": "a; sys_platform == 'win32'\n" }, [...DEFAULTS, "win-64 cpu"]],
    ["Windows in a selector", { "environment.yml": "dependencies:\n  - a # [win]\n" }, [...DEFAULTS, "win-64 cpu"]],
    ["no Windows in prose", { "environment.yml": "dependencies:\n  - a # for windows\n" }, DEFAULTS],
    [
      "Windows in CI",
      { "requirements.txt": "a\n", ".github/workflows/t.yml": workflow("strategy: {matrix: {os: [windows-latest]}}") },
      [...DEFAULTS, "win-64 cpu"],
    ],
    ["a CUDA extra", { "requirements.txt": "jax[cuda12]==0.5\n" }, ["linux-64 cuda"]],
    [
      "a CUDA extra on Linux alone",
      { "requirements.txt": "jax[cuda12]==0.5; sys_platform == 'linux'\n" },
      [...DEFAULTS, "linux-64 cuda"],
    ],
    ["a CUDA version", { "requirements.txt": "torch==2.1+cu118\n" }, ["linux-64 cuda"]],
    [
      "a CUDA index",
      { "requirements.txt": "--extra-index-url https://download.pytorch.org/whl/cu121\ntorch\n" },
      ["linux-64 cuda"],
    ],
    ["conda's CUDA", { "environment.yml": "dependencies: [cuda-version>=12]\n" }, ["linux-64 cuda"]],
    [
      "a CUDA image",
      { "requirements.txt": "a\n", Dockerfile: "ARG X\nFROM nvidia/cuda:12.2.2-base\n" },
      [...DEFAULTS, "linux-64 cuda"],
    ],
    [
      "platforms of the lock",
      {
        "environment.yml": "dependencies: [a]\n",
        "conda-lock.yml":
          "version: 1\nmetadata:\n  platforms:\n  - linux-64\n  - linux-aarch64\n  sources:\n  - environment.yml\npackage: []\n",
      },
      ["linux-64 cpu", "linux-aarch64 cpu"],
    ],
  ])("%s", (_name, files, expected) => {
    const { projects } = find(files);
    expect(projects[0]?.targets.map((target) => `${target.platform} ${target.accelerator}`)).toEqual(expected);
  });

  test("configuration decides alone", () => {
    const targets = [{ platform: "win-64", accelerator: "cpu" }] as const;
    const { projects } = findProjects(snapshotOf({ "requirements.txt": "jax[cuda]==1\n" }), {
      targets,
      isIncluded: () => true,
    });
    expect(projects[0]?.targets).toEqual([{ platform: "win-64", accelerator: "cpu", reason: "configured" }]);
  });

  test("every reason that is a file names its line", () => {
    const [project] = find({ "a/requirements.txt": "x\njax[cuda]==1\n" }).projects;
    expect(project?.targets[0]?.reason).toBe("a/requirements.txt:2 asks for CUDA (jax)");
  });
});

test("Pythons of workflows are listed once, with the place", () => {
  const text =
    'jobs:\n  t:\n    strategy:\n      matrix:\n        python-version: ["3.9", 3.10, "3.x", pypy3.9]\n    steps:\n      - uses: actions/setup-python@v5\n        with:\n          python-version: "3.9"\n';
  const { pythons } = only({ "requirements.txt": "a\n", ".github/workflows/t.yml": text });
  expect(pythons).toEqual([
    { value: "3.9", file: ".github/workflows/t.yml", line: 5 },
    { value: "3.10", file: ".github/workflows/t.yml", line: 5 },
  ]);
});

test("paths that are left out are not read", () => {
  const options = { targets: null, isIncluded: (path: string) => !path.startsWith("docs/") };
  const { projects } = findProjects(snapshotOf({ "docs/requirements.txt": "a\n", "requirements.txt": "b\n" }), options);
  expect(projects.map((project) => project.id)).toEqual(["requirements.txt"]);
});

describe("skews", () => {
  const facts = (files: Files) => findSkews(find(files)).map((skew) => `${skew.coherenceSet}:${skew.fact}`);
  const PROJECT =
    '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.9,<3.12"\ndependencies = ["numpy>=1.20,<2"]\n';
  test.each<[string, Files, string[]]>([
    [
      "the same pin twice",
      { "a/requirements.txt": "x==1\n", "a/environment.yml": "dependencies: [y]\n", "a/constraints.txt": "x==1.0\n" },
      [],
    ],
    [
      "two pins",
      { "requirements.txt": "x==1\n", "requirements-dev.txt": "X==2\n", "environment.yml": "dependencies: [y]\n" },
      [":x"],
    ],
    ["two pins in unrelated folders", { "a/requirements.txt": "x==1\n", "b/requirements.txt": "x==2\n" }, []],
    ["a pin outside a range", { "pyproject.toml": PROJECT, "requirements.txt": "numpy==2.0\n" }, [":numpy"]],
    ["a pin inside a range", { "pyproject.toml": PROJECT, "requirements.txt": "numpy==1.26.4\n" }, []],
    [
      "builds of one version",
      {
        "environment.yml": "dependencies: [y]\n",
        "requirements.txt": "torch==2.0+cpu\n",
        "requirements-gpu.txt": "torch==2.0+cu118\n",
      },
      [],
    ],
    [
      "a pin for another platform only",
      { "pyproject.toml": PROJECT, "requirements.txt": "numpy<1; sys_platform=='win32'\n" },
      [],
    ],
    [
      "pins for several Pythons, and the newest alone elsewhere",
      {
        "requirements.txt": "x==1; python_version<'3.8'\nx==2; python_version>='3.8'\n",
        "requirements-dev.txt": "x==2\n",
      },
      [],
    ],
    [
      "two pins for one condition",
      {
        "requirements.txt": "x==1; python_version<'3.8'\n",
        "requirements-dev.txt": "x==2; python_version<'3.8'\n",
      },
      [":x"],
    ],
    [
      "Poetry's pins for several Pythons",
      {
        "pyproject.toml":
          "[tool.poetry.dependencies]\nx = [{version = '1', python = '<3.8'}, {version = '2', python = '>=3.8'}]\n",
      },
      [],
    ],
    [
      "what a build needs beside what is installed",
      {
        "pyproject.toml": `${PROJECT}[build-system]\nrequires = ["setuptools==60", "numpy==1.19"]\n`,
        "requirements.txt": "setuptools==68\n",
      },
      [],
    ],
    [
      "environments for several Pythons",
      { "environment-39.yml": "dependencies: [python=3.9]\n", "environment-310.yml": "dependencies: [python=3.10]\n" },
      [],
    ],
    [
      "Python outside the range",
      { "pyproject.toml": PROJECT, "environment.yml": "dependencies: [python=3.12]\n" },
      [":python"],
    ],
    [
      "Python of a workflow in the range",
      {
        "pyproject.toml": PROJECT.replace(">=3.9,", ">=3.9.2,"),
        ".github/workflows/t.yml": "jobs: {t: {strategy: {matrix: {python: ['3.9', '3.11']}}}}\n",
      },
      [],
    ],
    [
      "Python of a workflow outside",
      { "pyproject.toml": PROJECT, ".github/workflows/t.yml": "jobs: {t: {strategy: {matrix: {python: ['3.8']}}}}\n" },
      [":python"],
    ],
    [
      "a dump states nothing",
      { "requirements.txt": "x==1\n", "environment.yml": "dependencies: [x=2=h_0]\nprefix: /\n" },
      [],
    ],
    [
      "a hook",
      {
        "pyproject.toml": PROJECT.replace("numpy>=1.20,<2", "ruff==0.5.0"),
        ".pre-commit-config.yaml": "repos:\n- repo: https://github.com/astral-sh/ruff-pre-commit\n  rev: v0.4.0\n",
      },
      [":ruff"],
    ],
    [
      "a hook that agrees",
      {
        "pyproject.toml": PROJECT.replace("numpy>=1.20,<2", "ruff==0.5.0"),
        ".pre-commit-config.yaml": "repos:\n- repo: https://github.com/astral-sh/ruff-pre-commit\n  rev: v0.5.0\n",
      },
      [],
    ],
    [
      "an unpinned tool of CI alone",
      { "pyproject.toml": PROJECT, ".github/workflows/t.yml": "jobs: {t: {steps: [{run: pipx install poetry}]}}\n" },
      [],
    ],
  ])("%s", (_name, files, expected) => {
    expect(facts(files)).toEqual(expected);
  });
});

test.each<[string, (number: number) => [path: string, text: string]]>([
  ["in one folder", (number) => [`requirements/r${number}.txt`, `numpy==1.${number}\nscipy>=1.${number}\n`]],
  ["in a folder each", (number) => [`a/b/c${number}/requirements.txt`, `numpy==1.${number}\nscipy>=1.${number}\n`]],
  [
    "compiled",
    (number) => [`c${number}/requirements.txt`, `# autogenerated by pip-compile pyproject.toml\nx==1.${number}\n`],
  ],
  ["projects", (number) => [`p${number}/pyproject.toml`, `[project]\nname = "p"\ndependencies = ["x==1.${number}"]\n`]],
])("4,000 files %s are looked into in seconds", (_name, fileOf) => {
  const files: Record<string, string> = { "pyproject.toml": '[project]\nname = "p"\nrequires-python = ">=3.9"\n' };
  for (let number = 0; number < 4_000; number++) {
    const [path, text] = fileOf(number);
    files[path] = text;
  }
  const start = processorTime();
  const found = find(files);
  const skews = findSkews(found);
  expect(found.projects.length).toBeGreaterThan(3_999);
  expect(skews.length).toBeLessThan(3);
  expect(processorTime() - start).toBeLessThan(20_000);
});
