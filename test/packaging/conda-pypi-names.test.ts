import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { identityNames, readGrayskullMapping } from "../../src/packaging/conda-lock-names.ts";
import {
  createCondaPypiNames,
  readNameMapping,
  type ChannelNames,
  type NamedRecord,
} from "../../src/packaging/conda-pypi-names.ts";
import { describeWithData } from "../support/test-data.ts";

const FORGE = "https://conda.anaconda.org/conda-forge";
const MAIN = "https://repo.anaconda.com/pkgs/main";
const BIO = "https://conda.anaconda.org/bioconda";

function mappingOf(value: unknown) {
  const mapping = readNameMapping(value);
  if (mapping === null) throw new Error("not a mapping");
  return mapping;
}

function record(name: string, channel = FORGE, purls: NamedRecord["purls"] = null): NamedRecord {
  return { name, channel, purls };
}

const mapping = mappingOf({
  numpy: ["numpy"],
  pytorch: ["torch"],
  "pytorch-cpu": ["torch"],
  "ruamel.yaml": "ruamel.yaml",
  graphviz: null,
  "python-graphviz": ["Graphviz"],
  rosco: ["rosco", "numpy", "rosco_helpers"],
});
const forge: ChannelNames = { url: FORGE, condaForge: true, mapping };
const main: ChannelNames = { url: MAIN, condaForge: false, mapping: null };
const bio: ChannelNames = { url: BIO, condaForge: false, mapping: mappingOf({ pysam: ["pysam"], numpy: null }) };

describe("the projects of a conda package", () => {
  const names = createCondaPypiNames([forge, main, bio], mapping);
  test.each<[string, NamedRecord, readonly string[] | null, string | null]>([
    [
      "its purls before any mapping",
      record("pytorch", FORGE, ["pkg:pypi/Torch-Nightly@2.1?source=x"]),
      ["torch-nightly"],
      "purls",
    ],
    [
      "each of its purls once",
      record("x", MAIN, ["pkg:pypi/a.b", "pkg:PyPI/a_b", "pkg:pypi/c#sub"]),
      ["a-b", "c"],
      "purls",
    ],
    ["none, where its purls are empty", record("numpy", FORGE, []), [], "purls"],
    [
      "the mapping, where its purls are of other kinds",
      record("numpy", FORGE, ["pkg:github/numpy/numpy"]),
      ["numpy"],
      "mapping",
    ],
    ["the mapping of its channel", record("pytorch"), ["torch"], "mapping"],
    ["the mapping, which may write one name as a text", record("ruamel.yaml"), ["ruamel-yaml"], "mapping"],
    ["none, where the mapping says so", record("graphviz"), [], "mapping"],
    ["no copies of other projects inside it", record("rosco"), ["rosco", "rosco-helpers"], "mapping"],
    ["its own channel's mapping, although conda-forge says more", record("numpy", BIO), [], "mapping"],
    [
      "the same name, for a package of conda-forge that no mapping has",
      record("Brand_New"),
      ["brand-new"],
      "same name",
    ],
    ["nothing, for one whose name no project may have", record("_libgcc_mutex"), null, null],
    ["conda-forge's mapping, in a channel that has none", record("pytorch", MAIN), ["torch"], "conda-forge mapping"],
    ["nothing, for a name in such a channel that conda-forge does not have", record("in-house", MAIN), null, null],
    ["nothing, for a name that the mapping of its channel lacks", record("pytorch", BIO), null, null],
    [
      "conda-forge's mapping, in a channel that was not named",
      record("pytorch", "https://x.example/c"),
      ["torch"],
      "conda-forge mapping",
    ],
  ])("are %s", (_what, asked, projects, origin) => {
    expect(names.provided(asked)).toEqual(projects === null ? null : { projects, origin });
    expect(names.pypiNames(asked)).toEqual(projects);
  });

  test("rest on purls and same names alone while no mapping can be had", () => {
    const without = createCondaPypiNames([{ ...forge, mapping: null }, main], null);
    expect(without.provided(record("pytorch"))).toEqual({ projects: ["pytorch"], origin: "same name" });
    expect(without.provided(record("pytorch", MAIN))).toBeNull();
    expect(without.condaNames("torch")).toEqual(["torch"]);
  });

  test("may have the names of Object's own members", () => {
    const odd = createCondaPypiNames(
      [{ ...main, mapping: mappingOf(JSON.parse('{"__proto__": ["constructor"]}')) }],
      null,
    );
    expect(odd.pypiNames(record("__proto__", MAIN))).toEqual(["constructor"]);
    expect(odd.pypiNames(record("toString", MAIN))).toBeNull();
    expect(odd.condaNames("constructor")).toEqual(["__proto__"]);
    expect(odd.condaNames("valueOf")).toEqual([]);
  });

  test("are read from purls in linear time", () => {
    const purls = [`pkg:pypi/${"a".repeat(200_000)}`, `pkg:${"/".repeat(200_000)}`, `pkg:pypi${"/".repeat(200_000)}`];
    const began = performance.now();
    names.pypiNames(record("x", FORGE, purls));
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("a published mapping", () => {
  test.each([[null], [[]], ["x"], [{ a: 5 }], [{ a: [5] }], [{ a: { b: "c" } }]])("is not %j", (value) => {
    expect(readNameMapping(value)).toBeNull();
  });

  test("loses names that no project may have", () => {
    expect(mappingOf({ A: ["-bad-", "good", "GOOD", "a b"] })).toEqual(new Map([["a", ["good"]]]));
  });

  test("answers both ways alike, but for what is vendored", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,3}(?:-(?:py|core|base))?$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.option(fc.array(name, { maxLength: 3 }))), (value) => {
        const names = createCondaPypiNames([{ url: MAIN, condaForge: false, mapping: mappingOf(value) }], null);
        for (const conda of Object.keys(value)) {
          for (const project of names.pypiNames(record(conda, MAIN)) ?? []) {
            expect(names.condaNames(project)).toContain(conda);
          }
        }
        for (const project of Object.values(value).flatMap((projects) => projects ?? [])) {
          for (const conda of names.condaNames(project)) {
            expect(names.pypiNames(record(conda, MAIN))).toContain(project);
          }
        }
      }),
    );
  });
});

