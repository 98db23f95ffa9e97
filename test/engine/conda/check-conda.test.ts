/** `relock check` on conda locks: everything that can be wrong with one, with its place, and nothing solved. */
import { describe, expect, test } from "@jest/globals";
import type { CheckReport } from "#engine/check-projects.ts";
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

const RECORDS: readonly WrittenRecord[] = [
  { name: "a", version: "1.0", depends: ["b >=1.0", "__glibc >=2.17"], constrains: ["c >=2.0"] },
  { name: "b", version: "1.0" },
  { name: "c", version: "2.0" },
];
const MANIFEST = environmentYml(["a", "c"]);

async function lockedFiles(): Promise<ProjectFiles> {
  const files = { "environment.yml": MANIFEST, "conda-lock.yml": emptyLock() };
  return (await lockFiles(condaContext(world(RECORDS)), files)).files;
}

function world(records: readonly WrittenRecord[]): CondaWorld {
  return { channels: { "conda-forge": records } };
}

/** The records with one in place of its namesake. */
function but(record: WrittenRecord): readonly WrittenRecord[] {
  return [...RECORDS.filter(({ name }) => name !== record.name), record];
}

/** `severity code file:line`; the lines of packages are those of their entries. */
function brief({ findings }: CheckReport): readonly string[] {
  return findings.map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line ?? "-"}`);
}

function lineOf(files: ProjectFiles, part: string): number {
  return (files["conda-lock.yml"] ?? "").split("\n").indexOf(part) + 1;
}

describe("a lock in step", () => {
  test("has no findings", async () => {
    const report = await checkFiles(condaContext(world(RECORDS)), await lockedFiles());
    expect(report).toMatchObject({ ok: true, findings: [], checked: [{ lock: "conda-lock.yml", result: "ok" }] });
  });

  test("of widened manifests does what they ask for: its hash is a warning", async () => {
    const files = { ...(await lockedFiles()), "environment.yml": environmentYml(["a >=1", "c"]) };
    const report = await checkFiles(condaContext(world(RECORDS)), files);
    expect(brief(report)).toEqual([`warning lock-hash-differs conda-lock.yml:${lineOf(files, "metadata:") + 2}`]);
    expect(report).toMatchObject({ ok: true, checked: [{ result: "ok" }] });
    const relocked = await lockFiles(condaContext(world(RECORDS)), files);
    expect(relocked.result.locks[0]?.changes).toEqual([]);
    expect((await checkFiles(condaContext(world(RECORDS)), relocked.files)).findings).toEqual([]);
  });
});

describe("what channels say", () => {
  const cases: readonly (readonly [string, readonly WrittenRecord[], string, string])[] = [
    ["a file that is gone", RECORDS.filter(({ name }) => name !== "b"), "removed-from-channel", "b"],
    ["another hash", but({ name: "b", version: "1.0", sha256: "1".repeat(64) }), "hash-mismatch", "b"],
    ["a dependency that the lock lacks", but({ name: "b", version: "1.0", depends: ["z"] }), "unmet-dependency", "b"],
    [
      "a dependency of another version",
      but({ name: "a", version: "1.0", depends: ["b >=2"] }),
      "unmet-dependency",
      "a",
    ],
    [
      "a capability that is not assumed",
      but({ name: "b", version: "1.0", depends: ["__osx"] }),
      "unmet-dependency",
      "b",
    ],
    [
      "a capability in another version",
      but({ name: "b", version: "1.0", depends: ["__glibc >=2.40"] }),
      "unmet-dependency",
      "b",
    ],
    ["a constraint", but({ name: "b", version: "1.0", constrains: ["c <2.0"] }), "violated-constraint", "b"],
    [
      "a constraint on a capability",
      but({ name: "b", version: "1.0", constrains: ["__glibc <2.0"] }),
      "violated-constraint",
      "b",
    ],
  ];
  test.each(cases)("%s", async (_, records, code, name) => {
    const files = await lockedFiles();
    const report = await checkFiles(condaContext(world(records)), files);
    expect(brief(report)).toContain(`error ${code} conda-lock.yml:${lineOf(files, `- name: ${name}`)}`);
    expect(report).toMatchObject({ ok: false, checked: [{ result: "failed" }] });
  });

  test("a constraint on conda-lock's __cuda counts where something needs __cuda", async () => {
    const files = await lockedFiles();
    const idle = but({ name: "b", version: "1.0", constrains: ["__cuda >=12"] });
    expect((await checkFiles(condaContext(world(idle)), files)).findings).toEqual([]);
    const needed = but({ name: "b", version: "1.0", depends: ["__cuda"], constrains: ["__cuda >=12"] });
    expect(brief(await checkFiles(condaContext(world(needed)), files))).toEqual([
      `error violated-constraint conda-lock.yml:${lineOf(files, "- name: b")}`,
    ]);
  });

  test("nothing, where a channel is out of reach: that proves nothing about the lock", async () => {
    const report = await checkFiles(condaContext({ channels: {} }), await lockedFiles());
    expect(brief(report)).toEqual(["error index-unreachable conda-lock.yml:-"]);
    expect(report.findings[0]?.message).toContain("conda-forge cannot be reached in this test");
    expect(report).toMatchObject({ ok: false, checked: [{ result: "not-checked" }] });
  });
});

describe("what the files say", () => {
  test("a requirement that the lock does not meet, at its own line", async () => {
    const files = { ...(await lockedFiles()), "environment.yml": environmentYml(["a", "c >=3", "d"]) };
    const found = await checkFiles(condaContext(world(RECORDS)), files);
    expect(brief(found)).toEqual([
      "error lock-out-of-date environment.yml:6",
      "error lock-out-of-date environment.yml:7",
      `warning lock-hash-differs conda-lock.yml:${lineOf(files, "metadata:") + 2}`,
    ]);
    expect(found.findings[0]?.message).toContain("c >=3, but c 2.0 0 is there");
  });

  test("a package that nothing needs", async () => {
    const files = { ...(await lockedFiles()), "environment.yml": environmentYml(["c"]) };
    const found = await checkFiles(condaContext(world(RECORDS)), files);
    expect(brief(found)).toEqual([
      `warning not-needed conda-lock.yml:${lineOf(files, "- name: a")}`,
      `warning not-needed conda-lock.yml:${lineOf(files, "- name: b")}`,
      `warning lock-hash-differs conda-lock.yml:${lineOf(files, "metadata:") + 2}`,
    ]);
  });

  test("a package that is locked twice", async () => {
    const files = await lockedFiles();
    const lock = files["conda-lock.yml"] ?? "";
    const entry = /- name: b\n(?: {2}.*\n)+/u.exec(lock)?.[0] ?? "";
    const twice = lock.replace(entry, `${entry}${entry.replaceAll("1.0", "0.9")}`);
    const report = await checkFiles(condaContext(world(RECORDS)), { ...files, "conda-lock.yml": twice });
    expect(brief(report)).toContain(
      `error locked-twice conda-lock.yml:${lineOf(files, "- name: b") + entry.split("\n").length - 1}`,
    );
  });

  test("a platform without packages", async () => {
    const files = await lockedFiles();
    const lock = (files["conda-lock.yml"] ?? "").replace("  platforms:\n", "  platforms:\n  - osx-64\n");
    const report = await checkFiles(condaContext(world(RECORDS)), { ...files, "conda-lock.yml": lock });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: "lock-out-of-date", targets: ["osx-64"], file: "conda-lock.yml" }),
    );
  });

  test.each([
    ["<<<<<<< ours\n", 1],
    ["version: 1\nmetadata: 3\npackage: []\n", 2],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 1],
  ])("a lock that cannot be read: %j", async (text, line) => {
    const files = { "environment.yml": MANIFEST, "conda-lock.yml": text };
    const report = await checkFiles(condaContext(world(RECORDS)), files);
    expect(report.ok).toBe(false);
    expect(report.findings.map((one) => `${one.file}:${one.line}`)).toContain(`conda-lock.yml:${line}`);
  });
});

test("an explicit lock whose environment file nobody names is not judged", async () => {
  const url = "https://conda.anaconda.org/conda-forge/noarch/a-1.0-0.conda";
  const lock = `# platform: linux-64\n@EXPLICIT\n${url}#0123456789abcdef0123456789abcdef\n`;
  const report = await checkFiles(condaContext({ channels: {} }), { "conda-linux-64.lock": lock });
  expect(report).toMatchObject({ ok: true, checked: [{ result: "not-checked" }] });
  expect(report.findings.map(({ code }) => code)).toEqual(["not-checked"]);
});
