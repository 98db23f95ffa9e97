import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MarkerAlgebra } from "#packaging/marker-diagram.ts";
import { evaluateMarker, isMarkerProblem, parseMarker } from "#packaging/marker-syntax.ts";
import type { MarkerEnvironment, MarkerExpression } from "#packaging/marker-syntax.ts";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";

function marker(text: string): MarkerExpression {
  const parsed = parseMarker(text);
  if (isMarkerProblem(parsed)) throw new Error(`${text}: ${parsed.message}`);
  return parsed;
}

function python(text: string) {
  const parsed = parseSpecifierSet(text);
  if (isSpecifierProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}

const SYSTEMS = [
  { os_name: "posix", sys_platform: "linux", platform_system: "Linux" },
  { os_name: "posix", sys_platform: "darwin", platform_system: "Darwin" },
  { os_name: "nt", sys_platform: "win32", platform_system: "Windows" },
  { os_name: "posix", sys_platform: "freebsd14", platform_system: "FreeBSD" },
] as const;

const environments: fc.Arbitrary<MarkerEnvironment> = fc
  .record({
    system: fc.constantFrom(...SYSTEMS),
    minor: fc.integer({ min: 5, max: 14 }),
    patch: fc.integer({ min: 0, max: 3 }),
    machine: fc.constantFrom("x86_64", "aarch64", "AMD64", "arm64"),
    implementation: fc.constantFrom(["cpython", "CPython"] as const, ["pypy", "PyPy"] as const),
    release: fc.constantFrom("5.15.0", "5.15.0-tegra", "23.1.0"),
  })
  .map(({ system, minor, patch, machine, implementation, release }) => ({
    ...system,
    platform_machine: machine,
    platform_python_implementation: implementation[1],
    platform_release: release,
    platform_version: "#1 SMP",
    python_version: `3.${minor}`,
    python_full_version: `3.${minor}.${patch}`,
    implementation_name: implementation[0],
    implementation_version: `3.${minor}.${patch}`,
  }));

const plainEnvironment: MarkerEnvironment = {
  ...SYSTEMS[0],
  platform_machine: "x86_64",
  platform_python_implementation: "CPython",
  platform_release: "5.15.0",
  platform_version: "#1 SMP",
  python_version: "3.9",
  python_full_version: "3.9.0",
  implementation_name: "cpython",
  implementation_version: "3.9.0",
};

const versionText = fc.oneof(
  fc.integer({ min: 5, max: 14 }).map((minor) => `3.${minor}`),
  fc.tuple(fc.integer({ min: 5, max: 14 }), fc.integer({ min: 0, max: 3 })).map(([a, b]) => `3.${a}.${b}`),
  fc.constantFrom("3", "4.0", "2.7", "3.9.0rc1", "3.9.post1", "nonsense"),
);
const comparisons = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("python_version", "python_full_version", "implementation_version"),
        fc.constantFrom("<", "<=", ">", ">=", "==", "!=", "~="),
        versionText,
        fc.boolean(),
      )
      .map(([name, operator, value, reversed]) =>
        reversed && operator !== "~=" ? `"${value}" ${operator} ${name}` : `${name} ${operator} "${value}"`,
      ),
  },
  fc
    .tuple(fc.constantFrom("==", "!="), fc.integer({ min: 5, max: 14 }))
    .map(([operator, minor]) => `python_version ${operator} "3.${minor}.*"`),
  fc.constantFrom(
    'python_version in "3.7 3.8, 3.9"',
    'python_version not in "3.10"',
    'python_full_version in "3.8.1 3.9.0"',
  ),
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          ["sys_platform", ["linux", "darwin", "win32"]],
          ["platform_system", ["Linux", "Darwin", "Windows", "FreeBSD"]],
          ["os_name", ["nt", "posix"]],
          ["platform_machine", ["x86_64", "arm64"]],
          ["implementation_name", ["cpython", "pypy"]],
        ) as fc.Arbitrary<[string, string[]]>,
        fc.constantFrom("==", "!=", "<", ">="),
        fc.nat(),
      )
      .map(([[name, values], operator, index]) => `${name} ${operator} "${values[index % values.length]}"`),
  },
  fc.constantFrom(
    '"win" in sys_platform',
    'sys_platform not in "linux darwin"',
    'platform_release >= "5.0"',
    '"tegra" in platform_release',
    'platform_release ~= "5.10"',
  ),
  fc
    .tuple(fc.constantFrom("a", "b", "C_c"), fc.constantFrom("==", "!="))
    .map(([extra, operator]) => `extra ${operator} "${extra}"`),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    comparisons,
    fc
      .tuple(tie("expression"), fc.constantFrom("and", "or"), tie("expression"))
      .map(([left, word, right]) => `(${left}) ${word} (${right})`),
  ),
}));
const extras = fc.subarray(["a", "b", "c-c"]).map((names) => new Set(names));
const RUNS = Number(process.env["RELOCK_PROPERTY_RUNS"] ?? 200);

