import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "#indexes/http/http-client.ts";
import type { HttpClient, HttpOptions } from "#indexes/http/http-types.ts";
import { startIndexServer, type Fault, type IndexServer } from "../../support/index-server.ts";

const FAST = { baseDelay: 1, maxDelay: 4 };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that misbehaves as told, and a client that may use it. */
async function setUp(
  fault: (path: string, attempt: number) => Fault | null,
  options: HttpOptions = {},
): Promise<{ server: IndexServer; client: HttpClient; get: HttpClient["fetch"] }> {
  const server = await startIndexServer({ releases: [{ name: "alpha", version: "1.0" }], fault });
  const client = createHttpClient({ allowHosts: ["127.0.0.1"], retry: FAST, ...options });
  closers.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client, get: (request) => client.fetch(request) };
}

const LIMITS = { maxBytes: 1_000_000, deadline: 5_000 };

describe("what a server does wrong", () => {
  test.each<[string, Fault, string, string]>([
    ["hangs", { kind: "hang" }, "unreachable", "did not answer within 0.3 seconds; try again later."],
    ["drips a byte now and again", { kind: "drip" }, "unreachable", "did not answer within 0.3 seconds"],
    ["cuts the connection", { kind: "reset" }, "unreachable", "could not be reached (UND_ERR_SOCKET)"],
    ["sends half of the body", { kind: "truncate" }, "unreachable", "could not be reached (UND_ERR_"],
    ["never stops sending", { kind: "endless" }, "too-large", "is larger than the limit of 1000000 bytes"],
    ["sends a gzip bomb", { kind: "gzip-bomb", size: 50_000_000 }, "too-large", "is larger than the limit"],
    [
      "announces too much",
      { kind: "body", type: "text/html", body: "x".repeat(1_000_001) },
      "too-large",
      "is larger than the limit",
    ],
    [
      "sends broken gzip",
      { kind: "body", type: "text/html", body: "no gzip", headers: { "content-encoding": "gzip" } },
      "bad-content",
      "its compression is broken",
    ],
    [
      "packs in a way nobody knows",
      { kind: "body", type: "text/html", body: "?", headers: { "content-encoding": "snappy" } },
      "bad-content",
      "its Content-Encoding is not known",
    ],
    ["is down for good", { kind: "status", status: 503 }, "unreachable", "answered with status 503; try again later."],
    [
      "redirects to the metadata service",
      { kind: "redirect", location: "https://169.254.169.254/latest/meta-data/" },
      "blocked-address",
      "169.254.169.254 is the private address 169.254.169.254; if you trust it, allow it with --allow-host",
    ],
    [
      "redirects to a private network",
      { kind: "redirect", location: "https://10.1.2.3/" },
      "blocked-address",
      "is the private address 10.1.2.3",
    ],
    [
      "redirects to a number that is a loopback address",
      { kind: "redirect", location: "https://2130706434/" },
      "blocked-address",
      "is the private address 127.0.0.2",
    ],
    [
      "redirects to a mapped address",
      { kind: "redirect", location: "https://[::ffff:10.0.0.1]/" },
      "blocked-address",
      "is the private address",
    ],
    [
      "redirects to a name of a private address",
      { kind: "redirect", location: "https://rebind.example/" },
      "blocked-address",
      "rebind.example is the private address 192.168.7.7",
    ],
    [
      "redirects to plain http",
      { kind: "redirect", location: "http://plain.example/x" },
      "blocked-address",
      "http://plain.example/x is plain http",
    ],
    [
      "redirects to a file",
      { kind: "redirect", location: "file:///etc/passwd" },
      "blocked-address",
      "not an https URL",
    ],
    [
      "redirects to nonsense",
      { kind: "redirect", location: "https://[" },
      "bad-content",
      "something that is not a URL",
    ],
    ["redirects in a circle", { kind: "redirect", location: "/simple/alpha/" }, "bad-content", "more than 5 times"],
  ])("%s", async (_name, fault, kind, sentence) => {
    const { server, get } = await setUp(() => fault, {
      retry: { ...FAST, attempts: 2 },
      lookup: (hostname, _options, callback) =>
        callback(null, [{ address: hostname === "rebind.example" ? "192.168.7.7" : "8.8.8.8", family: 4 }]),
    });
    const url = `${server.url}/alpha/`;
    const deadline = sentence.includes("0.3 seconds") ? 300 : 5_000;
    const answer = await get({ url, maxBytes: LIMITS.maxBytes, deadline });
    expect(answer).toMatchObject({ problem: { kind, message: expect.stringContaining(sentence) } });
  });

  test("is not listening", async () => {
    const { server, get } = await setUp(() => null, { retry: { ...FAST, attempts: 2 } });
    await server.close();
    const answer = await get({ url: `${server.url}/alpha/`, ...LIMITS });
    const message = `${server.url}/alpha/ could not be reached (ECONNREFUSED); check the network and try again.`;
    expect(answer).toMatchObject({ problem: { kind: "unreachable", message } });
  });

  test("does not speak HTTP", async () => {
    const server: Server = createServer((socket) => socket.end("220 mail.example ESMTP\r\n", () => socket.destroy()));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const client = createHttpClient({ allowHosts: ["127.0.0.1"], retry: FAST });
    closers.push(
      () => new Promise((done) => server.close(() => done())),
      () => client.close(),
    );
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
    const answer = await client.fetch({ url, ...LIMITS });
    expect(answer).toMatchObject({
      problem: { kind: "bad-content", message: expect.stringContaining("not answer in HTTP") },
    });
  });

  test("has a name that nobody knows", async () => {
    const { get } = await setUp(() => null, {
      lookup: (_hostname, _options, callback) => callback(Object.assign(new Error("?"), { code: "ENOTFOUND" }), []),
    });
    const answer = await get({ url: "https://nowhere.example/simple/", ...LIMITS });
    expect(answer).toMatchObject({
      problem: { kind: "unreachable", message: expect.stringContaining("host name is not known") },
    });
  });
});

