import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatMatchSpec } from "#packaging/conda-match-spec-format.ts";
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
  type MatchCandidate,
} from "#packaging/conda-match-spec.ts";
import { formatCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";

function read(text: string): CondaMatchSpec {
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) throw new Error(spec.problem);
  return spec;
}

/** Name, version and build, `-` for what is not said. */
function summary(spec: CondaMatchSpec): string {
  const version = spec.version === null ? "-" : formatCondaVersionSpec(spec.version);
  return [spec.name, version, spec.build?.text ?? "-"].join(" ");
}

const VERSION = parseCondaVersion("1.7.1");

const NUMPY: MatchCandidate = {
  name: "numpy",
  version: VERSION ?? (undefined as never),
  build: "py27_0",
  buildNumber: 0,
  subdir: "linux-64",
  channel: "https://conda.anaconda.org/conda-forge",
  filename: "numpy-1.7.1-py27_0.tar.bz2",
  url: "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.7.1-py27_0.tar.bz2",
  md5: "0123456789abcdef0123456789abcdef",
  sha256: null,
};

describe("reading MatchSpecs", () => {
  const fuzzy = ["pkg=1.8", "pkg =1.8", "pkg 1.8.*", "pkg=1.8.*", "pkg[version=1.8.*]", `pkg[version="1.8.*"]`];
  test.each(fuzzy)("%s is fuzzy", (text) => {
    expect(summary(read(text))).toBe("pkg 1.8.* -");
  });

  test.each(["pkg 1.8.* *", "pkg=1.8.*=*", "pkg =1.8.* *", "pkg ==1.8.* *"])("%s is fuzzy, with any build", (text) => {
    expect(summary(read(text))).toBe("pkg 1.8.* *");
  });

  test.each(["pkg 1.8", "pkg==1.8", "pkg ==1.8", "pkg[version=1.8]", `pkg[version="1.8"]`])("%s is exact", (text) => {
    expect(summary(read(text))).toBe("pkg ==1.8 -");
  });

  test.each(["pkg 1.8 *", "pkg=1.8=*", "pkg==1.8=*", "pkg ==1.8 *"])("%s is exact, with any build", (text) => {
    expect(summary(read(text))).toBe("pkg ==1.8 *");
  });

  test.each([
    ["numpy", "numpy - -"],
    ["NumPy", "numpy - -"],
    ["pkg=1.8=bld", "pkg ==1.8 bld"],
    ["pkg 1.8 bld", "pkg ==1.8 bld"],
    ["pkg ==1.8 bld", "pkg ==1.8 bld"],
    ["pkg==1.8=bld", "pkg ==1.8 bld"],
    ["pkg =1.8 bld", "pkg 1.8.* bld"],
    ["python[version=3.9]", "python ==3.9 -"],
    ["python=3.9", "python 3.9.* -"],
    ["python ==2.7.*.*|>=3.6", "python 2.7.*|>=3.6 -"],
    ["blas *.* mkl", "blas * mkl"],
    ["pytorch=*=cuda*", "pytorch * cuda*"],
    ["bird_tool_utils_python =0.*,>=0.4.1", "bird_tool_utils_python 0.*,>=0.4.1 -"],
    ["foo >=1 ", "foo >=1 -"],
    ["python >=3.5,<3.6.0a0", "python >=3.5,<3.6.0a0 -"],
    ["vc 14.*", "vc 14.* -"],
    ["mkl 2023.*.*", "mkl 2023.* -"],
    ["blas * openblas", "blas * openblas"],
    ["libgcc-ng ==14.2.0=*_1", "libgcc-ng ==14.2.0 *_1"],
    ["nbconvert =7.10.0=*_0", "nbconvert ==7.10.0 *_0"],
    ["blas 2.132   accelerate", "blas ==2.132 accelerate"],
    ["__cuda  >= 11.0", "__cuda >=11.0 -"],
    ["pkg >=1.0 , < 2.0 py34_0", "pkg >=1.0,<2.0 py34_0"],
    ["pkg >=1.0 , < 2.0 =py34_0", "pkg >=1.0,<2.0 py34_0"],
    ["pkg >1.8,<2|==1.7", "pkg >1.8,<2|==1.7 -"],
    ["imath<3.2.0a0", "imath <3.2.0a0 -"],
    ["numpy!=1.10 py38_0", "numpy !=1.10 py38_0"],
    ["numpy~=1.7", "numpy ~=1.7 -"],
    ["__archspec 1.* ^(core2|x86_64_v[23])$", "__archspec 1.* ^(core2|x86_64_v[23])$"],
    ["pkg ^1.[78]$ py*", "pkg ^1.[78]$ py*"],
    ["pkg (1.7|1.8) py27_0", "pkg ==1.7|==1.8 py27_0"],
    ["numpy[version=1.10 build=py38_0]", "numpy ==1.10 py38_0"],
    ["numpy 1.8[version='>=1.9,<2', build='py*']", "numpy >=1.9,<2 py*"],
    ["numpy 1.8 # a comment", "numpy ==1.8 -"],
    ["numpy[version='1.8',build_string=py27_0]  # [linux]", "numpy ==1.8 py27_0"],
    ["numpy[name=scipy]", "numpy - -"],
    ["*[build=py27_0]", "* - py27_0"],
    ["^nump[xy]$ 1.7", "^nump[xy]$ ==1.7 -"],
    ["https://host/channel/linux-64/x264-1%21164.3095-h166bdaf_2.tar.bz2", "x264 ==1!164.3095 h166bdaf_2"],
    ["/opt/pkgs/linux-64/r-base-4.1-h1_0.conda", "r-base ==4.1 h1_0"],
  ])("%s", (text, expected) => {
    expect(summary(read(text))).toBe(expected);
  });

  test.each([
    ["conda-forge::numpy", "conda-forge", null, null],
    ["conda-forge/linux-64::numpy", "conda-forge", "linux-64", null],
    ["*/win-32::numpy", null, "win-32", null],
    ["pytorch/label/nightly::numpy", "pytorch/label/nightly", null, null],
    ["https://host:8080/c/noarch::numpy", "https://host:8080/c", "noarch", null],
    ["conda-forge:space:numpy", "conda-forge", null, "space"],
    ["space:numpy", null, null, "space"],
    ["main::numpy[channel=conda-forge/osx-64]", "conda-forge", "osx-64", null],
    ["main/osx-64::numpy[subdir=win-64]", "main", "win-64", null],
  ])("%s", (text, channel, subdir, namespace) => {
    const spec = read(text);
    expect([spec.name, spec.channel, spec.subdir?.text ?? null, spec.namespace]).toEqual([
      "numpy",
      channel,
      subdir,
      namespace,
    ]);
  });

  test("conditions, extras and flags are kept", () => {
    const spec = read(`foo[extras=[a,b], flags=["cuda","blas:*"], when="python >=3.8 and (__unix or __win)"]`);
    expect(spec.when).toBe("python >=3.8 and (__unix or __win)");
    expect(spec.extras).toEqual(["a", "b"]);
    expect(spec.flags).toEqual(["cuda", "blas:*"]);
  });

  test("other fields are kept, with escaped quotes and a # in them", () => {
    const spec = read(String.raw`foo[license='A\'s #1', md5=0123, track_features="mkl", build_number='>6,<9']`);
    expect([...spec.fields]).toEqual([
      ["md5", "0123"],
      ["license", "A's #1"],
      ["track_features", "mkl"],
    ]);
    expect(spec.buildNumber).toEqual([
      { operator: ">", value: 6 },
      { operator: "<", value: 9 },
    ]);
  });

  test.each([
    "",
    " # only a comment",
    ">=1.0",
    "[version=1]",
    "numpy >=1.0; if python",
    "python >=3.8<3.9",
    "numpy >=1.0 <2.0",
    "numpy[version=1][build=2]",
    "numpy[version=1",
    "numpy[unknown=1]",
    "numpy[optional]",
    "numpy[version=]",
    "numpy[build_number=x]",
    "numpy[version=1 [a]]",
    "numpy 1.0 ^(a+)+$",
    "num(py",
    "https://host/file.txt",
  ])("%j is refused with a reason", (text) => {
    expect(parseMatchSpec(text)).toEqual({ problem: expect.stringMatching(/\w{3}/) });
  });
});

