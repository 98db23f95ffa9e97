import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FakeGitHub } from "./fake-github.ts";
import type { FakeRepository } from "./repository.ts";
import { apiWith, createTestApp, installationApi, startTestGitHub, type Api, type ApiAnswer } from "./test-app.ts";

const app = createTestApp();
const ROOT = "/repos/acme/widgets";

let github: FakeGitHub;
let repository: FakeRepository;
let api: Api;

beforeEach(async () => {
  github = await startTestGitHub(app);
  github.createOrganisation("acme", ["alice"]);
  repository = github.createRepository({
    owner: "acme",
    name: "widgets",
    author: "alice",
    files: { a: "1\n", b: "1\n" },
  });
  api = await installationApi(github, app, github.install("acme", { actor: "alice" }).id);
});

afterEach(() => github.close());

const branch = (name: string, content: string): string =>
  repository.commit({ author: "alice", branch: name, files: { a: content } });

const open = (more: Record<string, unknown> = {}): Promise<ApiAnswer> =>
  api("POST", `${ROOT}/pulls`, { title: "Update", head: "relock/all", base: "main", ...more });

const reason = (answer: ApiAnswer): string => answer.body.errors?.[0]?.message ?? answer.body.message;

describe("pull requests", () => {
  test.each([
    ["a branch that is not there", { head: "nothing" }, "Validation Failed"],
    ["a base that is not there", { base: "nothing" }, "Validation Failed"],
    ["a branch without new commits", { head: "same" }, "No commits between main and same"],
    ["a text too long", { body: "x".repeat(65_537) }, "body is too long (maximum is 65536 characters)"],
    ["a branch of somebody else", { head: "mallory:relock/all" }, "Validation Failed"],
  ])("refused: %s", async (_name, more, message) => {
    branch("relock/all", "2\n");
    repository.moveBranch("same", repository.head() ?? "", { actor: "alice" });
    const answer = await open(more);
    expect([answer.status, reason(answer)]).toEqual([422, message]);
    expect(repository.pullRequests()).toHaveLength(0);
  });

  test("the longest text is accepted, and a second one from the same branch is not", async () => {
    branch("relock/all", "2\n");
    expect((await open({ body: "x".repeat(65_536) })).status).toBe(201);
    const second = await open();
    expect([second.status, reason(second)]).toEqual([422, "A pull request already exists for acme:relock/all."]);
    await api("PATCH", `${ROOT}/pulls/1`, { state: "closed" });
    expect((await open()).status).toBe(201);
  });

  test("head follows the branch, files and commits are those of the branch", async () => {
    branch("relock/all", "2\n");
    await open();
    const sha = branch("relock/all", "3\n");
    const pull = await api("GET", `${ROOT}/pulls/1`);
    expect(pull.body).toMatchObject({
      head: { sha },
      commits: 2,
      changed_files: 1,
      mergeable: true,
      user: { login: "relock[bot]" },
    });
    expect((await api("GET", `${ROOT}/pulls/1/files`)).body[0]).toMatchObject({
      filename: "a",
      status: "modified",
      patch: "@@ -1 +1 @@\n-1\n+3",
    });
    expect((await api("GET", `${ROOT}/pulls/1/commits`)).body).toHaveLength(2);
    expect(github.deliveries.map((one) => `${one.event} ${one.action}`)).toContain("pull_request synchronize");
  });

  test("a conflict with the base shows", async () => {
    branch("relock/all", "2\n");
    await open();
    repository.commit({ author: "alice", files: { a: "other\n" } });
    expect((await api("GET", `${ROOT}/pulls/1`)).body).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
  });

  test.each(["merge", "squash"] as const)("%s puts the change on the base and closes it", async (method) => {
    branch("relock/all", "2\n");
    await open();
    const sha = repository.mergePullRequest(1, "alice", method);
    expect(repository.read("a")).toBe("2\n");
    const pull = await api("GET", `${ROOT}/pulls/1`);
    expect(pull.body).toMatchObject({
      state: "closed",
      merged: true,
      merge_commit_sha: sha,
      merged_by: { login: "alice" },
    });
    expect((await api("GET", `${ROOT}/pulls?state=open`)).body).toEqual([]);
  });

  test("deleting the branch closes it; it opens again only on the same line of commits", async () => {
    const sha = branch("relock/all", "2\n");
    await open();
    await api("DELETE", `${ROOT}/git/refs/heads/relock/all`);
    expect(repository.pullRequests("open")).toEqual([]);
    const reopen = (): Promise<ApiAnswer> => api("PATCH", `${ROOT}/pulls/1`, { state: "open" });
    expect(reason(await reopen())).toBe("state cannot be changed. The relock/all branch has been deleted.");
    branch("relock/all", "other\n");
    expect(reason(await reopen())).toBe(
      "state cannot be changed. The relock/all branch was force-pushed or recreated.",
    );
    repository.moveBranch("relock/all", sha, { actor: "alice", force: true });
    expect((await reopen()).status).toBe(200);
  });

  test("the list filters by head, state and base", async () => {
    branch("relock/all", "2\n");
    branch("relock/other", "3\n");
    await open();
    await open({ head: "relock/other" });
    await api("PATCH", `${ROOT}/pulls/2`, { state: "closed" });
    const numbers = async (query: string): Promise<number[]> =>
      (await api("GET", `${ROOT}/pulls?${query}`)).body.map((one: { number: number }) => one.number);
    expect(await numbers("")).toEqual([1]);
    expect(await numbers("state=all")).toEqual([2, 1]);
    expect(await numbers("state=all&head=acme:relock/other")).toEqual([2]);
    expect(await numbers("state=all&head=someone:relock/other")).toEqual([]);
    expect(await numbers("state=all&base=other")).toEqual([]);
  });
});

