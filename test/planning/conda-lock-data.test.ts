/** What conda-lock writes of a package: dependencies, categories, and the changes between two locks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { categoriesByName } from "#planning/conda-lock-categories.ts";
import { condaLockChanges, type InstalledPackage, type TargetChange } from "#planning/conda-lock-changes.ts";
import { condaLockDependencies, saysTheSame } from "#planning/conda-lock-dependencies.ts";
import { corpusChannel } from "../support/conda-memory.ts";
import { describeWithData } from "../support/test-data.ts";

describe("dependencies", () => {
  test.each([
    [["python"], { python: "" }],
    [["python *"], { python: "*" }],
    [["python >=3.12,<3.13.0a0 *_cpython"], { python: ">=3.12,<3.13.0a0" }],
    [["python_abi 3.12.* *_cp312"], { python_abi: "3.12.*" }],
    [["libblas 3.9.0 17_linux64_openblas"], { libblas: "3.9.0" }],
    [["pydantic-core ==2.41.5"], { "pydantic-core": "2.41.5" }],
    [["zlib ==1.2.13 hd590300_5"], { zlib: "==1.2.13" }],
    [["python =3.12"], { python: "3.12.*" }],
    [["scipy >=1.0, <2.0"], { scipy: ">=1.0,<2.0" }],
    [["conda-forge::numpy >=1.26"], { numpy: ">=1.26" }],
    [["numpy[version='>=1.26',build=py311*]"], { numpy: ">=1.26" }],
    [["__unix", "__glibc >=2.17,<3.0.a0"], { __unix: "", __glibc: ">=2.17,<3.0.a0" }],
    [["numpy <2.7", "numpy >=1.23,<3", "numpy >=2.0.0"], { numpy: "<2.7,>=1.23,<3,>=2.0.0" }],
    [["python >=3.10", "python"], { python: ">=3.10" }],
    [["libabseil * cxx17*", "libabseil >=20250512.1"], { libabseil: ">=20250512.1" }],
    [["libgcc >=14", "libgcc >=14"], { libgcc: ">=14" }],
    [["blas * openblas", "blas"], { blas: "*" }],
  ])("%j", (depends, written) => {
    expect(Object.fromEntries(condaLockDependencies(depends))).toEqual(written);
  });

  test("are sorted by code point", () => {
    expect([...condaLockDependencies(["b", "_a", "Z", "a"]).keys()]).toEqual(["_a", "a", "b", "z"]);
  });

  test("an older conda-lock's words for the same are the same; other words are not", () => {
    const depends = ["numpy >=1.23,<3", "numpy >=1.26", "python ==3.12.0", "blas * mkl"];
    const old = new Map([
      ["numpy", ">=1.26"],
      ["python", "3.12.0"],
      ["blas", ""],
    ]);
    expect(saysTheSame(old, depends)).toBe(true);
    expect(saysTheSame(new Map([...old, ["numpy", ">=1.25"]]), depends)).toBe(false);
    expect(saysTheSame(new Map([...old].slice(1)), depends)).toBe(false);
    expect(saysTheSame(new Map([...old, ["scipy", ""]]), depends)).toBe(false);
  });

  test("what is written says the same as what it is made from", () => {
    const name = fc.constantFrom("a", "b", "c_d", "__unix");
    const version = fc.constantFrom("", " *", " >=1.0", " >=1,<2", " ==1.0", " 1.0.* *_cp312", " 2.0 h1_0");
    const depends = fc.array(fc.tuple(name, version).map((parts) => parts.join("")));
    fc.assert(
      fc.property(depends, (texts) => {
        expect(saysTheSame(condaLockDependencies(texts), texts)).toBe(true);
      }),
    );
  });
});

describeWithData("the lock of today's conda-lock", ".", (data) => {
  const path = "scenarios/conda-forge__conda-forge-webservices/7fc9dc728e07/conda-lock.yml.gz";
  const reading = readCondaLock("", gunzipSync(readFileSync(join(data, path))).toString("utf8"));
  const packages = "lock" in reading ? reading.lock.packages : [];
  const channel = corpusChannel(join(data, "conda"), "conda-forge", "linux-64");

  /** Files whose records in the corpus come from such locks themselves, and lack builds. */
  const partial = new Set(
    ["linux-64", "noarch"].flatMap((subdir) => {
      const list = readFileSync(join(data, "conda", "conda-forge", subdir, "partial-records.txt.gz"));
      return gunzipSync(list).toString("utf8").split("\n");
    }),
  );

  test("every entry says word for word what its record gives", () => {
    const compared = packages.flatMap(({ name, url, dependencies }) => {
      const record = channel.records.get(name)?.find((one) => url.endsWith(`/${one.subdir}/${one.filename}`));
      if (record === undefined || partial.has(record.filename)) return [];
      return [{ name, expected: [...condaLockDependencies(record.depends)], written: [...dependencies] }];
    });
    expect(compared.length).toBe(245);
    for (const { name, expected, written } of compared) expect([name, expected]).toEqual([name, written]);
  });
});

