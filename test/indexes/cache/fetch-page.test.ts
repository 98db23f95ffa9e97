import { afterEach, describe, expect, test } from "@jest/globals";
import { openDiskCache } from "#indexes/cache/disk-cache.ts";
import { fetchPage } from "#indexes/cache/fetch-page.ts";
import { createHttpClient } from "#indexes/http/http-client.ts";
import type { HttpOptions } from "#indexes/http/http-types.ts";
import { startIndexServer, type IndexServer, type IndexServerOptions } from "../../support/index-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const NONE: ReadonlyMap<string, string> = new Map();

async function setUp(options: Partial<IndexServerOptions> = {}) {
  const server = await startIndexServer({ releases: [{ name: "alpha", version: "1.0" }], ...options });
  const folder = temporaryFolder();
  closers.push(() => server.close());
  /** A fresh client and cache on the same folder, as another run would have. */
  const get = async (http: HttpOptions = {}, credentials = NONE, path = "/alpha/") => {
    const client = createHttpClient({ allowHosts: ["127.0.0.1"], retry: { attempts: 1 }, ...http });
    const answer = await fetchPage(client, openDiskCache(folder), {
      url: server.url + path,
      accept: "text/html",
      credentials,
    });
    await client.close();
    return answer;
  };
  return { server, get };
}

function statuses(server: IndexServer): number[] {
  return server.requests.map(({ status }) => status);
}

describe("a page that was fetched before", () => {
  test("is asked for by its validator, and sent again only when it changed", async () => {
    const { server, get } = await setUp();
    const first = await get();
    const second = await get();
    expect(second).toEqual(first);
    expect(statuses(server)).toEqual([200, 304]);
    expect(server.requests[1]?.headers["if-none-match"]).toMatch(/^"[0-9a-f]{32}"$/);
    server.setReleases([{ name: "alpha", version: "2.0" }]);
    const third = await get();
    expect(statuses(server)).toEqual([200, 304, 200]);
    expect(String("page" in third ? third.page.body : "")).toContain("alpha-2.0");
  });

  test("is not asked for while it is fresh", async () => {
    const { server, get } = await setUp({ maxAge: 600 });
    const start = Date.now();
    await get();
    await get({ now: () => start + 590_000 });
    expect(statuses(server)).toEqual([200]);
    await get({ now: () => start + 700_000 });
    expect(statuses(server)).toEqual([200, 304]);
    await get({ now: () => start + 1_200_000 });
    expect(statuses(server)).toEqual([200, 304]);
    await get({ now: () => start - 1_000 });
    expect(statuses(server)).toEqual([200, 304, 304]);
  });

  test("is served offline, however old; what is not there is an error that names it", async () => {
    const { server, get } = await setUp();
    const first = await get();
    await expect(get({ offline: true })).resolves.toEqual(first);
    const message = `${server.url}/beta/ is not in the cache; run once without --offline.`;
    await expect(get({ offline: true }, NONE, "/beta/")).resolves.toMatchObject({
      problem: { kind: "offline", message },
    });
    await get({}, NONE, "/beta/");
    await expect(get({ offline: true }, NONE, "/beta/")).resolves.toMatchObject({ page: { status: 404 } });
  });

  test("is not handed to those who have other credentials", async () => {
    const { server, get } = await setUp({ maxAge: 600 });
    const mine = new Map([[server.origin, "Basic bWU6cHc="]]);
    await get({}, mine);
    await get({}, mine);
    expect(statuses(server)).toEqual([200]);
    await get();
    expect(statuses(server)).toEqual([200, 200]);
    await expect(get({ offline: true }, new Map([[server.origin, "Basic other"]]))).resolves.toHaveProperty("problem");
  });
});

test("what a redirect leads to is not kept for others where credentials were shown there", async () => {
  const secretive = await setUp({ maxAge: 600 });
  const location = `${secretive.server.url}/alpha/`;
  const { server, get } = await setUp({ fault: () => ({ kind: "redirect", location }) });
  const mine = new Map([[secretive.server.origin, "Basic bWU6cHc="]]);
  await expect(get({}, mine)).resolves.toMatchObject({ page: { status: 200, url: location } });
  await expect(get({ offline: true })).resolves.toHaveProperty("problem.kind", "offline");
  await get();
  await expect(get({ offline: true })).resolves.toMatchObject({ page: { status: 200 } });
  expect(statuses(server)).toEqual([302, 302]);
});

test("a failed answer is not kept, and does not spoil what is", async () => {
  const { server, get } = await setUp({
    fault: (_path, attempt) =>
      attempt === 2 ? { kind: "truncate" } : attempt === 3 ? { kind: "status", status: 500 } : null,
  });
  const first = await get();
  await expect(get()).resolves.toMatchObject({ problem: { kind: "unreachable" } });
  await expect(get()).resolves.toMatchObject({ problem: { kind: "unreachable" } });
  await expect(get()).resolves.toEqual(first);
  expect(server.requests.at(-1)?.status).toBe(304);
});

test.each([
  ["no-store", false],
  ["no-cache, max-age=600", true],
  ["max-age=nonsense", true],
])("Cache-Control: %s", async (control, kept) => {
  const headers = { "cache-control": control, etag: '"e"' };
  const { server, get } = await setUp({ fault: () => ({ kind: "body", type: "text/html", body: "<html>", headers }) });
  await get();
  await get();
  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]?.headers["if-none-match"]).toBe(kept ? '"e"' : undefined);
});
