/** What a process keeps of channels: those that were used last, and no more than so many bytes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createByteCache } from "../../../src/indexes/conda-channel/byte-cache.ts";

describe("a cache of so many bytes", () => {
  test("forgets what was used longest ago", () => {
    const cache = createByteCache<string>(10);
    cache.set("a", "A", 4);
    cache.set("b", "B", 4);
    expect(cache.get("a")).toBe("A");
    cache.set("c", "C", 4);
    expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual(["A", undefined, "C"]);
  });

  test("does not keep what is larger than itself, and forgets what it replaces", () => {
    const cache = createByteCache<string>(10);
    cache.set("a", "A", 4);
    cache.set("b", "B", 11);
    expect([cache.get("a"), cache.get("b")]).toEqual(["A", undefined]);
    cache.set("a", "AA", 11);
    expect(cache.get("a")).toBeUndefined();
  });

  test("never holds more than its bytes, and always the last one that fits", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 12 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const cache = createByteCache<number>(20);
        for (const [key, bytes] of all) {
          cache.set(String(key), bytes, bytes);
          expect(cache.get(String(key))).toBe(bytes);
          const held = Array.from({ length: 10 }, (_, each) => cache.get(String(each)) ?? 0);
          expect(held.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(20);
        }
      }),
    );
  });
});
