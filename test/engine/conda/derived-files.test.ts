/** Explicit locks, rendered environments and lists of packages that are made from a conda lock. */
import { describe, expect, test } from "@jest/globals";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { packageListFrom, packageListHeader, writePackageList } from "#formats/locks/explicit/package-list.ts";
import { readExplicitLock } from "#formats/locks/explicit/read.ts";
import { renderedEnvironmentFrom, writeRenderedEnvironment } from "#formats/locks/explicit/rendered.ts";
import { explicitLockFrom, writeExplicitLock } from "#formats/locks/explicit/write.ts";
import {
  checkFiles,
  condaContext,
  emptyLock,
  environmentYml,
  lockFiles,
  type CondaWorld,
  type ProjectFiles,
} from "../../support/conda-project.ts";

const OLD: CondaWorld = {
  channels: {
    "conda-forge": [
      { name: "a", version: "1.0", depends: ["b"] },
      { name: "b", version: "1.0" },
    ],
  },
};
const NEW: CondaWorld = {
  channels: {
    "conda-forge": [
      ...(OLD.channels["conda-forge"] ?? []),
      { name: "b", version: "2.0", depends: ["c"] },
      { name: "c", version: "1!3.0" },
    ],
  },
};
const PLAIN: ProjectFiles = { "environment.yml": environmentYml(["a"]), "conda-lock.yml": emptyLock() };

/** A lock with everything that can be made from it. */
async function derived(): Promise<ProjectFiles> {
  const { files } = await lockFiles(condaContext(OLD), PLAIN);
  const reading = readCondaLock("conda-lock.yml", files["conda-lock.yml"] ?? "");
  if ("finding" in reading) throw new Error(reading.finding.message);
  const explicit = explicitLockFrom(reading.lock, "linux-64");
  return {
    ...files,
    "conda-linux-64.lock": writeExplicitLock(explicit),
    "conda-linux-64.lock.yml": writeRenderedEnvironment(renderedEnvironmentFrom(reading.lock, "linux-64")),
    "packages.txt": writePackageList(packageListFrom(explicit, packageListHeader("conda-linux-64.lock"))),
  };
}

describe("files beside a conda-lock.yml", () => {
  test("are made again with it, and stay as they are where nothing moves", async () => {
    const files = await derived();
    const still = await lockFiles(condaContext(NEW), files);
    expect(still.result.edits).toEqual([]);
    const moved = await lockFiles(condaContext(NEW), files, { upgrade: true });
    expect(moved.result.edits.map(({ file }) => file)).toEqual([
      "conda-lock.yml",
      "conda-linux-64.lock",
      "conda-linux-64.lock.yml",
      "packages.txt",
    ]);
    expect(moved.files["conda-linux-64.lock"]).toMatch(/c-1!3\.0-0\.conda#[0-9a-f]{32}\n.*b-2\.0-0/su);
    expect(moved.files["conda-linux-64.lock.yml"]).toContain("  - b=2.0=0\n");
    expect(moved.files["packages.txt"]).toContain("b==2.0\nc==1!3.0\n");
    expect((await checkFiles(condaContext(NEW), moved.files)).findings).toEqual([]);
  });

  test("one that somebody edited is left alone and told; check calls it out of date", async () => {
    const files = await derived();
    const edited = files["conda-linux-64.lock"]?.replace(/^.*b-1\.0-0\.conda.*\n/mu, "") ?? "";
    const { result } = await lockFiles(
      condaContext(NEW),
      { ...files, "conda-linux-64.lock": edited },
      { upgrade: true },
    );
    expect(result.edits.map(({ file }) => file)).not.toContain("conda-linux-64.lock");
    expect(result.findings).toContainEqual(
      expect.objectContaining({ code: "not-derived", file: "conda-linux-64.lock", severity: "warning" }),
    );
    const report = await checkFiles(condaContext(OLD), { ...files, "conda-linux-64.lock": edited });
    expect(report.findings.map(({ code, file }) => `${code} ${file}`)).toContain(
      "derived-file-out-of-date conda-linux-64.lock",
    );
    expect(report.ok).toBe(false);
  });

  test("another order of the same packages is no difference", async () => {
    const files = await derived();
    const [head = "", body = ""] = (files["conda-linux-64.lock"] ?? "").split("@EXPLICIT\n");
    const turned = `${head}@EXPLICIT\n${body.trimEnd().split("\n").reverse().join("\n")}\n`;
    expect(turned).not.toBe(files["conda-linux-64.lock"]);
    const report = await checkFiles(condaContext(OLD), {
      ...files,
      "conda-linux-64.lock": turned,
      "packages.txt": files["packages.txt"] ?? "",
    });
    expect(report.findings).toEqual([]);
  });
});

describe("explicit locks without a conda-lock.yml", () => {
  async function alone(): Promise<ProjectFiles> {
    const { "conda-lock.yml": _, "conda-linux-64.lock.yml": __, ...files } = await derived();
    return files;
  }

  test("are solved for and written, with their input hash and their lists", async () => {
    const files = await alone();
    expect((await checkFiles(condaContext(OLD), files)).findings).toEqual([]);
    expect((await lockFiles(condaContext(NEW), files)).result.edits).toEqual([]);
    const moved = await lockFiles(condaContext(NEW), files, { upgrade: true });
    expect(moved.result.locks).toMatchObject([
      {
        file: "conda-linux-64.lock",
        changes: [
          { name: "b", from: "1.0", to: "2.0", reason: "new version" },
          { name: "c", from: null, to: "1!3.0", reason: "added" },
        ],
      },
    ]);
    const reading = readExplicitLock("", moved.files["conda-linux-64.lock"] ?? "");
    expect(reading).toMatchObject({ platform: "linux-64", inputHash: expect.stringMatching(/^[0-9a-f]{64}$/u) });
    expect(moved.files["packages.txt"]).toContain("b==2.0\n");
    expect((await checkFiles(condaContext(NEW), moved.files)).findings).toEqual([]);
    expect((await lockFiles(condaContext(NEW), moved.files)).result.edits).toEqual([]);
  });

  test("keep the kind of their hashes", async () => {
    const files = await alone();
    const { "conda-lock.yml": lock = "" } = await derived();
    const reading = readCondaLock("conda-lock.yml", lock);
    const hashes =
      "lock" in reading ? new Map(reading.lock.packages.map((one) => [one.url, one.hash.sha256])) : new Map();
    const sha256 = (files["conda-linux-64.lock"] ?? "").replaceAll(
      /^(https.*)#.*$/gmu,
      (_, url: string) => `${url}#sha256:${hashes.get(url)}`,
    );
    const moved = await lockFiles(condaContext(NEW), { ...files, "conda-linux-64.lock": sha256 }, { upgrade: true });
    expect(moved.files["conda-linux-64.lock"]).toMatch(/b-2\.0-0\.conda#sha256:[0-9a-f]{64}\n/u);
  });
});