describe("issues, comments, labels, reactions, checks", () => {
  test("issues and pull requests share one sequence of numbers", async () => {
    branch("relock/all", "2\n");
    await api("POST", `${ROOT}/issues`, { title: "Dashboard", labels: ["relock"] });
    expect((await open()).body.number).toBe(2);
    const issues = await api("GET", `${ROOT}/issues?state=all`);
    expect(
      issues.body.map((one: { number: number; pull_request?: unknown }) => [
        one.number,
        one.pull_request !== undefined,
      ]),
    ).toEqual([
      [2, true],
      [1, false],
    ]);
    expect((await api("GET", `${ROOT}/labels`)).body.map((one: { name: string }) => one.name)).toEqual(["relock"]);
  });

  test("the app edits its own comment and nobody else's", async () => {
    repository.openIssue({ author: "alice", title: "Question" });
    const theirs = repository.comment(1, "alice", "/relock");
    const own = await api("POST", `${ROOT}/issues/1/comments`, { body: "working" });
    expect((await api("PATCH", `${ROOT}/issues/comments/${own.body.id}`, { body: "done" })).status).toBe(200);
    expect((await api("PATCH", `${ROOT}/issues/comments/${theirs.id}`, { body: "mine now" })).status).toBe(403);
    expect(repository.comments(1).map((one) => [one.author, one.body])).toEqual([
      ["alice", "/relock"],
      ["relock[bot]", "done"],
    ]);
    expect((await api("POST", `${ROOT}/issues/1/comments`, { body: "x".repeat(65_537) })).status).toBe(422);
  });

  test("the same reaction twice is one", async () => {
    repository.openIssue({ author: "alice", title: "Question" });
    const comment = repository.comment(1, "alice", "/relock");
    const react = (): Promise<ApiAnswer> =>
      api("POST", `${ROOT}/issues/comments/${comment.id}/reactions`, { content: "eyes" });
    expect([(await react()).status, (await react()).status]).toEqual([201, 200]);
    expect(repository.reactions(comment)).toHaveLength(1);
  });

  test("a check run ends once, and the latest of a name is listed", async () => {
    const sha = repository.head();
    const create = (body: Record<string, unknown>): Promise<ApiAnswer> =>
      api("POST", `${ROOT}/check-runs`, { name: "relock", head_sha: sha, ...body });
    await create({ conclusion: "failure" });
    const run = await create({ status: "in_progress" });
    await api("PATCH", `${ROOT}/check-runs/${run.body.id}`, { conclusion: "success" });
    const list = await api("GET", `${ROOT}/commits/main/check-runs?check_name=relock`);
    expect(list.body).toMatchObject({
      total_count: 1,
      check_runs: [{ id: run.body.id, status: "completed", conclusion: "success" }],
    });
    expect((await create({ head_sha: "1".repeat(40) })).status).toBe(422);
    expect((await create({ output: { title: "t", summary: "x".repeat(65_536) } })).status).toBe(422);
    expect(github.takeViolations()).toMatchObject([{ kind: "request" }]);
  });
});

describe("what a person may do", () => {
  test.each([
    ["alice", "admin", "admin"],
    ["member", "read", "read"],
    ["writer", "write", "write"],
    ["maintainer", "write", "maintain"],
    ["triager", "read", "triage"],
    ["stranger", "read", "read"],
  ])("%s on a public repository: %s, %s", async (login, permission, role) => {
    for (const name of ["writer", "maintainer", "triager", "stranger"]) github.createUser(name);
    github.addMember("acme", "member");
    repository.setPermission("writer", "write");
    repository.setPermission("maintainer", "maintain");
    repository.setPermission("triager", "triage");
    const answer = await api("GET", `${ROOT}/collaborators/${login}/permission`);
    expect(answer.body).toMatchObject({ permission, role_name: role });
  });

  test("a stranger on a private repository has none; who does not exist is not a user", async () => {
    github.createUser("stranger");
    github.createRepository({ owner: "acme", name: "secret", private: true, author: "alice", files: { a: "1" } });
    expect((await api("GET", "/repos/acme/secret/collaborators/stranger/permission")).body.permission).toBe("none");
    expect((await api("GET", `${ROOT}/collaborators/nobody/permission`)).status).toBe(404);
    expect((await api("GET", `${ROOT}/collaborators/relock[bot]/permission`)).status).toBe(404);
  });

  test("with a token of their own", async () => {
    github.createUser("stranger");
    const stranger = apiWith(github, github.createUserToken("stranger"));
    expect((await stranger("GET", "/user")).body.login).toBe("stranger");
    expect((await stranger("POST", `${ROOT}/issues`, { title: "x" })).status).toBe(403);
    expect((await api("GET", "/user")).status).toBe(403);
  });
});
