/** `relock lock` on conda projects: what moves, why, and what is written. */
import { describe, expect, test } from "@jest/globals";
import { lockProjects } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import type { WrittenRecord } from "../../support/conda-memory.ts";
import {
  checkFiles,
  condaContext,
  emptyLock,
  environmentYml,
  lockFiles,
  type CondaWorld,
  type ProjectFiles,
} from "../../support/conda-project.ts";
import { textSnapshot } from "../../support/engine.ts";

const PYTHON: readonly WrittenRecord[] = [
  { name: "python", version: "3.11.8", depends: ["libzlib >=1.2,<2.0a0"] },
  { name: "python", version: "3.12.2", depends: ["libzlib >=1.2,<2.0a0", "__glibc >=2.17"] },
  { name: "libzlib", version: "1.2.13" },
];

const NUMPY: readonly WrittenRecord[] = [
  { name: "numpy", version: "1.25.0", depends: ["python >=3.11", "libblas >=3.9,<4.0a0", "libblas * *mkl"] },
  { name: "libblas", version: "3.9.0", build: "1_mkl", depends: ["libzlib"] },
];

const FIRST: CondaWorld = { channels: { "conda-forge": [...PYTHON, ...NUMPY] } };

const FILES: ProjectFiles = {
  "environment.yml": environmentYml(["python=3.12", "numpy"]),
  "conda-lock.yml": emptyLock(),
};

/** The files as the first channel locks them. */
async function locked(files: ProjectFiles = FILES, world: CondaWorld = FIRST): Promise<ProjectFiles> {
  const { result, files: written } = await lockFiles(condaContext(world), files);
  expect(result.failures).toEqual([]);
  return written;
}

function packagesIn(files: ProjectFiles, path = "conda-lock.yml"): readonly CondaLockPackage[] {
  const reading = readCondaLock(path, files[path] ?? "");
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock.packages;
}

function versions(files: ProjectFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(packagesIn(files).map(({ name, version }) => [name, version]));
}

function withRecords(...records: readonly WrittenRecord[]): CondaWorld {
  return { channels: { "conda-forge": [...PYTHON, ...NUMPY, ...records] } };
}

describe("what is written", () => {
  test("packages as conda-lock writes them, and nothing at the second time", async () => {
    const files = await locked();
    expect(packagesIn(files).map(({ name, version, dependencies }) => [name, version, ...dependencies])).toEqual([
      ["libblas", "3.9.0", ["libzlib", ""]],
      ["libzlib", "1.2.13"],
      ["numpy", "1.25.0", ["libblas", ">=3.9,<4.0a0"], ["python", ">=3.11"]],
      ["python", "3.12.2", ["__glibc", ">=2.17"], ["libzlib", ">=1.2,<2.0a0"]],
    ]);
    const [first] = packagesIn(files);
    expect(first).toMatchObject({ manager: "conda", platform: "linux-64", category: "main", optional: false });
    expect(first?.url).toBe("https://conda.example/conda-forge/linux-64/libblas-3.9.0-1_mkl.conda");
    expect(first?.hash.md5).toMatch(/^[0-9a-f]{32}$/u);
    const second = await lockFiles(condaContext(FIRST), files);
    expect(second.result).toMatchObject({ edits: [], failures: [], locks: [{ file: "conda-lock.yml", changes: [] }] });
    expect((await checkFiles(condaContext(FIRST), files)).findings).toEqual([]);
  });

  test("every platform of the lock, each with its own files", async () => {
    const platforms = ["linux-64", "osx-arm64"];
    const mac = [...PYTHON, ...NUMPY].map((one) => ({ ...one, subdir: "osx-arm64" }));
    const glibc = mac.filter((one) => !one.depends?.some((text) => text.startsWith("__glibc")));
    const world: CondaWorld = { channels: { "conda-forge": [...PYTHON, ...NUMPY, ...glibc] } };
    const manifest = environmentYml(["python=3.11", "numpy"]);
    const files = await locked({ "environment.yml": manifest, "conda-lock.yml": emptyLock(platforms) }, world);
    const found = packagesIn(files).map(({ name, platform }) => `${name} ${platform}`);
    expect(found).toEqual(
      ["libblas", "libzlib", "numpy", "python"].flatMap((name) => platforms.map((platform) => `${name} ${platform}`)),
    );
  });

  test("categories by what reaches a package; main wins", async () => {
    const sources = ["environment.yml", "environment-dev.yml"];
    const world = withRecords(
      { name: "pytest", version: "8.0", depends: ["python", "pluggy"] },
      { name: "pluggy", version: "1.0" },
    );
    const files = await locked(
      {
        "environment.yml": FILES["environment.yml"] ?? "",
        "environment-dev.yml": environmentYml(["pytest"], "category: dev\n"),
        "conda-lock.yml": emptyLock(["linux-64"], sources),
      },
      world,
    );
    const categories = packagesIn(files).map(({ name, category, optional }) => `${name} ${category} ${optional}`);
    expect(categories).toEqual([
      "libblas main false",
      "libzlib main false",
      "numpy main false",
      "pluggy dev true",
      "pytest dev true",
      "python main false",
    ]);
  });

  test("a record without md5 cannot be locked, and is named", async () => {
    const world = withRecords({ name: "numpy", version: "1.26.0", md5: null });
    const { result } = await lockFiles(condaContext(world), FILES);
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ kind: "unsatisfiable", file: "conda-lock.yml" }]);
    expect(result.failures[0]?.explanation).toContain("numpy-1.26.0-0.conda cannot be locked");
  });
});

