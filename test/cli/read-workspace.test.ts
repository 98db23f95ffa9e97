import { mkdir, rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { readWorkspace } from "#cli/read-workspace.ts";

const folders: string[] = [];

async function checkout(files: Readonly<Record<string, string>>): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "relock-workspace-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe("the projects of a checkout", () => {
  test("have the targets and the paths of the configuration, for every command", async () => {
    const root = await checkout({
      ".github/relock.yml": "targets: [win-64]\npaths: ['**', '!old/']\n",
      "requirements.txt": "a==1.0\n",
      "old/requirements.txt": "a==1.0\n",
    });
    const { found } = await readWorkspace(root);
    expect(found.projects.map((project) => project.id)).toEqual(["requirements.txt"]);
    expect(found.projects[0]?.targets.map((target) => target.platform)).toEqual(["win-64"]);
  });

  test("are found by the defaults where the configuration is invalid, which is a finding", async () => {
    const root = await checkout({ ".github/relock.yml": "tagrets: [win-64]\n", "requirements.txt": "a==1.0\n" });
    const { found } = await readWorkspace(root);
    expect(found.projects).toHaveLength(1);
    expect(found.findings).toMatchObject([
      { code: "invalid-configuration", severity: "error", file: ".github/relock.yml", line: 1 },
    ]);
  });
});
