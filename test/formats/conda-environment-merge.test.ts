import { describe, expect, test } from "@jest/globals";
import { condaSpecTexts, mergeEnvironments } from "#formats/conda-environment-merge.ts";
import type { CondaEnvironment, MergeOptions } from "#formats/conda-environment.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { readRequirementsTxt } from "#formats/manifests/requirements-txt/read.ts";
import type { PlatformName } from "#packaging/target.ts";

/** Files by path, the sources in this order. */
function read(files: Readonly<Record<string, string>>): readonly Manifest[] {
  return Object.entries(files).map(([path, text]) => {
    if (path.endsWith(".toml")) {
      const reading = readPyproject(path, text);
      if (reading.kind !== "pyproject") throw new Error(JSON.stringify(reading));
      return reading.manifest;
    }
    if (!path.endsWith(".yml")) return readRequirementsTxt(path, text);
    const answer = readEnvironmentYml(path, text);
    if (answer.kind !== "manifest") throw new Error(JSON.stringify(answer));
    return answer.manifest;
  });
}

function merge(
  files: Readonly<Record<string, string>>,
  platform: PlatformName = "linux-64",
  options?: MergeOptions,
): CondaEnvironment {
  const answer = mergeEnvironments(read(files), platform, options);
  if ("reason" in answer) throw new Error(answer.reason);
  return answer.environment;
}

const rows = (environment: CondaEnvironment) => [
  ...environment.conda.map(({ text, category }) => `conda ${category}: ${text}`),
  ...environment.pip.map(({ text, category }) => `pip ${category}: ${text}`),
];

const BASE = `channels: [conda-forge, nodefaults]
dependencies:
- python =3.12
- numpy >=1.26,<2 py312*
- libblas=*=*mkl # [linux and not aarch64]
- sel(osx): appnope
- pip=23
- pip:
  - -r requirements.txt
  - -c limits.txt
  - --extra-index-url https://download.pytorch.org/whl/cu118
  - torch==2.0.1+cu118 # [linux]
  - pywin32; sys_platform == "win32"
  - tomli; python_version < "3.11"
  - -e ./lib#egg=lib
`;
const REQUIREMENTS = {
  "requirements.txt": "-r more.txt\nrich>=13\n",
  "more.txt": "--no-binary rich\ntyper[all] ~= 0.9\n",
  "limits.txt": "-r deeper.txt\nclick<8.2\n",
  "deeper.txt": "mdurl<1\n",
};

test("one file: selectors, markers, includes, constraints and indexes", () => {
  const environment = merge({ "environment.yml": BASE, ...REQUIREMENTS });
  expect(rows(environment)).toEqual([
    "conda main: python =3.12",
    "conda main: numpy >=1.26,<2 py312*",
    "conda main: libblas=*=*mkl",
    "conda main: pip=23",
    "pip main: torch==2.0.1+cu118",
    'pip main: tomli ; python_version < "3.11"',
    "pip main: rich>=13",
    "pip main: typer[all]~= 0.9",
  ]);
  expect(environment.channels).toEqual(["conda-forge"]);
  expect(environment.pipConstraints.map(({ text }) => text).sort()).toEqual(["click<8.2", "mdurl<1"]);
  expect(environment.indexes.map(({ url }) => url)).toEqual(["https://download.pytorch.org/whl/cu118"]);
  expect(environment.pipOptions.noBinary).toEqual(["rich"]);
  expect(environment.impliedPip).toEqual({ category: "main" });
  expect(condaSpecTexts(environment)).not.toContain("pip");
  expect(environment.skipped.map(({ requirement }) => requirement.name)).toEqual(["lib"]);
});

test.each<[PlatformName, string[]]>([
  ["linux-64", ["libblas", "torch", "tomli"]],
  ["linux-aarch64", ["torch", "tomli"]],
  ["osx-arm64", ["appnope", "tomli"]],
  ["win-64", ["pywin32", "tomli"]],
])("what is for other platforms never enters that of %s", (platform, expected) => {
  const { conda, pip } = merge({ "environment.yml": BASE, ...REQUIREMENTS }, platform);
  const names = [...conda, ...pip].map(({ requirement }) => requirement.name);
  expect(names.filter((name) => ["libblas", "appnope", "torch", "tomli", "pywin32"].includes(name))).toEqual(expected);
});

