import { describe, expect, test } from "@jest/globals";
import { mirrorsOf } from "#indexes/http/mirrors.ts";
import { DEFAULT_RETRY, isPassingStatus, parseRetryAfter, retryDelay } from "#indexes/http/retry.ts";
import { hasUrlSecret, shownUrl, withoutCredentials } from "#packaging/safe-url.ts";
import { credentialsOf } from "#indexes/http/credentials.ts";
import { createSlots } from "#indexes/http/slots.ts";

describe("URLs in messages", () => {
  test.each([
    ["https://user:secret@host.example/simple/", "https://host.example/simple/"],
    ["https://host.example/file.whl?X-Signature=secret#sha256=00", "https://host.example/file.whl"],
    ["https://host.example/t/secret-token/channel/", "https://host.example/t/***/channel/"],
    ["https://host.example/t/secret-token", "https://host.example/t/***"],
    ["https://[bad/t/secret-token/channel", "https://[bad/t/***/channel"],
    ["//user:secret@host/path", "//host/path"],
    ["https://[bad?secret", "https://[bad"],
  ])("%s is shown as %s", (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
    expect(shown).not.toContain("secret");
  });

  test.each([
    ["https://user:secret@host.example/c", true],
    ["https://host.example/t/secret-token/c", true],
    ["https://host.example/t/secret-token", true],
    ["https://host.example/t/$TOKEN", false],
    ["https://host.example/c", false],
  ])("whether %s holds a secret: %s", (url, expected) => {
    expect(hasUrlSecret(url)).toBe(expected);
  });

  test("credentials are kept for their origin, decoded, and taken out of the URL", () => {
    const found = credentialsOf(["https://me:p%40ss@a.example/simple", "https://b.example/", "not a url"]);
    expect([...found]).toEqual([["https://a.example", `Basic ${Buffer.from("me:p@ss").toString("base64")}`]]);
    expect(withoutCredentials("https://me:p%40ss@a.example/simple")).toBe("https://a.example/simple");
    expect(withoutCredentials("https://a.example/x?y#z")).toBe("https://a.example/x?y#z");
  });
});

test("a password with a stray percent sign is taken as it is", () => {
  const found = credentialsOf(["https://me:50%off@a.example/simple"]);
  expect([...found.values()]).toEqual([`Basic ${Buffer.from("me:50%off").toString("base64")}`]);
});

describe("mirrors", () => {
  const mirrors = mirrorsOf([
    { from: "https://pypi.org", to: "https://mirror.example/pypi/" },
    { from: "https://pypi.org/simple/", to: "https://mirror.example/fast" },
  ]);

  test.each([
    ["https://pypi.org/simple/numpy/", "https://mirror.example/fast/numpy/"],
    ["https://pypi.org/pypi/numpy/json", "https://mirror.example/pypi/pypi/numpy/json"],
    ["https://pypi.org", "https://mirror.example/pypi"],
    ["https://pypi.org?x", "https://mirror.example/pypi?x"],
    ["https://pypi.org.evil.example/simple/", "https://pypi.org.evil.example/simple/"],
    ["https://pypi.orgy/", "https://pypi.orgy/"],
  ])("%s is fetched from %s", (url, fetched) => {
    expect(mirrors.fetched(url)).toBe(fetched);
    expect(mirrors.recorded(fetched)).toBe(url);
  });
});

describe("retries", () => {
  test.each([
    [200, false],
    [404, false],
    [408, true],
    [429, true],
    [500, true],
    [501, false],
    [503, true],
  ])("status %i passes by itself: %s", (status, passing) => {
    expect(isPassingStatus(status)).toBe(passing);
  });

  test("waits longer each time, between half and all of the step, and gives up", () => {
    const delays = [1, 2, 3].map((attempt) => retryDelay(DEFAULT_RETRY, attempt, null, 1));
    expect(delays).toEqual([250, 500, 1000]);
    expect(retryDelay(DEFAULT_RETRY, 1, null, 0)).toBe(125);
    expect(retryDelay(DEFAULT_RETRY, 4, null, 0)).toBeNull();
  });

  test("does as the server asks, within reason", () => {
    expect(retryDelay(DEFAULT_RETRY, 1, 5_000, 0)).toBe(5_000);
    expect(retryDelay(DEFAULT_RETRY, 1, 3_600_000, 0)).toBeNull();
    const now = Date.parse("2023-03-01T00:00:00Z");
    expect(parseRetryAfter("7", now)).toBe(7_000);
    expect(parseRetryAfter("Wed, 01 Mar 2023 00:00:10 GMT", now)).toBe(10_000);
    expect(parseRetryAfter("Wed, 01 Mar 2022 00:00:10 GMT", now)).toBe(0);
    expect(parseRetryAfter("soon", now)).toBeNull();
    expect(parseRetryAfter(null, now)).toBeNull();
  });
});

describe("slots", () => {
  test("hold back what is too much for one origin, in order, and other origins not at all", async () => {
    const slots = createSlots(2);
    const events: string[] = [];
    const finish: (() => void)[] = [];
    const work = (label: string) => () => {
      events.push(label);
      return new Promise<void>((done) => finish.push(done));
    };
    const all = ["a1", "a2", "a3", "a4"].map((label) => slots.run("a", work(label)));
    all.push(slots.run("b", work("b1")));
    await new Promise(setImmediate);
    expect(events).toEqual(["a1", "a2", "b1"]);
    finish[0]?.();
    await new Promise(setImmediate);
    expect(events).toEqual(["a1", "a2", "b1", "a3"]);
    finish[1]?.();
    finish[3]?.();
    await new Promise(setImmediate);
    expect(events).toEqual(["a1", "a2", "b1", "a3", "a4"]);
    for (const done of finish) done();
    await Promise.all(all);
  });

  test("are free again after a failure", async () => {
    const slots = createSlots(1);
    await expect(slots.run("a", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    await expect(slots.run("a", async () => 1)).resolves.toBe(1);
  });
});