describe("what moves", () => {
  const NEWER = withRecords(
    { name: "numpy", version: "1.26.0", depends: ["python >=3.11", "libblas"] },
    { name: "libzlib", version: "1.3.1" },
  );

  test("nothing without need; the named package; everything", async () => {
    const files = await locked();
    const context = condaContext(NEWER);
    expect((await lockFiles(context, files)).result.edits).toEqual([]);
    const one = await lockFiles(context, files, { packages: [{ name: "libzlib", version: null }] });
    expect(one.result.locks[0]?.changes).toEqual([
      {
        name: "libzlib",
        from: "1.2.13",
        to: "1.3.1",
        direct: false,
        ecosystem: "conda",
        reason: "new version",
        targets: ["linux-64"],
      },
    ]);
    const all = await lockFiles(context, files, { upgrade: true });
    expect(versions(all.files)).toMatchObject({ numpy: "1.26.0", libzlib: "1.3.1", python: "3.12.2" });
  });

  test("a version that is asked for, or an explanation", async () => {
    const files = await locked(FILES, NEWER);
    expect(versions(files)).toMatchObject({ numpy: "1.26.0" });
    const context = condaContext(NEWER);
    const older = await lockFiles(context, files, { packages: [{ name: "numpy", version: "1.25" }] });
    expect(versions(older.files)).toMatchObject({ numpy: "1.25.0" });
    const none = await lockFiles(context, files, { packages: [{ name: "numpy", version: "9.0" }] });
    expect(none.result.edits).toEqual([]);
    expect(none.result.failures[0]?.explanation).toContain("is not 9.0, which was asked for");
    const unknown = await lockFiles(context, files, { packages: [{ name: "nunpy", version: null }] });
    expect(unknown.result.unknown).toEqual(["nunpy"]);
  });

  test("with the reason for each move", async () => {
    const files = await locked(FILES, withRecords({ name: "libzlib", version: "1.3.1" }));
    const manifest = environmentYml(["python=3.11", "numpy"]);
    const world: CondaWorld = {
      channels: {
        "conda-forge": [
          ...PYTHON.filter(({ name }) => name !== "libzlib"),
          { name: "libzlib", version: "1.3.1", build: "1", buildNumber: 1 },
          { name: "numpy", version: "1.25.0", depends: ["python >=3.11", "libblas >=3.9,<3.10.0a0"] },
          ...NUMPY.filter(({ name }) => name === "libblas"),
        ],
      },
    };
    const { result } = await lockFiles(condaContext(world), { ...files, "environment.yml": manifest });
    const moves = (result.locks[0]?.changes ?? []).map(({ name, from, to, ...rest }) => [
      name,
      from,
      to,
      "reason" in rest ? rest.reason : null,
    ]);
    expect(moves).toEqual([
      ["libzlib", "1.3.1 0", "1.3.1 1", "package removed from the channel"],
      ["numpy", "1.25.0 0", "1.25.0 0", "upstream metadata hotfix"],
      ["python", "3.12.2", "3.11.8", "constraint changed"],
    ]);
  });

  test("a channel's later data never comes from the lock: a file whose dependencies are mended is solved as it is now", async () => {
    const files = await locked();
    const world: CondaWorld = {
      channels: {
        "conda-forge": [
          ...PYTHON,
          { name: "numpy", version: "1.25.0", depends: ["python <3.12", "libblas"] },
          { name: "numpy", version: "1.24.0", depends: ["python"] },
          ...NUMPY.filter(({ name }) => name === "libblas"),
        ],
      },
    };
    expect(versions((await lockFiles(condaContext(world), files)).files)).toMatchObject({ numpy: "1.24.0" });
  });
});

