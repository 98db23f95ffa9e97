import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { raiseConstraint, type RaiseStrategy } from "#formats/manifests/rewrite-constraint.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { describeWithData } from "../../support/test-data.ts";

/** The new text, or the reason in parentheses. */
function raise(style: "pep440" | "poetry" | "conda", text: string, version: string, strategy: RaiseStrategy): string {
  const answer = raiseConstraint(style, text, version, strategy);
  return answer.kind === "raised" ? answer.text : `(${answer.reason})`;
}

const has = (version: string): string => `(it allows ${version} already)`;

describe("PEP 440: current, new, then bump, widen, blocks-only", () => {
  test.each([
    ["==1.0.3", "1.2.3", "==1.2.3", "==1.2.3", "==1.2.3"],
    ["==1.0.0", "1.0", has("1.0"), has("1.0"), has("1.0")],
    ["==1.0+cu118", "1.0+CU118", has("1.0+CU118"), has("1.0+CU118"), has("1.0+CU118")],
    ["== 1.0.3", "1.2.3", "== 1.2.3", "== 1.2.3", "== 1.2.3"],
    ["==1.0", "1.2.3", "==1.2.3", "==1.2.3", "==1.2.3"],
    [">=1.2.0", "1.2.3", ">=1.2.3", has("1.2.3"), has("1.2.3")],
    [">=1.2", "1.5.3", ">=1.5", has("1.5.3"), has("1.5.3")],
    ["~=1.2.0", "1.2.3", "~=1.2.3", has("1.2.3"), has("1.2.3")],
    ["~=1.0.3", "1.2.3", "~=1.2.3", ">=1.0.3,<1.3", "~=1.2.3"],
    ["~=7.2", "8.0.1", "~=8.0", ">=7.2,<9", "~=8.0"],
    ["~=7.2", "8", "~=8.0", ">=7.2,<9", "~=8.0"],
    ["~=7.2.0", "8.2", "~=8.2.0", ">=7.2.0,<8.3", "~=8.2.0"],
    ["~=1.2", "2.4.1", "~=2.4", ">=1.2,<3", "~=2.4"],
    ["==1.0.*", "1.2.3", "==1.2.*", ">=1.0,<1.3", "==1.2.*"],
    ["==1.2.*", "1.2.3", has("1.2.3"), has("1.2.3"), has("1.2.3")],
    ["==3.2.*,>=3.2.2", "4.1.1", "==4.1.*,>=4.1.1", ">=3.2,<4.2,>=3.2.2", "==4.1.*,>=3.2.2"],
    ["<1.2.2.3", "1.2.3", "<1.2.3.1", "<1.2.3.1", "<1.2.3.1"],
    ["<1.2.3", "1.2.3", "<1.2.4", "<1.2.4", "<1.2.4"],
    ["<1.2", "1.2.3", "<1.3", "<1.3", "<1.3"],
    ["<1.3", "1.4.2", "<1.5", "<1.5", "<1.5"],
    ["<1", "1.2.3", "<2", "<2", "<2"],
    ["<2.0.0", "1.2.3", has("1.2.3"), has("1.2.3"), has("1.2.3")],
    ["<=1.3.0", "1.6.0", "<=1.6.0", "<=1.6.0", "<=1.6.0"],
    ["<=1.3", "1.6.2", "<=1.6.2", "<=1.6.2", "<=1.6.2"],
    ["<=1.3.0", "0.9.2", has("0.9.2"), has("0.9.2"), has("0.9.2")],
    [">0.9.8", "1.2.3", has("1.2.3"), has("1.2.3"), has("1.2.3")],
    [">=1,<2", "2.5.0", ">=2,<3", ">=1,<3", ">=1,<3"],
    [">=1.0,<2", "1.5.3", ">=1.5,<2", has("1.5.3"), has("1.5.3")],
    [">=19.12.2,<20.13.9", "21.3.1", ">=21.3.1,<22.0.0", ">=19.12.2,<21.3.2", ">=19.12.2,<21.3.2"],
    [">=19.12.2,<19.13.9", "20.3.1", ">=20.3.1,<20.4.0", ">=19.12.2,<20.3.2", ">=19.12.2,<20.3.2"],
    [">=19.12.2,<19.13.0", "20.3.1", ">=20.3.1,<20.4.0", ">=19.12.2,<20.4.0", ">=19.12.2,<20.4.0"],
    [">=19.12.2,<19.13.0", "19.13.0", ">=19.13.0,<19.14.0", ">=19.12.2,<19.14.0", ">=19.12.2,<19.14.0"],
    [">=1.0.0,<1.1.0", "1.2.0", ">=1.2.0,<1.3.0", ">=1.0.0,<1.3.0", ">=1.0.0,<1.3.0"],
    ["~=1.1.0, !=1.1.1", "1.2.3", "~=1.2.3, !=1.1.1", ">=1.1.0,<1.3, !=1.1.1", "~=1.2.3, !=1.1.1"],
    ["~=1.1.0,!=1.1.1", "1.2.3", "~=1.2.3,!=1.1.1", ">=1.1.0,<1.3,!=1.1.1", "~=1.2.3,!=1.1.1"],
    [
      "==0.3.24+cuda11.cudnn82",
      "0.4.4+cuda11.cudnn86",
      "==0.4.4+cuda11.cudnn86",
      "==0.4.4+cuda11.cudnn86",
      "==0.4.4+cuda11.cudnn86",
    ],
    ["==2.1.0", "2.2.0+cpu", "==2.2.0", "==2.2.0", "==2.2.0"],
    [">=1!2.0", "1!2.5.1", ">=1!2.5", has("1!2.5.1"), has("1!2.5.1")],
    [">=1.0", "2.0rc1", ">=2.0rc1", has("2.0rc1"), has("2.0rc1")],
  ])("%s with %s", (...row) => {
    const [text, version, ...expected] = row;
    const answers = (["bump", "widen", "blocks-only"] as const).map((how) => raise("pep440", text, version, how));
    expect(answers).toEqual(expected);
  });
});