describe("any text", () => {
  const fragment = fc.constantFrom(
    ..."numpy, >=1.0, =, ==, 1.8, *, .*, ^, $, [, ], (, ), |, :, ::, /, ', \\, #, key=, version=, linux-64, if, ;".split(
      ", ",
    ),
    ",",
    " ",
    '"',
  );

  test("is read or refused, and what is read is written and read again", () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const spec = parseMatchSpec(fragments.join(""));
        if (isCondaSpecProblem(spec)) expect(spec.problem).not.toBe("");
        else expect(summary(read(formatMatchSpec(spec)))).toBe(summary(spec));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([" ", "a ", "=a", "a,<", "(", "[", "[a=", "'", "*.", "a-", "/a", "#[", ";if"])(
    "%j many times is read at once",
    (piece) => {
      const count = Math.floor(2048 / piece.length);
      for (const text of ["a", "a ", "a [b='", "https://a/"]) {
        const start = performance.now();
        parseMatchSpec(`${text}${piece.repeat(count - text.length)}(`);
        expect(performance.now() - start).toBeLessThan(1000);
      }
    },
  );
});

describe("matching records", () => {
  test.each([
    ["numpy", true],
    ["nump*", true],
    ["*", true],
    ["^nump.$", true],
    ["scipy", false],
    ["numpy >1.7.1a", true],
    ["numpy ==1.7.1.0", true],
    ["numpy 1.7.1 py27_0", true],
    ["numpy 1.7.1 py26_0", false],
    ["numpy * PY27_0", true],
    ["numpy * py2*", true],
    ["numpy * *_0", true],
    ["numpy * p*2*0", true],
    ["numpy * p*3*0", false],
    ["numpy * py27_0*0", false],
    ["numpy * ^py(26|27)_0$", true],
    ["numpy * ^py(26|28)_0$", false],
    ["numpy[build_number=0]", true],
    ["numpy[build_number='<1']", true],
    ["numpy[build_number='>6']", false],
    ["numpy[build_number='*']", true],
    ["numpy[subdir=linux-64]", true],
    ["numpy[subdir=linux-*]", true],
    ["numpy[subdir=win-64]", false],
    ["conda-forge::numpy", true],
    ["conda-forge/linux-64::numpy", true],
    ["https://conda.anaconda.org/conda-forge/::numpy", true],
    ["forge::numpy", false],
    ["defaults::numpy", false],
    ["conda-*::numpy", true],
    ["numpy[md5=0123456789ABCDEF0123456789abcdef]", true],
    ["numpy[md5=00]", false],
    ["numpy[sha256=00]", false],
    ["numpy[fn=numpy-1.7.1-py27_0.tar.bz2]", true],
    ["https://conda.anaconda.org/conda-forge/linux-64/numpy-1.7.1-py27_0.tar.bz2", true],
    ["https://elsewhere.org/conda-forge/linux-64/numpy-1.7.1-py27_0.tar.bz2", false],
  ])("%s: %s", (text, expected) => {
    expect(matchSpecMatches(read(text), NUMPY)).toBe(expected);
  });

  test("defaults are the channels of pkgs, not the other way", () => {
    const record = { ...NUMPY, channel: "https://repo.anaconda.com/pkgs/main" };
    expect(matchSpecMatches(read("defaults::numpy"), record)).toBe(true);
    expect(matchSpecMatches(read("pkgs/main::numpy"), record)).toBe(true);
    expect(matchSpecMatches(read("pkgs/main::numpy"), { ...NUMPY, channel: "defaults" })).toBe(false);
  });
});

describe("canonical spelling", () => {
  test.each([
    ["numpy 1.7.*", "numpy=1.7"],
    ["numpy[version=1.7]", "numpy==1.7"],
    ["numpy=1.7=py3*_2", "numpy==1.7[build=py3*_2]"],
    ["numpy >1.7", "numpy[version='>1.7']"],
    ["numpy!=1.10 py38_0", "numpy[version='!=1.10',build=py38_0]"],
    ["*/win-32::numpy", "numpy[subdir=win-32]"],
    ["foo 1.0 py27_0", "foo==1.0=py27_0"],
    ["conda-forge::foo[version=1.0.*]", "conda-forge::foo=1.0"],
    ["conda-forge/linux-64::foo>=1.0", "conda-forge/linux-64::foo[version='>=1.0']"],
    ["*/linux-64::foo>=1.0", "foo[subdir=linux-64,version='>=1.0']"],
    ["foo[extras=[a], when='x or y', flags=['b:*']]", "foo[when='x or y',extras=[a],flags=[b:*]]"],
    [`foo[license="A's"]`, String.raw`foo[license='A\'s']`],
  ])("%s is written %s, which reads as the same", (text, expected) => {
    expect(formatMatchSpec(read(text))).toBe(expected);
    expect({ ...read(expected), text: "" }).toEqual({ ...read(text), text: "" });
  });
});
