import { describe, expect, test } from "@jest/globals";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readLines } from "#formats/locks/conda-lock/read-lines.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { condaLockToPlain } from "#formats/locks/conda-lock/plain.ts";
import { condaLockIn } from "../../../support/conda-locks.ts";
import { SAMPLE } from "./samples.ts";

function findingOf(text: string): { readonly line: number | null; readonly message: string } {
  const reading = readCondaLock("locks/conda-lock.yml", text);
  if (!("finding" in reading)) throw new Error("the lock is read");
  expect(reading.finding).toMatchObject({ severity: "error", file: "locks/conda-lock.yml" });
  return reading.finding;
}

function warningsOf(
  text: string,
): readonly { readonly code: string; readonly line: number | null; readonly message: string }[] {
  const reading = readCondaLock("conda-lock.yml", text);
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.warnings;
}

const plain = (text: string): unknown => condaLockToPlain(condaLockIn(text));

describe("a lock of conda-lock", () => {
  test("has the line of each package", () => {
    const reading = readCondaLock("conda-lock.yml", SAMPLE);
    const lines = SAMPLE.split("\n");
    expect("finding" in reading ? [] : reading.packageLines.map((line) => lines[line - 1])).toEqual([
      "- name: _libgcc_mutex",
      "- name: python",
      "- name: private",
    ]);
    expect(warningsOf(SAMPLE)).toEqual([]);
  });

  test("keeps versions as they are written", () => {
    const text = SAMPLE.replace("version: '0.1'", "version: 3.10").replace(
      "_libgcc_mutex: '0.1'",
      "_libgcc_mutex: 1.20",
    );
    const [mutex, python] = condaLockIn(text).packages;
    expect(mutex?.version).toBe("3.10");
    expect(python?.dependencies.get("_libgcc_mutex")).toBe("1.20");
  });
});

describe("what conda-lock leaves out or writes otherwise", () => {
  test.each([
    ["a missing category is main", "  category: main\n  optional: false\n", ""],
    ["missing dependencies are none", "  dependencies: {}\n", ""],
    ["a null is no value", "  category: main\n", "  build: null\n  category: main\n"],
    ["channels may be texts", "  - url: conda-forge\n    used_env_vars: []\n", "  - conda-forge\n"],
    ["a missing version is 1", "version: 1\n", ""],
    ["time may be missing", "  time_metadata:\n    created_at: '2026-01-02T03:04:05Z'\n", "  time_metadata: null\n"],
  ])("%s", (name, written, other) => {
    const text = SAMPLE.replace(written, other);
    expect(text).not.toBe(SAMPLE);
    const expected = name.startsWith("time") ? SAMPLE.replace(written, "") : SAMPLE;
    expect(writeCondaLock(condaLockIn(text))).toBe(expected);
  });

  test("a category other than main is optional", () => {
    const text = SAMPLE.replace("  category: dev\n  optional: true\n", "  category: dev\n");
    expect(condaLockIn(text).packages[2]?.optional).toBe(true);
  });

  test("sha256 or md5 may be missing", () => {
    const [, python, own] = condaLockIn(SAMPLE).packages;
    expect(python?.hash.sha256).toBeNull();
    expect(own?.hash.md5).toBeNull();
  });
});

describe("other shapes of the same YAML", () => {
  test.each([
    ["flow lists", "  platforms:\n  - linux-64\n  - osx-arm64\n", "  platforms: [linux-64, osx-arm64]\n"],
    [
      "flow maps",
      "  hash:\n    md5: 0bab699354cbd66959550eb9b9866620\n",
      "  hash: {md5: 0bab699354cbd66959550eb9b9866620}\n",
    ],
    ["a comment behind a value", "name: python\n", "name: python # the interpreter\n"],
    ["a document marker", "version: 1\n", "---\nversion: 1\n"],
    ["a block text", "version: 3.12.1\n", "version: >-\n    3.12.1\n"],
    ["escapes", "version: 3.12.1\n", 'version: "3.\\x312.1"\n'],
    [
      "deeper lists",
      "  sources:\n  - environment.yml\n  - ../dev/environment.yml\n",
      "  sources:\n      - environment.yml\n      - ../dev/environment.yml\n",
    ],
  ])("%s", (_, written, other) => {
    const text = SAMPLE.replace(written, other);
    expect(text).not.toBe(SAMPLE);
    expect(plain(text)).toEqual(plain(SAMPLE));
  });

  test("a text on the line below its key is read by the line reader", () => {
    const text = SAMPLE.replace(/ {2}custom_metadata:[^]*?(?=package:)/, "").replace(
      "  url: https://h",
      "  url:\n    https://h",
    );
    expect(readLines(text)).not.toBeNull();
    expect(condaLockIn(text).packages).toEqual(condaLockIn(SAMPLE).packages);
  });
});

