import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FakeGitHub } from "./fake-github.ts";
import type { FakeRepository } from "./repository.ts";
import { createTestApp, installationApi, startTestGitHub, type Api } from "./test-app.ts";

const app = createTestApp();
const ROOT = "/repos/acme/widgets";

let github: FakeGitHub;
let repository: FakeRepository;
let api: Api;

beforeEach(async () => {
  github = await startTestGitHub(app);
  github.createOrganisation("acme", ["alice"]);
  github.createUser("bob");
  repository = github.createRepository({
    owner: "acme",
    name: "widgets",
    author: "alice",
    files: { "README.md": "hello\n", "a/b.txt": "one\ntwo\n", "a/c.txt": "c\n" },
  });
  api = await installationApi(github, app, github.install("acme", { actor: "alice" }).id);
});

afterEach(() => github.close());

/** The real git, on the bare repository. */
function git(...args: string[]): string {
  return execFileSync("git", ["-C", repository.git.folder, ...args], { encoding: "utf8" }).trimEnd();
}

interface Change {
  readonly path: string;
  readonly content?: string;
  readonly sha?: string | null;
  readonly mode?: string;
}

/** A commit through the API, on top of `parent`. */
async function commitByApi(
  parent: string,
  changes: readonly Change[],
  more: Record<string, unknown> = {},
): Promise<string> {
  const tree = await api("POST", `${ROOT}/git/trees`, {
    base_tree: parent,
    tree: changes.map((change) => ({ mode: "100644", type: "blob", ...change })),
  });
  expect(tree.status).toBe(201);
  const commit = await api("POST", `${ROOT}/git/commits`, {
    message: "Update\n\nRelock-Group: all",
    tree: tree.body.sha,
    parents: [parent],
    ...more,
  });
  expect(commit.status).toBe(201);
  return commit.body.sha as string;
}

const main = (): string => repository.head() ?? "";

describe("what the API writes, git reads", () => {
  test("a tree on a base: changed, added with its mode, and taken away", async () => {
    const blob = await api("POST", `${ROOT}/git/blobs`, {
      content: Buffer.from([0, 255, 10]).toString("base64"),
      encoding: "base64",
    });
    const sha = await commitByApi(main(), [
      { path: "README.md", content: "grüße\n" },
      { path: "bin/run", sha: blob.body.sha as string, mode: "100755" },
      { path: "a/b.txt", sha: null },
    ]);
    await api("POST", `${ROOT}/git/refs`, { ref: "refs/heads/relock/all", sha });
    expect(git("ls-tree", "-r", "--format=%(objectmode) %(path)", "relock/all").split("\n")).toEqual([
      "100644 README.md",
      "100644 a/c.txt",
      "100755 bin/run",
    ]);
    expect(git("show", "relock/all:README.md")).toBe("grüße");
    expect(git("log", "-1", "--format=%an|%ae|%cn|%ce|%B", "relock/all").trim()).toBe(
      `relock[bot]|${github.world.account("relock[bot]").id}+relock[bot]@users.noreply.github.com|GitHub|noreply@github.com|` +
        "Update\n\nRelock-Group: all",
    );
    expect(git("fsck", "--strict", "--full")).toBe("");
    expect(git("rev-parse", "refs/heads/relock/all")).toBe(sha);
  });

  test("what git pushes, the API reads", async () => {
    const clone = mkdtempSync(join(tmpdir(), "fake-github-clone-"));
    const run = (...args: string[]): string => execFileSync("git", ["-C", clone, ...args], { encoding: "utf8" });
    execFileSync("git", ["clone", "--quiet", repository.git.folder, clone]);
    expect(existsSync(join(clone, "a/b.txt"))).toBe(true);
    run(
      "-c",
      "user.name=Bob",
      "-c",
      "user.email=bob@example.org",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "By hand",
    );
    run("push", "--quiet", "origin", "HEAD:refs/heads/by-hand");
    execFileSync("git", ["-C", repository.git.folder, "gc", "--quiet", "--prune=now"]);
    const answer = await api("GET", `${ROOT}/commits/by-hand`);
    expect(answer.body.commit.author.email).toBe("bob@example.org");
    expect(answer.body.author).toBeNull();
    expect((await api("GET", `${ROOT}/contents/a/b.txt?ref=by-hand`)).status).toBe(200);
    expect((await api("GET", `${ROOT}/git/ref/heads/by-hand`)).body.object.sha).toBe(run("rev-parse", "HEAD").trim());
  });

  test.each([
    ["../outside", 422],
    [".git/config", 422],
    ["a//b", 422],
  ])("a path that git refuses: %s", async (path, status) => {
    const tree = [{ path, mode: "100644", type: "blob", content: "x" }];
    expect((await api("POST", `${ROOT}/git/trees`, { base_tree: main(), tree })).status).toBe(status);
  });
});

