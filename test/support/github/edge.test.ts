import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startFakeGitHub, type FakeGitHub } from "./fake-github.ts";
import type { FakeRepository } from "./repository.ts";
import type { Installation } from "./state.ts";
import {
  apiWith,
  appToken,
  createTestApp,
  FULL_MANIFEST,
  installationApi,
  startTestGitHub,
  type Api,
} from "./test-app.ts";

const app = createTestApp();
const ROOT = "/repos/acme/widgets";

let github: FakeGitHub;
let repository: FakeRepository;
let installation: Installation;
let api: Api;

beforeEach(async () => {
  github = await startTestGitHub(app);
  github.createOrganisation("acme", ["alice"]);
  repository = github.createRepository({ owner: "acme", name: "widgets", author: "alice", files: { a: "1\n" } });
  installation = github.install("acme", { actor: "alice" });
  api = await installationApi(github, app, installation.id);
});

afterEach(() => github.close());

describe("who may do what", () => {
  const other = createTestApp();

  test.each([
    ["the app's own token", () => appToken(app), 200],
    ["made with another key", () => appToken({ ...app, privateKey: other.privateKey }), 401],
    ["of another app", () => appToken(app, { iss: 1 }), 401],
    ["expired", () => appToken(app, { exp: 1 }), 401],
    ["valid for too long", () => appToken(app, { exp: Math.floor(Date.now() / 1000) + 3600 }), 401],
    ["from the future", () => appToken(app, { iat: Math.floor(Date.now() / 1000) + 3600 }), 401],
    ["no token", () => "x.y.z", 401],
  ])("GET /app: %s", async (_name, token, status) => {
    expect((await apiWith(github, token())("GET", "/app")).status).toBe(status);
  });

  test("a token is narrowed to permissions and repositories, and no further than what was granted", async () => {
    github.createRepository({ owner: "acme", name: "secret", private: true, author: "alice", files: { a: "1" } });
    const narrow = await installationApi(github, app, installation.id, {
      repositories: ["widgets"],
      permissions: { contents: "read" },
    });
    expect((await narrow("GET", `${ROOT}/git/ref/heads/main`)).status).toBe(200);
    const write = await narrow("POST", `${ROOT}/git/refs`, { ref: "refs/heads/x", sha: repository.head() });
    expect([write.status, write.body.message]).toEqual([403, "Resource not accessible by integration"]);
    expect((await narrow("GET", "/repos/acme/secret")).status).toBe(404);
    expect((await api("GET", "/repos/acme/secret")).status).toBe(200);
    expect((await narrow("GET", "/installation/repositories")).body.total_count).toBe(1);
    await expect(
      installationApi(github, app, installation.id, { permissions: { workflows: "write" } }),
    ).rejects.toThrow("422");
    await expect(installationApi(github, app, installation.id, { repositories: ["nothing"] })).rejects.toThrow("422");
  });

  test("only app.yml's permissions are granted", async () => {
    const modest = await startTestGitHub(app, {
      app: { default_permissions: { contents: "read" }, default_events: [] },
    });
    modest.createOrganisation("acme", ["alice"]);
    modest.createRepository({ owner: "acme", name: "widgets", private: true, author: "alice", files: { a: "1" } });
    const narrow = await installationApi(modest, app, modest.install("acme", { actor: "alice" }).id);
    expect((await narrow("GET", `${ROOT}/contents/a`)).status).toBe(200);
    expect((await narrow("GET", `${ROOT}/pulls`)).status).toBe(403);
    expect((await narrow("POST", `${ROOT}/git/blobs`, { content: "x" })).status).toBe(403);
    modest.repository("acme", "widgets").commit({ author: "alice", files: { a: "2" } });
    expect(modest.deliveries.map((one) => one.event)).toEqual(["installation"]);
    await modest.close();
  });

  test("workflow files need their own permission, unless they stay as they are", async () => {
    const path = ".github/workflows/test.yml";
    repository.commit({ author: "alice", files: { [path]: "on: push\n" } });
    const head = repository.head();
    const tree = (content: string): ReturnType<Api> =>
      api("POST", `${ROOT}/git/trees`, { base_tree: head, tree: [{ path, mode: "100644", type: "blob", content }] });
    expect((await tree("on: [push]\n")).status).toBe(403);
    expect((await tree("on: push\n")).status).toBe(201);
    const permissions = { ...FULL_MANIFEST.default_permissions, workflows: "write" } as const;
    const allowed = await startTestGitHub(app, { app: { ...FULL_MANIFEST, default_permissions: permissions } });
    allowed.createOrganisation("acme", ["alice"]);
    allowed.createRepository({ owner: "acme", name: "widgets", author: "alice", files: { a: "1" } });
    const may = await installationApi(allowed, app, allowed.install("acme", { actor: "alice" }).id);
    const answer = await may("POST", `${ROOT}/git/trees`, {
      tree: [{ path, mode: "100644", type: "blob", content: "on: [push]\n" }],
    });
    expect(answer.status).toBe(201);
    await allowed.close();
  });

  test("a token ends with its installation, or when it is given back", async () => {
    const second = await installationApi(github, app, installation.id);
    expect((await second("DELETE", "/installation/token")).status).toBe(204);
    expect((await second("GET", ROOT)).status).toBe(401);
    github.uninstall(installation, "alice");
    expect((await api("GET", ROOT)).status).toBe(401);
  });
});

