import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkPoetryLock } from "#formats/locks/poetry-lock/check.ts";
import { poetryLockFreshness } from "#formats/locks/poetry-lock/freshness.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { makeTarget, type Target } from "#packaging/target.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { poetryLock10 } from "./samples.ts";
import { processorTime } from "../../../support/processor-time.ts";

function targets(...pythons: string[]): Target[] {
  return (["linux-64", "osx-64", "osx-arm64"] as const).flatMap((platform) =>
    pythons.map((python) => makeTarget({ platform, accelerator: "cpu", python, id: `${platform}-py${python}` })),
  );
}

interface Files {
  readonly lock: string;
  readonly manifest: string | null;
}

function check({ lock, manifest }: Files, on: readonly Target[]) {
  const reading = readPoetryLock(lock);
  if (reading.kind !== "lock") throw new Error(reading.message);
  const pyproject = manifest === null ? null : readPyproject("pyproject.toml", manifest);
  if (pyproject?.kind === "unreadable") throw new Error(pyproject.finding.message);
  return checkPoetryLock({
    path: "poetry.lock",
    lock: reading.lock,
    packageLines: reading.packageLines,
    manifest: pyproject?.manifest ?? null,
    targets: on,
  });
}

function summary(files: Files, on: readonly Target[]): string[][] {
  return check(files, on).map(({ code, file, line, message }) => [code, `${file}:${line ?? "-"}`, message]);
}

describeWithData("imprint, whose locks had jaxlib for Linux and CUDA alone for 18 days", "imprint", (folder) => {
  const filesOf = (place: string): Files => ({
    lock: readFileSync(join(folder, place, "poetry.lock"), "utf8"),
    manifest: readFileSync(join(folder, place, "pyproject.toml"), "utf8"),
  });
  const onAll = targets("3.8.10", "3.9.16", "3.10.9");
  const onOne = targets("3.10.9");

  test.each([
    ["replay/01-6fa604b/before", []],
    ["replay/03-9cdfe4a/after", []],
    ["replay/08-afde858/after", []],
    ["replay/09-9b9619f/before", []],
    ["replay/09-9b9619f/after", ["jaxlib 0.4.4+cuda11.cudnn86", "poetry.lock:976"]],
    ["replay/10-6defe5f/after", ["jaxlib 0.4.4+cuda11.cudnn86", "poetry.lock:976"]],
    ["replay/15-63d8033/after", ["jaxlib 0.4.6+cuda11.cudnn86", "poetry.lock:1003"]],
    ["replay/17-632f88f/after", []],
    ["head", []],
  ])("%s", (place, trap) => {
    const [what, where] = trap;
    const message = `${what} has no file that fits: its wheels are for manylinux2014_x86_64, and there is no sdist (osx-64-py3.10.9, osx-arm64-py3.10.9).`;
    expect(summary(filesOf(place), onOne)).toEqual(
      trap.length === 0 ? [] : [["missing-files-for-target", where, message]],
    );
  });

  test("the locks for Python 3.8 to 3.10 hold on all three", () => {
    expect(summary(filesOf("head"), onAll)).toEqual([]);
    expect(summary(filesOf("replay/08-afde858/after"), onAll)).toEqual([]);
  });

  test("Windows never had a jaxlib, and says so at its line", () => {
    const windows = makeTarget({ platform: "win-64", accelerator: "cpu", python: "3.10.9" });
    const [finding, ...others] = check(filesOf("head"), [windows]);
    expect(others).toEqual([]);
    expect(finding?.message).toMatch(/^jaxlib 0\.4\.7 has no file that fits: its wheels are for macosx_10_14_x86_64, /);
    expect(finding?.targets).toEqual([]);
  });

  test("Python outside the range of the lock is told package by package", () => {
    const found = check(filesOf("head"), [makeTarget({ platform: "linux-64", accelerator: "cpu", python: "3.7.9" })]);
    expect(
      found.some(
        ({ code, message }) => code === "python-not-supported" && message.startsWith("numpy 1.24.2 needs Python >=3.8"),
      ),
    ).toBe(true);
  });

  test("a requirement that a person added before relocking", () => {
    const files = filesOf("replay/14-0bea0bb/before");
    const [first] = summary(files, onOne);
    expect(first).toEqual([
      "lock-out-of-date",
      "pyproject.toml:24",
      "pyproject.toml asks for tensorflow-probability ^0.19.0, and the lock does not have it (on every target).",
    ]);
  });

  test("a lock edited by hand is caught, though its content hash fits", () => {
    const { lock, manifest } = filesOf("head");
    const edited = {
      lock: lock.replace('name = "numpy"\nversion = "1.24.2"', 'name = "numpy"\nversion = "1.19.0"'),
      manifest,
    };
    const codes = new Set(check(edited, onOne).map(({ code }) => code));
    expect([...codes].sort()).toEqual(["lock-inconsistent", "lock-out-of-date"]);
    const freshOnes = summary(edited, onOne).filter(([code]) => code === "lock-inconsistent");
    expect(freshOnes[0]).toEqual([
      "lock-inconsistent",
      expect.stringMatching(/^poetry\.lock:\d+$/),
      expect.stringMatching(/asks for numpy .*, and the lock has 1\.19\.0/),
    ]);
  });

  test("twelve targets of a lock with 184 packages take little time", () => {
    const files = filesOf("head");
    const started = processorTime();
    check(files, [...onAll, ...onOne]);
    expect(processorTime() - started).toBeLessThan(5000);
  });

  test.each([
    ["head", { kind: "fresh" }],
    ["replay/14-0bea0bb/before", { kind: "stale", cause: "hash" }],
  ])("freshness of %s", (place, expected) => {
    const { lock, manifest } = filesOf(place);
    const reading = readPoetryLock(lock);
    const pyproject = readPyproject("pyproject.toml", manifest ?? "");
    if (reading.kind !== "lock" || pyproject.kind !== "pyproject") throw new Error("not read");
    expect(poetryLockFreshness(reading.lock, pyproject.root, pyproject.facts)).toMatchObject(expected);
  });
});

