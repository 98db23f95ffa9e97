/** CUDA, kinds of builds, and environments that share a file. */
import { describe, expect, test } from "@jest/globals";
import { conda, emptyLock, lockedConda, proposeConda, type WrittenConda } from "../../support/small-conda.ts";
import { groups, textOf } from "../../support/small-repository.ts";

const LINUX = ["linux-64"];

function environment(...specs: readonly string[]): string {
  const lines = ["channels:", "  - conda-forge", "dependencies:", ...specs.map((spec) => `  - ${spec}`)];
  return [...lines, "platforms:", "  - linux-64", ""].join("\n");
}

const lockOf = (source: string): string => emptyLock(LINUX, [source]);
const VIRTUAL = "subdirs:\n  linux-64:\n    packages:\n      __glibc: 2.28\n      __cuda: 12.4\n";

function torch(version: string, cuda: string, number = 0): WrittenConda {
  const major = cuda.split(".")[0] ?? "";
  return conda(
    `pytorch ${version} cuda${cuda.replace(".", "")}_py310_${number}`,
    ["__cuda", `cuda-version >=${cuda},<${Number(major) + 1}`],
    { platforms: LINUX },
  );
}

const cudaVersion = (version: string): WrittenConda => conda(`cuda-version ${version} 0`);
const cpuTorch = (version: string): WrittenConda => conda(`pytorch ${version} cpu_py310_0`, [], { platforms: LINUX });

describe("CUDA", () => {
  const first = [torch("2.1.0", "12.1"), cudaVersion("12.1"), cudaVersion("12.4")];
  const files = {
    "environment.yml": environment("pytorch=2.1.0=cuda12*", "cuda-version=12.1"),
    "conda-lock.yml": lockOf("environment.yml"),
    "virtual-packages.yml": VIRTUAL,
  };

  test("a minor of CUDA moves with the rest, a major by itself, and the glob of the build stays", async () => {
    const later = [...first, torch("2.2.0", "12.4"), torch("2.3.0", "13.0"), cudaVersion("13.0")];
    const proposal = await proposeConda(await lockedConda(files, { conda: first }), { conda: later });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      environment("pytorch=2.2.0=cuda12*", "cuda-version=12.4"),
    );
    expect(groups(proposal)).toEqual(["python-dependencies"]);
    expect(proposal.held).toMatchObject([
      { name: "pytorch", wanted: "2.3.0" },
      { name: "cuda-version", wanted: ">=13" },
    ]);
  });

  test("a major of CUDA that solves is a pull request of its own, with a word about drivers", async () => {
    const open = { ...files, "environment.yml": environment("pytorch=2.1", "cuda-version=12.1") };
    const later = [...first, torch("2.1.0", "13.0", 1), cudaVersion("13.0")];
    const proposal = await proposeConda(await lockedConda(open, { conda: first }), { conda: later });
    expect(groups(proposal)).toEqual(["python-dependencies", "cuda"]);
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toContain("cuda-version=12.4");
    expect(textOf(proposal, "cuda", "environment.yml")).toContain("cuda-version=13.0");
    expect(proposal.pullRequests[1]?.body).toContain("needs a driver that supports CUDA 13 on every machine");
    expect(proposal.pullRequests[1]?.body).toContain("`__cuda=12.4`");
  });

  test("a transitive CUDA major is not crossed, and a build for the CPU does not take the place of one for CUDA", async () => {
    const loose = { ...files, "environment.yml": environment("pytorch") };
    const old = [torch("2.1.0", "12.1"), cudaVersion("12.1")];
    const later = [...old, torch("2.2.0", "13.0"), cudaVersion("13.0"), cpuTorch("2.3.0")];
    const proposal = await proposeConda(await lockedConda(loose, { conda: old }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held.map(({ name }) => name)).toEqual(["pytorch"]);
  });
});

describe("kinds of builds", () => {
  test.each([
    ["libblas", "3.9.0", "1_openblas", "2_mkl"],
    ["hdf5", "1.14.0", "mpi_mpich_0", "mpi_openmpi_1"],
    ["hdf5", "1.14.0", "nompi_0", "mpi_mpich_1"],
  ])("%s %s %s is not replaced by %s", async (name, version, build, other) => {
    const files = { "environment.yml": environment(name), "conda-lock.yml": lockOf("environment.yml") };
    const first = [conda(`${name} ${version} ${build}`, [], { platforms: LINUX })];
    const later = [...first, conda(`${name} ${version}.1 ${other}`, [], { platforms: LINUX })];
    const proposal = await proposeConda(await lockedConda(files, { conda: first }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    const same = [...later, conda(`${name} ${version}.2 ${build}`, [], { platforms: LINUX })];
    const moved = await proposeConda(await lockedConda(files, { conda: first }), { conda: same });
    expect(moved.pullRequests[0]?.changes.map(({ to }) => to)).toEqual([`${version}.2`]);
  });
});

describe("several locks", () => {
  const files = {
    "base/environment.yml": environment("dask=2023.1"),
    "base/conda-lock.yml": lockOf("environment.yml"),
    "full/environment.yml": environment("tool=1.0"),
    "full/conda-lock.yml": emptyLock(LINUX, ["../base/environment.yml", "environment.yml"]),
  };
  const first = [conda("dask 2023.1.0 0"), conda("tool 1.0 0")];

  test("locks that share a file move with it together", async () => {
    const later = [...first, conda("dask 2024.5.0 0")];
    const proposal = await proposeConda(await lockedConda(files, { conda: first }), { conda: later });
    const edits = proposal.pullRequests.map((pull) => pull.edits.map(({ file }) => file).sort());
    expect(edits).toEqual([["base/conda-lock.yml", "base/environment.yml", "full/conda-lock.yml"]]);
    const targets = proposal.pullRequests[0]?.changes.flatMap((change) => change.targets);
    expect(targets).toEqual(["base linux-64", "full linux-64"]);
  });

  test("what one of them cannot have stays in all", async () => {
    const bound = conda("tool 1.0 0", ["dask <2024"]);
    const old = [conda("dask 2023.1.0 0"), bound];
    const later = [...old, conda("dask 2024.5.0 0")];
    const proposal = await proposeConda(await lockedConda(files, { conda: old }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "dask", wanted: "2024.5.0", holder: "tool 1.0" }]);
  });
});

describe("an environment without a lock", () => {
  test("its pins move, what has no version stays, and nothing else is said to change", async () => {
    const files = { "environment.yml": environment("a=1.0", "b", "c >=1,<2", "d=1.1=h1_0") };
    const first = [
      conda("a 1.0.1 0"),
      conda("b 1.0 0", ["e"]),
      conda("c 1.5 0"),
      conda("d 1.1 h1_0"),
      conda("e 1.0 0"),
    ];
    const later = [...first, conda("a 1.2.0 0"), conda("b 1.1 0", ["e"]), conda("c 1.6 0"), conda("e 1.1 0")];
    const snapshot = await lockedConda(files, { conda: first });
    expect((await proposeConda(snapshot, { conda: first })).pullRequests).toEqual([]);
    const proposal = await proposeConda(snapshot, { conda: [...later, conda("d 1.2 h2_0")] });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      environment("a=1.2", "b", "c >=1,<2", "d=1.2=h2_0"),
    );
    expect(proposal.pullRequests[0]?.changes.map(({ name, from, to }) => [name, from, to])).toEqual([
      ["a", "1.0.1", "1.2.0"],
      ["d", "1.1", "1.2"],
    ]);
  });
});