describe("answers", () => {
  test("pages with links, under /api/v3 too", async () => {
    for (let number = 1; number <= 5; number += 1) repository.openIssue({ author: "alice", title: `Issue ${number}` });
    const first = await api("GET", `/api/v3${ROOT}/issues?per_page=2`);
    expect(first.body.map((one: { number: number }) => one.number)).toEqual([5, 4]);
    expect(first.headers.get("link")).toBe(
      `<${github.url}/api/v3${ROOT}/issues?per_page=2&page=2>; rel="next", <${github.url}/api/v3${ROOT}/issues?per_page=2&page=3>; rel="last"`,
    );
    const last = await api("GET", `${ROOT}/issues?per_page=2&page=3`);
    expect(last.body).toHaveLength(1);
    expect(last.headers.get("link")).not.toContain('rel="next"');
  });

  test("an unchanged answer is 304", async () => {
    const first = await api("GET", `${ROOT}/git/ref/heads/main`);
    const again = { "if-none-match": first.headers.get("etag") ?? "" };
    expect((await api("GET", `${ROOT}/git/ref/heads/main`, undefined, again)).status).toBe(304);
    repository.commit({ author: "alice", files: { a: "2\n" } });
    expect((await api("GET", `${ROOT}/git/ref/heads/main`, undefined, again)).status).toBe(200);
  });

  test("limits are counted", async () => {
    const remaining = async (): Promise<number> =>
      Number((await api("GET", ROOT)).headers.get("x-ratelimit-remaining"));
    const before = await remaining();
    expect(await remaining()).toBe(before - 1);
    github.world.rateLimit = 3;
    const over = await api("GET", ROOT);
    const again = await api("GET", ROOT);
    expect([over.status, again.status, again.headers.get("x-ratelimit-remaining")]).toEqual([200, 403, "0"]);
    github.advance(3_600_000);
    expect((await api("GET", ROOT)).status).toBe(200);
  });

  test("what the fake does not know, or a request that GitHub does not describe, fails the test", async () => {
    expect((await api("GET", `${ROOT}/topics`)).status).toBe(404);
    expect((await api("POST", `${ROOT}/git/refs`, { ref: "refs/heads/x" })).status).toBe(422);
    expect((await api("POST", "/graphql", { query: "{viewer{login}}" })).status).toBe(404);
    expect(() => github.assertClean()).toThrow("unknown-operation GET /repos/acme/widgets/topics");
    expect(github.takeViolations().map((one) => one.kind)).toEqual(["unknown-operation", "request"]);
  });

  test("the check of answers can fail", () => {
    const good = {
      ref: "refs/heads/x",
      node_id: "x",
      url: "http://x/y",
      object: { type: "commit", sha: "1".repeat(40), url: "http://x/y" },
    };
    const operation = "GET /repos/{owner}/{repo}/git/ref/{ref}";
    expect(app.contract.response(operation, 200, good)).toEqual([]);
    expect(app.contract.response(operation, 200, { ...good, object: null })).toHaveLength(1);
    expect(app.contract.response(operation, 200, { ...good, url: "no address" })).toHaveLength(1);
    expect(app.contract.response(operation, 299, good)).toMatchObject([{ kind: "undocumented-status" }]);
    expect(app.contract.webhook("push", null, { ref: "refs/heads/x" })).toHaveLength(1);
  });
});

