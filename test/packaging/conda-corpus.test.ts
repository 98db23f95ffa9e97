import { expect, test } from "@jest/globals";
import { formatMatchSpec } from "#packaging/conda-match-spec-format.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { condaCorpusTexts, isFullTest, sampleOf } from "../support/conda-corpus-texts.ts";
import { compareByRules, readByRules } from "../support/conda-version-rules.ts";
import { describeWithData } from "../support/test-data.ts";

describeWithData("the texts of real conda channels", "conda", () => {
  const { versions, specs } = condaCorpusTexts();

  test("all versions are read, but for one that is escaped as in a URL", () => {
    expect(versions.length).toBeGreaterThan(10_000);
    expect(versions.filter((text) => parseCondaVersion(text) === null)).toEqual(["1%21164.3095"]);
  });

  test("the order of the versions is total and transitive", () => {
    const read = versions.flatMap((text) => parseCondaVersion(text) ?? []);
    const sorted = sampleOf(read, isFullTest ? read.length : 500).sort(compareCondaVersions);
    const byRules = sorted.map(({ text }) => readByRules(text));
    // A list in which every pair stands as the rules of CEP 33 say has a total and transitive order, and so have they.
    const wrong: string[] = [];
    const expectOrder = (index: number, other: number): void => {
      const [a, b, ruleA, ruleB] = [sorted[index], sorted[other], byRules[index], byRules[other]];
      if (a === undefined || b === undefined || ruleA === undefined || ruleB === undefined) return;
      const order = Math.sign(compareCondaVersions(a, b));
      if (order > 0 || order !== compareByRules(ruleA, ruleB) || order + compareByRules(ruleB, ruleA) !== 0) {
        wrong.push(`${a.text} ${b.text}`);
      }
    };
    for (let index = 0; index < sorted.length; index += 1) {
      for (let other = index + 1; other < sorted.length; other += 1) expectOrder(index, other);
    }
    expect(wrong).toEqual([]);
  }, 1_800_000);

  test("all dependencies are read", () => {
    expect(specs.length).toBeGreaterThan(40_000);
    expect(specs.filter((text) => isCondaSpecProblem(parseMatchSpec(text)))).toEqual([]);
  });

  test("the canonical spelling of a dependency reads as the same", () => {
    const wrong = sampleOf(specs, isFullTest ? specs.length : 3000).filter((text) => {
      const written = canonical(text);
      return written === null || written !== canonical(written);
    });
    expect(wrong).toEqual([]);
  });
});

function canonical(text: string): string | null {
  const spec = parseMatchSpec(text);
  return isCondaSpecProblem(spec) ? null : formatMatchSpec(spec);
}
