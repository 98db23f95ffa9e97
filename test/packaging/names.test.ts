import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isValidName, normalizeExtra, normalizeName } from "#packaging/names.ts";

describe("names of projects and extras", () => {
  test.each([
    ["Foo.Bar", "foo-bar"],
    ["foo__bar", "foo-bar"],
    ["foo-_.bar", "foo-bar"],
    ["ruamel.yaml", "ruamel-yaml"],
    ["A", "a"],
  ])("%s is %s", (written, normalised) => {
    expect(normalizeName(written)).toBe(normalised);
    expect(normalizeExtra(written)).toBe(normalised);
  });

  test.each(["a", "A1", "ruamel.yaml", "a-_.b"])("%s may be written as a name", (name) => {
    expect(isValidName(name)).toBe(true);
  });

  test.each(["", "-a", "a-", "a b", "ä", "a!", "_", "a\n"])("%j may not be written as a name", (name) => {
    expect(isValidName(name)).toBe(false);
  });

  test("normalising twice changes nothing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(normalizeName(normalizeName(text))).toBe(normalizeName(text));
      }),
    );
  });
});