describe("faults", () => {
  const create = (): ReturnType<Api> =>
    api("POST", `${ROOT}/git/refs`, { ref: "refs/heads/x", sha: repository.head() });
  const match = "POST /repos/{owner}/{repo}/git/refs";

  test("limits say when to come back", async () => {
    github.inject({ match, fault: { kind: "primary-limit", resetAfter: 60 }, times: 1 });
    const primary = await create();
    expect([primary.status, primary.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
    expect(Number(primary.headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1000 + 50);
    github.inject({ match, fault: { kind: "secondary-limit", status: 429, retryAfter: 30 }, times: 1 });
    const secondary = await create();
    expect([secondary.status, secondary.headers.get("retry-after")]).toEqual([429, "30"]);
    expect((await create()).status).toBe(201);
  });

  test("they strike where, when and as often as they are told", async () => {
    const rule = github.inject({ match: /^GET \/repos/, fault: { kind: "status", status: 502 }, after: 1, times: 2 });
    const statuses = [];
    for (let at = 0; at < 5; at += 1) statuses.push((await api("GET", ROOT)).status);
    expect(statuses).toEqual([200, 502, 502, 200, 200]);
    expect(rule.struck()).toBe(2);
  });

  test("a broken connection leaves nothing, or everything but the answer", async () => {
    github.inject({ match, fault: { kind: "reset", when: "before" }, times: 1 });
    await expect(create()).rejects.toThrow("fetch failed");
    expect(repository.head("x")).toBeNull();
    github.inject({ match, fault: { kind: "reset", when: "after" }, times: 1 });
    await expect(create()).rejects.toThrow("fetch failed");
    expect(repository.head("x")).toBe(repository.head());
    expect(github.requests.slice(-2).map((one) => [one.status, one.carriedOut])).toEqual([
      [0, false],
      [0, true],
    ]);
  });

  test("slow answers and a hook at the moment of a request", async () => {
    let seen: string | null = "not called";
    github.inject({
      match,
      fault: { kind: "call", when: "before", run: () => void (seen = repository.head("x")) },
      times: 1,
    });
    await create();
    expect(seen).toBeNull();
    github.inject({ match: "GET *", fault: { kind: "slow", milliseconds: 60 }, times: 1 });
    const started = performance.now();
    await api("GET", ROOT);
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });
});

describe("webhooks", () => {
  interface Received {
    readonly headers: Record<string, string | string[] | undefined>;
    readonly body: string;
  }
  let receiver: Server;
  let received: Received[];
  let status: number;

  beforeEach(async () => {
    received = [];
    status = 202;
    receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString("utf8")));
      request.on("end", () => {
        received.push({ headers: request.headers, body });
        response.writeHead(status).end("seen");
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    github.setWebhookUrl(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/api/github/webhooks`);
  });

  afterEach(() => new Promise((resolve) => void receiver.close(resolve)));

  test("are signed, named, and never repeated by themselves", async () => {
    status = 500;
    repository.openIssue({ author: "alice", title: "Grüße" });
    await github.settled();
    expect(received).toHaveLength(1);
    const [{ headers, body }] = received as [Received];
    expect(headers["x-hub-signature-256"]).toBe(
      `sha256=${createHmac("sha256", app.webhookSecret).update(body).digest("hex")}`,
    );
    expect(headers).toMatchObject({ "x-github-event": "issues", "content-type": "application/json" });
    expect(headers["x-github-delivery"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(body)).toMatchObject({
      action: "opened",
      issue: { title: "Grüße" },
      sender: { login: "alice" },
      installation: { id: installation.id },
      organization: { login: "acme" },
    });
  });

  test("a failed one is found in the log and delivered again under its name", async () => {
    status = 500;
    repository.openIssue({ author: "alice", title: "x" });
    await github.settled();
    const asApp = apiWith(github, appToken(app));
    const list = await asApp("GET", "/app/hook/deliveries?per_page=10");
    const failed = list.body.find((one: { status_code: number }) => one.status_code === 500);
    status = 202;
    expect((await asApp("POST", `/app/hook/deliveries/${failed.id}/attempts`)).status).toBe(202);
    await github.settled();
    expect(received.map((one) => one.headers["x-github-delivery"])).toEqual([failed.guid, failed.guid]);
    const detail = await asApp("GET", `/app/hook/deliveries/${github.deliveries.at(-1)?.id}`);
    expect(detail.body).toMatchObject({ guid: failed.guid, redelivery: true, status: "OK", status_code: 202 });
  });

  test("every kind of event is as GitHub describes it", async () => {
    repository.commit({ author: "alice", branch: "side", files: { a: "2\n" } });
    repository.openPullRequest({ author: "alice", title: "Side", head: "side" });
    repository.commit({ author: "alice", branch: "side", files: { a: "3\n" } });
    repository.label(1, "alice", "later");
    const comment = repository.comment(1, "alice", "one");
    repository.editComment(comment, "alice", "two");
    repository.deleteComment(comment, "alice");
    repository.setState(1, "alice", "closed");
    repository.setState(1, "alice", "open");
    const run = await api("POST", `${ROOT}/check-runs`, {
      name: "relock",
      head_sha: repository.head("side"),
      conclusion: "success",
    });
    expect(run.status).toBe(201);
    repository.checkRuns().forEach((one) => repository.rerequestCheckRun(one, "alice"));
    repository.openIssue({ author: "alice", title: "x" });
    repository.setState(2, "alice", "closed");
    repository.setState(2, "alice", "open");
    github.createRepository({ owner: "acme", name: "second", author: "alice" });
    github.changeSelection(installation, { add: ["widgets"], actor: "alice" });
    github.changeSelection(installation, { remove: ["second"], actor: "alice" });
    repository.deleteBranch("side", "alice");
    await github.settled();
    const names = new Set(
      received.map((one) => `${String(one.headers["x-github-event"])} ${JSON.parse(one.body).action ?? ""}`.trim()),
    );
    expect([...names].sort()).toEqual([
      "check_run completed",
      "check_run rerequested",
      "check_suite requested",
      "installation_repositories added",
      "installation_repositories removed",
      "issue_comment created",
      "issue_comment deleted",
      "issue_comment edited",
      "issues closed",
      "issues opened",
      "issues reopened",
      "pull_request closed",
      "pull_request labeled",
      "pull_request opened",
      "pull_request reopened",
      "pull_request synchronize",
      "push",
    ]);
    github.assertClean();
  });

  test("can be held back and sent in another order", async () => {
    github.webhooks.pause();
    repository.openIssue({ author: "alice", title: "first" });
    repository.openIssue({ author: "alice", title: "second" });
    await github.settled();
    expect(received).toEqual([]);
    github.webhooks.resume((held) => held.toReversed());
    await github.settled();
    expect(received).toHaveLength(2);
  });
});

test("set-up mode: the code of a manifest is good for the app's keys", async () => {
  const conversion = { code: "c0de", privateKey: app.privateKey, clientId: "Iv1", clientSecret: "s" };
  const fresh = await startTestGitHub(app, { conversion });
  const convert = (code: string): ReturnType<Api> => apiWith(fresh, null)("POST", `/app-manifests/${code}/conversions`);
  expect((await convert("other")).status).toBe(404);
  expect((await convert("c0de")).body).toMatchObject({
    id: app.appId,
    pem: app.privateKey,
    webhook_secret: app.webhookSecret,
  });
  await fresh.close();
});

test("everything but git objects is saved, and a second start goes on from there", async () => {
  repository.openIssue({ author: "alice", title: "kept" });
  github.save();
  const again = await startFakeGitHub({ root: github.world.folder, app: FULL_MANIFEST, ...app });
  const same = again.repository("acme", "widgets");
  expect(same.issues().map((one) => one.title)).toEqual(["kept"]);
  expect(same.head()).toBe(repository.head());
  const before = again.world.milliseconds();
  again.advance(7 * 24 * 3_600_000);
  expect(again.world.milliseconds() - before).toBeGreaterThanOrEqual(7 * 24 * 3_600_000);
  await again.close();
});