describe("meaning", () => {
  test.each([
    ['"3.9.0rc1" < python_version', false],
    ['"3.9.dev1" < python_full_version', false],
    ['"3.9.post1" > python_version', false],
    ['"3.9.1rc1" > python_full_version', true],
    ['"3.8rc1" < python_version', true],
    ['"3.9rc1" <= python_version', true],
  ])("%s on Python 3.9.0 is %s, with the literal in front", (text, expected) => {
    const algebra = new MarkerAlgebra();
    const environment = { ...plainEnvironment, python_version: "3.9", python_full_version: "3.9.0" };
    const parsed = marker(text);
    expect(evaluateMarker(parsed, environment, new Set())).toBe(expected);
    expect(algebra.evaluate(algebra.fromExpression(parsed), environment, new Set())).toBe(expected);
  });

  test("agrees with the evaluation of the text in every environment", () => {
    const algebra = new MarkerAlgebra();
    fc.assert(
      fc.property(expression, environments, extras, (text, environment, active) => {
        const parsed = marker(text);
        const expected = evaluateMarker(parsed, environment, active);
        expect(algebra.evaluate(algebra.fromExpression(parsed), environment, active)).toBe(expected);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("what is written from a diagram means the same", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const algebra = new MarkerAlgebra();
        const diagram = algebra.fromExpression(marker(text));
        const written = algebra.toText(diagram);
        const read = written === null ? algebra.anything : algebra.fromExpression(marker(written));
        expect(algebra.implies(diagram, read) && algebra.implies(read, diagram)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test("a diagram simplified under requires-python agrees with it inside the range", () => {
    const ranges = fc.constantFrom(">=3.8", ">=3.8.1,<3.11", "<3.9", ">=3.7,!=3.9.*", "==3.10.*");
    fc.assert(
      fc.property(expression, ranges, (text, range) => {
        const algebra = new MarkerAlgebra();
        const condition = algebra.fromRequiresPython(python(range));
        const diagram = algebra.fromExpression(marker(text));
        const simpler = algebra.assuming(diagram, condition);
        expect(algebra.and(simpler, condition)).toBe(algebra.and(diagram, condition));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("laws", () => {
  test("equal meanings are the same diagram", () => {
    fc.assert(
      fc.property(expression, expression, expression, (first, second, third) => {
        const algebra = new MarkerAlgebra();
        const [a, b, c] = [first, second, third].map((text) => algebra.fromExpression(marker(text)));
        if (a === undefined || b === undefined || c === undefined) throw new Error("three were given");
        expect(algebra.and(a, b)).toBe(algebra.and(b, a));
        expect(algebra.or(a, algebra.or(b, c))).toBe(algebra.or(algebra.or(a, b), c));
        expect(algebra.and(a, algebra.or(b, c))).toBe(algebra.or(algebra.and(a, b), algebra.and(a, c)));
        expect(algebra.or(a, algebra.and(a, b))).toBe(a);
        expect(algebra.not(algebra.not(a))).toBe(a);
        expect(algebra.not(algebra.and(a, b))).toBe(algebra.or(algebra.not(a), algebra.not(b)));
        expect(algebra.or(a, algebra.not(a))).toBe(algebra.anything);
        expect(algebra.and(a, algebra.not(a))).toBe(algebra.nothing);
        expect(algebra.implies(algebra.and(a, b), a)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("canonical variables", () => {
  test.each([
    ['python_version > "3.7"', "python_full_version >= '3.8'"],
    ['python_version == "3.10"', "python_full_version == '3.10.*'"],
    ['python_version <= "3.9" or python_version >= "3.10"', null],
    [
      'platform_system == "Windows" and python_version < "3.9.1"',
      "sys_platform == 'win32' and python_full_version < '3.10'",
    ],
    ['python_version in "3.8 3.9"', "python_full_version >= '3.8' and python_full_version < '3.10'"],
    ['sys_platform != "win32" and sys_platform != "darwin"', "sys_platform != 'darwin' and sys_platform != 'win32'"],
    ['os_name == "nt" and sys_platform == "linux"', "python_version < '0'"],
    ['python_full_version != "3.9.1"', "python_full_version != '3.9.1'"],
    ['extra == "A_b" or sys_platform == "linux"', "sys_platform == 'linux' or extra == 'a-b'"],
  ])("%s", (text, written) => {
    const algebra = new MarkerAlgebra();
    expect(algebra.toText(algebra.fromExpression(marker(text)))).toBe(written);
  });

  test("bounds that requires-python implies are left out", () => {
    const algebra = new MarkerAlgebra();
    const diagram = algebra.fromExpression(marker('python_version >= "3.8" and python_version < "3.10"'));
    const simpler = algebra.assuming(diagram, algebra.fromRequiresPython(python(">=3.8.1,<3.11")));
    expect(algebra.toText(simpler)).toBe("python_full_version < '3.10'");
  });

  test("extras are decided apart from the rest", () => {
    const algebra = new MarkerAlgebra();
    const diagram = algebra.fromExpression(marker('extra == "a" and sys_platform == "linux"'));
    expect([...algebra.extrasOf(diagram)]).toEqual(["a"]);
    expect(algebra.withExtras(diagram, new Set())).toBe(algebra.nothing);
    expect(algebra.toText(algebra.withExtras(diagram, new Set(["a"])))).toBe("sys_platform == 'linux'");
  });
});
