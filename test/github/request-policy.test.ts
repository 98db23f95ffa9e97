import { describe, expect, test } from "@jest/globals";
import { nock } from "../support/nock.ts";
import { Octokit } from "@octokit/rest";
import { RateLimited } from "#github/errors.ts";
import { applyRequestPolicy, createPacer } from "#github/request-policy.ts";

const API = "https://github.example.org";
const NOW = Date.UTC(2026, 0, 1);

function client(writeIntervalMs = 0): { octokit: Octokit; slept: number[] } {
  const slept: number[] = [];
  let now = NOW;
  const policy = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    writeIntervalMs,
    timeoutMs: 5_000,
    backoffMs: 100,
  };
  const quiet = (): void => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const octokit = new Octokit({ baseUrl: API, log });
  applyRequestPolicy(octokit as never, policy, createPacer(policy));
  return { octokit, slept };
}

describe("requests to GitHub", () => {
  test.each([500, 502, 503, 504])(
    "a read that is answered %d is tried again, with longer and longer waits",
    async (status) => {
      const { octokit, slept } = client();
      nock(API).get("/app").times(3).reply(status).get("/app").reply(200, { id: 1 });
      await expect(octokit.request("GET /app")).resolves.toMatchObject({ data: { id: 1 } });
      expect(slept).toEqual([100, 200, 400]);
    },
  );

  test("after four attempts the error goes to the job", async () => {
    const { octokit } = client();
    const scope = nock(API).get("/app").times(4).reply(502);
    await expect(octokit.request("GET /app")).rejects.toMatchObject({ status: 502 });
    expect(scope.isDone()).toBe(true);
  });

  test.each([
    ["POST /repos/a/b/git/trees", 2],
    ["POST /repos/a/b/git/commits", 2],
    ["PATCH /repos/a/b/pulls/1", 2],
    ["POST /repos/a/b/pulls", 1],
    ["POST /repos/a/b/issues/1/comments", 1],
    ["POST /repos/a/b/git/refs", 1],
    ["POST /repos/a/b/check-runs", 1],
  ])("%s is sent %d times when the first answer is lost", async (route, times) => {
    const { octokit } = client();
    const [method = "", path = ""] = route.split(" ");
    let sent = 0;
    nock(API)
      .intercept(path, method)
      .times(2)
      .reply(() => {
        sent += 1;
        return sent === 1 ? [502, {}] : [200, {}];
      });
    await octokit.request(route).catch(() => undefined);
    expect(sent).toBe(times);
    nock.cleanAll();
  });

  const reset = String(NOW / 1000 + 60);
  const secondary = "You have exceeded a secondary rate limit.";
  test.each([
    { name: "retry-after", status: 403, headers: { "retry-after": "7" }, wait: 7_000 },
    { name: "retry-after of nothing", status: 429, headers: { "retry-after": "0" }, wait: 0 },
    {
      name: "an hour that is spent",
      status: 403,
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
      wait: 61_000,
    },
    { name: "a secondary limit without a time", status: 403, headers: {}, wait: 60_000 },
    { name: "too many requests without a time", status: 429, headers: {}, wait: 60_000 },
  ])("$name ($status) becomes a time to wait for, and nothing waits here", async ({ status, headers, wait }) => {
    const { octokit, slept } = client();
    nock(API).get("/app").reply(status, { message: secondary }, headers);
    const error: unknown = await octokit.request("GET /app").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimited);
    expect((error as RateLimited).until).toBe(NOW + wait);
    expect(slept).toEqual([]);
  });

  test("an ordinary refusal is no limit and is not repeated", async () => {
    const { octokit, slept } = client();
    nock(API).get("/app").reply(403, { message: "Resource not accessible by integration" });
    const error: unknown = await octokit.request("GET /app").catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(RateLimited);
    expect(error).toMatchObject({ status: 403 });
    expect(slept).toEqual([]);
  });

  test("writes keep their distance, reads do not wait", async () => {
    const { octokit, slept } = client(1_000);
    nock(API).get("/app").times(2).reply(200).patch("/x").times(3).reply(200);
    await octokit.request("GET /app");
    await octokit.request("GET /app");
    for (let write = 0; write < 3; write += 1) await octokit.request("PATCH /x");
    expect(slept).toEqual([1_000, 1_000]);
  });
});
