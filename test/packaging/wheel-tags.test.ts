import { describe, expect, test } from "@jest/globals";
import { formatMarker } from "#packaging/marker-syntax.ts";
import type { PlatformName } from "#packaging/platform-tags.ts";
import { defaultVirtualPackages, fullPythonVersion, isPlatformName, makeTarget, PLATFORMS } from "#packaging/target.ts";
import {
  bestRank,
  pythonTagMatches,
  rankTags,
  wheelImpliedMarker,
  wheelRank,
  wheelTagsFor,
} from "#packaging/wheel-tags.ts";
import { pythonRangeFromSpecifierSet } from "#packaging/version-range.ts";
import { readSpecifiers } from "../support/packaging-arbitraries.ts";

const assuming = (name: string, version: string) => [{ name, version, build: "0" }];
const tags = (platform: PlatformName, python: string, virtualPackages = defaultVirtualPackages(platform, "cpu")) =>
  wheelTagsFor({ platform, python, virtualPackages });

describe("tags that a target accepts", () => {
  test.each([
    ["linux-64", "3.12", "cp312-cp312-manylinux_2_28_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-manylinux_2_29_x86_64", false],
    ["linux-64", "3.12", "cp312-cp312-manylinux_2_5_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-manylinux1_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-manylinux2010_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-manylinux2014_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-manylinux2014_aarch64", false],
    ["linux-64", "3.12", "cp312-cp312-linux_x86_64", true],
    ["linux-64", "3.12", "cp312-cp312-musllinux_1_1_x86_64", false],
    ["linux-64", "3.12", "cp37-abi3-manylinux2014_x86_64", true],
    ["linux-64", "3.12", "cp313-abi3-manylinux2014_x86_64", false],
    ["linux-64", "3.12", "cp311-cp311-manylinux2014_x86_64", false],
    ["linux-64", "3.12", "cp312-cp312t-manylinux2014_x86_64", false],
    ["linux-64", "3.12", "py3-none-any", true],
    ["linux-64", "3.12", "py2-none-any", false],
    ["linux-64", "3.12", "py38-none-any", true],
    ["linux-64", "3.12", "py313-none-any", false],
    ["linux-64", "3.12", "cp312-none-any", true],
    ["linux-64", "3.12", "cp311-none-any", false],
    ["linux-64", "3.12", "py3-none-manylinux_2_17_x86_64", true],
    ["linux-64", "3.7", "cp37-cp37m-manylinux2014_x86_64", true],
    ["linux-64", "3.7", "cp37-cp37-manylinux2014_x86_64", false],
    ["linux-64", "2.7", "cp27-cp27mu-manylinux1_x86_64", true],
    ["linux-64", "2.7", "py2-none-any", true],
    ["linux-64", "2.7", "py3-none-any", false],
    ["linux-aarch64", "3.12", "cp312-cp312-manylinux_2_17_aarch64", true],
    ["linux-aarch64", "3.12", "cp312-cp312-manylinux1_aarch64", false],
    ["linux-ppc64le", "3.12", "cp312-cp312-manylinux2014_ppc64le", true],
    ["osx-arm64", "3.12", "cp312-cp312-macosx_11_0_arm64", true],
    ["osx-arm64", "3.12", "cp312-cp312-macosx_13_0_arm64", true],
    ["osx-arm64", "3.12", "cp312-cp312-macosx_14_0_arm64", false],
    ["osx-arm64", "3.12", "cp312-cp312-macosx_10_9_universal2", true],
    ["osx-arm64", "3.12", "cp312-cp312-macosx_10_9_x86_64", false],
    ["osx-64", "3.12", "cp312-cp312-macosx_10_9_x86_64", true],
    ["osx-64", "3.12", "cp312-cp312-macosx_10_6_intel", true],
    ["osx-64", "3.12", "cp312-cp312-macosx_11_0_universal2", true],
    ["osx-64", "3.12", "cp312-cp312-macosx_11_0_arm64", false],
    ["osx-64", "3.12", "cp312-cp312-macosx_12_3_x86_64", false],
    ["win-64", "3.12", "cp312-cp312-win_amd64", true],
    ["win-64", "3.12", "cp312-cp312-win32", false],
    ["win-arm64", "3.12", "cp312-cp312-win_arm64", true],
  ] as const)("%s with Python %s and %s: %s", (platform, python, tag, expected) => {
    expect(tags(platform, python).includes(tag)).toBe(expected);
  });

  test("come best first: newest platform, own ABI, stable ABI, no ABI, older stable ABI, any", () => {
    const order = [
      "cp312-cp312-manylinux_2_28_x86_64",
      "cp312-cp312-manylinux_2_17_x86_64",
      "cp312-cp312-manylinux2014_x86_64",
      "cp312-cp312-manylinux1_x86_64",
      "cp312-cp312-linux_x86_64",
      "cp312-abi3-manylinux_2_28_x86_64",
      "cp312-none-manylinux_2_28_x86_64",
      "cp311-abi3-manylinux_2_28_x86_64",
      "cp32-abi3-linux_x86_64",
      "py312-none-manylinux_2_28_x86_64",
      "py3-none-manylinux_2_28_x86_64",
      "py311-none-manylinux_2_28_x86_64",
      "cp312-none-any",
      "py312-none-any",
      "py3-none-any",
      "py30-none-any",
    ];
    const all = tags("linux-64", "3.12");
    expect(all.filter((tag) => order.includes(tag))).toEqual(order);
    expect(new Set(all).size).toBe(all.length);
  });

  // Counted with the Python library packaging 26.2, whose lists these equal, tag by tag.
  test.each([
    ["linux-64", "3.12", 771],
    ["osx-arm64", "3.12", 528],
    ["win-64", "3.12", 42],
  ] as const)("%s with Python %s accepts %d tags", (platform, python, count) => {
    expect(tags(platform, python).length).toBe(count);
  });

  test("depend on the virtual packages", () => {
    expect(tags("linux-64", "3.12", assuming("__glibc", "2.17"))[0]).toBe("cp312-cp312-manylinux_2_17_x86_64");
    expect(tags("linux-64", "3.12", [])[0]).toBe("cp312-cp312-linux_x86_64");
    expect(tags("linux-64", "3.12", assuming("__musl", "1.2"))[0]).toBe("cp312-cp312-musllinux_1_2_x86_64");
    expect(tags("osx-64", "3.12", assuming("__osx", "10.15"))[0]).toBe("cp312-cp312-macosx_10_15_x86_64");
    expect(tags("osx-arm64", "3.12", assuming("__osx", "15.1"))[0]).toBe("cp312-cp312-macosx_15_0_arm64");
    expect(tags("osx-64", "3.12", [])[0]).toBe("cp312-none-any");
  });

  test("of a Python without the global lock have their own ABI and no abi3", () => {
    const threaded = wheelTagsFor({ platform: "win-64", python: "3.14", virtualPackages: [], freeThreaded: true });
    expect(threaded.slice(0, 3)).toEqual(["cp314-cp314t-win_amd64", "cp314-abi3t-win_amd64", "cp314-none-win_amd64"]);
    expect(threaded.some((tag) => tag.includes("-abi3-"))).toBe(false);
  });

  test("are none where the Python is no version", () => {
    expect(tags("linux-64", "pypy")).toEqual([]);
  });
});

