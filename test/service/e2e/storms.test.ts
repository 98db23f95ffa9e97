/** GitHub refuses, limits, breaks connections and answers late: still one pull request, with the right content. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FaultRule } from "../../support/github/faults.ts";
import { startWorld, type RunningWorld } from "../../support/service/running-world.ts";

const WRITE = /^(POST|PATCH|PUT|DELETE) \/repos\//;
const READ = /^GET \/repos\//;

const STORMS: readonly (readonly [string, readonly FaultRule[]])[] = [
  [
    "secondary limits on every kind of write",
    [
      { match: "POST /repos/{owner}/{repo}/git/trees", times: 1, fault: secondary(403) },
      { match: "POST /repos/{owner}/{repo}/git/refs", times: 1, fault: secondary(429) },
      { match: "POST /repos/{owner}/{repo}/pulls", times: 1, fault: secondary(403) },
      { match: "POST /repos/{owner}/{repo}/check-runs", times: 1, fault: secondary(429) },
    ],
  ],
  ["the hourly limit", [{ match: READ, times: 1, after: 2, fault: { kind: "primary-limit", resetAfter: 1 } }]],
  ["server errors on reads", [{ match: READ, times: 9, fault: { kind: "status", status: 502 } }]],
  ["server errors on writes", [{ match: WRITE, times: 7, fault: { kind: "status", status: 503 } }]],
  [
    "answers that are lost after the work was done",
    [
      { match: "POST /repos/{owner}/{repo}/git/refs", times: 1, fault: { kind: "reset", when: "after" } },
      { match: "POST /repos/{owner}/{repo}/pulls", times: 1, fault: { kind: "reset", when: "after" } },
      { match: "POST /repos/{owner}/{repo}/check-runs", times: 1, fault: { kind: "reset", when: "after" } },
    ],
  ],
  ["connections that break", [{ match: /\/repos\//, times: 6, fault: { kind: "reset", when: "before" } }]],
];

function secondary(status: 403 | 429): FaultRule["fault"] {
  return { kind: "secondary-limit", status, retryAfter: 1 };
}

describe("storms", () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld();
    world.setIndex({ "python-dependencies": { numpy: "1.1" } });
    world.createRepository("calm", { "requirements.txt": "numpy==1.1\n" });
    world.github.install("lab", { actor: "ada" });
    await world.quiet();
  });
  afterAll(async () => {
    await world.close();
  });

  test.each(STORMS)("%s", async (name, rules) => {
    const injected = rules.map((rule) => world.github.inject(rule));
    const files = { "requirements.txt": "numpy==1.0\n" };
    const repository = world.createRepository(name.replaceAll(" ", "-"), files);
    await world.quiet();
    world.github.clearFaults();
    expect(injected.map((fault) => fault.struck() > 0)).toEqual(rules.map(() => true));
    expect(repository.pullRequests().map((pull) => [pull.title, pull.state, pull.labels])).toEqual([
      ["Update numpy", "open", ["dependencies"]],
    ]);
    expect(repository.read("requirements.txt", "relock/python-dependencies")).toBe("numpy==1.1\n");
    expect(repository.commitsOn("relock/python-dependencies")).toHaveLength(1);
    expect(repository.checkRuns().map((run) => run.conclusion)).toEqual(["success"]);
  });

  test("a lost answer to a comment does not make a second one", async () => {
    const repository = world.github.repository("lab", "calm");
    const issue = repository.openIssue({ author: "ada", title: "Updates" });
    const match = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    const fault = world.github.inject({ match, times: 1, fault: { kind: "reset", when: "after" } });
    repository.comment(issue.number, "ada", "/relock");
    await world.quiet();
    expect(fault.struck()).toBe(1);
    const answers = repository.comments(issue.number).filter((comment) => comment.author === "relock[bot]");
    expect(answers.map((comment) => comment.body)).toEqual([expect.stringContaining("Everything is up to date")]);
  });

  test("a webhook that arrives twice, and at the same time, is handled once", async () => {
    const repository = world.createRepository("twice", { "requirements.txt": "numpy==1.0\n" });
    const delivery = world.github.deliveries.at(-1);
    if (delivery !== undefined) world.github.redeliver(delivery);
    await world.quiet();
    expect(delivery?.event).toBe("installation_repositories");
    expect(repository.pullRequests().map((pull) => pull.state)).toEqual(["open"]);
    const history = await world.service.context.state.history("lab/twice");
    const installed = history.filter((one) => one.id.startsWith("installed:"));
    expect(installed).toHaveLength(1);
  });

  test("a webhook with a wrong signature is refused, and one that is too large is not read", async () => {
    const url = `${world.service.url}/api/github/webhooks`;
    const headers = {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": "a0000000-0000-4000-8000-000000000000",
      "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
    };
    const wrong = await fetch(url, { method: "POST", headers, body: "{}" });
    expect(wrong.status).toBe(400);
    const large = await fetch(url, { method: "POST", headers, body: "x".repeat(26 * 1024 * 1024) }).catch(() => null);
    // The connection may be closed before the client has sent everything.
    expect([413, undefined]).toContain(large?.status);
    expect((await fetch(`${world.service.url}/readyz`)).status).toBe(200);
  });
});
