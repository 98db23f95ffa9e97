import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { publishBranch, type BranchContent } from "#github/branches.ts";
import { createAppAccess, type GitHubRepository } from "#github/client.ts";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { commitMessage } from "#github/texts/commit-message.ts";
import type { FakeGitHub } from "../support/github/fake-github.ts";
import type { FakeRepository } from "../support/github/repository.ts";
import { createTestApp, startTestGitHub } from "../support/github/test-app.ts";

const BRANCH = "relock/python-dependencies";

describe("a branch of ours", () => {
  const app = createTestApp();
  let github: FakeGitHub;
  let repository: FakeRepository;
  let client: GitHubRepository;
  beforeAll(async () => {
    github = await startTestGitHub(app);
    github.createUser("ada");
    repository = github.createRepository({ owner: "ada", name: "imprint", files: { "a.txt": "1\n" } });
    const installation = github.install("ada");
    const secrets = new SecretRegistry();
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

  test("a commit that a person makes while ours is being made is left alone", async () => {
    const commit = repository.head() ?? "";
    const { data } = await client.octokit.git.getCommit({ owner: "ada", repo: "imprint", commit_sha: commit });
    const content = (text: string): BranchContent => ({
      branch: BRANCH,
      group: "python-dependencies",
      base: { commit, tree: data.tree.sha },
      edits: [{ file: "a.txt", content: new TextEncoder().encode(text) }],
      modes: { "a.txt": "100644" },
      message: commitMessage({ title: "Update", group: "python-dependencies", base: commit, holds: [] }),
    });
    const bot = { login: "relock[bot]", appId: app.appId };
    expect(await publishBranch(client, content("2\n"), bot)).toMatchObject({ kind: "created" });
    expect(await publishBranch(client, content("3\n"), bot)).toMatchObject({ kind: "updated" });
    const theirs: string[] = [];
    const run = (): void => {
      theirs.push(repository.commit({ author: "ada", branch: BRANCH, files: { "fix.py": "pass\n" } }));
    };
    const match = "POST /repos/{owner}/{repo}/git/commits";
    github.inject({ match, times: 1, fault: { kind: "call", when: "before", run } });
    const outcome = await publishBranch(client, content("4\n"), bot);
    expect(outcome).toEqual({ kind: "foreign-commit", commit: theirs[0], author: "ada" });
    expect(repository.head(BRANCH)).toBe(theirs[0]);
  });
});
