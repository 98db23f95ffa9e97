import { describe, expect, test } from "@jest/globals";
import { commonSettings } from "#cli/common-options.ts";
import { solveCommand } from "#cli/solve-command.ts";
import { solveRequest, type SolveOptions, type SolveRequest } from "#cli/solve-request.ts";

/** What the command makes of its options. */
function requestOf(...options: readonly string[]): SolveRequest {
  const command = solveCommand();
  command.parseOptions([...options]);
  return solveRequest(command.opts<SolveOptions>(), commonSettings(command, {}));
}

describe("options of relock solve", () => {
  test("defaults: the newest for linux-64 and Python 3.12, with uv's rule for prereleases", () => {
    const request = requestOf("--pypi", "numpy<2");
    if (request.kind !== "target") throw new Error(request.kind);
    const { target, options, requirements } = request.problem;
    expect([target.id, target.python]).toEqual(["linux-64", "3.12.0"]);
    expect(target.virtualPackages.map(({ name, version }) => `${name}=${version}`).sort()).toEqual([
      "__archspec=1",
      "__glibc=2.28",
      "__linux=5.10",
      "__unix=0",
    ]);
    expect(options).toMatchObject({ order: "highest", prerelease: "if-necessary-or-explicit", noBuild: new Set() });
    expect(requirements.map(({ requirement }) => requirement.text)).toEqual(["numpy<2"]);
  });

  test("names are normalised, repeated options add up, virtual packages take the place of defaults", () => {
    const request = requestOf(
      "--pypi",
      "a",
      "--pypi",
      "b",
      "--no-build",
      "Foo_Bar",
      "--no-build",
      "baz",
      "--no-binary",
      "Q.Q",
      "--virtual-package",
      "__glibc=2.17",
      "--virtual-package",
      "__cuda=12.4",
      "--python",
      "3.9",
      "--lowest",
      "--exclude-newer",
      "2024-01-01T00:00:00Z",
      "--undated",
      "drop",
      "--prerelease",
      "allow",
    );
    if (request.kind !== "target") throw new Error(request.kind);
    const { target, options, requirements } = request.problem;
    expect(requirements).toHaveLength(2);
    expect([target.id, target.accelerator, target.python]).toEqual(["linux-64-cuda", "cuda", "3.9.0"]);
    expect(target.wheelTags).toContain("cp39-cp39-manylinux_2_17_x86_64");
    expect(target.wheelTags).not.toContain("cp39-cp39-manylinux_2_28_x86_64");
    expect(options).toMatchObject({
      order: "lowest",
      prerelease: "allow",
      noBuild: new Set(["foo-bar", "baz"]),
      noBinary: new Set(["q-q"]),
      cutoff: { general: Date.parse("2024-01-01T00:00:00Z"), undated: "drop" },
    });
  });

  test("--universal takes a range of Pythons, and has one without", () => {
    const texts = (request: SolveRequest): readonly string[] =>
      request.kind === "universal"
        ? request.problem.requiresPython.specifiers.map(({ operator, versionText }) => operator + versionText)
        : [];
    expect(texts(requestOf("--pypi", "a", "--universal", "--requires-python", ">=3.9,<4"))).toEqual([">=3.9", "<4"]);
    expect(texts(requestOf("--pypi", "a", "--universal"))).toEqual([">=3.12"]);
  });

  test.each([[[]], [["--pypi", "a"]]])("--python asks for conda's Python (beside %j too)", (more) => {
    const request = requestOf("--conda", "numpy", "--channel", "c", "--python", "3.11", ...more);
    const problem =
      request.kind === "joint" ? request.problem.conda : request.kind === "conda" ? request.problem : null;
    expect(problem?.specs.map(({ text }) => text)).toEqual(["numpy", "python =3.11"]);
  });

  test.each([
    [["--conda", "python=3.11"], "name at least one channel with --channel"],
    [["--conda", "numpy", "--channel", ""], "--channel: '' is neither the name nor the URL of a channel"],
    [["--conda", "numpy", "--channel", "c", "--requires-python", ">=3.9"], "--requires-python belongs to --universal"],
    [["--conda", "numpy", "--channel", "c", "--python", "three"], "'three' is not a version"],
    [[], "name at least one requirement"],
    [["--pypi", "numpy >>= 1"], "--pypi: "],
    [["--pypi", "numpy", "--platform", "beos-32"], "'beos-32' is none of linux-64"],
    [["--pypi", "numpy", "--python", "three"], "'three' is not a version"],
    [["--pypi", "numpy", "--virtual-package", "glibc"], "'glibc' is not NAME=VERSION"],
    [["--pypi", "numpy", "--requires-python", ">=3.9"], "--requires-python belongs to --universal"],
    [["--pypi", "numpy", "--universal", "--requires-python", "3.9"], "--requires-python: "],
    [["--pypi", "numpy", "--lowest", "--lowest-direct"], "choose one of"],
  ])("wrong usage %j is refused with a sentence", (options, sentence) => {
    expect(() => requestOf(...options)).toThrow(sentence);
  });
});