describe("names as conda-lock translates them", () => {
  const names = readGrayskullMapping({
    Build: { conda_name: "python-build", import_name: "build", mapping_source: "static", pypi_name: "build" },
    "ruamel.yaml": { conda_name: "ruamel.yaml", pypi_name: "ruamel.yaml" },
    old: { conda_forge: "old-conda", pypi_name: "old" },
    torch: { conda_name: "pytorch", pypi_name: "torch" },
    "torch-other": { conda_name: "pytorch", pypi_name: "torch_other" },
  });

  test.each([
    ["build", "python-build"],
    ["BUILD", "python-build"],
    ["ruamel_yaml", "ruamel.yaml"],
    ["old", "old-conda"],
    ["Not.Known", "not-known"],
    ["constructor", "constructor"],
  ])("%s is the package %s", (project, expected) => {
    expect(names?.condaName(project)).toBe(expected);
  });

  test.each([
    ["python-build", "build"],
    ["pytorch", "torch-other"],
    ["old-conda", "old-conda"],
    // conda-lock normalises before it looks up, so it never finds a name with a dot.
    ["ruamel.yaml", "ruamel-yaml"],
  ])("the package %s is %s", (conda, expected) => {
    expect(names?.pypiName(conda)).toBe(expected);
  });

  test("each is itself without the mapping, and a file that is none is refused", () => {
    expect(identityNames().condaName("Build")).toBe("build");
    expect([readGrayskullMapping([]), readGrayskullMapping({ a: "b" })]).toEqual([null, null]);
  });
});

describeWithData("the published mapping of conda-forge", "mappings", (folder) => {
  const read = (file: string) => mappingOf(JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()));
  const real = read("v0_conda-forge_compressed_mapping.json.gz");
  const names = createCondaPypiNames([{ url: FORGE, condaForge: true, mapping: real }], real);

  test.each([
    ["opencv-python", "py-opencv"],
    ["opencv-python-headless", "opencv-python-headless"],
    ["tables", "pytables"],
    ["pillow", "pillow"],
    ["msgpack", "msgpack-python"],
    ["ruamel-yaml", "ruamel.yaml"],
    ["importlib-metadata", "importlib-metadata"],
    ["graphviz", "python-graphviz"],
    ["blosc", "python-blosc"],
    ["docker", "docker-py"],
    ["seaborn", "seaborn"],
    ["onnx", "onnx"],
    ["torch", "pytorch"],
    ["dask", "dask"],
    ["matplotlib", "matplotlib"],
    ["jaxlib", "jaxlib"],
    ["typing-extensions", "typing_extensions"],
    ["prompt-toolkit", "prompt-toolkit"],
    ["tzdata", "python-tzdata"],
    ["redis", "redis-py"],
    ["brotli", "brotli-python"],
    ["ninja", "ninja-python"],
    ["pyqt5", "pyqt"],
    ["ray", "ray-core"],
    ["gdal", "gdal"],
    ["pip", "pip"],
    ["onnxruntime", "onnxruntime"],
    ["pyarrow", "pyarrow"],
    ["apache-airflow", "apache-airflow"],
  ])("%s is %s before any other package", (project, conda) => {
    expect(names.condaNames(project)[0]).toBe(conda);
  });

  test.each([
    ["numpy", ["numpy"]],
    ["matplotlib-base", ["matplotlib"]],
    ["dask-core", ["dask"]],
    ["pytorch-cpu", ["torch"]],
    ["py-opencv", ["opencv-python", "opencv-python-headless"]],
    ["msgpack-python", ["msgpack", "msgpack-python"]],
    ["jaxlib", ["jax-cuda12-pjrt", "jax-cuda12-plugin", "jaxlib"]],
    ["arm_pyart", ["arm-pyart"]],
    ["graphviz", []],
    ["python", []],
    ["libblas", []],
  ])("%s is %j", (conda, projects) => {
    expect(names.pypiNames(record(conda))).toEqual(projects);
  });

  test("gives each of the most used projects few packages", () => {
    for (const project of ["numpy", "pandas", "scipy", "requests", "setuptools", "six", "attrs"]) {
      expect(names.condaNames(project).length).toBeLessThanOrEqual(2);
    }
  });

  test("that of bioconda speaks for its own packages", () => {
    const bioconda = read("v0_bioconda_compressed_mapping.json.gz");
    const both = createCondaPypiNames([{ url: BIO, condaForge: false, mapping: bioconda }], real);
    expect(both.provided(record("abacus-str", BIO))).toEqual({ projects: ["abacus"], origin: "mapping" });
    expect(both.provided(record("abyss", BIO))).toEqual({ projects: [], origin: "mapping" });
  });
});
