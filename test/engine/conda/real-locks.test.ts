/** Real environments with the locks that conda-lock wrote for them, against the corpus as it was at their commit. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { EngineContext } from "#engine/context.ts";
import type { CondaPackageChange } from "#planning/conda-lock-changes.ts";
import { corpusChannel, type MemoryChannel } from "../../support/conda-memory.ts";
import { checkFiles, lockFiles, type LockedFiles, type ProjectFiles } from "../../support/conda-project.ts";
import { testContext } from "../../support/engine.ts";
import { describeWithData } from "../../support/test-data.ts";

const read = new Map<string, MemoryChannel>();

function corpusContext(data: string, date: string): EngineContext {
  const channel = (name: string, subdir: string): MemoryChannel => {
    const key = `${name} ${subdir}`;
    const found = read.get(key) ?? corpusChannel(join(data, "conda"), name, subdir);
    read.set(key, found);
    return found;
  };
  return { ...testContext({ releases: [], channel }), excludeNewer: Date.parse(date) };
}

function changesOf({ result }: LockedFiles): readonly CondaPackageChange[] {
  expect(result.failures).toEqual([]);
  return result.locks.flatMap(({ changes }) => changes.filter((one): one is CondaPackageChange => "reason" in one));
}

/** What a person would call a move: not what a channel says anew of the same file. */
function moves(locked: LockedFiles): readonly string[] {
  const found = changesOf(locked).filter(({ reason }) => reason !== "upstream metadata hotfix");
  return found.map(({ name, from, to, reason }) => `${name} ${from} -> ${to}: ${reason}`);
}

async function errorsOf(context: EngineContext, files: ProjectFiles): Promise<readonly string[]> {
  const { findings } = await checkFiles(context, files);
  return findings.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code}: ${message}`);
}

/** Repository, commit and date. Locks that hotfixes of the channel have broken since are locked anew; the others stay. */
const ALL_SCENARIOS: readonly (readonly [folder: string, date: string, fate: "stays" | "is broken"])[] = [
  ["conda-forge__conda-forge-webservices/7fc9dc728e07", "2026-08-22T08:03:29Z", "stays"],
  ["conda-forge__conda-forge-webservices/8ed8d5fa4e76", "2026-02-28T06:03:02Z", "is broken"],
  ["conda-forge__conda-forge-webservices/799cfd5a4a6e", "2025-09-21T19:01:08Z", "stays"],
  ["conda-forge__conda-forge-webservices/67c381a01193", "2025-03-14T02:25:19Z", "stays"],
  ["Clay-foundation__model/8f1d8692794e", "2024-04-01T23:46:05Z", "stays"],
  ["Clay-foundation__model/46fd3a79913f", "2023-12-15T04:14:06Z", "is broken"],
  ["Clay-foundation__model/17f4698f70f1", "2023-11-21T22:46:03Z", "stays"],
];

/** The first of each repository; all of them with RELOCK_TEST_FULL=1. */
const IS_FULL = process.env["RELOCK_TEST_FULL"] === "1";
const SCENARIOS = ALL_SCENARIOS.filter(([folder]) => IS_FULL || /67c381|8ed8d5|17f469/u.test(folder));

describeWithData("environment.yml with conda-lock.yml", ".", (data) => {
  function scenario(folder: string): ProjectFiles {
    const base = join(data, "scenarios", folder);
    return {
      "environment.yml": readFileSync(join(base, "environment.yml"), "utf8"),
      "conda-lock.yml": gunzipSync(readFileSync(join(base, "conda-lock.yml.gz"))).toString("utf8"),
    };
  }

  test.each(SCENARIOS)("%s at %s: the lock %s", async (folder, date, fate) => {
    const context = corpusContext(data, date);
    const files = scenario(folder);
    const errors = await errorsOf(context, files);
    const locked = await lockFiles(context, files);
    if (fate === "stays") {
      expect(errors).toEqual([]);
      expect(moves(locked)).toEqual([]);
    } else {
      expect(errors).not.toEqual([]);
      expect(moves(locked)).not.toEqual([]);
    }
    expect(await errorsOf(context, locked.files)).toEqual([]);
    const again = await lockFiles(context, locked.files);
    expect(again.result.edits).toEqual([]);
  });

  test.each(SCENARIOS)("%s at %s: everything newest", async (folder, date) => {
    const context = corpusContext(data, date);
    const newest = await lockFiles(context, scenario(folder), { upgrade: true });
    expect(newest.result.failures).toEqual([]);
    expect(await checkFiles(context, newest.files)).toMatchObject({ findings: [], ok: true });
    const again = await lockFiles(context, newest.files, { upgrade: true });
    expect(again.result.edits).toEqual([]);
  });
});

describeWithData("layered images with explicit locks and lists", "explicit-locks", (folder) => {
  const repository = join(folder, "pangeo-data__pangeo-docker-images");
  const context = corpusContext(join(folder, ".."), "2026-04-15T00:00:00Z");

  function images(): ProjectFiles {
    const paths = readdirSync(repository, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(paths.map((path) => [path.slice(repository.length + 1), readFileSync(path, "utf8")]));
  }

  test("are in step, each file of each image", async () => {
    expect(await checkFiles(context, images())).toMatchObject({ findings: [], ok: true });
  });

  describe("locked again", () => {
    test("those of CUDA stay byte for byte; nothing moves in the others", async () => {
      const locked = await lockFiles(context, images());
      expect(moves(locked)).toEqual([]);
      const edited = locked.result.edits.map(({ file }) => file);
      expect(edited.filter((file) => /^(?:ml|pytorch)-notebook/u.test(file))).toEqual([]);
    });

    test("everything newest: the unified lock, the explicit one and the list move together", async () => {
      const own = Object.entries(images()).filter(([path]) => path.startsWith("base-notebook/"));
      const newest = await lockFiles(context, Object.fromEntries(own), { upgrade: true });
      expect(changesOf(newest).length).toBeGreaterThan(100);
      expect(newest.result.edits.map(({ file }) => file)).toEqual([
        "base-notebook/conda-lock.yml",
        "base-notebook/conda-linux-64.lock",
        "base-notebook/packages.txt",
      ]);
      expect(await checkFiles(context, newest.files)).toMatchObject({ findings: [], ok: true });
      const again = await lockFiles(context, newest.files, { upgrade: true });
      expect(again.result.edits).toEqual([]);
    });
  });
});