describe("what goes wrong", () => {
  test("one broken project does not stop the others, and nothing of it is written", async () => {
    const files: ProjectFiles = {
      "good/environment.yml": environmentYml(["numpy"]),
      "good/conda-lock.yml": emptyLock(),
      "bad/environment.yml": environmentYml(["numpy", "nothing-has-this"]),
      "bad/conda-lock.yml": emptyLock(),
      "odd/environment.yml": environmentYml(["numpy"]),
      "odd/conda-lock.yml": "version: 1\nmetadata: 3\npackage: []\n",
    };
    const { result } = await lockFiles(condaContext(FIRST), files);
    expect(result.edits.map(({ file }) => file)).toEqual(["good/conda-lock.yml"]);
    expect(result.failures.map(({ file, line }) => `${file}:${line}`)).toContain("bad/environment.yml:6");
    expect(result.failures.find(({ file }) => file.startsWith("bad/"))?.explanation).toContain("nothing-has-this");
  });

  test("a target without a solution is named; the others do not change the lock alone", async () => {
    const files = { ...FILES, "conda-lock.yml": emptyLock(["linux-64", "osx-64"]) };
    const { result } = await lockFiles(condaContext(FIRST), files);
    expect(result.edits).toEqual([]);
    expect(result.failures[0]?.explanation).toMatch(/^On osx-64: /u);
  });

  test("a channel out of reach is told once, and writes nothing", async () => {
    const { result } = await lockFiles(condaContext({ channels: {} }), FILES);
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ explanation: "conda-forge cannot be reached in this test." }]);
  });

  test.each([
    ["https://${USER}:${TOKEN}@host.example/private", "needs an environment variable"],
    ["https://host.example/t/tk-1234-abcd/private", "has a user name, password or token"],
    ["https://me:hunter2@host.example/private", "has a user name, password or token"],
  ])("the channel %s is not asked, and its line is named", async (channel, told) => {
    const manifest = `channels:\n  - conda-forge\n  - ${channel}\ndependencies:\n  - numpy\n`;
    const context = {
      ...condaContext(FIRST),
      openChannels: () => {
        throw new Error("a channel was opened");
      },
    };
    const { result } = await lockFiles(context, { "environment.yml": manifest, "conda-lock.yml": emptyLock() });
    expect(result.failures).toMatchObject([{ kind: "unreadable", file: "environment.yml", line: 3 }]);
    expect(result.failures[0]?.explanation).toContain(told);
    expect(result.failures[0]?.explanation).not.toMatch(/hunter2|tk-1234/u);
  });
});

describe("a part of the platforms", () => {
  const BOTH: CondaWorld = {
    channels: {
      "conda-forge": ["linux-64", "osx-64"].flatMap((subdir) =>
        ["1.0", "2.0"].map((version) => ({ name: "a", version, subdir })),
      ),
    },
  };
  const before: ProjectFiles = {
    "environment.yml": environmentYml(["a <2"]),
    "conda-lock.yml": emptyLock(["linux-64", "osx-64"]),
  };

  test("what is no target any more keeps its packages and its hash", async () => {
    const files = await locked(before, BOTH);
    const targets = [{ platform: "linux-64", accelerator: "cpu" }] as const;
    const manifest = { ...files, "environment.yml": environmentYml(["a"]) };
    const found = findProjects(textSnapshot(manifest), { targets, isIncluded: () => true });
    const result = await lockProjects(condaContext(BOTH), found, { packages: [], upgrade: true });
    const [edit] = result.edits;
    const after = { ...manifest, "conda-lock.yml": Buffer.from(edit?.content ?? []).toString("utf8") };
    expect(packagesIn(after).map(({ platform, version }) => `${platform} ${version}`)).toEqual([
      "linux-64 2.0",
      "osx-64 1.0",
    ]);
    const hashes = (text = ""): readonly string[] => text.match(/^ {4}\S+: [0-9a-f]{64}$/gmu)?.slice(0, 2) ?? [];
    const [linux, mac] = hashes(files["conda-lock.yml"]);
    const [newLinux, newMac] = hashes(after["conda-lock.yml"]);
    expect([newLinux === linux, newMac === mac]).toEqual([false, true]);
  });

  test("a platform that is configured and not in the lock is added", async () => {
    const files = await locked({ ...before, "conda-lock.yml": emptyLock(["osx-64"]) }, BOTH);
    const targets = [
      { platform: "osx-64", accelerator: "cpu" },
      { platform: "linux-64", accelerator: "cpu" },
    ] as const;
    const found = findProjects(textSnapshot(files), { targets, isIncluded: () => true });
    const result = await lockProjects(condaContext(BOTH), found, { packages: [], upgrade: false });
    expect(result.locks[0]?.changes).toMatchObject([{ name: "a", from: null, to: "1.0", targets: ["linux-64"] }]);
    const [edit] = result.edits;
    expect(Buffer.from(edit?.content ?? []).toString("utf8")).toContain("  platforms:\n  - linux-64\n  - osx-64\n");
  });
});
