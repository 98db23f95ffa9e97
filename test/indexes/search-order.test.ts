import { describe, expect, test } from "@jest/globals";
import { searchIndexes, type LocationAnswer } from "#indexes/search-order.ts";
import type { IndexLocation, IndexPolicy } from "#ports.ts";

type Known = Readonly<Record<string, readonly string[] | "down">>;

function location(
  name: string,
  kind: IndexLocation["kind"] = "index",
  use: IndexLocation["use"] = "normal",
): IndexLocation {
  return { name, url: `https://${name}.example/`, kind, use };
}

/** Who was asked, and whose listings came back. */
async function search(policy: IndexPolicy, known: Known, name: string, source: string | null = null) {
  const asked: string[] = [];
  const answer = await searchIndexes(policy, { name, source }, async (where): Promise<LocationAnswer> => {
    asked.push(where.name);
    const names = known[where.name] ?? [];
    if (names === "down")
      return { problem: { kind: "unreachable", url: where.url, message: `${where.name} is down.` } };
    return { listing: names.includes(name) ? { name, indexUrl: where.url, files: [] } : null };
  });
  const found =
    "listings" in answer
      ? answer.listings.map(({ indexUrl }) => new URL(indexUrl).hostname.split(".")[0])
      : answer.problem.message;
  return { asked, found };
}

describe("first-index", () => {
  const policy: IndexPolicy = { strategy: "first-index", indexes: [location("private"), location("pypi")] };

  test("a private name is never looked for in public", async () => {
    expect(await search(policy, { private: ["ours"], pypi: ["ours", "numpy"] }, "ours")).toEqual({
      asked: ["private"],
      found: ["private"],
    });
  });

  test("the next is asked for what the first does not know", async () => {
    expect(await search(policy, { pypi: ["numpy"] }, "numpy")).toEqual({ asked: ["private", "pypi"], found: ["pypi"] });
  });

  test("an index that is down is not passed over", async () => {
    expect(await search(policy, { private: "down", pypi: ["ours"] }, "ours")).toEqual({
      asked: ["private"],
      found: "private is down.",
    });
  });

  test("a name that nobody knows is no problem", async () => {
    expect(await search(policy, {}, "nothing")).toMatchObject({ found: [] });
  });
});

test("merge puts all answers together, in order", async () => {
  const policy: IndexPolicy = {
    strategy: "merge",
    indexes: [location("one"), location("two"), location("page", "find-links")],
  };
  expect(await search(policy, { one: ["x"], two: ["x"], page: ["x"] }, "x")).toMatchObject({
    found: ["one", "two", "page"],
  });
  expect(await search(policy, { one: ["x"], two: "down" }, "x")).toMatchObject({ found: "two is down." });
});

test("find-links pages are added to the first index, known there or not", async () => {
  const policy: IndexPolicy = { strategy: "first-index", indexes: [location("page", "find-links"), location("pypi")] };
  expect(await search(policy, { pypi: ["jaxlib"], page: ["jaxlib"] }, "jaxlib")).toMatchObject({
    found: ["pypi", "page"],
  });
  expect(await search(policy, { page: ["jaxlib"] }, "jaxlib")).toMatchObject({ found: ["page"] });
  expect(await search(policy, { pypi: ["jax"], page: "down" }, "jax")).toMatchObject({ found: "page is down." });
});

describe("special uses", () => {
  const policy: IndexPolicy = {
    strategy: "merge",
    indexes: [location("pypi"), location("extra", "index", "supplemental"), location("torch", "index", "explicit")],
  };

  test("a supplemental source is asked only where the others know nothing", async () => {
    expect(await search(policy, { pypi: ["a"], extra: ["a"] }, "a")).toEqual({ asked: ["pypi"], found: ["pypi"] });
    expect(await search(policy, { extra: ["b"], torch: ["b"] }, "b")).toEqual({
      asked: ["pypi", "extra"],
      found: ["extra"],
    });
  });

  test("an explicit source answers those that name it, alone", async () => {
    expect(await search(policy, { pypi: ["t"], torch: ["t"] }, "t", "Torch")).toEqual({
      asked: ["torch"],
      found: ["torch"],
    });
    expect(await search(policy, { torch: ["u"] }, "u")).toMatchObject({ found: [] });
  });

  test("a source that is not configured is a problem", async () => {
    expect(await search(policy, {}, "t", "gone")).toMatchObject({
      found: 't is tied to the source "gone", which is not configured: add it, or remove the tie.',
    });
  });
});
