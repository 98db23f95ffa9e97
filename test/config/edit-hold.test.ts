import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { holdPackage, unholdPackage } from "#config/edit-hold.ts";
import { readConfig } from "#config/read-config.ts";

describe("holdPackage", () => {
  test.each<[string, string | null, [string, string | null], string]>([
    ["no file", null, ["numpy", "<2"], 'hold:\n  numpy: "<2"\n'],
    ["where it is", "", ["Jax_Lib", null], "hold:\n  jax-lib: current\n"],
    ["comment without an end", "# ours", ["a", null], "# ours\nhold:\n  a: current\n"],
    ["other keys, CRLF", "labels: [x] # l\r\n", ["a", "<1"], 'labels: [x] # l\r\nhold:\r\n  a: "<1"\r\n'],
    [
      "behind the last entry with its comment",
      "hold:\n    # why\n    b: '<2' # breaks\n\nlabels: []\n",
      ["a", null],
      "hold:\n    # why\n    b: '<2' # breaks\n    a: current\n\nlabels: []\n",
    ],
    ["in place", "hold:\n  A: current # c\nlabels: []\n", ["a", "<3"], 'hold:\n  A: "<3" # c\nlabels: []\n'],
    ["entry without a value", "hold:\n  a:\n", ["a", "<3"], 'hold:\n  a: "<3"\n'],
    ["flow map", "hold: {b: current} # f\n", ["a", null], "hold: {b: current, a: current} # f\n"],
    ["empty flow map", "hold: {}\n", ["a", null], "hold: { a: current }\n"],
    ["last line without an end", "hold:\n  b: current", ["a", null], "hold:\n  b: current\n  a: current\n"],
  ])("%s", (_name, text, [name, specifier], expected) => {
    expect(holdPackage(text, name, specifier)).toEqual({ kind: "edited", text: expected });
  });

  test("refuses in an invalid file, by line", () => {
    expect(holdPackage("a: [\n", "x", null)).toMatchObject({ kind: "refused", reason: expect.stringContaining(":") });
    expect(holdPackage("labels: []\nlables: []\n", "x", null)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining(".github/relock.yml:2"),
    });
  });

  test("refuses a specifier or name that the file may not hold", () => {
    expect(holdPackage("", "x", "newest")).toMatchObject({ kind: "refused" });
    expect(holdPackage("", "a: b", null)).toMatchObject({ kind: "refused" });
    expect(holdPackage("", "x", '<2"\nenabled: false #')).toMatchObject({ kind: "refused" });
  });
});

describe("unholdPackage", () => {
  test.each([
    ["the only one", 'labels: []\nhold:\n  a: "<2"\ncooldown: 3\n', "a", "labels: []\ncooldown: 3\n"],
    ["the only one, at the end", "hold:\n  a: current # why\n", "A", ""],
    ["the first", "hold:\n  a: current # why\n  b: current\n", "a", "hold:\n  b: current\n"],
    ["the last", "hold:\n  a: current\n  b: current\n# end\n", "b", "hold:\n  a: current\n# end\n"],
    ["flow, first", "hold: {a: current, b: '<1'}\n", "a", "hold: {b: '<1'}\n"],
    ["flow, last", "hold: {a: current, b: '<1'}\n", "b", "hold: {a: current}\n"],
    ["flow, only", "x: \nhold: {a: current}\n".replace("x: \n", ""), "a", ""],
  ])("%s", (_name, text, name, expected) => {
    expect(unholdPackage(text, name)).toEqual({ kind: "edited", text: expected });
  });

  test("refuses what is not held", () => {
    expect(unholdPackage("hold: {a: current}\n", "b")).toMatchObject({ kind: "refused" });
    expect(unholdPackage(null, "b")).toMatchObject({ kind: "refused" });
  });
});

test("holding and letting go again gives a file with the same meaning, and keeps all other lines", () => {
  const name = fc.stringMatching(/^[a-z]{1,6}$/);
  const specifier = fc.constantFrom(null, "<2", ">=1,!=1.5", "==1.*");
  const lines = fc.constantFrom("labels: [a]", "# note", "cooldown: 3", "", "strategy: library # s");
  const file = fc.uniqueArray(lines, { maxLength: 4 }).map((chosen) => chosen.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(
      file,
      fc.uniqueArray(fc.tuple(name, specifier), { selector: ([key]) => key, maxLength: 5 }),
      (text, holds) => {
        let edited = text;
        for (const [key, spec] of holds) {
          const answer = holdPackage(edited, key, spec);
          expect(answer.kind).toBe("edited");
          if (answer.kind === "edited") edited = answer.text;
        }
        const config = readConfig(edited, null);
        expect(config.kind === "valid" && config.config.hold.map((rule) => [rule.name, rule.specifier])).toEqual(holds);
        for (const [key] of holds) {
          const answer = unholdPackage(edited, key);
          expect(answer.kind).toBe("edited");
          if (answer.kind === "edited") edited = answer.text;
        }
        expect(edited).toBe(text);
      },
    ),
  );
});
