import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadRecordedIndex } from "../recorded-index.ts";
import { readFolder, seedOrganisation } from "./organisation.ts";
import type { FileWithMode } from "./repository.ts";
import { createTestApp, installationApi, startTestGitHub } from "./test-app.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const FOLDER = join(EXAMPLES, "imprint-like");

describe("the example", () => {
  const index = loadRecordedIndex(join(EXAMPLES, "recorded-index.json"));
  const lock = Buffer.from((readFolder(FOLDER)["poetry.lock"] as FileWithMode).content).toString("utf8");

  test("every file of the lock is in the index, with its hash", () => {
    const recorded = new Map(
      index.releases.flatMap((release) => (release.files ?? []).map((file) => [file.filename, file.sha256] as const)),
    );
    const locked = [...lock.matchAll(/\{file = "(.+?)", hash = "sha256:(.+?)"\}/g)].map(([, file, hash]) => [
      file,
      hash,
    ]);
    expect(locked.length).toBeGreaterThan(500);
    expect(locked.filter(([file = "", hash]) => recorded.get(file) !== hash)).toEqual([]);
  });

  test("the lock holds the newest that was there when it was made, but for what poetry 1.4.0 holds", () => {
    const then = loadRecordedIndex(join(EXAMPLES, "recorded-index.json"), "2023-03-08T12:00:00Z");
    const locked = new Map(
      [...lock.matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm)].map(([, name = "", version = ""]) => [name, version]),
    );
    const newest = new Map(then.releases.map((release) => [release.name, release.version]));
    expect(locked.get("platformdirs")).toBe("2.6.2");
    expect(then.releases.some((release) => release.name === "platformdirs" && release.version === "3.1.0")).toBe(true);
    expect([...locked.keys()].filter((name) => !newest.has(name))).toEqual([]);
  });

  test("becomes a repository whose files are those of the folder", async () => {
    const app = createTestApp();
    const github = await startTestGitHub(app);
    const { login, people, repository } = seedOrganisation(github, { folder: FOLDER, private: true });
    const clone = execFileSync("git", ["-C", repository.git.folder, "ls-tree", "-r", "--name-only", "main"], {
      encoding: "utf8",
    });
    expect(clone.trimEnd().split("\n").sort()).toEqual(Object.keys(readFolder(FOLDER)).sort());
    const api = await installationApi(github, app, github.install(login, { actor: people.owner }).id);
    const permission = async (person: string): Promise<unknown> =>
      (await api("GET", `/repos/${repository.fullName}/collaborators/${person}/permission`)).body.permission;
    expect(await permission(people.owner)).toBe("admin");
    expect(await permission(people.maintainer)).toBe("write");
    expect(await permission(people.stranger)).toBe("none");
    const tree = await api("GET", `/repos/${repository.fullName}/git/trees/main?recursive=1`);
    expect(tree.body.tree.map((entry: { path: string }) => entry.path)).toContain(".github/workflows/test.yml");
    await github.close();
  });
});
