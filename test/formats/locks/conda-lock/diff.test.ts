import { describe, expect, test } from "@jest/globals";
import { diffCondaLocks, type CondaLockChange } from "#formats/locks/conda-lock/diff.ts";
import type { CondaLock, CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { condaLockIn, realCondaLocks } from "../../../support/conda-locks.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { SAMPLE } from "./samples.ts";

const lock = condaLockIn(SAMPLE);

function withPython(part: Partial<CondaLockPackage>): CondaLock {
  return { ...lock, packages: lock.packages.map((entry) => (entry.name === "python" ? { ...entry, ...part } : entry)) };
}

const kinds = (changes: readonly CondaLockChange[]): readonly string[] =>
  changes.map(({ name, platform, kind }) => `${name} ${platform} ${kind}`);

const channel = "https://conda.anaconda.org/conda-forge";

describe("a package that changes", () => {
  test.each<readonly [kind: string, part: Partial<CondaLockPackage>]>([
    ["version", { version: "3.12.2", url: `${channel}/linux-64/python-3.12.2-h1_0_cpython.conda` }],
    ["build", { url: `${channel}/linux-64/python-3.12.1-hab00c5b_2_cpython.conda` }],
    ["file", { url: `${channel}/linux-64/python-3.12.1-hab00c5b_1_cpython.tar.bz2` }],
    ["metadata", { dependencies: new Map([["__unix", ""]]) }],
    ["metadata", { hash: { md5: "00".repeat(16), sha256: null } }],
    ["category", { category: "dev", optional: true }],
  ])("%s", (kind, part) => {
    expect(kinds(diffCondaLocks(lock, withPython(part)).changes)).toEqual([`python linux-64 ${kind}`]);
  });

  test("comes or goes", () => {
    const without = { ...lock, packages: lock.packages.slice(1) };
    expect(kinds(diffCondaLocks(lock, without).changes)).toEqual(["_libgcc_mutex linux-64 removed"]);
    expect(diffCondaLocks(without, lock).changes).toMatchObject([
      { kind: "added", from: null, to: { version: "0.1", build: "conda_forge", categories: ["main"] } },
    ]);
  });

  test("order, header and the order of dependencies do not count", () => {
    const turned = {
      ...lock,
      header: [],
      packages: lock.packages
        .map((entry) => ({ ...entry, dependencies: new Map([...entry.dependencies].reverse()) }))
        .reverse(),
    };
    expect(diffCondaLocks(lock, turned)).toEqual({ changes: [], platforms: { added: [], removed: [] }, rehashed: [] });
  });

  test("a package in two categories is one", () => {
    const twice = { ...lock, packages: [...lock.packages, { ...lock.packages[2]!, category: "docs" }] };
    expect(diffCondaLocks(lock, twice).changes).toMatchObject([
      { kind: "category", from: { categories: ["dev"] }, to: { categories: ["dev", "docs"] } },
    ]);
  });

  test("platforms and hashes", () => {
    const metadata = { ...lock.metadata, platforms: ["win-64", "linux-64"], contentHash: new Map([["linux-64", "1"]]) };
    expect(diffCondaLocks(lock, { ...lock, metadata })).toMatchObject({
      platforms: { added: ["win-64"], removed: ["osx-arm64"] },
      rehashed: ["linux-64"],
    });
  });
});

describeWithData("two commits of a real lock", "", (root) => {
  test("conda-forge-webservices moved, and nothing moves against itself", () => {
    const locks = realCondaLocks(root).filter(({ folder }) => folder.includes("conda-forge-webservices"));
    const [first, second] = ["67c381a01193", "799cfd5a4a6e"].map((commit) => {
      const found = locks.find(({ folder }) => folder.endsWith(commit));
      return condaLockIn(found?.text ?? "");
    });
    const { changes, rehashed } = diffCondaLocks(first!, second!);
    expect(rehashed).toEqual([]);
    const counts = new Map<string, number>();
    for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toMatchInlineSnapshot(`
     {
       "added": 7,
       "build": 40,
       "removed": 9,
       "version": 179,
     }
    `);
    expect(changes.find(({ name }) => name === "anaconda-cli-base")).toMatchObject({
      kind: "version",
      from: { version: "0.5.2" },
      to: { version: "0.5.3" },
    });
    expect(diffCondaLocks(first!, first!).changes).toEqual([]);
  });
});
