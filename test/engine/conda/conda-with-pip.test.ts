/** Environments with a pip section: solved, locked and checked together with their conda packages. */
import { describe, expect, test } from "@jest/globals";
import type { CheckReport } from "#engine/check-projects.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import {
  checkFiles,
  condaContext,
  emptyLock,
  environmentYml,
  lockFiles,
  type CondaWorld,
  type ProjectFiles,
} from "../../support/conda-project.ts";

const WORLD: CondaWorld = {
  channels: {
    "conda-forge": [
      { name: "python", version: "3.11.8" },
      { name: "python", version: "3.12.2" },
      { name: "pip", version: "24.0", depends: ["python"], noarch: "python" },
      { name: "numpy", version: "1.26.4", depends: ["python"] },
      { name: "numpy", version: "2.0.0", depends: ["python"] },
    ],
  },
  releases: [
    { name: "flask", version: "3.0", requiresDist: ["click>=8", "numpy<2", 'colorama; sys_platform == "win32"'] },
    { name: "click", version: "8.1" },
    { name: "click", version: "8.0" },
    { name: "old", version: "1.0", requiresPython: "<3.12" },
    { name: "numpy", version: "1.26.4" },
  ],
};

function files(pips: readonly string[], conda: readonly string[] = ["python", "numpy"]): ProjectFiles {
  const section = `pip:\n${pips.map((one) => `    - ${one}\n`).join("")}`.trimEnd();
  return { "environment.yml": environmentYml([...conda, section]), "conda-lock.yml": emptyLock() };
}

function packagesIn(written: ProjectFiles): readonly CondaLockPackage[] {
  const reading = readCondaLock("conda-lock.yml", written["conda-lock.yml"] ?? "");
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock.packages;
}

function versions(written: ProjectFiles): readonly string[] {
  return packagesIn(written).map(({ manager, name, version }) => `${manager} ${name} ${version}`);
}

function brief({ findings }: CheckReport): readonly string[] {
  return findings.map(({ severity, code, message }) => `${severity} ${code} ${message.split(" ", 1)[0]}`);
}

describe("one lock for both", () => {
  test("conda's numpy is what pip finds, so the newest that flask can have is chosen", async () => {
    const { result, files: written } = await lockFiles(condaContext(WORLD), files(["flask"]));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toEqual([
      "conda numpy 1.26.4",
      "conda pip 24.0",
      "conda python 3.12.2",
      "pip click 8.1",
      "pip flask 3.0",
    ]);
    const flask = packagesIn(written).find(({ name }) => name === "flask");
    expect(flask?.dependencies).toEqual(
      new Map([
        ["click", ">=8"],
        ["numpy", "<2"],
      ]),
    );
    expect(flask?.hash).toEqual({ md5: null, sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) });
    expect(flask?.url).toMatch(/flask-3\.0-py3-none-any\.whl$/u);
    expect((await checkFiles(condaContext(WORLD), written)).findings).toEqual([]);
    expect((await lockFiles(condaContext(WORLD), written)).result.edits).toEqual([]);
  });

  test("pip's needs reach conda's choice of Python", async () => {
    const { result, files: written } = await lockFiles(condaContext(WORLD), files(["old"]));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toContain("conda python 3.11.8");
  });

  test("a named PyPI package moves alone; the others stay", async () => {
    const { files: written } = await lockFiles(condaContext(WORLD), files(["flask", "click <8.1"]));
    expect(versions(written)).toContain("pip click 8.0");
    const wider = { ...written, "environment.yml": files(["flask", "click"])["environment.yml"] ?? "" };
    const still = await lockFiles(condaContext(WORLD), wider);
    expect(versions(still.files)).toContain("pip click 8.0");
    const moved = await lockFiles(condaContext(WORLD), wider, { packages: [{ name: "click", version: null }] });
    expect(moved.result.locks[0]?.changes).toMatchObject([
      { name: "click", from: "8.0", to: "8.1", direct: true, ecosystem: "pypi", reason: "new version" },
    ]);
  });

  test.each([
    ["missing-project", "environment.yml", "missing-project"],
    ["flask @ https://example.org/flask-3.0-py3-none-any.whl", "environment.yml", "add `#sha256=…`"],
  ])("%s: refused with its place", async (pip, file, told) => {
    const { result } = await lockFiles(condaContext(WORLD), files([pip]));
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ file }]);
    expect(result.failures[0]?.explanation).toContain(told);
  });

  test("an index that needs an environment variable is not asked", async () => {
    const { result } = await lockFiles(
      condaContext(WORLD),
      files(["--extra-index-url https://${TOKEN}@host.example/simple", "flask"]),
    );
    expect(result.failures).toMatchObject([{ kind: "unreadable", file: "environment.yml" }]);
    expect(result.failures[0]?.explanation).toContain("needs an environment variable");
  });
});

describe("a lock with pip packages", () => {
  async function locked(): Promise<ProjectFiles> {
    return (await lockFiles(condaContext(WORLD), files(["flask"]))).files;
  }

  test("the same project by conda and by pip is a finding", async () => {
    const written = await locked();
    const lock = written["conda-lock.yml"] ?? "";
    const entry = /- name: click\n(?: {2}.*\n)+/u.exec(lock)?.[0] ?? "";
    const twice = lock.replace(entry, entry + entry.replaceAll("click", "numpy").replaceAll("8.1", "1.26.4"));
    const report = await checkFiles(condaContext(WORLD), { ...written, "conda-lock.yml": twice });
    expect(brief(report)).toContain("error installed-twice numpy");
  });

  test("a file that the index lost, or that has another hash there", async () => {
    const written = await locked();
    const lost = { ...WORLD, releases: WORLD.releases?.filter(({ version }) => version !== "8.1") ?? [] };
    expect(brief(await checkFiles(condaContext(lost), written))).toEqual([
      "error removed-from-index click-8.1-py3-none-any.whl",
    ]);
    const lock = (written["conda-lock.yml"] ?? "").replace(
      /(?<=- name: click\n(?: {2}.*\n)*? {4}sha256: ).*/u,
      "2".repeat(64),
    );
    expect(brief(await checkFiles(condaContext(WORLD), { ...written, "conda-lock.yml": lock }))).toEqual([
      "error hash-mismatch The",
    ]);
  });

  test("what the pip section asks for beyond the lock", async () => {
    const written = await locked();
    const more = { ...written, "environment.yml": files(["flask >=4", "old"])["environment.yml"] ?? "" };
    const report = await checkFiles(condaContext(WORLD), more);
    expect(report.findings.filter(({ code }) => code === "lock-out-of-date").map(({ line }) => line)).toEqual([8, 9]);
  });

  test("a wheel of another Python", async () => {
    const written = await locked();
    const lock = (written["conda-lock.yml"] ?? "").replace(
      "click-8.1-py3-none-any.whl",
      "click-8.1-cp39-cp39-win_amd64.whl",
    );
    const report = await checkFiles(condaContext(WORLD), { ...written, "conda-lock.yml": lock });
    expect(brief(report)).toContain("error missing-files-for-target click");
  });
});