const wheel = (name: string, tag = "py3-none-any"): string =>
  `{file = "${name}-${tag}.whl", hash = "sha256:${"0".repeat(64)}"}`;

/** A package of a 2.1 lock. */
function entry(name: string, version: string, more = ""): string {
  const markers = more.startsWith("markers") ? `${more.split("\n")[0] ?? ""}\n` : "";
  const rest = markers === "" ? more : more.slice(markers.length);
  return `[[package]]\nname = "${name}"\nversion = "${version}"\ndescription = ""\noptional = false\npython-versions = ">=3.8"\ngroups = ["main"]\n${markers}files = [\n    ${wheel(`${name}-${version}`)},\n]\n${rest}\n`;
}

function lock21(...packages: string[]): string {
  return `${packages.join("\n")}\n[extras]\ncpu = ["b"]\ncuda = ["b"]\n\n[metadata]\nlock-version = "2.1"\npython-versions = ">=3.8"\ncontent-hash = "00"\n`;
}

describe("lock 2.1 by its own markers", () => {
  const [linux, mac] = targets("3.10.9");
  const on = [linux, mac].filter((target) => target !== undefined);

  test("versions that exclude each other by marker are each checked where they are wanted", () => {
    const lock = lock21(
      entry(
        "a",
        "1.0",
        '\n[package.dependencies]\nb = [\n    {version = "<2", markers = "sys_platform == \\"darwin\\""},\n    {version = ">=2", markers = "sys_platform == \\"linux\\""},\n]\n',
      ),
      entry("b", "1.0", 'markers = "sys_platform == \\"darwin\\""\n'),
      entry("b", "2.0", 'markers = "sys_platform == \\"linux\\""\n'),
    );
    expect(summary({ lock, manifest: null }, on)).toEqual([]);
    const swapped = lock.replace(
      'version = "1.0"\ndescription = ""\noptional = false\npython-versions = ">=3.8"\ngroups = ["main"]\nmarkers = "sys_platform == \\"darwin\\""',
      'version = "1.0"\ndescription = ""\noptional = false\npython-versions = ">=3.8"\ngroups = ["main"]\nmarkers = "sys_platform == \\"win32\\""',
    );
    expect(summary({ lock: swapped, manifest: '[project]\ndependencies = ["a"]\n' }, on)).toEqual([
      ["lock-inconsistent", "poetry.lock:1", "a 1.0 asks for b <2, and the lock has 2.0 and 1.0 (osx-64-py3.10.9)."],
    ]);
  });

  test("extras that exclude each other are looked at one by one", () => {
    const lock = lock21(
      entry("b", "1.0+cpu", 'markers = "extra == \\"cpu\\" and extra != \\"cuda\\""\n').replace(
        "py3-none-any",
        "cp310-cp310-win_amd64",
      ),
    );
    const [finding] = check({ lock, manifest: null }, on);
    expect(finding).toMatchObject({ code: "missing-files-for-target", line: 1, targets: [] });
  });

  test("Poetry 1.0 keeps the marker at the package", () => {
    const files = { lock: poetryLock10, manifest: '[tool.poetry.dependencies]\njaxlib = "0.3.22"\n' };
    const found = check(files, [makeTarget({ platform: "osx-arm64", accelerator: "cpu", python: "3.9.1" })]);
    const edge = found.find(({ code }) => code === "lock-out-of-date");
    expect(edge?.message).toBe(
      "pyproject.toml asks for jaxlib 0.3.22, and the lock has 0.3.24+cuda11.cudnn82 and 0.3.22 (osx-arm64).",
    );
  });

  test("an optional edge counts where its extra is asked for", () => {
    const lock = lock21(
      entry(
        "a",
        "1.0",
        '\n[package.dependencies]\nb = {version = ">=9", optional = true, markers = "extra == \\"x\\""}\n\n[package.extras]\nx = ["b (>=9)"]\n',
      ),
      entry("b", "1.0"),
    );
    expect(summary({ lock, manifest: '[project]\ndependencies = ["a", "b"]\n' }, on)).toEqual([]);
    expect(summary({ lock, manifest: '[project]\ndependencies = ["a[X]", "b"]\n' }, on)).toEqual([
      ["lock-inconsistent", "poetry.lock:1", "a 1.0 asks for b >=9, and the lock has 1.0 (on every target)."],
    ]);
  });

  test("files without a usable hash and packages without files", () => {
    const broken = lock21(entry("a", "1.0"), entry("b", "1.0"))
      .replace(/sha256:0{64}/, "")
      .replace(/files = \[\n {4}\{file = "b[^\]]*\]/, "files = []");
    expect(summary({ lock: broken, manifest: null }, on)).toEqual([
      ["missing-hash", "poetry.lock:1", "a 1.0 has no usable hash for a-1.0-py3-none-any.whl."],
      ["missing-files-for-target", "poetry.lock:13", "b 1.0 lists no files (on every target)."],
    ]);
  });
});
