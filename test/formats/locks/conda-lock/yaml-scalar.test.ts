import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlScalar } from "#formats/locks/conda-lock/yaml-scalar.ts";

const VALUE = { column: 5, indent: 4, isKey: false };

/** Texts and how `yaml.dump` of PyYAML 6.0.3 writes them. */
const WRITTEN: readonly (readonly [text: string, written: string])[] = [
  ["", "''"],
  ["1.2.3", "1.2.3"],
  ["0.1", "'0.1'"],
  ["2022", "'2022'"],
  ["1_0", "'1_0'"],
  ["1e5", "1e5"],
  ["1.0e+5", "'1.0e+5'"],
  ["0x1f", "'0x1f'"],
  ["0o7", "0o7"],
  ["07", "'07'"],
  ["08", "08"],
  ["12:30", "'12:30'"],
  ["190:20:30.5", "'190:20:30.5'"],
  ["2020-01-01", "'2020-01-01'"],
  ["2020-1-1", "2020-1-1"],
  ["2023.11.17", "2023.11.17"],
  [".5", "'.5'"],
  ["-.inf", "'-.inf'"],
  ["yes", "'yes'"],
  ["Off", "'Off'"],
  ["oN", "oN"],
  ["y", "y"],
  ["null", "'null'"],
  ["~", "'~'"],
  ["<<", "'<<'"],
  ["=", "'='"],
  ["<8.2", "<8.2"],
  [">=3.8,<4.0a0", "'>=3.8,<4.0a0'"],
  ["=1", "=1"],
  ["!=1", "'!=1'"],
  ["*", "'*'"],
  ["1.*", "1.*"],
  ["- a", "'- a'"],
  ["-a", "-a"],
  ["? a", "'? a'"],
  ["?a", "?a"],
  [":a", ":a"],
  ["a: b", "'a: b'"],
  ["a:b", "a:b"],
  ["a:", "'a:'"],
  ["a #b", "'a #b'"],
  ["a#b", "a#b"],
  ["---a", "'---a'"],
  ["it's", "it's"],
  ["'a", "'''a'"],
  [" a", "' a'"],
  ["a ", "'a '"],
  ["a\nb", "'a\n\n    b'"],
  ["a\n b", '"a\\n b"'],
  ["\t", '"\\t"'],
  ["é", '"\\xE9"'],
  ["\u2028", '"\\L"'],
  ["😀", '"\\U0001F600"'],
  ["\u007f", '"\\x7F"'],
  ["https://host.example/a?b=c#d", "https://host.example/a?b=c#d"],
];

describe("scalars", () => {
  test.each(WRITTEN)("%j is written %j", (text, written) => {
    expect(yamlScalar(text, VALUE)).toBe(written);
  });

  test("keys stay on one line", () => {
    const long = "a ".repeat(50) + "a";
    expect(yamlScalar(long, { ...VALUE, isKey: true })).toBe(long);
    expect(yamlScalar("", { ...VALUE, isKey: true })).toBe("''");
    expect(yamlScalar("a\nb", { ...VALUE, isKey: true })).toBe('"a\\nb"');
  });

  test("long texts are folded behind column 80, in each style", () => {
    const words = Array.from({ length: 20 }, () => "abcdefg").join(" ");
    const folded = `${"abcdefg ".repeat(9)}abcdefg\n    ${"abcdefg ".repeat(9)}abcdefg`;
    expect(yamlScalar(words, VALUE)).toBe(folded);
    expect(yamlScalar(`${words}:`, VALUE)).toBe(`'${folded}:'`);
    const escaped = `${"abcdefg ".repeat(9)}abcdefg\\\n    \\ ${"abcdefg ".repeat(9)}abcdefg\\t`;
    expect(yamlScalar(`${words}\t`, VALUE)).toBe(`"${escaped}"`);
  });
});

const character = fc.constantFrom(...Array.from("ab01.:-_ #,'\"\\[]{}?!&*%@`|>=<~\n\té\u2028\u0085😀+eExyn/"));

describe("what is written", () => {
  test("is read back by a YAML parser as the same text, as value, item and key", () => {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 150 }), (text) => {
        const value = yamlScalar(text, VALUE);
        const item = yamlScalar(text, { column: 2, indent: 2, isKey: false });
        const key = yamlScalar(text, { column: 0, indent: 2, isKey: true });
        const read = (yaml: string): unknown => parse(yaml, { schema: "failsafe" });
        expect(read(`a:\n  k: ${value}\n`)).toEqual({ a: { k: text } });
        expect(read(`- ${item}\n`)).toEqual([text]);
        expect(read(`${key}: 1\n`)).toEqual({ [text]: "1" });
      }),
      { numRuns: 500 },
    );
  });
});
