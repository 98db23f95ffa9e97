import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  compareCondaVersions,
  condaVersionStartsWith,
  parseCondaVersion,
  type CondaVersion,
} from "#packaging/conda-version.ts";
import { isFullTest } from "../support/conda-corpus-texts.ts";
import { compareByRules, readByRules } from "../support/conda-version-rules.ts";

function version(text: string): CondaVersion {
  const parsed = parseCondaVersion(text);
  if (parsed === null) throw new Error(`${text} is not a version`);
  return parsed;
}

/** Checks a chain of `<` and `==`, every pair of it. */
function expectChain(chain: string): void {
  const parts = chain.split(/\s+(<|==)\s+/).map((part) => part.trim());
  const ranked: { text: string; rank: number }[] = [];
  let rank = 0;
  parts.forEach((part, index) => {
    if (index % 2 === 1) rank += part === "<" ? 1 : 0;
    else ranked.push({ text: part, rank });
  });
  for (const a of ranked) {
    for (const b of ranked) {
      const found = Math.sign(compareCondaVersions(version(a.text), version(b.text)));
      expect(`${a.text} ${b.text} ${found}`).toBe(`${a.text} ${b.text} ${Math.sign(a.rank - b.rank)}`);
    }
  }
}

const RELEASES = `0.4 == 0.4.0 < 0.4.1.rc == 0.4.1.RC < 0.4.1+local < 0.4.1+0.local < 0.4.1 == 0.4.1+0 < 0.4.1+1.local
  < 0.5a1 < 0.5b3 < 0.5C1 < 0.5 < 0.9.6 < 0.960923 < 1.0 < 1.1dev1 < 1.1_ < 1.1a1 < 1.1.0dev1 == 1.1.dev1 < 1.1.a1
  < 1.1.0rc1 < 1.1.0.0 == 1.1.0 == 1.1 < 1.1.post1 == 1.1.0post1 < 1.1post1 < 1996.07.12 < 1!0.4.1 < 1!3.1.1.6 < 2!0.4.1`;

const OPENSSL = `1.0.1dev < 1.0.1_ < 1.0.1a < 1.0.1b < 1.0.1c < 1.0.1d < 1.0.1r < 1.0.1rc < 1.0.1rc1 < 1.0.1rc2
  < 1.0.1s < 1.0.1 < 1.0.1post.a < 1.0.1post.b < 1.0.1post.z < 1.0.1post.za < 1.0.2`;

const LIKE_PEP_440 = `1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456
  < 1.0b2.post345 < 1.0c1.dev456 < 1.0c1 < 1.0c3 < 1.0rc2 < 1.0.dev456 < 1.0 < 1.0.post456.dev34 < 1.0.post456
  < 1.1.dev1 < 1.2.r32+123456 < 1.2.rev33+123456 < 1.2+abc < 1.2+abc123def < 1.2+abc123 < 1.2+123abc < 1.2+123abc456
  < 1.2+1234.abc < 1.2+123456 < 1.4`;

describe("the order of conda versions (CEP 33)", () => {
  test.each([
    ["releases of CEP 33", RELEASES],
    ["openssl", OPENSSL],
    ["not the order of PEP 440", LIKE_PEP_440],
    ["missing segments are zero", "0.4 == 0.4.0 == 0.4.0.0"],
    ["case does not matter", "0.4.1.rc == 0.4.1.RC"],
    ["a zero before a leading word", "0.4.a1 == 0.4.0a1"],
    ["the trap of the zero (conda issue 12568)", "1.1rc < 1.1.rc == 1.1.0rc"],
    ["letters of a local part are before none", "0.4.1+local < 0.4.1+0.local < 0.4.1 == 0.4.1+0 < 0.4.1+1.local"],
    ["dev and post only as whole words", "1.2dev < 1.2a < 1.2devdev < 1.2postpost < 1.2 < 1.2post"],
    ["an underscore or dash separates", "0.5_5 == 0.5-5 == 0.5.5"],
    ["leading zeros", "2024.01.02 == 2024.1.2"],
    ["numbers beyond 2^53", "0.9007199254740992 < 0.9007199254740993"],
    ["runs of zero segments", "1.0.0.a < 1 == 1.0.0.0 < 1.0.0.post"],
    ["a word deeper down", "1.a < 1.0.a < 1 < 1.0.post < 1.0.1 < 1.post < 1.1"],
  ])("%s", (_, chain) => {
    expectChain(chain);
  });

  test.each(["", " ", "3.5&1", "5.5++", "5.5..mw", "!", "a!1.0", "a!b!1.0", "1+", "+1", "1._2", "1!", "1!!2", "1+a+b"])(
    "%j is no version",
    (text) => {
      expect(parseCondaVersion(text)).toBeNull();
    },
  );

  test("a version keeps its spelling without the blanks around it", () => {
    expect(version(" 1.0RC1 ").text).toBe("1.0RC1");
  });

  test("the key orders as a comparison component by component does", () => {
    const piece = fc.constantFrom("0", "1", "2", "10", "007", "a", "b", "rc", "dev", "post", "devdev", "ab");
    const part = fc
      .array(fc.array(piece, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
      .map((segments) => segments.map((segment) => segment.join("")).join("."));
    const text = fc
      .tuple(fc.constantFrom("", "", "1!"), part, fc.constantFrom("", "", "_"), fc.option(part))
      .map(([epoch, main, end, local]) => epoch + main + end + (local === null ? "" : `+${local}`));
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCondaVersions(version(a), version(b)))).toBe(
          Math.sign(compareByRules(readByRules(a), readByRules(b))),
        );
      }),
      { numRuns: isFullTest ? 200_000 : 3000 },
    );
  });
});

describe("starting with a version", () => {
  test.each([
    ["0.4.1p1", "0.4.1p", true],
    ["0.4.1p1", "0.4.1q1", false],
    ["0.4.1+1.3", "0.4.1", true],
    ["0.4.1+1.3", "0.4.1+1", true],
    ["0.4.1+1.3", "0.4+1", false],
    ["0.4", "0.4.1", false],
    ["1.0.0_version0foo", "1.0.0_version", true],
    ["1.1c.1", "1.1.1", false],
    ["1.1c.1", "1.1c0.1", true],
    ["1.0", "1.0.0", true],
    ["2.38", "2.38.0", true],
    ["2.38", "2.38.0a", false],
    ["2.38", "2.38.0.1", false],
    ["1.80", "1.8", false],
    ["1.8.3", "1.8", true],
    ["1.8rc1", "1.8", true],
    ["1!1.8", "1.8", false],
    ["1.0dev1", "1.0dev", true],
    ["1.0devdev", "1.0dev", false],
  ])("%s starts with %s: %s", (text, prefix, expected) => {
    expect(condaVersionStartsWith(version(text), version(prefix))).toBe(expected);
  });
});
