import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseLenientRequirement } from "#packaging/lenient-metadata.ts";
import { formatMarker } from "#packaging/marker-syntax.ts";
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { formatSpecifierSet } from "#packaging/specifier.ts";
import { specifierSetText } from "../support/packaging-arbitraries.ts";

function read(text: string): Requirement {
  const requirement = parseRequirement(text);
  if (isRequirementProblem(requirement)) throw new Error(requirement.message);
  return requirement;
}

/** Name, extras, specifiers, address and marker in one line. */
function shown({ name, extras, specifiers, url, marker }: Requirement): string {
  return [
    name,
    extras.join("+"),
    formatSpecifierSet(specifiers),
    url ?? "",
    marker === null ? "" : formatMarker(marker, "'"),
  ].join("|");
}

describe("reading requirements", () => {
  test.each([
    ["foo", "foo||||"],
    ["  Foo.Bar  ", "foo-bar||||"],
    ["foo>=1", "foo||>=1||"],
    ["foo (>=1)", "foo||>=1||"],
    ["foo(>=1,<2)", "foo||>=1,<2||"],
    ["foo >= 1 , < 2 ,", "foo||>=1,<2||"],
    ["foo[a]", "foo|a|||"],
    ["foo [ A_b , c.D, a-b ] ~=1.0", "foo|a-b+c-d|~=1.0||"],
    ["foo[] ==1.*", "foo||==1.*||"],
    ["foo; os_name == 'nt'", "foo||||os_name == 'nt'"],
    ["foo>=1;os_name=='nt'", "foo||>=1||os_name == 'nt'"],
    ["foo (>=1) ; extra == 'X_y'", "foo||>=1||extra == 'x-y'"],
    ["foo===1.0-custom; python_version < '3'", "foo||===1.0-custom||python_version < '3'"],
    ["foo @ https://host/a.whl", "foo|||https://host/a.whl|"],
    ["foo[x]@https://host/a.whl#sha256=1", "foo|x||https://host/a.whl#sha256=1|"],
    ["foo @ https://host/a;b.whl ; os_name == 'nt'", "foo|||https://host/a;b.whl|os_name == 'nt'"],
    ["foo @ git+https://host/repo@v1.0", "foo|||git+https://host/repo@v1.0|"],
    ["foo @ file:///a/b c".replace(" c", ""), "foo|||file:///a/b|"],
    ["jax[cuda11-pip]==0.4.8", "jax|cuda11-pip|==0.4.8||"],
  ])("%j is %s", (text, expected) => {
    expect(shown(read(text))).toBe(expected);
  });

  test("keeps the name and the text as written", () => {
    expect(read(" Ruamel.YAML>=1 ")).toMatchObject({
      name: "ruamel-yaml",
      writtenName: "Ruamel.YAML",
      text: "Ruamel.YAML>=1",
    });
  });

  test.each([
    ["", 0],
    [">=1", 0],
    ["-foo", 0],
    ["foo bar", 4],
    ["foo 1.0", 4],
    ["foo >=x", 4],
    ["foo[a", 3],
    ["foo[a b]", 3],
    ["foo[a,]", 3],
    ["foo @", 5],
    ["foo @ https://host/a b", 21],
    ["foo; bogus == '1'", 5],
    ["foo;", 4],
    ["foo (>=1", 4],
    ["./local/path", 0],
    ["foo<1 || >2", 3],
  ])("%j is refused at offset %d", (text, position) => {
    expect(parseRequirement(text)).toEqual({ position, message: expect.stringContaining(text.trim().slice(0, 3)) });
  });

  test("a requirement that is put together is taken apart again", () => {
    const marker = fc.constantFrom("", "; os_name == 'nt'", " ; python_version < '3.9' and extra == 'x'");
    fc.assert(
      fc.property(
        fc.constantFrom("foo", "a.b"),
        fc.constantFrom("", "[x]", "[x, y]"),
        specifierSetText,
        marker,
        (...parts) => {
          const [name, extras, specifiers, rest] = parts;
          const requirement = read(`${name}${extras} (${specifiers})${rest}`);
          expect(requirement.writtenName).toBe(name);
          expect(requirement.extras.length).toBe(extras === "" ? 0 : extras.split(",").length);
          expect(formatSpecifierSet(requirement.specifiers)).toBe(specifiers);
          expect(requirement.marker === null).toBe(rest === "");
          expect(shown(read(requirement.text))).toBe(shown(requirement));
        },
      ),
    );
  });
});

describe("requirements in old metadata", () => {
  test.each([
    ["foo>=1.0<2.0", "foo||>=1.0,<2.0||"],
    ["foo >=1.0 <2.0", "foo||>=1.0,<2.0||"],
    ["foo (>=3.5.*)", "foo||>=3.5||"],
    ["foo[x]>=3.5.*; python_version >= '3.5'", "foo|x|>=3.5||python_version >= '3.5'"],
    ["foo >= '2.7'; os_name == 'nt'", "foo||>=2.7||os_name == 'nt'"],
    ["foo !=3.0*", "foo||!=3.0.*||"],
    ["foo *", "foo||||"],
    ["foo>=1", "foo||>=1||"],
  ])("%j is read as %s", (text, expected) => {
    const requirement = parseLenientRequirement(text);
    expect(isRequirementProblem(requirement) ? requirement.message : shown(requirement)).toBe(expected);
    expect(requirement).toMatchObject({ text });
  });

  test.each(["foo bar", "foo<1 || >2", "foo 1.0", "foo>=1; bogus == '1'", "foo @ https://host/?a=b >=1"])(
    "%j stays refused",
    (text) => {
      expect(isRequirementProblem(parseLenientRequirement(text))).toBe(true);
    },
  );
});
