import { describe, expect, test } from "@jest/globals";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { DEFAULT_CONFIG } from "#config/config.ts";
import { condaPins, exactBuild, raisePin } from "#planning/conda-pins.ts";
import { planUnits } from "#planning/plan-units.ts";
import { pythonLimit } from "#planning/python-limits.ts";

function requirements(path: string, ...specs: readonly string[]): readonly ManifestRequirement[] {
  const text = `dependencies:\n${specs.map((spec) => `  - ${spec}\n`).join("")}`;
  const answer = readEnvironmentYml(path, text);
  if (answer.kind !== "manifest") throw new Error("not an environment");
  return answer.manifest.requirements;
}

const none = (): readonly string[] => [];

describe("pins of environment files", () => {
  test("the same text in several files is one pin, another text is another one", () => {
    const all = [
      ...requirements("a.yml", "numpy=1.26", "zlib"),
      ...requirements("b.yml", "numpy = 1.26", "numpy=1.24"),
    ];
    const [one] = condaPins(all.slice(0, 3), none).pins;
    expect(one?.places.map(({ file }) => file)).toEqual(["a.yml", "b.yml"]);
    const { pins, kept } = condaPins(all, none);
    expect(pins).toEqual([]);
    expect(kept.map(({ name, reason }) => [name, reason])).toEqual([
      ["numpy", "numpy has several constraints for different environments in b.yml, which are kept as they are"],
      ["numpy", "numpy has several constraints for different environments in b.yml, which are kept as they are"],
    ]);
  });

  test("the lowest version in use that the pin allows is its own", () => {
    const [pin] = condaPins(requirements("a.yml", "numpy=1.26"), () => ["1.26.4", "1.26.2", "1.25.0"]).pins;
    expect(pin?.current.text).toBe("1.26.2");
  });

  test("environments for different Pythons keep their own", () => {
    const all = [...requirements("py310.yml", "python=3.10"), ...requirements("py311.yml", "python=3.11")];
    expect(condaPins(all, none).pins).toEqual([]);
    expect(condaPins(all, none).kept[0]?.reason).toMatch(/py311\.yml:2 is made for another Python/u);
  });

  test("a comment holds a pin in every file", () => {
    const all = [...requirements("a.yml", "numpy=1.26  # do not upgrade"), ...requirements("b.yml", "numpy=1.26")];
    expect(condaPins(all, none).kept[0]?.reason).toBe("a.yml:2 says: do not upgrade");
  });

  test("what allows everything newer, and what comes from a file, is no pin", () => {
    const specs = ["numpy", "scipy >=1.10", "xarray !=2022.6.0", "https://host/linux-64/zlib-1.2-0.conda"];
    expect(condaPins(requirements("a.yml", ...specs), none)).toEqual({ pins: [], kept: [] });
  });
});

describe("a pin written for another version", () => {
  test.each([
    ["numpy=1.26", "2.1.3", ["=2.1"]],
    ["numpy >=1.26,<2", "1.28.0", []],
    ["numpy >=1.26,<2", "2.1.3", [">=2.1,<3"]],
    ["pytorch~=2.1.0=*cuda120*", "2.3.1", ["~=2.3.1"]],
    ["pytorch ~=2.1.0 *cuda12*", "2.3.1", ["~=2.3.1"]],
    ["conda-forge::numpy=1.26", "1.27.0", ["=1.27"]],
    ["numpy[version='>=1.26,<2',build=py*]", "2.1", [">=2.1,<3"]],
    ["openssl=1.1.1q=h7f8727e_0", "1.1.1w", ["=1.1.1w"]],
    ["numpy=1.8=py38_0", "1.9.3", ["=1.9.3"]],
  ])("%s for %s", (spec, version, expected) => {
    const [pin] = condaPins(requirements("a.yml", JSON.stringify(spec)), none).pins;
    const raised = pin === undefined ? null : raisePin(pin, version, "bump");
    expect(raised !== null && "edits" in raised ? raised.edits.map(({ constraint }) => constraint) : raised).toEqual(
      expected,
    );
  });

  test("a build with a glob may stay, one without is of one file", () => {
    const [glob, exact] = requirements("a.yml", "a=1=py*", "b=1=py38_0");
    expect([glob, exact].map((one) => (one === undefined ? null : exactBuild(one)))).toEqual([null, "py38_0"]);
  });
});

describe("units", () => {
  test("Python and CUDA have units of their own, which say how far they ask", () => {
    const platform = [
      { name: "python", current: "3.10.8", newest: "3.12.1" },
      { name: "cuda-version", current: "12.4", newest: "13.0" },
    ];
    const units = planUnits({ root: "gpu", names: new Set(["numpy"]), majors: [], platform }, DEFAULT_CONFIG);
    expect(units.map(({ group, reach }) => [group, reach])).toEqual([
      ["python-dependencies-gpu", "within-major"],
      ["python-gpu", new Map([["python", ">=3.11"]])],
      ["cuda-gpu", new Map([["cuda-version", ">=13"]])],
    ]);
  });

  test("a Python is held by the range of another file, and by the Pythons that workflows run", () => {
    const range = { text: ">=3.9,<3.12", style: "pep440", file: "pyproject.toml", line: 4 } as const;
    const ci = [{ value: "3.10", file: "ci.yml", line: 8 }];
    const limit = (minor: string, pythons: typeof ci = []) =>
      pythonLimit([{ pythonRange: range, pythons }], new Set(["environment.yml"]), minor)?.holder ?? null;
    expect([limit("3.11"), limit("3.12")]).toEqual([null, "pyproject.toml:4"]);
    expect([limit("3.10", ci), limit("3.11", ci)]).toEqual([null, "ci.yml:8"]);
    const own = { ...range, style: "conda", text: "=3.10", file: "environment.yml" } as const;
    expect(pythonLimit([{ pythonRange: own, pythons: [] }], new Set(["environment.yml"]), "3.12")).toBeNull();
  });
});
