/** `relock lock`: what is written, and what is a failure of one project alone. */
import { describe, expect, test } from "@jest/globals";
import { lockProjects, type LockRequest, type LockResult } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import type { TestRelease } from "../support/index-data.ts";

const RELEASES: readonly TestRelease[] = [
  { name: "a", version: "1.0", requiresDist: ["t"] },
  { name: "a", version: "0.9", requiresDist: [] },
  { name: "t", version: "1.0", requiresDist: ["u"] },
  { name: "t", version: "2.0", requiresDist: ["v"] },
  { name: "u", version: "1.0" },
  { name: "v", version: "1.0" },
];

function pyproject(dependencies: string): string {
  return `[tool.poetry]\nname = "project"\nversion = "1.0.0"\ndescription = ""\nauthors = []\n\n[tool.poetry.dependencies]\npython = "~3.12"\n${dependencies}`;
}

function lock(files: Readonly<Record<string, string>>, request: Partial<LockRequest> = {}): Promise<LockResult> {
  const found = findProjects(textSnapshot(files), { targets: null, isIncluded: () => true });
  return lockProjects(testContext({ releases: RELEASES }), found, { packages: [], upgrade: false, ...request });
}

async function lockText(files: Readonly<Record<string, string>>): Promise<string> {
  const { edits } = await lock(files);
  return Buffer.from(edits[0]?.content ?? []).toString("utf8");
}

describe("a lock", () => {
  test("moves a package as asked, and what it needs", async () => {
    const manifest = { "pyproject.toml": pyproject('a = "*"\nt = "<2"\n') };
    const before = await lockText(manifest);
    const files = { "pyproject.toml": pyproject('a = "*"\n'), "poetry.lock": before };
    const moved = await lock(files, { packages: [{ name: "t", version: "2.0" }] });
    expect(moved.failures).toEqual([]);
    expect(moved.locks[0]?.changes).toMatchObject([
      { name: "t", from: "1.0", to: "2.0", direct: false },
      { name: "u", from: "1.0", to: null },
      { name: "v", from: null, to: "1.0" },
    ]);
  });

  test("a version that only comes where nothing needs the package is not had", async () => {
    const files = { "pyproject.toml": pyproject('a = "*"\n') };
    const result = await lock(
      { ...files, "poetry.lock": await lockText(files) },
      { packages: [{ name: "t", version: "9.0" }] },
    );
    expect(result.failures).toMatchObject([{ kind: "unsatisfiable", file: "pyproject.toml" }]);
    expect(result.edits).toEqual([]);
  });

  test("one that cannot be read is a failure with its line, and the other projects are locked", async () => {
    const result = await lock({
      "bad/pyproject.toml": pyproject('a = "*"\n'),
      "bad/poetry.lock": "<<<<<<< ours\n",
      "good/pyproject.toml": pyproject('a = "*"\n'),
    });
    expect(result.failures).toMatchObject([{ kind: "unreadable", file: "bad/poetry.lock", line: 1 }]);
    expect(result.edits.map((edit) => edit.file)).toEqual(["good/poetry.lock"]);
  });
});
