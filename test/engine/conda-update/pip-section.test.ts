/** pip entries beside conda packages: an environment.yml that includes requirements, a poetry.lock in the same set. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Proposal } from "#planning/proposal.ts";
import type { TestRelease } from "../../support/index-data.ts";
import { conda, emptyLock, lockedConda, merged, proposeConda, type WrittenConda } from "../../support/small-conda.ts";
import { groups, release, textOf } from "../../support/small-repository.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext } from "../../support/engine.ts";

const PLATFORMS = ["linux-64", "osx-64", "osx-arm64"];
const python = (version: string): WrittenConda => conda(`python ${version} 0_cpython`, [], { platforms: PLATFORMS });
const PIP = conda("pip 23.0 pyhd8ed1ab_0", ["python >=3.7"]);

const ENVIRONMENT = `name: imprint
channels:
  - conda-forge
dependencies:
  - python=3.10
  - pip
  - h5py=3.7
  - pip:
    - -r requirements.txt
`;
const PYPROJECT = `[tool.poetry]
name = "imprint"
version = "0.1"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.10,<3.11"
jax = "^0.4.1"
`;
const FILES = {
  "environment.yml": ENVIRONMENT,
  "pyproject.toml": PYPROJECT,
  "requirements.txt": "jax==0.4.1\nclick==8.0.0\n",
};

const H5PY = ["3.7.0", "3.8.0"].map((version) =>
  conda(`h5py ${version} py310_0`, ["python >=3.10,<3.11.0a0"], { platforms: PLATFORMS }),
);
const FIRST = [python("3.10.8"), PIP, ...H5PY.slice(0, 1)];
const LATER = [...FIRST, ...H5PY.slice(1), python("3.10.12"), python("3.11.4")];
const OLD_PYPI = [release("jax", "0.4.1"), release("click", "8.0.0")];
const NEW_PYPI = [
  ...OLD_PYPI,
  release("jax", "0.4.6"),
  { ...release("jax", "0.4.7"), requiresPython: ">=3.11" },
  release("click", "8.1.0"),
];

describe("an environment.yml that includes requirements.txt, with a poetry.lock beside it", () => {
  test("everything of the set moves in one pull request, and a second run changes nothing", async () => {
    const snapshot = await lockedConda(FILES, { conda: FIRST, releases: OLD_PYPI });
    const world = { conda: LATER, releases: NEW_PYPI };
    const proposal = await proposeConda(snapshot, world);
    expect(groups(proposal)).toEqual(["python-dependencies"]);
    const [pull] = proposal.pullRequests;
    expect(pull?.edits.map(({ file }) => file).sort()).toEqual([
      "environment.yml",
      "poetry.lock",
      "pyproject.toml",
      "requirements.txt",
    ]);
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      ENVIRONMENT.replace("h5py=3.7", "h5py=3.8"),
    );
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe("jax==0.4.6\nclick==8.1.0\n");
    expect(textOf(proposal, "python-dependencies", "pyproject.toml")).toContain('jax = "^0.4.6"');
    const again = await proposeConda(merged(snapshot, proposal, "python-dependencies"), world);
    expect(again.pullRequests).toEqual([]);
  });

  test("a Python that pyproject.toml leaves out is held by its line", async () => {
    const snapshot = await lockedConda(FILES, { conda: FIRST, releases: OLD_PYPI });
    const proposal = await proposeConda(snapshot, { conda: LATER, releases: OLD_PYPI });
    const python = proposal.held.find(({ name }) => name === "python");
    expect(python).toMatchObject({ wanted: "3.11.4", holder: "pyproject.toml:8" });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      ENVIRONMENT.replace("h5py=3.7", "h5py=3.8"),
    );
  });

  test("pip entries see the Python of conda", async () => {
    const files = {
      "environment.yml": ENVIRONMENT.replace("python=3.10", "python=3.10.8"),
      "requirements.txt": "jax==0.4.1\n",
    };
    const young = { ...release("jax", "0.4.9"), requiresPython: ">=3.10.10" };
    const snapshot = await lockedConda(files, { conda: FIRST, releases: OLD_PYPI });
    const held = await proposeConda(snapshot, { conda: FIRST, releases: [...OLD_PYPI, young] });
    expect(held.pullRequests).toEqual([]);
    expect(held.held).toMatchObject([{ name: "jax", wanted: "0.4.9" }]);
    const moved = await proposeConda(snapshot, {
      conda: [...FIRST, python("3.10.12")],
      releases: [...OLD_PYPI, young],
    });
    expect(textOf(moved, "python-dependencies", "environment.yml")).toContain("python=3.10.12");
    expect(textOf(moved, "python-dependencies", "requirements.txt")).toBe("jax==0.4.9\n");
  });

  test("where the channel is out of reach the rest goes on, and it is said what was left out", async () => {
    const snapshot = await lockedConda(FILES, { conda: FIRST, releases: OLD_PYPI });
    const context = testContext({ releases: NEW_PYPI, now: Date.parse("2026-06-01T00:00:00Z") });
    const proposal = await proposeUpdates(context, snapshot, {
      request: { kind: "weekly" },
      organisationDefaults: null,
    });
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe("jax==0.4.6\nclick==8.1.0\n");
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe("");
    expect(proposal.findings).toMatchObject([{ code: "channel-unreachable", file: "environment.yml" }]);
  });
});

describe("one fact under two managers", () => {
  const files = {
    "environment.yml":
      "channels: [conda-forge]\ndependencies:\n  - python=3.10\n  - numpy=1.24.1\nplatforms: [linux-64]\n",
    "requirements.txt": "numpy==1.24.1\n",
  };
  const numpy = (version: string): WrittenConda =>
    conda(`numpy ${version} py310_0`, ["python >=3.10,<3.11.0a0"], { platforms: ["linux-64"] });

  test("conda's version is the one that pip's files follow", async () => {
    const world = {
      conda: [...FIRST, numpy("1.24.1"), numpy("1.25.0")],
      releases: ["1.24.1", "1.25.0", "1.26.0"].map((version) => release("numpy", version)),
    };
    const proposal = await proposeConda(await lockedConda(files, world), world);
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toContain("numpy=1.25.0");
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe("numpy==1.25.0\n");
  });

  test("names may differ: what the purls of a record say is one fact", async () => {
    const torch = (version: string): WrittenConda =>
      conda(`pytorch ${version} py310_0`, [], { platforms: ["linux-64"], purls: ["pkg:pypi/torch"] });
    const own = {
      "environment.yml": files["environment.yml"].replace("numpy=1.24.1", "pytorch=2.0.0"),
      "requirements.txt": "torch==2.0.0\n",
    };
    const releases = ["2.0.0", "2.0.1", "2.1.0", "3.0.0"].map((version) => release("torch", version));
    const first = { conda: [...FIRST, torch("2.0.0")], releases };
    const snapshot = await lockedConda(own, first);
    const later = { conda: [...first.conda, torch("2.0.1"), torch("3.0.0")], releases };
    const proposal = await proposeConda(snapshot, later);
    expect(groups(proposal)).toEqual(["python-dependencies", "major-torch"]);
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toContain("pytorch=2.0.1");
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe("torch==2.0.1\n");
    expect(textOf(proposal, "major-torch", "environment.yml")).toContain("pytorch=3.0.0");
    expect(textOf(proposal, "major-torch", "requirements.txt")).toBe("torch==3.0.0\n");
    const asked = { kind: "packages", packages: [{ name: "torch", version: "2.0.1" }] } as const;
    expect(textOf(await proposeConda(snapshot, later, asked), "update-torch", "environment.yml")).toContain(
      "pytorch=2.0.1",
    );
  });

  test("what pip's files cannot follow stays in conda's too", async () => {
    const first = { conda: [...FIRST, numpy("1.24.1")], releases: [release("numpy", "1.24.1")] };
    const later = { conda: [...first.conda, numpy("1.25.0")], releases: first.releases };
    const proposal = await proposeConda(await lockedConda(files, first), later);
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held.map(({ name, wanted }) => [name, wanted])).toEqual([["numpy", "1.25.0"]]);
  });
});

describe("a lock of conda and pip entries", () => {
  const environment = [
    "channels: [conda-forge]",
    "dependencies:",
    "  - python=3.10",
    "  - pip",
    "  - pip:",
    "    - jax==0.4.1",
    "    - click",
    "platforms: [linux-64]",
    "",
  ].join("\n");
  const files = { "environment.yml": environment, "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]) };
  const wheel = (name: string, version: string, needs: string[] = []): TestRelease => {
    const sha256 = createHash("sha256")
      .update(name + version)
      .digest("hex");
    return { ...release(name, version, needs), files: [{ filename: `${name}-${version}-py3-none-any.whl`, sha256 }] };
  };
  const first = {
    conda: FIRST,
    releases: [wheel("jax", "0.4.1", ["opt"]), wheel("opt", "1.0"), wheel("click", "8.0.0")],
  };
  const moves = (proposal: Proposal, group: string) =>
    proposal.pullRequests
      .find((pull) => pull.group === group)
      ?.changes.map(({ name, to, ecosystem, direct, reason }) => [name, to, ecosystem, direct, reason]);

  test("pins, what names no version, and what these need move together", async () => {
    const releases = [...first.releases, wheel("jax", "0.4.6", ["opt"]), wheel("opt", "1.1"), wheel("click", "8.1.0")];
    const snapshot = await lockedConda(files, first);
    expect((await proposeConda(snapshot, first)).pullRequests).toEqual([]);
    const proposal = await proposeConda(snapshot, { conda: [...FIRST, python("3.10.12")], releases });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(environment.replace("0.4.1", "0.4.6"));
    expect(moves(proposal, "python-dependencies")).toEqual([
      ["click", "8.1.0", "pypi", true, "new version"],
      ["jax", "0.4.6", "pypi", true, "new version"],
      ["opt", "1.1", "pypi", false, "new version"],
      ["python", "3.10.12", "conda", true, "new version"],
    ]);
  });

  test("a major of a pip entry moves alone", async () => {
    const releases = [...first.releases, wheel("jax", "1.0", ["opt"]), wheel("opt", "1.1"), wheel("click", "8.1.0")];
    const proposal = await proposeConda(await lockedConda(files, first), { conda: FIRST, releases });
    expect(groups(proposal)).toEqual(["python-dependencies", "major-jax"]);
    expect(moves(proposal, "major-jax")).toEqual([["jax", "1.0", "pypi", true, "new version"]]);
    expect(moves(proposal, "python-dependencies")?.map(([name]) => name)).toEqual(["click", "opt"]);
  });
});
