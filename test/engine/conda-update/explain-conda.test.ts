/** `relock explain` on conda environments: by their lock, by a solve, and of versions that are asked about. */
import { describe, expect, test } from "@jest/globals";
import { explainPackage } from "#engine/explain.ts";
import { findProjects } from "#formats/find-projects.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { testContext, textSnapshot } from "../../support/engine.ts";
import { channelOf, conda, emptyLock, lockedConda, type CondaWorld } from "../../support/small-conda.ts";
import { NOW, release } from "../../support/small-repository.ts";

const PLATFORMS = ["linux-64", "osx-arm64"];
const ENVIRONMENT = [
  "channels:",
  "  - conda-forge",
  "dependencies:",
  "  - numpy=1.24",
  "  - scipy",
  "  - cf_xarray",
  "platforms: [linux-64, osx-arm64]",
  "",
].join("\n");
const CONDA = [
  conda("numpy 1.24.1 0"),
  conda("numpy 1.26.0 0"),
  conda("numpy 2.0.0 0", [], { platforms: ["linux-64"] }),
  conda("scipy 1.10.0 0", ["numpy >=1.20,<2.0a0"]),
  conda("cf_xarray 0.8.0 0", ["numpy"]),
];

async function explain(
  snapshot: RepositorySnapshot,
  world: CondaWorld & { readonly isOutOfReach?: boolean },
  name: string,
  version: string | null = null,
): Promise<string> {
  const channel = world.isOutOfReach === true ? {} : { channel: channelOf(world.conda) };
  const context = testContext({ releases: world.releases ?? [], ...channel, now: NOW });
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  return (await explainPackage(found, context, name, version)).replaceAll("\u200B", "");
}

describe("a locked environment", () => {
  const locked = lockedConda(
    { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(PLATFORMS, ["environment.yml"]) },
    { conda: CONDA },
  );

  test("says who asks for a package, and who keeps newer versions out, without a channel", async () => {
    const text = await explain(await locked, { conda: CONDA, isOutOfReach: true }, "numpy");
    expect(text).toContain("`numpy 1.24.1` on every target (`conda-lock.yml:");
    expect(text).toContain("Newer versions are limited by:");
    expect(text).toContain("`environment.yml:4` asks for `numpy=1.24`");
    expect(text).toContain("`scipy 1.10.0` asks for `numpy >=1.20,<2.0a0` (`environment.yml:5` → `scipy 1.10.0`)");
    expect(text).toContain("`cf_xarray 0.8.0` asks for `numpy`");
  });

  test("knows names by either spelling", async () => {
    const text = await explain(await locked, { conda: CONDA }, "cf-xarray");
    expect(text).toContain("`cf-xarray 0.8.0` on every target");
  });

  test("says what would have to be written for a version that is possible", async () => {
    const text = await explain(await locked, { conda: CONDA }, "numpy", "1.26");
    expect(text).toContain("`environment.yml:4` asks for `numpy=1.24`, which does not allow `1.26`");
    expect(text).toContain("`numpy 1.26` is possible on every target, once the manifest allows it");
  });

  test("tells apart what is held and what is not built for a platform", async () => {
    const text = await explain(await locked, { conda: CONDA }, "numpy", "2.0.0");
    expect(text).toContain("`numpy 2.0.0` is not possible on `linux-64`, held by: `scipy 1.10.0`");
    expect(text).toContain("no channel has numpy 2.0.0 for osx-arm64 or noarch");
  });

  test("says that a package is not there, with the name that is nearly the same", async () => {
    expect(await explain(await locked, { conda: CONDA }, "nunpy")).toContain("Did you mean `numpy`?");
  });
});

describe("an environment without a lock", () => {
  const files = {
    "environment.yml": `${ENVIRONMENT.replace("platforms: [linux-64, osx-arm64]\n", "")}  - python=3.10\n  - pip:\n    - jax==0.4.1\n`,
  };
  const world = {
    conda: [...CONDA, conda("python 3.10.8 0"), conda("pip 23.0 0", ["python"])],
    releases: [release("jax", "0.4.1", ["opt"]), release("opt", "1.0"), release("jax", "0.4.6", ["opt>=2"])],
  };

  test("is solved, pip entries with it", async () => {
    const snapshot = textSnapshot(files);
    expect(await explain(snapshot, world, "scipy")).toContain("`scipy 1.10.0` on every target");
    const opt = await explain(snapshot, world, "opt");
    expect(opt).toContain("`opt 1.0` on every target");
    expect(opt).toContain("`jax 0.4.1` asks for `opt`");
    expect(await explain(snapshot, world, "jax", "0.4.6")).toMatch(/`jax 0\.4\.6` is possible on none of the targets/u);
  });

  test("is told of as far as it can be where its channel is out of reach", async () => {
    const text = await explain(textSnapshot(files), { ...world, isOutOfReach: true }, "scipy");
    expect(text).toContain("`environment.yml:5` says `scipy` (for conda)");
  });
});