describe("the rank of a file", () => {
  const target = { wheelTags: ["cp312-cp312-win_amd64", "cp312-abi3-win_amd64", "py3-none-any"] };

  test.each([
    [["py2-none-any", "py3-none-any"], 2],
    [["py3-none-any", "cp312-cp312-win_amd64"], 0],
    [["cp311-cp311-win_amd64"], null],
    [[], null],
  ])("%j is %j", (file, expected) => {
    expect(wheelRank(file, target)).toBe(expected);
    expect(bestRank(file, rankTags(target.wheelTags))).toBe(expected);
  });
});

describe("what tags imply", () => {
  test.each([
    [["py3-none-any"], null],
    [["cp312-cp312-freebsd_13_amd64"], null],
    [["cp312-cp312-win_amd64", "py3-none-any"], null],
    [
      ["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux2014_x86_64"],
      "sys_platform == 'linux' and platform_machine == 'x86_64'",
    ],
    [["cp312-cp312-musllinux_1_2_aarch64"], "sys_platform == 'linux' and platform_machine == 'aarch64'"],
    [["cp312-cp312-linux_armv7l"], "sys_platform == 'linux' and platform_machine == 'armv7l'"],
    [["cp312-cp312-win_amd64"], "sys_platform == 'win32' and platform_machine == 'AMD64'"],
    [["cp312-cp312-win_arm64"], "sys_platform == 'win32' and platform_machine == 'ARM64'"],
    [["cp312-cp312-win32"], "sys_platform == 'win32' and platform_machine == 'x86'"],
    [["cp312-cp312-macosx_11_0_arm64"], "sys_platform == 'darwin' and platform_machine == 'arm64'"],
    [
      ["cp312-cp312-macosx_10_9_universal2"],
      "sys_platform == 'darwin' and platform_machine == 'x86_64' or sys_platform == 'darwin' and platform_machine == 'arm64'",
    ],
  ])("%j implies %s", (file, expected) => {
    const marker = wheelImpliedMarker(file);
    expect(marker === null ? null : formatMarker(marker, "'")).toBe(expected);
  });

  test.each([
    [">=3.10", "py2-none-any", false],
    [">=3.10", "py27-none-any", false],
    [">=2.7", "py2-none-any", false],
    [">=3.10", "cp27-cp27mu-linux_x86_64", false],
    [">=3.10", "py3-none-any", true],
    ["==3.10.*", "py312-none-any", false],
    ["==3.10.*", "py37-none-any", true],
    ["==3.10.*", "py310-none-any", true],
    [">=3.10", "cp36-none-any", false],
    ["==3.10.*", "cp312-none-any", false],
    [">=3.10", "cp312-none-any", true],
    [">=3.10", "cp39-cp39-win_amd64", false],
    [">=3.10", "cp310-cp310-win_amd64", true],
    [">=3.10.5", "cp310-cp310-win_amd64", true],
    [">3.10", "cp310-cp310-win_amd64", true],
    ["<3.12", "cp312-cp312-win_amd64", false],
    ["<3.12.1", "cp312-cp312-win_amd64", true],
    [">=3.13", "cp313-cp313t-win_amd64", true],
    [">=3.14", "cp313-cp313t-win_amd64", false],
    [">=3.10", "cp37-abi3-win_amd64", true],
    [">=3.8", "cp37-cp37m-win_amd64", false],
    [">=3.10", "pp39-pypy39_pp73-win_amd64", false],
    [">=3.9", "pp39-pypy39_pp73-win_amd64", true],
    [">=3.11", "graalpy311-graalpy240_311_native-linux_x86_64", true],
    [">=3.12", "graalpy311-graalpy240_311_native-linux_x86_64", false],
    [">=3.12", "ip311-ipabi-linux_x86_64", true],
    ["", "cp37-cp37m-win_amd64", true],
  ])("Python %s may use %s: %s", (requiresPython, tag, expected) => {
    expect(pythonTagMatches(pythonRangeFromSpecifierSet(readSpecifiers(requiresPython)), tag)).toBe(expected);
  });
});