describe("verified commits", () => {
  test("only where the app names nobody", async () => {
    const person = { name: "Somebody", email: "somebody@example.org" };
    const cases: [Record<string, unknown>, boolean][] = [
      [{}, true],
      [{ author: person }, false],
      [{ committer: person }, false],
      [{ author: person, committer: person }, false],
    ];
    for (const [more, verified] of cases) {
      const sha = await commitByApi(main(), [{ path: "x", content: JSON.stringify(more) }], more);
      const answer = await api("GET", `${ROOT}/git/commits/${sha}`);
      expect(answer.body.verification.verified).toBe(verified);
      expect(answer.body.verification.reason).toBe(verified ? "valid" : "unsigned");
    }
  });

  test("a signature that was copied onto another commit is not valid", async () => {
    const sha = await commitByApi(main(), [{ path: "x", content: "x" }]);
    const forged = execFileSync("git", ["-C", repository.git.folder, "hash-object", "-w", "-t", "commit", "--stdin"], {
      input: git("cat-file", "-p", sha).replace("Update", "Forged") + "\n",
      encoding: "utf8",
    }).trim();
    expect((await api("GET", `${ROOT}/git/commits/${forged}`)).body.verification).toMatchObject({
      verified: false,
      reason: "invalid",
    });
  });

  test("a person's commit is not verified and carries the person's account", async () => {
    repository.commit({ author: "alice", files: { "README.md": "new\n" } });
    const answer = await api("GET", `${ROOT}/commits/main`);
    expect(answer.body.author.login).toBe("alice");
    expect(answer.body.commit.verification.verified).toBe(false);
  });
});

describe("refs", () => {
  test.each([
    ["no such object", { ref: "refs/heads/x", sha: "1".repeat(40) }, "Object does not exist"],
    ["no full name", { ref: "heads/x", sha: "" }, "Reference name must start with 'refs/'."],
    ["too short", { ref: "refs/x", sha: "" }, "refs/x is not a valid ref name."],
    ["dots", { ref: "refs/heads/a..b", sha: "" }, "refs/heads/a..b is not a valid ref name."],
    ["taken", { ref: "refs/heads/main", sha: "" }, "Reference already exists"],
    ["under a branch", { ref: "refs/heads/main/x", sha: "" }, "Reference cannot be created"],
  ])("create is refused: %s", async (_name, body, message) => {
    const answer = await api("POST", `${ROOT}/git/refs`, { ...body, sha: body.sha === "" ? main() : body.sha });
    expect([answer.status, answer.body.message]).toEqual([422, message]);
  });

  test("update moves forward, elsewhere only by force, and nowhere without the ref", async () => {
    const first = await commitByApi(main(), [{ path: "x", content: "1" }]);
    const second = await commitByApi(first, [{ path: "x", content: "2" }]);
    const aside = await commitByApi(main(), [{ path: "x", content: "3" }]);
    const move = (sha: string, force = false): ReturnType<Api> =>
      api("PATCH", `${ROOT}/git/refs/heads/b`, { sha, force });
    expect((await move(first)).body.message).toBe("Reference does not exist");
    await api("POST", `${ROOT}/git/refs`, { ref: "refs/heads/b", sha: first });
    expect((await move(second)).status).toBe(200);
    expect((await move(aside)).body.message).toBe("Update is not a fast forward");
    expect(git("rev-parse", "b")).toBe(second);
    expect((await move(aside, true)).status).toBe(200);
    expect(git("rev-parse", "b")).toBe(aside);
  });

  test("get is exact, matching is by beginning, delete is once", async () => {
    for (const name of ["relock/a", "relock/b"])
      await api("POST", `${ROOT}/git/refs`, { ref: `refs/heads/${name}`, sha: main() });
    expect((await api("GET", `${ROOT}/git/ref/heads/relock`)).status).toBe(404);
    const matching = await api("GET", `${ROOT}/git/matching-refs/heads/relock/`);
    expect(matching.body.map((ref: { ref: string }) => ref.ref)).toEqual([
      "refs/heads/relock/a",
      "refs/heads/relock/b",
    ]);
    expect((await api("DELETE", `${ROOT}/git/refs/heads/relock/a`)).status).toBe(204);
    expect((await api("DELETE", `${ROOT}/git/refs/heads/relock/a`)).status).toBe(422);
  });
});