describe("categories", () => {
  const packages = [
    { name: "a", dependencies: ["b", "c"] },
    { name: "b", dependencies: ["a"] },
    { name: "c", dependencies: ["nowhere"] },
    { name: "d", dependencies: ["c", "e"] },
    { name: "e", dependencies: [] },
    { name: "lost", dependencies: [] },
  ];

  test("main wins; several others stand side by side; a cycle ends; what nothing reaches is main", () => {
    const roots = [
      { name: "a", category: "dev" },
      { name: "d", category: "main" },
      { name: "b", category: "docs" },
      { name: "not-locked", category: "docs" },
    ];
    expect(Object.fromEntries(categoriesByName(packages, roots))).toEqual({
      a: ["dev", "docs"],
      b: ["dev", "docs"],
      c: ["main"],
      d: ["main"],
      e: ["main"],
      lost: ["main"],
    });
  });
});

describe("changes", () => {
  function one(name: string, version: string, build = "0"): InstalledPackage {
    const url = `https://c.example/noarch/${name}-${version}-${build}.conda`;
    return { manager: "conda", name, version, build, url };
  }

  function target(id: string, before: readonly InstalledPackage[], after: readonly InstalledPackage[]): TargetChange {
    const nothing = new Set<string>();
    return {
      target: id,
      before,
      after,
      direct: nothing,
      hotfixed: nothing,
      isOffered: () => true,
      isAllowed: () => true,
    };
  }

  test("the same move on several targets is one; another is its own", () => {
    const changes = condaLockChanges([
      target("x", [one("a", "1")], [one("a", "2")]),
      target("y", [one("a", "1")], [one("a", "2")]),
      target("z", [one("a", "1")], [one("a", "1", "1")]),
    ]);
    expect(changes).toMatchObject([
      { from: "1 0", to: "1 1", reason: "new build", targets: ["z"] },
      { from: "1", to: "2", reason: "new version", targets: ["x", "y"] },
    ]);
  });

  test("a project that goes over from conda to pip is two changes", () => {
    const pip = { ...one("a", "1"), manager: "pip" as const, build: null };
    expect(condaLockChanges([target("x", [one("a", "1")], [pip])])).toMatchObject([
      { ecosystem: "conda", from: "1", to: null },
      { ecosystem: "pypi", from: null, to: "1" },
    ]);
  });

  test("a constraint says more than a missing file, and that more than a new version", () => {
    const base = target("x", [one("a", "1")], [one("a", "2")]);
    const reasons = [
      { ...base, isOffered: () => false, isAllowed: () => false },
      { ...base, isOffered: () => false },
      base,
    ].map((each) => condaLockChanges([each])[0]?.reason);
    expect(reasons).toEqual(["constraint changed", "package removed from the channel", "new version"]);
  });
});