describe("targets", () => {
  test("have ids, full versions of Python and what follows from them", () => {
    const target = makeTarget({ platform: "linux-64", accelerator: "cuda", python: "3.9" });
    expect(target).toMatchObject({ id: "linux-64-cuda", python: "3.9.0" });
    expect(target.virtualPackages.map(({ name, version }) => `${name}=${version}`)).toEqual([
      "__archspec=1",
      "__unix=0",
      "__linux=5.10",
      "__glibc=2.28",
      "__cuda=12.0",
    ]);
    expect(target.wheelTags).toEqual(tags("linux-64", "3.9"));
    expect(target.markerEnvironment).toMatchObject({
      python_version: "3.9",
      python_full_version: "3.9.0",
      os_name: "posix",
    });
  });

  test.each([
    ["linux-64", "posix", "linux", "Linux", "x86_64"],
    ["linux-aarch64", "posix", "linux", "Linux", "aarch64"],
    ["linux-ppc64le", "posix", "linux", "Linux", "ppc64le"],
    ["osx-64", "posix", "darwin", "Darwin", "x86_64"],
    ["osx-arm64", "posix", "darwin", "Darwin", "arm64"],
    ["win-64", "nt", "win32", "Windows", "AMD64"],
    ["win-arm64", "nt", "win32", "Windows", "ARM64"],
  ] as const)("%s is %s, %s, %s, %s", (platform, ...expected) => {
    const { markerEnvironment } = makeTarget({ platform, accelerator: "cpu", python: "3.12" });
    const { os_name, sys_platform, platform_system, platform_machine } = markerEnvironment;
    expect([os_name, sys_platform, platform_system, platform_machine]).toEqual(expected);
  });

  test("assume what the command promises where nothing is said", () => {
    const names = (platform: PlatformName) =>
      defaultVirtualPackages(platform, "cpu").map(({ name, version }) => `${name}=${version}`);
    expect(names("osx-arm64")).toEqual(["__archspec=1", "__unix=0", "__osx=13.0"]);
    expect(names("win-64")).toEqual(["__archspec=1", "__win=10.0"]);
    expect(PLATFORMS.every((platform) => !names(platform).some((each) => each.startsWith("__cuda")))).toBe(true);
  });

  test("take other virtual packages and ids", () => {
    const virtualPackages = assuming("__glibc", "2.17");
    const target = makeTarget({
      platform: "linux-64",
      accelerator: "cpu",
      python: "3.8.1",
      virtualPackages,
      id: "linux-64-py3.8",
    });
    expect(target).toMatchObject({ id: "linux-64-py3.8", python: "3.8.1", virtualPackages });
  });

  test("refuse what is no version of Python", () => {
    expect(() => makeTarget({ platform: "linux-64", accelerator: "cpu", python: "pypy3" })).toThrow('"pypy3"');
    expect(fullPythonVersion("x")).toBeNull();
    expect(fullPythonVersion("3.13.0rc1")).toBe("3.13.0rc1");
  });

  test("know the names of platforms", () => {
    expect(isPlatformName("osx-arm64")).toBe(true);
    expect(isPlatformName("linux-32")).toBe(false);
  });
});