describe("reading files", () => {
  test("as JSON, raw, as a folder, and not there", async () => {
    const file = await api("GET", `${ROOT}/contents/README.md`);
    expect(Buffer.from(file.body.content as string, "base64").toString("utf8")).toBe("hello\n");
    const raw = await api("GET", `${ROOT}/contents/README.md`, undefined, {
      accept: "application/vnd.github.raw+json",
    });
    expect(raw.body).toBe("hello\n");
    const folder = await api("GET", `${ROOT}/contents/a`);
    expect(folder.body.map((one: { path: string; type: string }) => `${one.type} ${one.path}`)).toEqual([
      "file a/b.txt",
      "file a/c.txt",
    ]);
    expect((await api("GET", `${ROOT}/contents/nothing`)).status).toBe(404);
    expect((await api("GET", `${ROOT}/contents/README.md?ref=nothing`)).status).toBe(404);
  });

  test("a file over a megabyte has no inline content, and its blob has", async () => {
    repository.commit({ author: "alice", files: { "big.lock": "x".repeat(1_000_001) } });
    const file = await api("GET", `${ROOT}/contents/big.lock`);
    expect(file.body).toMatchObject({ content: "", encoding: "none", size: 1_000_001 });
    const blob = await api("GET", `${ROOT}/git/blobs/${file.body.sha}`);
    expect(Buffer.from(blob.body.content as string, "base64")).toHaveLength(1_000_001);
  });

  test("a tree with everything below it, and links as they are", async () => {
    repository.commit({
      author: "alice",
      files: { link: { mode: "120000", content: "README.md" }, module: { mode: "160000", content: "1".repeat(40) } },
    });
    const tree = await api("GET", `${ROOT}/git/trees/${main()}?recursive=1`);
    expect(tree.body.truncated).toBe(false);
    expect(tree.body.tree.map((one: { mode: string; path: string }) => `${one.mode} ${one.path}`)).toEqual([
      "100644 README.md",
      "040000 a",
      "100644 a/b.txt",
      "100644 a/c.txt",
      "120000 link",
      "160000 module",
    ]);
  });

  test("compare counts both sides", async () => {
    const sha = await commitByApi(main(), [{ path: "a/b.txt", content: "one\nchanged\n" }]);
    await api("POST", `${ROOT}/git/refs`, { ref: "refs/heads/side", sha });
    repository.commit({ author: "alice", files: { new: "n\n" } });
    const answer = await api("GET", `${ROOT}/compare/main...side`);
    expect(answer.body).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 1, total_commits: 1 });
    expect(answer.body.files).toHaveLength(1);
    expect(answer.body.files[0]).toMatchObject({
      filename: "a/b.txt",
      additions: 1,
      deletions: 1,
      patch: "@@ -1,2 +1,2 @@\n one\n-two\n+changed",
    });
  });
});

describe("git over HTTP", () => {
  // Not synchronously: the server is in this process.
  const run = (...args: string[]): Promise<{ failed: boolean; output: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env["PATH"], HOME: tmpdir(), GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
      execFile("git", args, { env }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, output: stdout + stderr }),
      );
    });

  test("clones without blobs, refuses strangers, and tells of a push", async () => {
    const secret = github.createRepository({
      owner: "acme",
      name: "secret",
      private: true,
      author: "alice",
      files: { a: "1\n" },
    });
    const token = github.createUserToken("alice");
    const address = (who: string): string => `${github.url.replace("//", `//${who}@`)}/acme/secret.git`;
    const folder = mkdtempSync(join(tmpdir(), "fake-github-http-"));
    expect((await run("clone", "--quiet", `${github.url}/acme/secret.git`, `${folder}/refused`)).failed).toBe(true);
    expect((await run("clone", "--quiet", address("x-access-token:wrong"), `${folder}/wrong`)).failed).toBe(true);
    const mine = `${folder}/mine`;
    const cloned = await run(
      "clone",
      "--quiet",
      "--filter=blob:none",
      "--depth=1",
      address(`x-access-token:${token}`),
      mine,
    );
    expect(cloned).toEqual({ failed: false, output: "" });
    const names = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"];
    await run("-C", mine, ...names, "commit", "--quiet", "--allow-empty", "-m", "By hand");
    expect((await run("-C", mine, "push", "--quiet", "origin", "HEAD:refs/heads/by-hand")).failed).toBe(false);
    expect(secret.branches()).toEqual(["by-hand", "main"]);
    expect(github.deliveries.filter((one) => one.repository === secret.record.id).map((one) => one.event)).toContain(
      "push",
    );
  });

  test("a truncated tree says so", async () => {
    github.world.treeLimit = 2;
    const tree = await api("GET", `${ROOT}/git/trees/${main()}?recursive=1`);
    expect([tree.body.truncated, tree.body.tree.length]).toEqual([true, 2]);
  });
});
