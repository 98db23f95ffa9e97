import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isCondaSpecProblem } from "#packaging/conda-match-spec.ts";
import {
  condaSpecMatches,
  formatCondaVersionSpec,
  parseCondaVersionSpec,
  type CondaVersionSpec,
} from "#packaging/conda-version-spec.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";

function spec(text: string): CondaVersionSpec {
  const parsed = parseCondaVersionSpec(text);
  if (isCondaSpecProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}

function matches(text: string, version: string): boolean {
  const parsed = parseCondaVersion(version);
  if (parsed === null) throw new Error(`${version} is not a version`);
  return condaSpecMatches(spec(text), parsed);
}

describe("version specs (CEP 29)", () => {
  test.each([
    ["1.7.1", "1.7.1", true],
    ["1.7", "1.7.1", false],
    ["1.7.1.0", "1.7.1", true],
    ["==1.7.1.0", "1.7.1", true],
    ["==1.7", "1.7.1", false],
    ["=1.8", "1.8.3", true],
    ["1.8*", "1.8.3", true],
    ["1.8.*", "1.8.3", true],
    ["=1.8", "1.80", false],
    ["1.8*", "1.80", false],
    ["1.8.*", "1.80", false],
    ["==1.8.*", "1.8.3", true],
    ["1.0.0*", "1.0", true],
    ["2.38.0.*", "2.38", true],
    ["2.38.0a.*", "2.38", false],
    ["2.38.0.1*", "2.38", false],
    ["!=1.8", "1.8", false],
    ["!=1.8", "1.8.0", false],
    ["!=1.8", "1.8.1", true],
    ["!=1.8.*", "1.8.1", false],
    ["!=1.8.*", "1.9", true],
    [">=1.8.*", "1.8", true],
    [">=1.8.*", "1.7.9", false],
    [">1.8*", "1.8", true],
    ["<=1.8.*", "1.8", true],
    ["<=1.8.*", "1.8.1", false],
    [">2.10*", "2.10", true],
    [">2.10", "2.10", false],
    ["~=0.5.3", "0.5.4", true],
    ["~=0.5.3", "0.5.2", false],
    ["~=0.5.3", "0.6", false],
    ["~=2.4", "2.5", true],
    ["~=2.4", "3.1", false],
    ["2023.*.*", "2023.1.0", true],
    ["2023.*.*", "2024.0.0", false],
    ["0.2.18.*.", "0.2.18.4", true],
    [">=2.*.*", "2.0", true],
    [">=*", "0.1", true],
    ["==*", "0.1", true],
    ["=*", "0.1", true],
    ["~=*", "0.1", true],
    ["<=*", "0.1", true],
    ["*", "0.1", true],
    ["*.*", "0.1", true],
    ["^1.7.1$", "1.7.1", true],
    [String.raw`^1\.(7|8)\.\d$`, "1.8.2", true],
    [String.raw`^1\.7$`, "1.7.1", false],
    ["1.*.1", "1.7.1", true],
    ["1.*.1", "1.7.2", false],
    ["2023.*.0", "2023.4.0", true],
    ["*.7.*", "1.7.1", true],
    ["*.7.*", "1.8.1", false],
    ["!=1.*.1", "1.7.1", false],
    [">1.8,<2|==1.7", "1.7.1", false],
    [">1.8,<2|>=1.7.1", "1.7.1", true],
    [">=1,*.7.*", "1.7.1", true],
    ["1.6.2|1.7*", "1.7.1", true],
    [">1.7.1a", "1.7.1", true],
    [">2013b", "2013a", false],
    [">2013b", "2013k", true],
    [">2013b", "3.0.0", false],
    ["(>=1,<2)|3.*", "3.4", true],
    ["(1.5|(1.6|1.7),1.8|1.9),>1", "1.9", true],
    ["(1.5|1.9),>2", "1.9", false],
    [">= 1.0 , < 2.0", "1.5", true],
    ["2.7.*|>=3.6", "3.5", false],
    [">=1!164,<1!165", "1!164.3095", true],
    ["1.2+abc", "1.2", false],
    ["==1.2+0", "1.2", true],
  ])("%s on %s: %s", (text, version, expected) => {
    expect(matches(text, version)).toBe(expected);
  });

  test.each([
    "",
    "><1.0",
    "!!1.0",
    "=!1.0",
    "===1.0",
    "~1.0",
    ">*",
    "<*",
    "!=*",
    ">=1.0,",
    "|1.0",
    "1.0||2.0",
    "(1.0",
    "1.0)",
    "()",
    ">=3.8<3.9",
    "^1.0",
    "1.0$",
    ">=^1.0$",
    ">=1.*.1",
    "^(a+)+$",
    "^(?=a)a$",
    "^a*a*a*a*a*b$",
    "^[$",
    ">=1..0",
    "(".repeat(1000),
  ])("%j is refused with a reason", (text) => {
    expect(parseCondaVersionSpec(text)).toEqual({ problem: expect.stringMatching(/\w{3}/) });
  });

  test.each([
    ["==2.7.*.*|>=3.6", "2.7.*|>=3.6"],
    ["=1.8", "1.8.*"],
    ["1.8", "==1.8"],
    ["=*", "*"],
    ["( >=1 | 3 ) , < 5", "(>=1|==3),<5"],
    ["!=1.2.*.*", "!=1.2.*"],
    ["~=1.2", "~=1.2"],
  ])("%s is written %s", (text, expected) => {
    expect(formatCondaVersionSpec(spec(text))).toBe(expected);
  });

  test("what is written reads as the same spec", () => {
    const version = fc.constantFrom("1", "1.8", "1!2.0", "2013b", "1.0rc1", "1.2+abc", "1.0.1_");
    const clause = fc.oneof(
      fc.tuple(fc.constantFrom("", "=", "==", "!=", "<", "<=", ">", ">=", "~="), version).map((each) => each.join("")),
      fc.tuple(fc.constantFrom("", "!=", "=", ">="), version).map(([operator, text]) => `${operator}${text}.*`),
      fc.constantFrom("*", "1.*.1", "^1[.]8$", "!=1.*.2"),
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        clause,
        fc
          .tuple(fc.constantFrom(",", "|"), fc.array(tie("tree"), { minLength: 1, maxLength: 3 }))
          .map(([separator, parts]) => parts.map((part) => `(${part})`).join(separator)),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        const written = formatCondaVersionSpec(spec(text));
        expect(formatCondaVersionSpec(spec(written))).toBe(written);
        for (const each of ["0.9", "1", "1.8", "1.8.1", "1.7.1", "2.0", "1!2.0.1", "1.0.1", "2013c", "1.2+abc"]) {
          expect(matches(written, each)).toBe(matches(text, each));
        }
      }),
      { numRuns: 300 },
    );
  });
});
