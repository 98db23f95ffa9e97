import fc from "fast-check";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, type SpecifierSet } from "#packaging/specifier.ts";

const small = fc.nat({ max: 3 });

/** Texts of versions in every spelling, from few numbers, so that neighbours and equals are frequent. */
export const versionText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "", "", "1!", "v"),
    fc.array(small, { minLength: 1, maxLength: 4 }).map((release) => release.join(".")),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant("") },
      fc
        .tuple(fc.constantFrom("a", "-alpha.", "b", "_beta", "rc", "C", ".pre", "preview"), small)
        .map((parts) => parts.join("")),
    ),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant("") },
      fc.tuple(fc.constantFrom(".post", "post", "-", ".rev", "-r"), small).map((parts) => parts.join("")),
    ),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant("") },
      fc.tuple(fc.constantFrom(".dev", "dev", "-dev_"), small).map((parts) => parts.join("")),
    ),
    fc.constantFrom("", "", "", "+cpu", "+cu118", "+1", "+10", "+1.a", "+1-a.2"),
  )
  .map((parts) => parts.join(""));

export const version: fc.Arbitrary<Pep440Version> = versionText.map((text) => readVersion(text));

export function readVersion(text: string): Pep440Version {
  const parsed = parseVersion(text);
  if (parsed === null) throw new Error(`not a version: ${text}`);
  return parsed;
}

export function readSpecifiers(text: string): SpecifierSet {
  const parsed = parseSpecifierSet(text);
  if (isSpecifierProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}

const release = fc.array(small, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const publicText = versionText.map((text) => text.replace(/\+.*/, ""));

/** Texts of single specifiers that PEP 440 allows, without `===`. */
export const specifierText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom(">=", "<=", ">", "<"), publicText).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("==", "!="), versionText).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("==", "!="), release).map(([operator, text]) => `${operator}${text}.*`),
  fc.tuple(small, publicText).map(([first, text]) => `~=${first}.${text.replace(/^v|^1!/, "")}`),
);

export const specifierSetText: fc.Arbitrary<string> = fc
  .array(specifierText, { maxLength: 3 })
  .map((texts) => texts.join(","));
