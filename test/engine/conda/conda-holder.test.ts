/** Who is named as the holder of a conda package, by what a proof says. */
import { describe, expect, test } from "@jest/globals";
import { heldBy } from "#engine/conda/conda-holder.ts";
import { proofSteps, type ProofStep } from "#engine/conda/proof-steps.ts";
import type { CondaFact } from "#solver/conda/reasons.ts";
import type { JointFact } from "#solver/joint/reasons.ts";

const place = (line: number) => ({ file: "environment.yml", line });

function requires(holder: string | null, name: string, spec = name): CondaFact {
  const [own = "", ...records] = holder?.split(" ") ?? [];
  return {
    kind: "requires",
    holder: holder === null ? null : { name: own, records: records.join(" ") },
    name,
    spec,
    origin: holder === null ? place(7) : null,
    lack: null,
  };
}

const young = (name: string, records: string): CondaFact => ({
  kind: "excluded",
  package: { name, records },
  reason: { kind: "refused", reason: "is held where it is" },
});

function holder(name: string, facts: readonly (CondaFact | JointFact)[]): string {
  const steps: readonly ProofStep[] = proofSteps(facts);
  return heldBy(name, { outcome: { kind: "conflict", explanation: "…", origin: place(3), steps } }).holder;
}

describe("the holder", () => {
  test.each<readonly [what: string, name: string, facts: readonly (CondaFact | JointFact)[], expected: string]>([
    [
      "asks for the package",
      "numpy",
      [requires("pandas 2.0 py310_0", "python"), requires("scipy 1.10.0 py310_0", "numpy")],
      "scipy 1.10.0",
    ],
    [
      "asks for what the package asks for, and is told without builds",
      "libgdal-netcdf",
      [
        requires("libgdal-netcdf 3.12.3 h_0", "libgdal-core"),
        requires("rasterio 1.3.10 or >=1.4.4 (12 of 29 builds: a, b and 10 more)", "libgdal-core"),
      ],
      "rasterio 1.3.10 or >=1.4.4",
    ],
    [
      "is what the package asks for and may not have",
      "jaxlib",
      [requires("jaxlib ==0.9.2", "jax"), young("jax", ">=0.9.2"), requires(null, "python")],
      "jax >=0.9.2 is held where it is",
    ],
    [
      "is a line that asks for something else",
      "jax",
      [requires("jax 0.9.1 0", "jaxlib"), requires(null, "jax"), requires(null, "python")],
      "environment.yml:7",
    ],
    [
      "is the package itself, where nothing else is to blame",
      "lonboard",
      [
        {
          kind: "excluded",
          package: { name: "lonboard", records: "0.16.0 pyh_0" },
          reason: { kind: "dead", spec: "arro >=1", lack: { kind: "unknown-name", platform: "linux-aarch64" } },
        },
        requires(null, "lonboard"),
      ],
      "lonboard 0.16.0 depends on arro >=1, which no channel has for linux-aarch64 or noarch",
    ],
    [
      "is what the package lacks, rather than its age",
      "zarr",
      [
        {
          kind: "excluded",
          package: { name: "zarr", records: "3.1.2 pyh_0" },
          reason: { kind: "date", cutoff: Date.parse("2025-08-22T12:00:00Z"), undated: false },
        },
        {
          kind: "excluded",
          package: { name: "zarr", records: ">=3.0.0,<=3.1.1" },
          reason: { kind: "dead", spec: "crc32c", lack: { kind: "unknown-name", platform: "linux-aarch64" } },
        },
        requires(null, "zarr"),
      ],
      "zarr >=3.0.0,<=3.1.1 depends on crc32c, which no channel has for linux-aarch64 or noarch",
    ],
    [
      "may be of the other ecosystem",
      "numpy",
      [
        {
          side: "pypi",
          fact: {
            kind: "requires",
            holder: { name: "numba", versions: "==0.57.0" },
            name: "numpy",
            requirement: "numpy<1.25",
            origin: null,
            noVersion: false,
          },
        },
      ],
      "numba 0.57.0",
    ],
    ["is a line of the manifest where a proof says nothing of packages", "numpy", [], "environment.yml:3"],
  ])("%s", (_what, name, facts, expected) => {
    expect(holder(name, facts)).toBe(expected);
  });

  test("is never a word of the explanation", () => {
    const facts: readonly CondaFact[] = [requires("h5py 3.16.0 py314_0", "python"), requires("cartopy", "python")];
    expect(holder("h5py", facts)).toBe("cartopy");
  });
});