describe("several files", () => {
  test("a later file takes a name over entirely, with its category", () => {
    const environment = merge({
      "a.yml": "channels: [x, conda-forge]\ndependencies: [python=3.11, numpy>=1.26, pip: [rich>=13]]\n",
      "b.yml": "channels: [conda-forge]\ncategory: dev\ndependencies: [numpy<2, pytest, pip: [rich<14, black]]\n",
    });
    expect(rows(environment)).toEqual([
      "conda main: python=3.11",
      "conda dev: numpy<2",
      "conda dev: pytest",
      "pip dev: rich<14",
      "pip dev: black",
    ]);
    expect(environment.channels).toEqual(["x", "conda-forge"]);
    expect(environment.overridden.map(({ requirement, by }) => [requirement.file, requirement.name, by.file])).toEqual([
      ["a.yml", "numpy", "b.yml"],
      ["a.yml", "rich", "b.yml"],
    ]);
  });

  test.each<[string, Record<string, string>, { category: string } | null, string[]]>([
    ["no pip section", { "a.yml": "dependencies: [pip]\n" }, null, ["pip"]],
    ["a pip section", { "a.yml": "dependencies: [python, pip: [rich]]\n" }, { category: "main" }, ["python", "pip"]],
    ["an empty one", { "a.yml": "dependencies:\n- python\n- pip:\n" }, { category: "main" }, ["python", "pip"]],
    [
      "a later file names pip",
      { "a.yml": "dependencies: [pip: [rich]]\n", "b.yml": "dependencies: [pip>=24]\n" },
      null,
      ["pip>=24"],
    ],
    [
      "a later file has the section",
      { "a.yml": "dependencies: [pip>=24]\n", "b.yml": "category: dev\ndependencies: [pip: [rich]]\n" },
      { category: "main" },
      ["pip>=24"],
    ],
  ])("the implied pip: %s", (_name, files, implied, specs) => {
    const environment = merge(files);
    expect(environment.impliedPip).toEqual(implied);
    expect(condaSpecTexts(environment)).toEqual(specs);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      "channels",
      {
        "a.yml": "channels: [x, conda-forge]\ndependencies: [a]\n",
        "b.yml": "channels: [y, conda-forge]\ndependencies: [a]\n",
      },
      "the channels do not fit together: a.yml has [x, conda-forge], b.yml has [y, conda-forge], and the shorter list has to be the end of the longer one",
    ],
    [
      "a list of channels that leaves the defaults out and names no other",
      { "a.yml": "channels: [nodefaults]\ndependencies: [a]\n" },
      "a.yml lists channels, and none that counts on linux-64: name one that does",
    ],
    [
      "channels for other platforms",
      { "a.yml": "channels:\n  - conda-forge  # [osx]\ndependencies: [a]\n" },
      "a.yml lists channels, and none that counts on linux-64: name one that does",
    ],
    [
      "channels with secrets",
      {
        "a.yml": "channels: ['https://ann:secret@h.example/x']\ndependencies: [a]\n",
        "b.yml": "channels: ['https://h.example/t/secret/y']\ndependencies: [a]\n",
      },
      "the channels do not fit together: a.yml has [https://h.example/x], b.yml has [https://h.example/t/***/y], and the shorter list has to be the end of the longer one",
    ],
    [
      "pip-repositories",
      {
        "a.yml": "pip-repositories: [https://a]\ndependencies: [a]\n",
        "b.yml": "pip-repositories: [https://b]\ndependencies: [a]\n",
      },
      "the pip-repositories do not fit together: a.yml has [https://a], b.yml has [https://b]",
    ],
    [
      "a missing include",
      { "a.yml": "dependencies:\n- pip:\n  - -r gone.txt\n" },
      "a.yml:3 includes gone.txt, which was not read",
    ],
    ["no source", { "r.txt": "a\n" }, "no environment file is known for it"],
  ])("%s make no environment, with the reason", (_name, files, reason) => {
    expect(mergeEnvironments(read(files), "linux-64")).toEqual({ reason: expect.stringContaining(reason) });
  });

  test("channels of a selector, and channels that specs alone name", () => {
    const text = "channels:\n- a # [win]\n- b\ndependencies: [nvidia::cuda, b::x, c/linux-64::y]\n";
    expect(merge({ "a.yml": text })).toMatchObject({ channels: ["b"], specChannels: ["nvidia", "c"] });
    expect(merge({ "a.yml": text }, "win-64").channels).toEqual(["a", "b"]);
  });
});

test("a name twice in one file: conda wants both, conda-lock the last", () => {
  const files = {
    "a.yml": "dependencies: [numpy>=1.26, numpy<2, pip: [x>=1, x<2, 'x!=1.5; python_version>\"3.9\"']]\n",
  };
  expect(rows(merge(files))).toEqual([
    "conda main: numpy<2",
    "pip main: x<2",
    'pip main: x!=1.5 ; python_version>"3.9"',
  ]);
  expect(merge(files).overridden).toHaveLength(2);
  const both = merge(files, "linux-64", { tool: "conda" });
  expect(rows(both)).toHaveLength(5);
  expect(both.overridden).toEqual([]);
});

test("hashes stay behind the requirement, in either spelling", () => {
  const hash = "e".repeat(64);
  const files = { "a.yml": `dependencies:\n- pip:\n  - x==1 --hash=sha256:${hash}\n  - y @ https://x.org/y.whl\n` };
  expect(rows(merge(files))).toEqual([`pip main: x==1 --hash=sha256:${hash}`, "pip main: y @ https://x.org/y.whl"]);
});

