/** pip entries of a conda-lock.yml under the policies of a weekly run: what is locked never moves backwards by policy alone. */
import { describe, expect, test } from "@jest/globals";
import { textSnapshot } from "../../support/engine.ts";
import { conda, emptyLock, lockedConda, proposeConda } from "../../support/small-conda.ts";
import { release, textOf, YOUNG } from "../../support/small-repository.ts";

const ENVIRONMENT = `channels: [conda-forge]
dependencies:
  - python=3.10
  - pip
  - pip:
    - jax
platforms: [linux-64]
`;
const FILES = { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]) };
const CONDA = [conda("python 3.10.8 0_cpython"), conda("pip 23.0 0")];
const OLD_JAX = release("jax", "0.4.1");

test("a release within the cooldown that is locked stays", async () => {
  const world = { conda: CONDA, releases: [OLD_JAX, { ...release("jax", "0.4.2"), uploadTime: YOUNG }] };
  const proposal = await proposeConda(await lockedConda(FILES, world), world);
  expect([proposal.pullRequests, proposal.held, proposal.findings]).toEqual([[], [], []]);
});

test("one that is held where it is stays, and what is newer does not come in", async () => {
  const files = { ...FILES, ".github/relock.yml": "hold:\n  jax: null\n" };
  const snapshot = await lockedConda(files, { conda: CONDA, releases: [OLD_JAX] });
  const world = { conda: CONDA, releases: [OLD_JAX, release("jax", "0.4.2")] };
  const held = await proposeConda(snapshot, world);
  expect([held.pullRequests, held.findings]).toEqual([[], []]);
  const free = await proposeConda(await lockedConda(FILES, { conda: CONDA, releases: [OLD_JAX] }), world);
  expect(textOf(free, "python-dependencies", "conda-lock.yml")).toContain("version: 0.4.2");
});

test("pip entries of an environment that cannot be opened are not solved without it", async () => {
  const secret = "https://somebody:word@packages.example/simple";
  const environment = `channels: [conda-forge]\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n    - --index-url ${secret}\n    - jax==0.4.1\n`;
  const releases = [release("jax", "0.4.1"), release("jax", "0.4.2")];
  const proposal = await proposeConda(textSnapshot({ "environment.yml": environment }), { conda: CONDA, releases });
  expect([proposal.pullRequests, proposal.held]).toEqual([[], []]);
  expect(proposal.findings).toMatchObject([{ code: "not-updated", file: "environment.yml", line: 6 }]);
  expect(JSON.stringify(proposal)).not.toContain("word@");
});

describe("a pip entry that stays behind", () => {
  const environment = `channels: [conda-forge]
dependencies:
  - python=3.10
  - pip
  - old-numba=1.0
  - pip:
    - jax==0.4.1
platforms: [linux-64]
`;
  const numpy = conda("numpy 1.24.1 0", ["python"]);
  const world = [...CONDA, numpy, conda("old-numba 1.0 0", ["python", "numpy <1.25"])];

  test("for a package of conda names that package", async () => {
    const snapshot = textSnapshot({ "environment.yml": environment });
    const releases = [OLD_JAX, release("jax", "0.4.2", ["numpy>=1.25"]), release("numpy", "1.25.0")];
    const proposal = await proposeConda(snapshot, { conda: world, releases });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "jax", wanted: "0.4.2", holder: "old-numba 1.0" }]);
  });

  test("for its age is said to cool down", async () => {
    const snapshot = textSnapshot({ "environment.yml": environment });
    const releases = [OLD_JAX, { ...release("jax", "0.4.2"), uploadTime: YOUNG }];
    const proposal = await proposeConda(snapshot, { conda: world, releases });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "jax", wanted: "0.4.2", holder: "cooldown" }]);
  });
});
