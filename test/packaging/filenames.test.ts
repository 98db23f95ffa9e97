import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareBuilds, parseSdistFilename, parseWheelFilename, WheelNames } from "#packaging/filenames.ts";
import { formatVersion } from "#packaging/pep440-version.ts";

describe("names of wheels", () => {
  test.each([
    ["pip-18.0-py3-none-any.whl", "pip", "18.0", null, ["py3-none-any"]],
    ["six-1.16.0-py2.py3-none-any.whl", "six", "1.16.0", null, ["py2-none-any", "py3-none-any"]],
    ["Foo_Bar.baz-1.0-1local-cp312-abi3-win_amd64.whl", "foo-bar-baz", "1.0", [1, "local"], ["cp312-abi3-win_amd64"]],
    [
      "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
      "numpy",
      "1.26.4",
      null,
      ["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux2014_x86_64"],
    ],
    [
      "jaxlib-0.4.7+cuda11.cudnn86-cp310-cp310-manylinux2014_x86_64.whl",
      "jaxlib",
      "0.4.7+cuda11.cudnn86",
      null,
      ["cp310-cp310-manylinux2014_x86_64"],
    ],
    ["foo-1.0+ubuntu_1-py3-none-any.whl", "foo", "1.0+ubuntu.1", null, ["py3-none-any"]],
    ["foo-1.0_1-py3-none-any.whl", "foo", "1.0.post1", null, ["py3-none-any"]],
    ["foo-1.0-2-CP39-none-any.whl", "foo", "1.0", [2, ""], ["cp39-none-any"]],
  ])("%s", (filename, ...expected) => {
    const [name, version, build, tags] = expected;
    const parsed = parseWheelFilename(filename);
    expect(parsed === null ? null : { ...parsed, version: formatVersion(parsed.version) }).toEqual({
      name,
      version,
      build,
      tags,
    });
  });

  test.each([
    "foo-1.0.whl",
    "foo-1.0-py3-none-any.zip",
    "foo-1.0-py3-none.whl",
    "foo-1.0-local-py3-none-any.whl",
    "foo-bar-1.0-1-py3-none-any.whl",
    "foo-abc-py3-none-any.whl",
    "foo-1.0-py3-none-.whl",
    "-1.0-py3-none-any.whl",
    "foo-1.0%2Bcpu-py3-none-any.whl",
    'foo-1.0-py3-none-any"x.whl',
    "foo-1.0-py3-none-\u202eany.whl",
    "foo-1.0-py3-none-any\n.whl",
    "foo-1.0-1/../..-py3-none-any.whl",
    `foo-1.0-${"a.".repeat(1_000)}a-${"b.".repeat(1_000)}b-any.whl`,
  ])("%s is none", (filename) => {
    expect(parseWheelFilename(filename)).toBeNull();
  });

  test("build tags order by number, then text, after having none", () => {
    const builds = [null, [1, ""], [1, "a"], [1, "b"], [2, ""], [10, ""]] as const;
    expect(builds.toReversed().toSorted(compareBuilds)).toEqual(builds);
    expect(compareBuilds([1, "a"], [1, "a"])).toBe(0);
  });
});

describe("names of source distributions", () => {
  test.each([
    ["foo_bar-1.0.tar.gz", "foo-bar", "1.0", false],
    ["foo-bar-1.0.tar.gz", "foo-bar", "1.0", true],
    ["Foo.Bar-1.0.tar.gz", "foo-bar", "1.0", true],
    ["foo-1.0.zip", "foo", "1.0", true],
    ["foo-1.0.tar.bz2", "Foo", "1.0", true],
    ["foo-1.0.tgz", "foo", "1.0", true],
    ["foo-1.0-beta2.tar.gz", "foo", "1.0b2", false],
    ["foo-1.0-1.tar.gz", "foo", "1.0.post1", false],
    ["foo-2-1.0.tar.gz", "foo-2", "1.0", true],
    ["foo-2-1.tar.gz", "foo", "2.post1", false],
    ["foo-1.0+cpu.tar.gz", "foo", "1.0+cpu", false],
  ])("%s of %s is version %s, legacy: %s", (filename, project, version, legacy) => {
    const parsed = parseSdistFilename(filename, project);
    expect(parsed === null ? null : [formatVersion(parsed.version), parsed.legacy]).toEqual([version, legacy]);
  });

  test.each([
    ["foo-bar-1.0.tar.gz", "foo"],
    ["foo-1.0.tar.gz", "foo-bar"],
    ["foo-1.0-py3-none-any.whl", "foo"],
    ["foo-1.0.egg", "foo"],
    ["foo-1.0.win32.exe", "foo"],
    ["foo-1.0.win32.zip", "foo"],
    ["foo.tar.gz", "foo"],
    ["foo-latest.tar.gz", "foo"],
    ["foo-1.0\n.tar.gz", "foo"],
    ["foo- 1.0.tar.gz", "foo"],
    [`${"foo-".repeat(5_000)}1.tar.gz`, "foo"],
    [`foo-1${".0".repeat(150)}.tar.gz`, "foo"],
  ])("%s is none of %s", (filename, project) => {
    expect(parseSdistFilename(filename, project)).toBeNull();
  });
});

describe("many names of wheels", () => {
  const part = fc.constantFrom(
    "",
    "foo",
    "Foo_b.ar",
    "1.0",
    "1.0_1",
    "1.0+cpu",
    "2",
    "py3",
    "py2.py3",
    "any",
    "none",
    "a b",
    "x!",
  );
  const filename = fc
    .array(part, { minLength: 3, maxLength: 7 })
    .chain((parts) => fc.constantFrom(".whl", ".whl", ".zip").map((extension) => parts.join("-") + extension));
  const likely = fc
    .tuple(
      fc.constantFrom("foo", "b.ar"),
      fc.constantFrom("1.0", "2", "x"),
      fc.constantFrom("py3", "1-py3", "-py3", "py2.py3"),
    )
    .map(([name, version, python]) => `${name}-${version}-${python}-none-any.whl`);

  test("are read as each is read alone, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(filename, likely), { maxLength: 40 }), (filenames) => {
        const names = new WheelNames();
        for (const one of filenames) expect(names.parse(one)).toEqual(parseWheelFilename(one));
      }),
    );
  });

  test("share versions and tags", () => {
    const names = new WheelNames();
    const [one, other] = [names.parse("foo-1.0-py3-none-any.whl"), names.parse("foo-1.0-py2-none-any.whl")];
    expect(one?.version).toBe(other?.version);
    expect(names.parse("bar-2-py3-none-any.whl")?.tags).toBe(one?.tags);
  });
});
