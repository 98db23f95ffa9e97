import { describe, expect, test } from "@jest/globals";
import { parseRequiresTxt, staticSdistMetadata, type SdistTexts } from "#indexes/metadata/sdist-static.ts";

const WANTED = { name: "alpha", version: "1.0" };
const NOTHING: SdistTexts = { pkgInfo: null, pyproject: null, requiresTxt: null };

function pkgInfo(version: string, ...lines: readonly string[]): string {
  return [
    `Metadata-Version: ${version}`,
    "Name: alpha",
    "Version: 1.0",
    "Summary: An alpha",
    ...lines,
    "",
    "text",
  ].join("\n");
}

describe("PKG-INFO", () => {
  test("of metadata 2.2 is final", () => {
    const text = pkgInfo(
      "2.2",
      "Requires-Python: >=3.8",
      "Requires-Dist: beta>=1",
      "Provides-Extra: x",
      "Dynamic: Version",
    );
    expect(staticSdistMetadata({ ...NOTHING, pkgInfo: text }, WANTED)).toEqual({
      name: "alpha",
      version: "1.0",
      summary: "An alpha",
      requiresPython: ">=3.8",
      requiresDist: ["beta>=1"],
      providesExtras: ["x"],
      origin: "sdist-pkg-info",
    });
  });

  test.each(["Requires-Dist", "requires-python", "Provides-Extra"])("with a dynamic %s is not", (field) => {
    expect(staticSdistMetadata({ ...NOTHING, pkgInfo: pkgInfo("2.4", `Dynamic: ${field}`) }, WANTED)).toBeNull();
  });

  test("of metadata 2.1 without dependencies says nothing", () => {
    expect(staticSdistMetadata({ ...NOTHING, pkgInfo: pkgInfo("2.1") }, WANTED)).toBeNull();
  });

  test("of metadata 2.1 with dependencies is provisional", () => {
    const found = staticSdistMetadata({ ...NOTHING, pkgInfo: pkgInfo("2.1", "Requires-Dist: beta") }, WANTED);
    expect(found).toMatchObject({ requiresDist: ["beta"], origin: "sdist-requires-txt" });
  });
});

describe("pyproject.toml", () => {
  test("[project] without dynamic dependencies is final", () => {
    const pyproject = `[project]
name = "Alpha"
dynamic = ["version"]
requires-python = ">=3.9"
description = "An alpha"
dependencies = ["beta>=1", "gamma; python_version < '3.11'"]
[project.optional-dependencies]
Fast = ["delta", "epsilon ; os_name == 'nt' or os_name == 'java'"]
`;
    expect(staticSdistMetadata({ ...NOTHING, pyproject, pkgInfo: pkgInfo("2.1") }, WANTED)).toEqual({
      name: "Alpha",
      version: "1.0",
      summary: "An alpha",
      requiresPython: ">=3.9",
      requiresDist: [
        "beta>=1",
        "gamma; python_version < '3.11'",
        'delta ; extra == "Fast"',
        `epsilon ; (os_name == 'nt' or os_name == 'java') and extra == "Fast"`,
      ],
      providesExtras: ["Fast"],
      origin: "sdist-pyproject",
    });
  });

  test.each([
    ["dynamic dependencies", '[project]\nname = "alpha"\ndynamic = ["dependencies"]'],
    ["dynamic extras", '[project]\nname = "alpha"\ndynamic = ["optional-dependencies"]'],
    ["dynamic requires-python", '[project]\nname = "alpha"\ndynamic = ["requires-python"]'],
    ["dependencies of a wrong type", '[project]\nname = "alpha"\ndependencies = "beta"'],
    ["extras of a wrong type", '[project]\nname = "alpha"\noptional-dependencies = {x = "beta"}'],
    ["no name", "[project]\ndependencies = []"],
    ["not TOML", "[project"],
    ["nothing of the project", "[tool.black]\nline-length = 100"],
  ])("%s: says nothing", (_name, pyproject) => {
    expect(staticSdistMetadata({ ...NOTHING, pyproject }, WANTED)).toBeNull();
  });

  test("flit's own table", () => {
    const pyproject = `[tool.flit.metadata]
module = "alpha"
requires = ["beta (>=1)"]
requires-python = ">=3.6"
[tool.flit.metadata.requires-extra]
test = ["pytest"]
`;
    expect(staticSdistMetadata({ ...NOTHING, pyproject }, WANTED)).toMatchObject({
      name: "alpha",
      version: "1.0",
      requiresPython: ">=3.6",
      requiresDist: ["beta (>=1)", 'pytest ; extra == "test"'],
      providesExtras: ["test"],
      origin: "sdist-pyproject",
    });
  });

  const poetry =
    '[tool.poetry.dependencies]\npython = "^3.8"\nbeta = "^1"\n[build-system]\nbuild-backend = "poetry.core.masonry.api"';

  test("poetry-core's PKG-INFO comes from a static table, at any metadata version", () => {
    const found = staticSdistMetadata(
      { ...NOTHING, pyproject: poetry, pkgInfo: pkgInfo("2.1", "Requires-Dist: beta (>=1,<2)") },
      WANTED,
    );
    expect(found).toMatchObject({ requiresDist: ["beta (>=1,<2)"], origin: "sdist-pyproject" });
  });

  test("a poetry table with dependencies that PKG-INFO does not have says nothing", () => {
    expect(staticSdistMetadata({ ...NOTHING, pyproject: poetry, pkgInfo: pkgInfo("2.1") }, WANTED)).toBeNull();
    expect(staticSdistMetadata({ ...NOTHING, pyproject: poetry }, WANTED)).toBeNull();
    const none = poetry.replace('beta = "^1"\n', "");
    expect(staticSdistMetadata({ ...NOTHING, pyproject: none, pkgInfo: pkgInfo("2.1") }, WANTED)).toMatchObject({
      requiresDist: [],
    });
  });
});

describe("requires.txt", () => {
  test("has sections for extras and markers", () => {
    const text = `numpy>=1.20

[:python_version < "3.8"]
importlib_metadata

[cuda]
jaxlib==0.4.4+cuda11.cudnn86
# a remark

[cuda:sys_platform == "linux"]
nvidia-cublas; platform_machine == "x86_64"

[empty]
`;
    expect(parseRequiresTxt(text)).toEqual({
      requiresDist: [
        "numpy>=1.20",
        'importlib_metadata ; python_version < "3.8"',
        'jaxlib==0.4.4+cuda11.cudnn86 ; extra == "cuda"',
        'nvidia-cublas ; (platform_machine == "x86_64") and (sys_platform == "linux") and extra == "cuda"',
      ],
      extras: ["cuda", "empty"],
    });
  });

  test("alternatives of a section hold as a whole beside a marker of the requirement", () => {
    const text = `[:os_name == "nt" or os_name == "java"]\nbeta; extra == "y"\n`;
    expect(parseRequiresTxt(text).requiresDist).toEqual([
      'beta ; (extra == "y") and (os_name == "nt" or os_name == "java")',
    ]);
  });

  test("with PKG-INFO 2.1 is provisional metadata", () => {
    const texts = { ...NOTHING, pkgInfo: pkgInfo("2.1", "Requires-Python: >=3.8"), requiresTxt: "numpy\n[x]\nbeta\n" };
    expect(staticSdistMetadata(texts, WANTED)).toMatchObject({
      requiresPython: ">=3.8",
      requiresDist: ["numpy", 'beta ; extra == "x"'],
      providesExtras: ["x"],
      origin: "sdist-requires-txt",
    });
  });
});
