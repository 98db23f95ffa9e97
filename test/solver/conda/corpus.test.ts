/**
 * Spec sets over real channels: each is solved or refused, and what is solved is checked by its records.
 * `RELOCK_CONDA_SETS=70` solves that many for each of three platforms, the default only a few for one.
 */
import { describe, expect, test } from "@jest/globals";
import { defaultVirtualPackages, type PlatformName } from "#packaging/target.ts";
import { breachesOf } from "../../support/check-conda-solution.ts";
import { corpusChannel, type MemoryChannel } from "../../support/conda-memory.ts";
import { condaProblem, solveConda } from "../../support/conda-solve.ts";
import { describeWithData } from "../../support/test-data.ts";

const asked = process.env["RELOCK_CONDA_SETS"];
const SETS = Number(asked ?? "4");
const PLATFORMS: readonly PlatformName[] = asked === undefined ? ["osx-arm64"] : ["linux-64", "osx-arm64", "win-64"];

const WRITTEN: readonly (readonly string[])[] = [
  ["python=3.11", "numpy"],
  ["python=3.10", "pandas", "scipy", "matplotlib"],
  ["python=3.12", "xarray", "dask", "zarr"],
  ["python=3.11", "libblas=*=*openblas", "numpy"],
  ["python=3.11", "scikit-learn", "jupyterlab"],
  ["python=3.9", "numpy<1.24", "pandas"],
  ["python", "pytorch"],
  ["python=3.10", "jax"],
  ["python=3.11", "gdal", "rasterio", "geopandas"],
  ["python=3.11", "netcdf4", "h5py"],
];

/** Names with some choice, in combinations that are the same in every run. */
function spreadSets({ records }: MemoryChannel, count: number): readonly (readonly string[])[] {
  const names = [...records.keys()].filter((name) => (records.get(name)?.length ?? 0) > 2).sort();
  return Array.from({ length: count }, (_, index) => {
    const picked = [0, 1, 2].map((part) => names[(index * 97 + part * 389 + 31) % names.length] ?? "python");
    return [`python=3.${9 + (index % 5)}`, ...new Set(picked)];
  });
}

describeWithData("real channels", "conda", (folder) => {
  describe.each(PLATFORMS)("%s", (platform) => {
    test("every spec set has an answer, and nothing is wrong with those that are solved", () => {
      const channel = corpusChannel(folder, "conda-forge", platform);
      const virtualPackages = defaultVirtualPackages(platform, "cpu");
      const written = WRITTEN.slice(0, SETS);
      const sets = [...written, ...spreadSets(channel, SETS - written.length)];
      let solved = 0;
      for (const specs of sets) {
        const outcome = solveConda(condaProblem(specs, { platform }), [channel]);
        if (outcome.kind === "solved") {
          solved += 1;
          expect([specs, breachesOf(specs, outcome.resolution.packages, virtualPackages)]).toEqual([specs, []]);
        } else {
          expect(outcome.kind).toBe("conflict");
          expect(written).not.toContain(specs);
        }
      }
      expect(solved).toBeGreaterThan(sets.length / 2);
    }, 600_000);
  });
});
