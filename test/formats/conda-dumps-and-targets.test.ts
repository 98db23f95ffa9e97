import { describe, expect, test } from "@jest/globals";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import { condaLock as lock, environmentYml as environment } from "../support/conda-lock-files.ts";
import { snapshotOf } from "../support/snapshot.ts";

type Files = Readonly<Record<string, string | null>>;
const find = (files: Files): FoundProjects =>
  findProjects(snapshotOf(files), { targets: null, isIncluded: () => true });

describe("dumps are recognised as what they are", () => {
  test.each<[string, Files, string, number, RegExp]>([
    [
      "conda list --explicit",
      {
        "spec-file.txt":
          "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\n# platform: osx-64\n@EXPLICIT\nhttps://repo.anaconda.com/pkgs/main/osx-64/x-1-0.conda\n",
      },
      "spec-file.txt",
      4,
      /on osx-64, as `conda list --explicit` prints it/,
    ],
    [
      "conda list --explicit under pip's name",
      {
        "requirements.txt":
          "@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/noarch/y-1-0.conda\nhttps://conda.anaconda.org/conda-forge/win-64/x-1-0.conda\n",
      },
      "requirements.txt",
      1,
      /on win-64/,
    ],
    [
      "conda list --export",
      {
        "requirements.txt":
          "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\n# platform: linux-64\n_libgcc_mutex=0.1=main\nnumpy=1.26.4=pypi_0\n",
      },
      "requirements.txt",
      4,
      /on linux-64, as `conda list --export` prints it/,
    ],
    [
      "conda env export",
      { "environment.yml": `${environment("x=1=h_0")}prefix: /x\n` },
      "environment.yml",
      6,
      /`prefix:` of conda env export/,
    ],
  ])("%s", (...row) => {
    const [, files, file, line, message] = row;
    const found = find(files);
    expect(found.findings).toEqual([
      { code: "frozen-file", severity: "info", file, line, message: expect.stringMatching(message), targets: [] },
    ]);
    expect(found.projects.every(({ readOnlyReason }) => readOnlyReason !== null)).toBe(true);
  });

  test("Mambaforge is retired", () => {
    const { findings } = find({
      Dockerfile: "FROM condaforge/mambaforge:23.1\n# mambaforge was nice\n",
      ".github/workflows/t.yml":
        "jobs:\n  t:\n    steps:\n    - uses: conda-incubator/setup-miniconda@v3\n      with:\n        miniforge-variant: Mambaforge\n",
    });
    expect(findings.map(({ code, file, line }) => [code, file, line])).toEqual([
      ["retired-installer", ".github/workflows/t.yml", 6],
      ["retired-installer", "Dockerfile", 1],
    ]);
  });
});

describe("targets", () => {
  const targets = (found: FoundProjects, id: string) =>
    found.projects
      .find((each) => each.id === id)
      ?.targets.map(({ platform, accelerator }) => `${platform} ${accelerator}`);

  test("a lock is for CUDA on linux-64 where a source asks for it, and keeps its other platforms", () => {
    const found = find({
      "base/environment.yml": environment(),
      "environment.yml": environment("jaxlib>=0.4.31=cuda12* # [linux]"),
      "conda-lock.yml": lock(["environment.yml", "base/environment.yml"], ["linux-64", "osx-arm64"]),
    });
    expect(targets(found, "environment.yml")).toEqual(["linux-64 cuda", "osx-arm64 cpu"]);
    expect(found.projects.find(({ id }) => id === "environment.yml")?.targets[0]?.reason).toBe(
      "named in conda-lock.yml; environment.yml:5 asks for CUDA (jaxlib)",
    );
  });

  test("or where its virtual packages say so", () => {
    const found = find({
      "environment.yml": environment("jax"),
      "conda-lock.yml": lock(["environment.yml"]),
      "virtual-packages.yml": 'subdirs: {linux-64: {packages: {__cuda: "12.0"}}}\n',
    });
    expect(targets(found, "environment.yml")).toEqual(["linux-64 cuda"]);
  });

  test.each<[string, string, readonly string[]]>([
    ["environment_windows.yml", environment(), ["win-64 cpu"]],
    ["environment-osx-arm64.yml", environment(), ["osx-arm64 cpu"]],
    ["mac_arm_environment.yml", environment(), ["osx-arm64 cpu"]],
    ["environment-macos.yml", environment(), ["osx-64 cpu", "osx-arm64 cpu"]],
    ["environment.yml", environment("ld_impl_linux-64=2.40=h_0"), ["linux-64 cpu"]],
    ["environment-winner.yml", environment(), ["linux-64 cpu", "osx-64 cpu", "osx-arm64 cpu"]],
  ])("%s is for one system", (path, text, expected) => {
    expect(targets(find({ [path]: text }), path)).toEqual(expected);
  });
});