describe("what is kept, and why", () => {
  test.each([
    ["===1.0.3", "1.2.3", /compares texts/],
    ["!=1.2.3", "1.2.3", /excludes 1\.2\.3/],
    ["!=1.2.*,>=1", "1.2.3", /excludes 1\.2\.3/],
    [">=2.0.0", "1.2.3", /2\.0\.0 is newer than 1\.2\.3/],
    [">2.0.0", "1.2.3", /2\.0\.0 is newer/],
    ["==2.0", "1.2.3", /2\.0 is newer/],
    ["==2.*", "1.2.3", /newer/],
    ["==0.4.7+cuda11.cudnn86", "0.4.8", /build \+cuda11\.cudnn86/],
    ["", "1.2.3", /allows every version/],
    [" ", "1.2.3", /allows every version/],
    ["invalid", "1.2.3", /not understood/],
    [">=1.0", "soon", /soon is not a version/],
  ])("%s with %s", (...row) => {
    const [text, version, reason] = row;
    for (const strategy of ["bump", "widen", "blocks-only"] as const) {
      const answer = raiseConstraint("pep440", text, version, strategy);
      if (strategy !== "bump" && /^[>!]/.test(text) && answer.kind === "kept" && answer.reason.startsWith("it allows"))
        continue;
      expect(answer).toEqual({ kind: "kept", reason: expect.stringMatching(reason) });
    }
  });
});

describe("Poetry: current, new, then bump, widen, blocks-only", () => {
  test.each([
    ["^1.24.2", "1.26.4", "^1.26.4", has("1.26.4"), has("1.26.4")],
    ["^1.24", "1.26.4", "^1.26", has("1.26.4"), has("1.26.4")],
    ["^1", "2.3.1", "^2", ">=1,<3", "^2"],
    ["^2.20.0", "3.0.0", "^3.0.0", ">=2.20.0,<4", "^3.0.0"],
    ["^0.11.0", "0.12.1", "^0.12.1", ">=0.11.0,<0.13", "^0.12.1"],
    ["^1.2.3", "2.0", "^2.0.0", ">=1.2.3,<3", "^2.0.0"],
    ["~1.2.3", "1.4.1", "~1.4.1", ">=1.2.3,<1.5", "~1.4.1"],
    ["~1.2", "1.4.1", "~1.4", ">=1.2,<1.5", "~1.4"],
    ["~1", "2.4.1", "~2", ">=1,<3", "~2"],
    ["1.4.0", "1.5.0", "1.5.0", "1.5.0", "1.5.0"],
    ["=1.4.0", "1.5.0", "=1.5.0", "=1.5.0", "=1.5.0"],
    ["1.4.*", "1.5.3", "1.5.*", ">=1.4,<1.6", "1.5.*"],
    [">=1.0 <2.0", "2.4.0", ">=2.4 <3.0", ">=1.0 <3.0", ">=1.0 <3.0"],
    ["^1.0 || ^3.0", "3.4", has("3.4"), has("3.4"), has("3.4")],
    ["^1.0 || ^3.0", "4.0", "(it has alternatives)", "(it has alternatives)", "(it has alternatives)"],
    ["*", "4.0", "(it allows every version)", "(it allows every version)", "(it allows every version)"],
    ["^2.0", "3.0rc1", "^3.0rc1", ">=2.0,<4", "^3.0rc1"],
  ])("%s with %s", (...row) => {
    const [text, version, ...expected] = row;
    const answers = (["bump", "widen", "blocks-only"] as const).map((how) => raise("poetry", text, version, how));
    expect(answers).toEqual(expected);
  });
});

