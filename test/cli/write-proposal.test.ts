import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { simpleGit } from "simple-git";
import { commitBranches, writeEdits, writePatchDirectory } from "#cli/write-proposal.ts";
import type { Proposal } from "#planning/proposal.ts";

const BEFORE = "numpy==1.0\r\n# kept ü\r\n";
const AFTER = "numpy==1.1\r\n# kept ü\r\n";

const PROPOSAL: Proposal = {
  pullRequests: [
    {
      group: "python-dependencies",
      branch: "relock/python-dependencies",
      title: "Update numpy to 1.1",
      body: "body\n",
      edits: [{ file: "sub/requirements.txt", content: Buffer.from(AFTER) }],
      changes: [{ name: "numpy", from: "1.0", to: "1.1", direct: true, targets: [] }],
    },
  ],
  held: [],
  findings: [],
};

describe("writing a proposal", () => {
  let root = "";

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "relock-write-"));
    const git = simpleGit(root);
    await git.init(["--initial-branch=main"]);
    await git.addConfig("user.name", "A person").addConfig("user.email", "person@example.org");
    await writeEdits(root, [{ file: "sub/requirements.txt", content: Buffer.from(BEFORE) }]);
    await git.add(".").commit("Start");
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  test("a patch is what git apply takes, byte for byte", async () => {
    const out = join(root, ".git", "out");
    await writePatchDirectory(root, out, PROPOSAL);
    await simpleGit(root).raw(["apply", join(out, "1-python-dependencies.patch")]);
    expect(await readFile(join(root, "sub/requirements.txt"), "utf8")).toBe(AFTER);
    expect(JSON.parse(await readFile(join(out, "proposal.json"), "utf8"))).toMatchObject({
      pullRequests: [{ group: "python-dependencies", edits: [{ file: "sub/requirements.txt" }] }],
    });
    expect(await readFile(join(out, "1-python-dependencies.md"), "utf8")).toBe("# Update numpy to 1.1\n\nbody\n");
  });

  test("branches are committed without touching the work tree, and a second run moves nothing", async () => {
    const git = simpleGit(root);
    expect(await commitBranches(root, PROPOSAL)).toEqual({ moved: ["relock/python-dependencies"], kept: [] });
    expect(await git.raw(["show", "relock/python-dependencies:sub/requirements.txt"])).toBe(AFTER);
    expect(await git.raw(["log", "-1", "--format=%B", "relock/python-dependencies"])).toContain(
      "Relock-Group: python-dependencies",
    );
    expect((await git.status()).isClean()).toBe(true);
    expect(await commitBranches(root, PROPOSAL)).toEqual({ moved: [], kept: [] });
    await git.raw(["commit", "--allow-empty", "-m", "The base moves on"]);
    expect(await commitBranches(root, PROPOSAL)).toEqual({ moved: ["relock/python-dependencies"], kept: [] });
  });

  test("a branch with a person's commit, or one that is checked out, is never moved", async () => {
    const git = simpleGit(root);
    await commitBranches(root, PROPOSAL);
    await git.checkout("relock/python-dependencies");
    expect((await commitBranches(root, PROPOSAL)).kept[0]?.reason).toContain("checked out");
    await git.raw(["commit", "--allow-empty", "-m", "A person's commit"]);
    const theirs = await git.revparse(["HEAD"]);
    await git.checkout("main");
    const { moved, kept } = await commitBranches(root, PROPOSAL);
    expect({ moved, branches: kept.map((one) => one.branch) }).toEqual({
      moved: [],
      branches: ["relock/python-dependencies"],
    });
    expect(kept[0]?.reason).toContain(theirs.slice(0, 7));
    expect(await git.revparse(["relock/python-dependencies"])).toBe(theirs);
  });

  test("a file is never written through a link or outside the folder", async () => {
    await symlink("/tmp", join(root, "link"));
    await writeFile(join(root, "plain"), "untouched");
    const plain = { file: "plain", content: Buffer.from("changed") };
    await expect(writeEdits(root, [plain, { file: "link/x", content: Buffer.from("") }])).rejects.toThrow(
      "symbolic link",
    );
    await expect(writeEdits(root, [plain, { file: "../x", content: Buffer.from("") }])).rejects.toThrow(
      "not a path inside",
    );
    await expect(writeEdits(root, [plain, { file: ".git/config", content: Buffer.from("") }])).rejects.toThrow(
      "not a path inside",
    );
    expect(await readFile(join(root, "plain"), "utf8")).toBe("untouched");
  });
});