describe("trying again", () => {
  test("a storm of server errors passes", async () => {
    const { server, get } = await setUp((_path, attempt) => (attempt <= 3 ? { kind: "status", status: 500 } : null));
    await expect(get({ url: `${server.url}/alpha/`, ...LIMITS })).resolves.toMatchObject({ status: 200 });
    expect(server.requests).toHaveLength(4);
  });

  test("a body that broke off is not glued to the next one", async () => {
    const { server, get } = await setUp((_path, attempt) => (attempt === 1 ? { kind: "truncate" } : null));
    const answer = await get({ url: `${server.url}/alpha/`, ...LIMITS });
    expect(String("body" in answer ? answer.body : "")).toMatch(/^<!DOCTYPE html>[^]*<\/html>\n$/);
    expect(server.requests).toHaveLength(2);
  });

  test("as late as the server asks, and not at all if that is too late", async () => {
    const headers = { "retry-after": "1" };
    const { server, get } = await setUp((_path, attempt) =>
      attempt === 1 ? { kind: "status", status: 429, headers } : null,
    );
    const before = Date.now();
    await expect(get({ url: `${server.url}/alpha/`, ...LIMITS })).resolves.toMatchObject({ status: 200 });
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);

    const patient = await setUp(() => ({ kind: "status", status: 429, headers: { "retry-after": "86400" } }));
    const answer = await patient.get({ url: `${patient.server.url}/alpha/`, ...LIMITS });
    expect(answer).toMatchObject({ problem: { kind: "unreachable" } });
    expect(patient.server.requests).toHaveLength(1);
  });

  test("not what will not pass", async () => {
    const { server, get } = await setUp((path) => (path.includes("alpha") ? { kind: "status", status: 404 } : null));
    await expect(get({ url: `${server.url}/alpha/`, ...LIMITS })).resolves.toMatchObject({ status: 404 });
    expect(server.requests).toHaveLength(1);
  });
});