test("files that include each other are read once", () => {
  const files = {
    "e.yml": "dependencies:\n- pip:\n  - -r a.txt\n",
    "a.txt": "-r b.txt\na\n",
    "b.txt": "-r a.txt\nb\n",
  };
  expect(rows(merge(files))).toEqual(["pip main: a", "pip main: b"]);
});

describe("pyproject.toml", () => {
  const names = {
    pypiNames: () => null,
    condaNames: (project: string) => (project === "build" ? ["python-build"] : project === "torch" ? ["pytorch"] : []),
  };
  const SETTINGS = `[tool.conda-lock]
channels = ["conda-forge", "nodefaults"]
platforms = ["linux-64"]
pip-repositories = ["https://x.org/simple"]
[tool.conda-lock.dependencies]
pip = ">=23.3"
sqlite = ""
libblas = "* *mkl"
pydantic = {source = "pypi"}
`;
  const PROJECT = `[project]
name = "p"
requires-python = ">=3.9"
dependencies = ["torch >=2, ===2.1", "build", "pydantic[email]~=2.1", "lib @ https://x.org/lib-1.zip", "colorama; sys_platform=='win32'"]
[project.optional-dependencies]
test = ["pytest"]
docs = ["sphinx<8"]
[dependency-groups]
dev = ["never-read"]
[tool.pdm.dev-dependencies]
lint = ["ruff>=0.5"]
`;

  test("PEP 621, with conda's names, categories and what is pip's", () => {
    const environment = merge({ "pyproject.toml": PROJECT + SETTINGS }, "linux-64", { names });
    expect(rows(environment)).toEqual([
      "conda main: pytorch ==2.1,>=2",
      "conda main: python-build",
      "conda dev: pytest",
      "conda docs: sphinx <8",
      "conda dev: ruff >=0.5",
      "conda main: pip >=23.3",
      "conda main: sqlite",
      "conda main: libblas * *mkl",
      "pip main: pydantic[email]~=2.1",
      "pip main: lib @ https://x.org/lib-1.zip",
    ]);
    expect(environment.channels).toEqual(["conda-forge"]);
    expect(environment.pipRepositories).toEqual(["https://x.org/simple"]);
    expect(environment.impliedPip).toBeNull();
  });

  test("everything is pip's by default, or nothing but conda-lock's own is read", () => {
    const pip = PROJECT + SETTINGS.replace("channels", 'default-non-conda-source = "pip"\nchannels');
    expect(merge({ "pyproject.toml": pip }).conda.map(({ text }) => text)).toEqual([
      "pip >=23.3",
      "sqlite",
      "libblas * *mkl",
    ]);
    const alone = PROJECT + SETTINGS.replace("channels", "skip-non-conda-lock = true\nchannels");
    expect(rows(merge({ "pyproject.toml": alone }))).toHaveLength(3);
  });

  test("Poetry: carets and tildes, groups, extras, python, sources", () => {
    const text = `[tool.poetry.dependencies]
python = "^3.10"
numpy = "^1.26.0"
scipy = "~1.11"
exact = "1.2.3"
any = "*"
either = "^1 || ^3"
wild = "1.2.*"
mine = {version = "^2", source = "pypi"}
repo = {git = "https://x.org/r.git", tag = "v1"}
mysqlclient = {version = "^1.3", optional = true}
[tool.poetry.extras]
mysql = ["mysqlclient"]
[tool.poetry.group.docs.dependencies]
sphinx = "<8"
[tool.poetry.dev-dependencies]
black = ">=23, <24"
[build-system]
build-backend = "poetry.core.masonry.api"
`;
    expect(rows(merge({ "pyproject.toml": text }))).toEqual([
      "conda main: numpy >=1.26.0,<2.0.0",
      "conda main: scipy >=1.11,<1.12",
      "conda main: exact 1.2.3",
      "conda main: any",
      "conda main: either >=1,<2|>=3,<4",
      "conda main: wild 1.2.*",
      "conda mysql: mysqlclient >=1.3,<2.0",
      "conda dev: black >=23,<24",
      "conda docs: sphinx <8",
      "conda main: python >=3.10,<4.0",
      "pip main: mine>=2,<3",
      "pip main: repo @ git+https://x.org/r.git@v1",
    ]);
  });

  test("flit", () => {
    const text = `[build-system]
build-backend = "flit_core.buildapi"
[tool.flit.metadata]
requires = ["numpy>=1.26"]
[tool.flit.metadata.requires-extra]
test = ["pytest"]
`;
    expect(rows(merge({ "pyproject.toml": text }))).toEqual(["conda main: numpy >=1.26", "conda dev: pytest"]);
  });

  test("an environment file behind it overrides it", () => {
    const environment = merge(
      {
        "pyproject.toml": PROJECT + SETTINGS,
        "environment.yml": "channels: [conda-forge]\ndependencies: [pytorch=2.5, sqlite=3]\n",
      },
      "linux-64",
      { names },
    );
    expect(rows(environment)).toContain("conda main: pytorch=2.5");
    expect(environment.conda.filter(({ text }) => /sqlite|torch/.test(text))).toHaveLength(2);
  });
});
