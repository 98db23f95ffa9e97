import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAppAccess, type GitHubRepository } from "#github/client.ts";
import { readSnapshotByClone } from "#github/blobless-clone.ts";
import { createLog } from "#github/log.ts";
import { DEFAULT_SNAPSHOT_LIMITS, readRepositorySnapshot } from "#github/repository-snapshot.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { isSafePath } from "#github/snapshot-files.ts";
import type { FakeGitHub } from "../support/github/fake-github.ts";
import type { FakeRepository } from "../support/github/repository.ts";
import { createTestApp, startTestGitHub } from "../support/github/test-app.ts";

const FILES = {
  "requirements.txt": "numpy==1.0\n",
  "large.txt": "x".repeat(5_000),
  "notes.md": "not read",
  "link.txt": { mode: "120000" as const, content: "/etc/passwd" },
  "run.txt": { mode: "100755" as const, content: "#!/bin/sh\n" },
  "deep/bytes.txt": new Uint8Array([0xff, 0xfe, 0x00, 0x0a]),
};
const LIMITS = { ...DEFAULT_SNAPSHOT_LIMITS, maxFileBytes: 4_000, wanted: (path: string) => path.endsWith(".txt") };

describe("reading a repository", () => {
  const app = createTestApp();
  const secrets = new SecretRegistry();
  let github: FakeGitHub;
  let repository: FakeRepository;
  let client: GitHubRepository;
  beforeAll(async () => {
    github = await startTestGitHub(app);
    github.createUser("ada");
    repository = github.createRepository({ owner: "ada", name: "imprint", private: true, files: FILES });
    const installation = github.install("ada");
    const log = createLog({ write: () => undefined, level: "silent", now: Date.now, secrets });
    const sleep = async (): Promise<void> => undefined;
    const policy = { now: Date.now, sleep, writeIntervalMs: 0, backoffMs: 0, timeoutMs: 10_000 };
    const { appId, privateKey, webhookSecret } = app;
    const options = { appId: String(appId), privateKey, webhookSecret, apiUrl: github.url, policy, secrets, log };
    client = await createAppAccess(options).repository(installation.id, "ada/imprint");
  });
  afterAll(async () => {
    await github.close();
  });
  const expected = [
    ["deep/bytes.txt", "100644", 4, [0xff, 0xfe, 0x00, 0x0a]],
    // Over the cap for one file: listed, not read.
    ["large.txt", "100644", 5_000, null],
    // Its content is a path, which is never followed.
    ["link.txt", "120000", expect.any(Number), null],
    ["notes.md", "100644", expect.any(Number), null],
    ["requirements.txt", "100644", 11, [...Buffer.from("numpy==1.0\n")]],
    ["run.txt", "100755", 10, [...Buffer.from("#!/bin/sh\n")]],
  ];
  type Files = Awaited<ReturnType<typeof readSnapshotByClone>>["files"];
  const listed = (files: Files): unknown[] =>
    [...files.values()]
      .map(({ path, mode, size, content }) => [path, mode, size, content === null ? null : [...content]])
      .toSorted((one, other) => (String(one[0]) < String(other[0]) ? -1 : 1));

  test("files that others name are read too, until nothing more is named", async () => {
    const named: Record<string, readonly string[]> = { "requirements.txt": ["notes.md"], "notes.md": ["gone.md"] };
    const snapshot = await readRepositorySnapshot(client, repository.head() ?? "", LIMITS, ({ files }) =>
      [...files.values()].flatMap(({ path, content }) => (content === null ? [] : (named[path] ?? []))),
    );
    expect(Buffer.from(snapshot.files.get("notes.md")?.content ?? []).toString()).toBe("not read");
    expect(snapshot.files.get("large.txt")?.content).toBeNull();
    expect([...snapshot.files.keys()].sort()).toEqual(Object.keys(FILES).sort());
  });

  test("by the tree API: what is wanted is read, within the caps; links are listed", async () => {
    const snapshot = await readRepositorySnapshot(client, repository.head() ?? "", LIMITS);
    expect(listed(snapshot.files)).toEqual(expected);
    expect(snapshot.commit).toBe(repository.head());
  });

  test("where the API cuts the tree short, by a clone without blobs: the same", async () => {
    github.world.treeLimit = 2;
    const snapshot = await readRepositorySnapshot(client, repository.head() ?? "", LIMITS);
    github.world.treeLimit = 100_000;
    // The clone does not fetch what is not wanted, so it does not know its size either.
    expect(snapshot.files.get("notes.md")?.size).toBe(0);
    const files = new Map([...snapshot.files].filter(([, file]) => file.path !== "notes.md"));
    expect(listed(files)).toEqual(expected.filter(([path]) => path !== "notes.md"));
  });

  test("a clone asks for no more files than may be read, and knows names with tabs in them", async () => {
    const files = { "requirements.txt": "numpy==1.0\n", "requirements.txt\tx.txt": "torch==6.6.6\n" };
    const commit = repository.commit({ author: "ada", branch: "tabs", files });
    const few = await readSnapshotByClone(client, commit, { ...LIMITS, maxFiles: 2 });
    const read = [...few.files.values()].filter((file) => file.content !== null).map((file) => file.path);
    // The second that it asked for is over the cap for one file.
    expect(read).toEqual(["deep/bytes.txt"]);
    const all = await readSnapshotByClone(client, commit, LIMITS);
    expect(Buffer.from(all.files.get("requirements.txt")?.content ?? []).toString()).toBe("numpy==1.0\n");
    expect(Buffer.from(all.files.get("requirements.txt\tx.txt")?.content ?? []).toString()).toBe("torch==6.6.6\n");
  });

  test("a clone that fails says so without the token", async () => {
    const wrong = { ...client, token: "ghs_wrong_wrong_wrong_wrong_wrong" };
    const error = await readSnapshotByClone(wrong, repository.head() ?? "", LIMITS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain("wrong_wrong");
    expect(String(error)).not.toContain(Buffer.from(`x-access-token:${wrong.token}`).toString("base64"));
  });

  test("the count and the sum of files are capped", async () => {
    const head = repository.head() ?? "";
    const few = await readRepositorySnapshot(client, head, { ...LIMITS, maxFiles: 1 });
    expect([...few.files.values()].filter((file) => file.content !== null)).toHaveLength(1);
    const small = await readRepositorySnapshot(client, head, { ...LIMITS, maxTotalBytes: 12 });
    const read = [...small.files.values()].filter((file) => file.content !== null);
    expect(read.reduce((sum, file) => sum + file.size, 0)).toBeLessThanOrEqual(12);
  });

  test.each(["", "/etc/passwd", "../x", "a/../b", ".git/config", "a/.GIT/hooks/x", "a//b", "a\\b", "a\0b", "./a"])(
    "%j is no path inside a repository",
    (path) => {
      expect(isSafePath(path)).toBe(false);
    },
  );

  test.each(["a", "a/b.txt", ".github/relock.yml", "..a", "a..b/c"])("%j is one", (path) => {
    expect(isSafePath(path)).toBe(true);
  });
});