describe("who may be asked", () => {
  test("a private host is refused unless it is allowed", async () => {
    const { server, get } = await setUp(() => null, { allowHosts: [] });
    const answer = await get({ url: `${server.url}/alpha/`, ...LIMITS });
    expect(answer).toMatchObject({ problem: { kind: "blocked-address" } });
    const secure = await get({ url: server.url.replace("http:", "https:"), ...LIMITS });
    expect(secure).toMatchObject({
      problem: { kind: "blocked-address", message: expect.stringContaining("--allow-host 127.0.0.1") },
    });
    expect(server.requests).toHaveLength(0);
  });

  test("credentials reach their own origin only, and no message", async () => {
    const other = await startIndexServer({ releases: [] });
    closers.push(() => other.close());
    const { server, get } = await setUp((path) =>
      path === "/moved" ? { kind: "redirect", location: `${other.url}/` } : null,
    );
    const credentials = new Map([[server.origin, "Basic c2VjcmV0"]]);
    await get({ url: `${server.origin}/moved`, ...LIMITS, credentials });
    expect(server.requests[0]?.headers.authorization).toBe("Basic c2VjcmV0");
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
    const failed = await get({ url: "https://user:secret@[::1]/simple/", ...LIMITS, credentials });
    expect(JSON.stringify(failed)).not.toContain("secret");
  });

  test("a mirror may have credentials of its own", async () => {
    const server = await startIndexServer({ releases: [{ name: "alpha", version: "1.0" }] });
    const to = server.url.replace("://", "://me:secret@");
    const client = createHttpClient({ allowHosts: ["127.0.0.1"], mirrors: [{ from: "https://pypi.org/simple", to }] });
    closers.push(
      () => server.close(),
      () => client.close(),
    );
    const answer = await client.fetch({ url: "https://pypi.org/simple/alpha/", ...LIMITS });
    expect(answer).toMatchObject({ status: 200, url: `${server.url}/alpha/` });
    expect(server.requests[0]?.headers.authorization).toBe("Basic bWU6c2VjcmV0");
    expect(client.mirrors.recorded(`${server.url}/alpha/`)).toBe("https://pypi.org/simple/alpha/");
  });

  test("a mirror is asked instead, and the answer says where it came from", async () => {
    const server = await startIndexServer({ releases: [{ name: "alpha", version: "1.0" }] });
    const client = createHttpClient({
      allowHosts: ["127.0.0.1"],
      mirrors: [{ from: "https://pypi.org/simple", to: server.url }],
    });
    closers.push(
      () => server.close(),
      () => client.close(),
    );
    const answer = await client.fetch({ url: "https://pypi.org/simple/alpha/", ...LIMITS });
    expect(answer).toMatchObject({ status: 200, url: `${server.url}/alpha/` });
    expect(client.mirrors.recorded(`${server.url}/alpha/`)).toBe("https://pypi.org/simple/alpha/");
  });
});

test("connections are reused, and no more requests run at once than allowed", async () => {
  const server = await startIndexServer({ releases: [{ name: "alpha", version: "1.0" }], latency: 5 });
  const client = createHttpClient({ allowHosts: ["127.0.0.1"], requestsPerHost: 3 });
  closers.push(
    () => server.close(),
    () => client.close(),
  );
  const wanted = Array.from({ length: 30 }, () => client.fetch({ url: `${server.url}/alpha/`, ...LIMITS }));
  const answers = await Promise.all(wanted);
  expect(answers.every((answer) => "status" in answer && answer.status === 200)).toBe(true);
  expect(server.requests).toHaveLength(30);
  expect(server.connections).toBeLessThanOrEqual(3);
  expect(server.mostAtOnce).toBeLessThanOrEqual(3);
  expect(server.mostAtOnce).toBeGreaterThan(1);
});

test("a body that nobody wants is not read", async () => {
  const { server, client } = await setUp(() => ({ kind: "endless" }));
  const head = await client.stream({ url: `${server.url}/alpha/`, ...LIMITS }, () => null);
  expect(head).toMatchObject({ status: 200 });
});
