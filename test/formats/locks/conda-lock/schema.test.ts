import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { condaLockHeader } from "#formats/locks/conda-lock/header.ts";
import { CONDA_LOCK_FLAVOUR, type CondaLock, type CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { CONDA_LOCK_SCHEMA } from "../../../support/conda-lock-schema.ts";
import { condaLockIn, realCondaLocks } from "../../../support/conda-locks.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { SAMPLE } from "./samples.ts";

const validate = new Ajv({ strict: false }).compile(CONDA_LOCK_SCHEMA);

function errorsOf(text: string): unknown {
  return validate(parse(text, { version: "1.1" })) ? null : validate.errors;
}

const entry: CondaLockPackage = {
  name: "zlib",
  version: "1.3",
  manager: "conda",
  platform: "linux-64",
  dependencies: new Map([["libgcc", ">=13"]]),
  url: "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h1_0.conda",
  hash: { md5: "a1".repeat(16), sha256: "1234567890".repeat(6) + "1234" },
  source: null,
  build: null,
  category: "main",
  optional: false,
};

const fresh: CondaLock = {
  flavour: CONDA_LOCK_FLAVOUR,
  header: condaLockHeader({ lockfile: "conda-lock.yml", sources: ["environment.yml"], categories: new Set(["main"]) }),
  metadata: {
    contentHash: new Map([["linux-64", "ab".repeat(32)]]),
    channels: [{ url: "conda-forge", usedEnvVars: [] }],
    platforms: ["linux-64"],
    sources: ["environment.yml"],
    createdAt: null,
    git: null,
    inputs: null,
    custom: null,
  },
  packages: [entry],
};

describe("written locks", () => {
  test("a lock with everything, and a new one", () => {
    expect(errorsOf(writeCondaLock(condaLockIn(SAMPLE)))).toBeNull();
    expect(errorsOf(writeCondaLock(fresh))).toBeNull();
  });

  test("digits alone stay texts", () => {
    const digits = { ...entry, version: "2024", hash: { md5: "1".repeat(32), sha256: "2".repeat(64) } };
    expect(errorsOf(writeCondaLock({ ...fresh, packages: [digits] }))).toBeNull();
  });

  test("the schema refuses what conda-lock refuses", () => {
    const without = { ...entry, hash: { md5: null, sha256: entry.hash.sha256 } };
    expect(errorsOf(writeCondaLock({ ...fresh, packages: [without] }))).not.toBeNull();
    expect(errorsOf(writeCondaLock({ ...fresh, packages: [{ ...without, manager: "pip" }] }))).toBeNull();
    expect(errorsOf(writeCondaLock({ ...fresh, packages: [{ ...entry, optional: true }] }))).not.toBeNull();
    expect(errorsOf(writeCondaLock(fresh).replace("category:", "categories:"))).not.toBeNull();
  });
});

describeWithData("every real conda-lock.yml, written", "", (root) => {
  // The parser takes half a second for the largest, hence not all of them each time.
  const locks = realCondaLocks(root).filter(
    ({ text }) => text.length < 200_000 || process.env["RELOCK_TEST_FULL"] === "1",
  );

  test.each(locks)("$folder", ({ text }) => {
    expect(errorsOf(writeCondaLock(condaLockIn(text)))).toBeNull();
  });
});

describe("the header of a new lock", () => {
  test("without categories", () => {
    expect(fresh.header).toHaveLength(12);
    expect(fresh.header.slice(7)).toEqual([
      "#     conda-lock install -n YOURENV conda-lock.yml",
      "# To update a single package to the latest version compatible with the version constraints in the source:",
      "#     conda-lock lock  --lockfile conda-lock.yml --update PACKAGE",
      "# To re-solve the entire environment, e.g. after changing a version constraint in the source file:",
      "#     conda-lock -f environment.yml --lockfile conda-lock.yml",
    ]);
  });

  test("with categories and several sources", () => {
    const header = condaLockHeader({
      lockfile: "gpu-lock.yml",
      sources: ["environment.yml", "../dev.yml"],
      categories: new Set(["main", "test", "dev", "docs"]),
    });
    expect(header.slice(7, 12)).toEqual([
      "#     conda-lock install -n YOURENV gpu-lock.yml",
      "# This lock contains optional development dependencies. Include them in the installed environment with:",
      "#     conda-lock install --dev-dependencies -n YOURENV gpu-lock.yml",
      "# This lock contains optional dependency categories docs, test. Include them in the installed environment with:",
      "#     conda-lock install -e docs -e test -n YOURENV gpu-lock.yml",
    ]);
    expect(header.at(-1)).toBe("#     conda-lock -f environment.yml -f ../dev.yml --lockfile gpu-lock.yml");
  });
});

describeWithData("the headers of real locks of conda-lock from 2.5.6", "", (root) => {
  const locks = realCondaLocks(root).filter(({ text }) => text.includes("-n YOURENV conda-lock.yml\n"));

  test("there are 11", () => {
    expect(locks).toHaveLength(11);
  });

  test.each(locks)("$folder", ({ text }) => {
    const { header, metadata, packages } = condaLockIn(text);
    const categories = new Set(packages.map(({ category }) => category));
    expect(condaLockHeader({ lockfile: "conda-lock.yml", sources: metadata.sources, categories })).toEqual(header);
  });
});
