import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { orderPackages, packageOrderOf } from "#formats/locks/conda-lock/package-order.ts";
import { topologicalOrder } from "#formats/locks/conda-lock/topological-order.ts";
import { condaLockIn, realCondaLocks } from "../../../support/conda-locks.ts";
import { processorTime } from "../../../support/processor-time.ts";
import { describeWithData } from "../../../support/test-data.ts";

function entry(name: string, dependencies: readonly string[]): CondaLockPackage {
  return {
    name,
    version: "1",
    manager: "conda",
    platform: "linux-64",
    dependencies: new Map(dependencies.map((other) => [other, ""])),
    url: "",
    hash: { md5: null, sha256: null },
    source: null,
    build: null,
    category: "main",
    optional: false,
  };
}

type Graph = Readonly<Record<string, readonly string[]>>;

const ordered = (graph: Graph): string =>
  topologicalOrder(Object.entries(graph).map(([name, needs]) => entry(name, needs)))
    .map(({ name }) => name)
    .join(" ");

/** The rule told plainly: sets, a scan of all names for each level. */
function orderedPlainly(graph: Graph): string {
  const open = new Map(
    Object.entries(graph).map(([name, needs]) => [name, new Set(needs.filter((one) => one !== name))]),
  );
  open.get("python")?.delete("pip");
  for (const needs of open.values()) for (const one of needs) if (!open.has(one)) open.set(one, new Set());
  const out: string[] = [];
  while (open.size > 0) {
    let level = [...open].filter(([, needs]) => needs.size === 0).map(([name]) => name);
    if (level.length === 0) {
      const sizes = [...open].sort(([a, x], [b, y]) => x.size - y.size || (a < b ? -1 : 1));
      level = [sizes[0]?.[0] ?? ""];
    }
    out.push(...level.sort());
    for (const name of level) open.delete(name);
    for (const needs of open.values()) for (const name of level) needs.delete(name);
  }
  return out.filter((name) => name in graph).join(" ");
}

describe("the order of installation", () => {
  test("keeps every entry of a package that stands there for several categories", () => {
    const of = (name: string, category: string, needs: readonly string[] = []) => ({ ...entry(name, needs), category });
    const packages = [of("a", "dev", ["b"]), of("a", "docs", ["b"]), of("b", "dev"), of("b", "docs")];
    expect(orderPackages(packages, "topological").map(({ name, category }) => `${name} ${category}`)).toEqual([
      "b dev",
      "b docs",
      "a dev",
      "a docs",
    ]);
  });

  test.each<readonly [graph: Graph, order: string]>([
    [{ b: [], a: [] }, "a b"],
    [{ a: ["b"], b: ["c"], c: [] }, "c b a"],
    [{ a: ["z"], b: [], z: [] }, "b z a"],
    [{ a: ["__glibc"], b: [] }, "b a"],
    [{ python: ["pip", "zlib"], pip: ["python"], zlib: [] }, "zlib python pip"],
    [{ a: ["a"] }, "a"],
    [{ a: ["b"], b: ["a"], c: ["a"] }, "a b c"],
    [{ a: ["b", "d"], b: ["a"], d: ["a", "b"] }, "b a d"],
  ])("%j", (graph, order) => {
    expect(ordered(graph)).toBe(order);
  });

  test("is the plain rule's on any graph", () => {
    const names = ["a", "b", "c", "d", "e", "f", "pip", "python", "zlib"];
    const graph = fc.dictionary(
      fc.constantFrom(...names),
      fc.uniqueArray(fc.constantFrom(...names, "__unix"), { maxLength: 4 }),
    );
    fc.assert(
      fc.property(graph, (one) => {
        expect(ordered(one)).toBe(orderedPlainly(one));
      }),
      { numRuns: 500 },
    );
  });

  test("many cycles take no more than n log n", () => {
    const pairs = Array.from({ length: 20_000 }, (_, index) => [
      entry(`a${index}`, [`b${index}`, "x"]),
      entry(`b${index}`, [`a${index}`, "x"]),
    ]).flat();
    const start = processorTime();
    expect(topologicalOrder([...pairs, entry("x", ["a0"])])).toHaveLength(40_001);
    expect(processorTime() - start).toBeLessThan(3000);
  });
});

describeWithData("the order of real locks", "", (root) => {
  test("is one of the two, and comes back from any other", () => {
    const orders = realCondaLocks(root).map(({ folder, text }) => {
      const { packages } = condaLockIn(text);
      const order = packageOrderOf(packages);
      expect(orderPackages([...packages].reverse(), order).map(({ url }) => url)).toEqual(
        packages.map(({ url }) => url),
      );
      return `${folder.split("/").slice(-2).join("/")} ${order}`;
    });
    expect(orders.filter((line) => line.endsWith("topological"))).toEqual([
      "manifests/BAMresearch__FenicsXConcrete topological",
      "Clay-foundation__model/17f4698f70f1 topological",
      "pangeo-data__pangeo-docker-images/6caa27574956 topological",
      "pangeo-data__pangeo-docker-images/b2bc54a0f717 topological",
    ]);
    expect(orders).toHaveLength(19);
  });
});
