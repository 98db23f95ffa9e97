import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  evaluateMarker,
  formatMarker,
  isMarkerProblem,
  joinMarkers,
  MARKER_OPERATORS,
  MARKER_VARIABLES,
  parseMarker,
  type MarkerExpression,
} from "#packaging/marker-syntax.ts";
import { makeTarget, markerEnvironmentFor, PLATFORMS } from "#packaging/target.ts";

const reference = JSON.parse(
  readFileSync(new URL("../fixtures/packaging/reference-answers.json", import.meta.url), "utf8"),
) as {
  readonly markerEnvironments: readonly [string, string, string][];
  readonly markers: readonly [marker: string, answers: string][];
};

function readMarker(text: string): MarkerExpression {
  const marker = parseMarker(text);
  if (isMarkerProblem(marker)) throw new Error(marker.message);
  return marker;
}

const linux = makeTarget({ platform: "linux-64", accelerator: "cpu", python: "3.12.4" }).markerEnvironment;

describe("what a marker says on Linux with Python 3.12.4 and the extra a-b", () => {
  test.each([
    // reversed operands
    [`'3.8' <= python_version`, true],
    [`'3.14' <= python_version`, false],
    [`"win" in sys_platform`, false],
    [`"nux" in sys_platform`, true],
    [`'3.' in python_version`, true],
    [`'3.1' in python_version`, true],
    [`'2.7' not in python_version`, true],
    // python_version has two numbers
    [`python_version > "3.12"`, false],
    [`python_version > "3.7"`, true],
    [`python_version == "3.12"`, true],
    [`python_version == "3.12.4"`, false],
    [`python_version >= "3.10"`, true],
    [`python_version == "3.*"`, true],
    [`python_version ~= "3.8"`, true],
    [`python_version === "3.12"`, true],
    // lists of versions
    [`python_version in "3.11 3.12"`, true],
    [`python_version in "3.11, 3.12"`, true],
    [`python_version in "3.1 3.120"`, false],
    [`python_version not in "2.7,3.6"`, true],
    // full versions
    [`python_full_version == "3.12.*"`, true],
    [`python_full_version != '3.12.*'`, false],
    [`python_full_version < "3.12.4"`, false],
    [`python_full_version < "3.13b1"`, true],
    [`python_full_version === '3.12.4'`, true],
    [`implementation_version >= "3.12"`, true],
    // texts have no order
    [`sys_platform < "m"`, false],
    [`sys_platform > "a"`, false],
    [`sys_platform <= "linux"`, true],
    [`sys_platform >= "linux"`, true],
    [`sys_platform >= "aix"`, false],
    [`sys_platform ~= "linux"`, true],
    [`sys_platform === "linux"`, true],
    [`os_name in "posix nt"`, true],
    [`os_name not in "nt"`, true],
    [`platform_machine in "x86_64 AMD64"`, true],
    // a side that is no version makes both texts
    [`python_version >= 'abc'`, false],
    [`python_version != 'abc'`, true],
    [`platform_release >= "20"`, false],
    [`platform_release == ""`, true],
    [`platform_version == ""`, true],
    // extras
    [`extra == 'A_b'`, true],
    [`'a.B' == extra`, true],
    [`extra == 'a.b' and extra == 'A-B'`, true],
    [`extra != 'a-b'`, false],
    [`extra != 'c'`, true],
    [`extra == 'c'`, false],
    [`extra in 'c a-b'`, true],
    [`extra not in 'c d'`, true],
    [`'a_b' in extra`, true],
    // older spellings
    [`os.name == 'posix'`, true],
    [`sys.platform == 'linux'`, true],
    [`platform.machine == 'x86_64'`, true],
    [`platform.version == ''`, true],
    [`platform.python_implementation == 'CPython'`, true],
    [`python_implementation == 'CPython'`, true],
    // "and" binds more tightly than "or"
    [`os_name == 'posix' or sys_platform == 'linux' and python_version < '3'`, true],
    [`(os_name == 'posix' or sys_platform == 'linux') and python_version < '3'`, false],
    [`os_name == 'nt' or sys_platform == 'linux' and python_version < '3'`, false],
  ])("%s: %s", (text, expected) => {
    expect(evaluateMarker(readMarker(text), linux, new Set(["a-b"]))).toBe(expected);
  });

  test("a platform release is a version where it can be", () => {
    const holds = (release: string) =>
      evaluateMarker(readMarker("platform_release >= '5.4'"), { ...linux, platform_release: release }, new Set());
    expect([holds("5.10"), holds("5.3"), holds("5.10-generic"), holds("")]).toEqual([true, false, false, false]);
  });

  test("without an extra, only the negated ones hold", () => {
    const holds = (text: string) => evaluateMarker(readMarker(text), linux, new Set());
    expect([holds("extra == 'x'"), holds("extra != 'x'"), holds("extra in 'x y'"), holds("extra < 'x'")]).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  test("the reference agrees on markers of real releases", () => {
    const environments = reference.markerEnvironments.map(([system, machine, python]) => {
      const platform = PLATFORMS.find((each) => {
        const environment = markerEnvironmentFor(each, python);
        return environment.sys_platform === system && environment.platform_machine === machine;
      });
      if (platform === undefined) throw new Error(`no platform ${system} ${machine}`);
      return markerEnvironmentFor(platform, python);
    });
    const answers = reference.markers.map(([text]) => {
      const marker = readMarker(text);
      const bits = environments.flatMap((environment) =>
        [[], ["dev"]].map((extras) => (evaluateMarker(marker, environment, new Set(extras)) ? "1" : "0")),
      );
      return [text, bits.join("")];
    });
    expect(answers).toEqual(reference.markers);
    expect(answers.length).toBeGreaterThan(100);
  });
});

describe("reading markers", () => {
  test.each([
    [`bogus == '1'`, 0, "bogus"],
    [`'1' == bogus`, 7, "bogus"],
    [`os_name == 'nt' and`, 19, "expected"],
    [`os_name`, 7, "operator"],
    [`os_name == `, 11, "expected"],
    [`os_name = 'nt'`, 8, "operator"],
    [`(os_name == 'nt'`, 16, '")"'],
    [`os_name == 'nt')`, 15, '"and"'],
    [`os_name == 'nt' python_version > '3'`, 16, '"and"'],
    [`os_name == 'nt`, 11, "expected"],
    [`'a' == 'a'`, 0, "one variable and one quoted text"],
    [`os_name == sys_platform`, 0, "one variable and one quoted text"],
    [`os_name is 'nt'`, 8, "operator"],
    [`os_name inside 'nt'`, 8, "operator"],
    [`'x' in extras`, 7, "extras"],
    ["", 0, "expected"],
    [`${"(".repeat(300)}os_name == 'nt'${")".repeat(300)}`, 201, "nested"],
  ])("%s is refused", (text, position, message) => {
    expect(parseMarker(text)).toEqual({ position, message: expect.stringContaining(message) });
  });

  test.each([
    [`os_name=='nt'`, `os_name == "nt"`],
    [`python_version  not   in '2.7'`, `python_version not in "2.7"`],
    [`os_name == 'a"b'`, `os_name == 'a"b'`],
    [`((os_name == 'nt'))`, `os_name == "nt"`],
    [`os_name == 'a' and (os_name == 'b' and os_name == 'c')`, `os_name == "a" and os_name == "b" and os_name == "c"`],
    [`(os_name == 'a' or os_name == 'b') and os_name == 'c'`, `(os_name == "a" or os_name == "b") and os_name == "c"`],
    [`os_name == 'a' or (os_name == 'b' and os_name == 'c')`, `os_name == "a" or os_name == "b" and os_name == "c"`],
    [`'linux' == sys.platform`, `"linux" == sys_platform`],
    [`extra == 'Some_Extra'`, `extra == "some-extra"`],
    [`os_name == 'nt'\n  or os_name == 'x'`, `os_name == "nt" or os_name == "x"`],
  ])("%s is written %s", (text, written) => {
    expect(formatMarker(readMarker(text), '"')).toBe(written);
  });

  test("joining none is nothing, joining one is itself", () => {
    const one = readMarker("os_name == 'nt'");
    expect(joinMarkers("and", [])).toBeNull();
    expect(joinMarkers("or", [one])).toBe(one);
  });

  const comparison: fc.Arbitrary<MarkerExpression> = fc.record({
    kind: fc.constant("compare" as const),
    variable: fc.constantFrom(...MARKER_VARIABLES, "extra" as const),
    operator: fc.constantFrom(...MARKER_OPERATORS),
    value: fc.oneof(fc.constantFrom("3.8", "linux", "x y", 'with "quotes"', "it's"), fc.stringMatching(/^[a-z0-9.]*$/)),
    reversed: fc.boolean(),
  });
  const { expression } = fc.letrec<{ expression: MarkerExpression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      comparison,
      fc
        .tuple(
          fc.constantFrom("and" as const, "or" as const),
          fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
        )
        .map(([kind, parts]) => joinMarkers(kind, parts) ?? readMarker("os_name == 'nt'")),
    ),
  }));

  test("a written marker reads as the same marker, in either quote", () => {
    fc.assert(
      fc.property(expression, fc.constantFrom("'" as const, '"' as const), (marker, quote) => {
        const again = readMarker(formatMarker(marker, quote));
        expect(again).toEqual(JSON.parse(JSON.stringify(marker), normalizeExtras));
      }),
      { numRuns: 500 },
    );
  });
});

/** Values of `extra` are read normalised. */
function normalizeExtras(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("variable" in value) || value.variable !== "extra") return value;
  return { ...value, value: String((value as { value?: unknown }).value).replace(/[-_.]+/g, "-") };
}