/** Text of the 1-based line. */
function lineIn(text: string, line: number | null): string {
  return text.split("\n")[(line ?? 0) - 1] ?? "";
}

describe("what is no lock", () => {
  test.each<readonly [name: string, text: string, at: string, message: RegExp]>([
    ["nothing", "", "", /no `metadata` and `package`/],
    [
      "Git LFS",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
      "version https",
      /Git LFS pointer/,
    ],
    ["conflict", SAMPLE.replace("package:", "<<<<<<< ours\npackage:"), "<<<<<<< ours", /merge conflict/],
    ["version 2", SAMPLE.replace("version: 1\n", "version: 2\n"), "version: 2", /[Vv]ersion 2 .* not known/],
    ["another file", "name: x\ndependencies:\n- python\n", "name: x", /no conda-lock\.yml/],
    [
      "a package without URL",
      SAMPLE.replace(/ {2}url: .*_libgcc.*\n/, ""),
      "- name: _libgcc_mutex",
      /`url` is missing/,
    ],
    ["another manager", SAMPLE.replace("manager: pip", "manager: npm"), "  manager: npm", /neither conda nor pip/],
    ["a package that is a text", SAMPLE.replace("package:\n", "package:\n- numpy\n"), "- numpy", /not a map/],
    [
      "a version that is a list",
      SAMPLE.replace("version: 3.12.1", "version: [3]"),
      "  version: [3]",
      /`version` is not a text/,
    ],
    ["broken YAML", SAMPLE.replace("  manager: pip", " manager: pip"), " manager: pip", /not valid YAML/],
    [
      "a key twice",
      SAMPLE.replace("  manager: pip", "  manager: pip\n  manager: pip"),
      "- name: private",
      /manager occurs twice/,
    ],
    [
      "an alias",
      SAMPLE.replace("url: conda-forge", "url: &a conda-forge").replace("- linux-64", "- *a"),
      "  - *a",
      /alias/,
    ],
  ])("%s", (_, text, at, message) => {
    const finding = findingOf(text);
    expect(finding.message).toMatch(message);
    expect(lineIn(text, finding.line).startsWith(at)).toBe(true);
    expect(finding.line).toBeGreaterThan(0);
  });
});

describe("warnings", () => {
  test("unknown keys and comments are named, since writing drops them", () => {
    const text = SAMPLE.replace("  manager: pip", "  # mine\n  manager: pip\n  sha1: 00");
    const warnings = warningsOf(text);
    expect(warnings).toMatchObject([
      { code: "not-understood", message: expect.stringContaining("sha1") },
      { code: "not-understood", message: expect.stringContaining("Comments") },
    ]);
    expect(warnings.map(({ line }) => lineIn(text, line))).toEqual(["  sha1: 00", "  # mine"]);
  });

  test.each([
    "https://host.example/t/SECRET-123/channel/linux-64/a-1-0.conda",
    "https://user:SECRET-123@host.example/channel/linux-64/a-1-0.conda",
    "https://SECRET-123@host.example/channel/linux-64/a-1-0.conda",
  ])("a secret in %s is found and not shown", (url) => {
    const text = SAMPLE.replace("https://host.example/private-2.0.tar.gz\n", `${url}\n`);
    const [warning, ...more] = warningsOf(text);
    expect(warning?.code).toBe("secret-in-url");
    expect(lineIn(text, warning?.line ?? null)).toBe(`  url: ${url}`);
    expect(more).toEqual([]);
    expect(JSON.stringify(warning)).not.toContain("SECRET");
  });

  test("a variable in the place of a secret is none", () => {
    expect(warningsOf(SAMPLE.replace("/t/$TOKEN/", "/t/${TOKEN}/"))).toEqual([]);
    expect(warningsOf(SAMPLE.replace("/t/$TOKEN/", "/t/<TOKEN>/"))).toEqual([]);
  });
});
