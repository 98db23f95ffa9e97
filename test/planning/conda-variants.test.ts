import { describe, expect, test } from "@jest/globals";
import { staysApart } from "#planning/conda-apart.ts";
import { changedVariant, isCudaName, variantOf } from "#planning/conda-variants.ts";
import { memoryChannel } from "../support/conda-memory.ts";

describe("the kind of a build", () => {
  test.each([
    ["cuda126_mkl_py312_hb1a3f0c_300", { accelerator: "cuda12", blas: "mkl" }],
    ["cuda118py310h0567bb7_1", { accelerator: "cuda11" }],
    ["py3.10_cuda11.8_cudnn8.7.0_0", { accelerator: "cuda11" }],
    ["py37_cuda92_0", { accelerator: "cuda9" }],
    ["cpu_generic_py312_h1234_1", { accelerator: "cpu", blas: "generic" }],
    ["16_linux64_mkl", { blas: "mkl" }],
    ["20_osxarm64_accelerate", { blas: "accelerate" }],
    ["31_h59b9bed_openblas", { blas: "openblas" }],
    ["mpi_mpich_py311h1_0", { mpi: "mpich" }],
    ["nompi_h4f84152_100", { mpi: "nompi" }],
    ["py310hcpu00_0", {}],
    ["pyhd8ed1ab_0", {}],
  ])("%s", (build, expected) => {
    expect(Object.fromEntries(variantOf(build))).toEqual(expected);
  });

  test.each([
    ["cuda126_py312_0", "cpu_py312_0", false, { from: "cuda12", to: "cpu" }],
    ["cuda126_py312_0", "cuda129_py312_0", false, null],
    ["cuda126_py312_0", "cuda130_py312_0", false, { from: "cuda12", to: "cuda13" }],
    ["cuda126_py312_0", "cuda130_py312_0", true, null],
    ["cuda126_py312_0", "cpu_py312_0", true, { from: "cuda12", to: "cpu" }],
    ["1_openblas", "2_mkl", false, { from: "openblas", to: "mkl" }],
    ["mpi_mpich_0", "nompi_0", false, { from: "mpich", to: "nompi" }],
    ["py310_0", "cuda126_py310_0", false, null],
    ["cuda_py310_0", "cuda126_py310_0", false, null],
  ])("%s to %s", (...row) => {
    const [inUse, build, anyCudaMajor, expected] = row;
    expect(changedVariant(inUse, build, anyCudaMajor)).toEqual(expected);
  });

  test.each([
    ["cuda-version", true],
    ["cudatoolkit", true],
    ["pytorch-cuda", true],
    ["cuda-nvcc", true],
    ["cuda-python", false],
    ["cudf", false],
  ])("%s stands for CUDA: %s", (name, expected) => {
    expect(isCudaName(name)).toBe(expected);
  });
});

describe("what a unit leaves as it is", () => {
  const inUse = new Map([
    ["python", { version: "3.10.8", build: "0_cpython" }],
    ["cuda-version", { version: "12.4", build: "0" }],
    ["numpy", { version: "1.26.4", build: "py310_0" }],
    ["hdf5", { version: "1.14.0", build: "nompi_0" }],
  ]);
  const apart = (names: readonly string[], allowsPython = true): ReturnType<typeof staysApart> =>
    staysApart({
      names: new Set(names),
      inUse,
      direct: new Set(["numpy", "python"]),
      allowsPython: () => allowsPython,
    });
  const record = (name: string, version: string, build = "0") => {
    const found = memoryChannel("c", [{ name, version, build }]).records.get(name)?.[0];
    if (found === undefined) throw new Error("no record");
    return found;
  };

  test.each([
    ["python", "3.10.12", "0_cpython", null],
    ["python", "3.11.4", "0_cpython", /another minor of Python, which has a pull request of its own/u],
    ["cuda-version", "12.9", "0", null],
    ["cuda-version", "13.0", "0", /another major of CUDA, which has a pull request of its own/u],
    ["numpy", "2.0.0", "py310_0", null],
    ["numpy", "1.24.0", "py310_0", /is older than 1\.26\.4/u],
    ["hdf5", "1.13.0", "nompi_0", null],
    ["hdf5", "1.14.1", "mpi_mpich_0", /built for mpich in place of nompi/u],
    ["new", "1.0", "mpi_mpich_0", null],
  ])("%s %s %s in a refresh", (name, version, build, expected) => {
    const answer = apart([])(record(name, version, build));
    if (expected === null) expect(answer).toBeNull();
    else expect(answer).toMatch(expected);
  });

  test("a unit of its own moves what it names, as far as other files allow", () => {
    expect(apart(["python"])(record("python", "3.11.4"))).toBeNull();
    expect(apart(["python"], false)(record("python", "3.11.4"))).toMatch(/left out by other files/u);
    expect(apart(["cuda-version"])(record("cuda-version", "13.0"))).toBeNull();
    expect(apart(["numpy"])(record("numpy", "1.24.0", "py310_0"))).toBeNull();
  });
});
