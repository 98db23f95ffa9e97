import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { decodeMsgpack } from "../../../src/indexes/conda-channel/msgpack.ts";

const bytes = (...values: readonly number[]) => Uint8Array.from(values);
/** `__proto__` is refused as a key, which a test of its own shows. */
const value = fc.jsonValue({ maxDepth: 5 }).filter((json) => !JSON.stringify(json).includes("__proto__"));

/** `-0` is written as 0. */
const plain = (json: unknown) => JSON.parse(JSON.stringify(json)) as unknown;

describe("MessagePack of a channel", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(plain(decodeMsgpack(encode(written)))).toEqual(plain(written));
      }),
    );
  });

  test("keeps bytes, long lists, long texts and large numbers", () => {
    const written = {
      hash: Uint8Array.from({ length: 32 }, (_, at) => at),
      list: Array.from({ length: 70_000 }, (_, at) => at),
      map: Object.fromEntries(Array.from({ length: 66_000 }, (_, at) => [`key ${at}`, at])),
      texts: ["x".repeat(40), "x".repeat(300), "x".repeat(70_000)],
      numbers: [-1, -200, -40_000, -3_000_000_000, 1_700_000_000_000, 1.5, 2 ** 32 - 1],
      blob: new Uint8Array(70_000),
    };
    expect(isDeepStrictEqual(decodeMsgpack(encode(written)), written)).toBe(true);
  });

  test("is refused wherever it is cut off, or goes on", () => {
    fc.assert(
      fc.property(value, fc.nat(), (written, at) => {
        const whole = encode(written);
        expect(() => decodeMsgpack(whole.subarray(0, at % whole.length))).toThrow(
          /^its MessagePack ends in the middle, at byte \d+$/,
        );
        expect(() => decodeMsgpack(Uint8Array.from([...whole, 0xc0]))).toThrow(
          /^its MessagePack goes on after its end/,
        );
      }),
    );
  });

  test("of any bytes is read or refused, and nothing else happens", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (text) => {
        try {
          decodeMsgpack(text);
        } catch (error) {
          expect((error as Error).message).toMatch(/^its MessagePack /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a list that promises four billion values", bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 1, 2), "ends in the middle"],
    ["a map that promises four billion values", bytes(0xdf, 0xff, 0xff, 0xff, 0xff, 1, 2), "ends in the middle"],
    ["a text that promises four gigabytes", bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 1, 2), "ends in the middle"],
    ["bytes that promise four gigabytes", bytes(0xc6, 0xff, 0xff, 0xff, 0xff, 1, 2), "ends in the middle"],
    ["an extension that promises four gigabytes", bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 1, 2), "ends in the middle"],
    ["nothing", bytes(), "ends in the middle"],
    ["a byte that means nothing", bytes(0xc1), "has a byte that means nothing"],
    ["a list in a list, a million times", new Uint8Array(1_000_000).fill(0x91), "is nested too deeply"],
    ["a million lists that promise much", new Uint8Array(1_000_000).fill(0xdc), "is nested too deeply"],
    ["a list that promises more than follows", bytes(0xdc, 0x00, 0x05, 1, 2, 3, 4), "ends in the middle"],
    ["a map with a key __proto__", encode(JSON.parse('{"__proto__": {"polluted": 1}}')), "breaks: The key __proto__"],
    ["a map with a list as key", bytes(0x81, 0x90, 0x01), "breaks: The type of key"],
    ["a timestamp of a wrong length", bytes(0xc7, 0x03, 0xff, 1, 2, 3), "breaks: Unrecognized data size"],
  ])("%s is refused at once", (_what, text, message) => {
    const began = performance.now();
    expect(() => decodeMsgpack(text)).toThrow(`its MessagePack ${message}`);
    expect(performance.now() - began).toBeLessThan(200);
  });

  test("of a list of many small lists takes memory in proportion to its length", () => {
    const text = new Uint8Array(1_000_005).fill(0x90);
    text.set([0xdd, 0x00, 0x0f, 0x42, 0x40]);
    expect(decodeMsgpack(text)).toHaveLength(1_000_000);
    const larger = new Uint8Array(3_000_005).fill(0x80);
    larger.set([0xdd, 0x00, 0x2d, 0xc6, 0xc0]);
    expect(() => decodeMsgpack(larger)).toThrow("its MessagePack has too many values, at byte 5");
  });

  test("lets the last of two equal keys count, as JSON does, and passes over extensions", () => {
    expect(decodeMsgpack(bytes(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2))).toEqual({ a: 2 });
    expect(decodeMsgpack(bytes(0x92, 0xd4, 0x05, 0x00, 0x07))).toEqual([expect.anything(), 7]);
  });
});