describe("conda: precision of `=` and `==` stays", () => {
  test.each([
    ["=3.10", "3.12.4", "=3.12"],
    ["==1.2.3", "1.4.0", "==1.4.0"],
    [">=1.2,<2", "2.1", ">=2.1,<3"],
    ["1.2.*", "1.4.1", "1.4.*"],
  ])("%s with %s", (text, version, expected) => {
    expect(raise("conda", text, version, "bump")).toBe(expected);
  });
});

describe("properties", () => {
  const version = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)).map((parts) => parts.join("."));
  const part = fc.tuple(
    fc.constantFrom("==", ">=", "~=", "<", "<=", ">", "!="),
    fc.array(fc.nat(30), { minLength: 2, maxLength: 3 }),
  );
  const constraint = fc.array(
    part.map(([operator, release]) => operator + release.join(".")),
    { minLength: 1, maxLength: 3 },
  );

  test("a raised constraint allows the version, and keeps its operators unless widened", () => {
    fc.assert(
      fc.property(constraint, version, fc.constantFrom("bump", "widen", "blocks-only"), (clauses, wanted, strategy) => {
        const text = clauses.join(",");
        const answer = raiseConstraint("pep440", text, wanted, strategy);
        const parsed = parseVersion(wanted);
        if (answer.kind === "kept" || parsed === null) return;
        const set = parseSpecifierSet(answer.text);
        expect(!isSpecifierProblem(set) && setContains(set, parsed)).toBe(true);
        const operators = (from: string): string[] => from.match(/[=<>~!]+/g) ?? [];
        if (strategy !== "widen") expect(operators(answer.text)).toEqual(operators(text));
        expect(raiseConstraint("pep440", answer.text, wanted, "blocks-only").kind).toBe("kept");
      }),
      { numRuns: 500 },
    );
  });
});

describeWithData("what a person's `poetry up` wrote in imprint", "imprint/replay", (folder) => {
  test.each(["05-56308e1", "08-afde858"])("%s: every raised line is ours, byte for byte", (name) => {
    const [before = "", after = ""] = ["before", "after"].map((side) =>
      readFileSync(join(folder, name, side, "pyproject.toml"), "utf8"),
    );
    const [old, raised] = [readPyproject("p", before), readPyproject("p", after)];
    if (old.kind !== "pyproject" || raised.kind !== "pyproject") throw new Error("not read");
    const pairs = old.manifest.requirements.flatMap((requirement, index) => {
      const wanted = raised.manifest.requirements[index]?.constraint?.text ?? null;
      return wanted === null || wanted === requirement.constraint?.text ? [] : [{ requirement, wanted }];
    });
    expect(pairs.length).toBe({ "05-56308e1": 16, "08-afde858": 10 }[name]);
    const edits = pairs.map(({ requirement, wanted }) => {
      const version = wanted.replace("^", "");
      return {
        requirement,
        constraint: raise("poetry", requirement.constraint?.text ?? "", version, "bump"),
        hashes: null,
      };
    });
    expect(edits.map(({ constraint }) => constraint)).toEqual(pairs.map(({ wanted }) => wanted));
    const answer = editPyproject(before, old.manifest, edits);
    if (answer.kind !== "edited") throw new Error(answer.reason);
    // Besides, the person changed pytest's options (05) and the Python range (08) by hand.
    const unlike = answer.text.split("\n").filter((line, index) => line !== after.split("\n")[index]);
    expect(unlike).toEqual([expect.stringMatching(name.startsWith("05") ? /^addopts = / : /^python = /)]);
  });
});
