import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdCompressSync } from "node:zlib";
import { simpleSolve } from "@conda-org/rattler";
import { describe, expect, test } from "@jest/globals";
import type { UnusableFile } from "../../../src/indexes/index-access.ts";
import { readChannelThroughCache } from "../../support/channel-process.ts";
import type { TestChannel, TestCondaFile } from "../../support/conda-server.ts";
import { repodataOf } from "../../support/conda-server.ts";
import { pack, shardsOf } from "../../support/conda-shards.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { serve, session, recordsOf, problemOf } = openTestChannels();

const A: TestCondaFile = { name: "a", version: "1.0", depends: ["b >=1"] };
const B: TestCondaFile = {
  name: "b",
  version: "2.0",
  subdir: "noarch",
  extension: ".tar.bz2",
  fields: { noarch: "python" },
};
const channelOf = (...files: TestCondaFile[]): TestChannel => ({ files });
const INDEX = "/c/linux-64/repodata_shards.msgpack.zst";

/** What was asked for so far: file names, shards as `shard`. */
function asked({ requests }: { readonly requests: readonly { readonly path: string; readonly status: number }[] }) {
  return requests
    .map(
      ({ path, status }) =>
        `${path.replace(/\/c\//, "").replace(/shards\/[0-9a-f]{64}\.msgpack\.zst/, "shard")} ${status}`,
    )
    .sort();
}

describe("a sharded channel", () => {
  test("gives the same records as a plain one, hashes and all", async () => {
    const channel: TestChannel = {
      files: [A, { ...A, version: "2.0" }, { ...A, version: "3.0" }, B, { name: "c", version: "1", depends: ["a"] }],
      removed: ["a-2.0-0.conda"],
    };
    const sharded = await serve({ channels: { c: channel }, shards: true });
    const plain = await serve({ channels: { c: channel } });
    const names = ["a", "b", "c", "unknown"];
    const expected = await recordsOf(plain, { names });
    const found = await recordsOf(sharded, { names });
    const text = (records: unknown) => JSON.stringify(records).replaceAll(plain.origin, sharded.origin);
    expect(text(found)).toBe(text(expected));
    expect(found.map(({ filename, md5, sha256 }) => [filename, md5?.length, sha256?.length])).toEqual([
      ["a-1.0-0.conda", 32, 64],
      ["a-3.0-0.conda", 32, 64],
      ["c-1-0.conda", 32, 64],
      ["b-2.0-0.tar.bz2", 32, 64],
    ]);
  });

  test("is asked for the shards of the names alone, and a warm run for none of them", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({ channels: { c: channelOf(A, B, { name: "x", version: "1" }) }, shards: true });
    await recordsOf(server, { names: ["a", "b"], options: { cacheDirectory } });
    expect(asked(server)).toEqual([
      "linux-64/repodata_shards.msgpack.zst 200",
      "linux-64/shard 200",
      "noarch/repodata_shards.msgpack.zst 200",
      "noarch/shard 200",
    ]);
    server.requests.length = 0;
    await recordsOf(server, { names: ["a", "b"], options: { cacheDirectory } });
    expect(asked(server)).toEqual([
      "linux-64/repodata_shards.msgpack.zst 304",
      "noarch/repodata_shards.msgpack.zst 304",
    ]);
    server.setChannel("c", channelOf(A, { ...A, version: "2.0" }, B));
    server.requests.length = 0;
    expect(await recordsOf(server, { names: ["a", "b"], options: { cacheDirectory } })).toHaveLength(3);
    expect(asked(server)).toEqual([
      "linux-64/repodata_shards.msgpack.zst 200",
      "linux-64/shard 200",
      "noarch/repodata_shards.msgpack.zst 304",
    ]);
    server.requests.length = 0;
    expect(await recordsOf(server, { names: ["a", "b"], options: { cacheDirectory, offline: true } })).toHaveLength(3);
    expect(server.requests).toEqual([]);
  });

  test("shares its shards with every channel that has the same", async () => {
    const server = await serve({ channels: { c: channelOf(A), "c/label/rc": channelOf(A) }, shards: true });
    const cacheDirectory = temporaryFolder();
    const first = await recordsOf(server, { options: { cacheDirectory } });
    const second = await recordsOf(server, { channels: ["c/label/rc"], options: { cacheDirectory } });
    expect(second.map(({ sha256 }) => sha256)).toEqual(first.map(({ sha256 }) => sha256));
    expect(second[0]?.url).toBe(`${server.origin}/c/label/rc/linux-64/a-1.0-0.conda`);
    expect(server.requests.filter(({ path }) => path.includes("/shards/"))).toHaveLength(1);
  });

  test("asks for all shards of a question at once", async () => {
    const files = Array.from({ length: 40 }, (_, number) => ({ ...A, name: `p${number}` }));
    const server = await serve({ channels: { c: channelOf(...files) }, shards: true, latency: 20 });
    const began = performance.now();
    expect(await recordsOf(server, { names: files.map(({ name }) => name) })).toHaveLength(40);
    // One after the other they would take 800 ms.
    expect(performance.now() - began).toBeLessThan(500);
  });

  test("is not asked for shards again for a week after it had none, and then it is", async () => {
    const cacheDirectory = temporaryFolder();
    let now = Date.parse("2026-01-01T00:00:00Z");
    const options = { cacheDirectory, now: () => now };
    const server = await serve({ channels: { c: channelOf(A) } });
    const askedForIndexes = () => server.requests.filter(({ path }) => path.includes("repodata_shards")).length;
    for (const [days, expected] of [
      [0, 2],
      [1, 2],
      [6, 2],
      [8, 4],
      [9, 4],
    ] as const) {
      now = Date.parse("2026-01-01T00:00:00Z") + days * 86_400_000;
      expect(await recordsOf(server, { options })).toHaveLength(1);
      expect([days, askedForIndexes()]).toEqual([days, expected]);
    }
  });

  test.each([404, 403, 410, 501])("is read plain where the status for its index is %d", async (status) => {
    const server = await serve({
      channels: { c: channelOf(A) },
      shards: true,
      fault: (path) => (path.includes("repodata_shards") ? { kind: "status", status } : null),
    });
    expect(await recordsOf(server)).toHaveLength(1);
    expect(server.requests.some(({ path }) => path.endsWith("repodata.json.zst"))).toBe(true);
  });

  test("is read plain where its index is of a version that is not known", async () => {
    const { index } = shardsOf(repodataOf(channelOf(A), "linux-64") ?? Buffer.alloc(0), "./shards/", (value) => ({
      ...value,
      version: 2,
    }));
    const server = await serve({ channels: { c: channelOf(A) }, pages: { [INDEX]: index } });
    expect(await recordsOf(server)).toHaveLength(1);
  });

  test.each([
    ["shards", "/c/linux-64/shards/"],
    ["../elsewhere", "/c/elsewhere/"],
    ["/top/", "/top/"],
    ["ORIGIN/abroad/x", "/abroad/x/"],
    ["", "/c/linux-64/"],
  ])("may say that its shards are at '%s'", async (written, path) => {
    const plain = repodataOf(channelOf(A), "linux-64") ?? Buffer.alloc(0);
    const pages: Record<string, Buffer> = {};
    const server = await serve({ channels: { c: channelOf(A) }, pages });
    const { index, shards } = shardsOf(plain, written.replace("ORIGIN", server.origin));
    pages[INDEX] = index;
    for (const [hex, shard] of shards) pages[`${path}${hex}.msgpack.zst`] = shard;
    expect(await recordsOf(server)).toHaveLength(1);
  });

  test("may say where its files are, and is recorded as what a mirror stands for", async () => {
    const server = await serve({ channels: { c: { files: [A], baseUrl: "https://files.example/x" } }, shards: true });
    const mirrors = [{ from: "https://conda.anaconda.org", to: server.origin }];
    const [found] = await recordsOf(server, { options: { channelAlias: null, mirrors } });
    expect(found?.url).toBe("https://files.example/x/a-1.0-0.conda");
    expect(found?.channel).toBe("https://conda.anaconda.org/c");
  });

  test("of these tests is one that another client reads too", async () => {
    const files = [A, { ...A, version: "2.0", depends: ["b >=3"] }, B, { name: "noise", version: "1" }];
    const server = await serve({ channels: { c: { files, removed: ["a-9-0.conda"] } }, shards: true });
    const found = await simpleSolve(["a"], [`${server.origin}/c`], ["linux-64", "noarch"], []);
    const seen = found.map(({ filename, sha256 }) => `${filename} ${sha256 ?? ""}`).sort();
    const expected = await recordsOf(server, { names: ["a", "b"] });
    const wanted = expected.filter(({ version, name }) => name === "b" || version === "1.0");
    expect(seen).toEqual(wanted.map(({ filename, sha256 }) => `${filename} ${sha256 ?? ""}`).sort());
    expect(
      server.requests.filter(({ path, status }) => path.includes("/shards/") && status === 200).length,
    ).toBeGreaterThan(1);
    expect(server.requests.some(({ path }) => path.includes("repodata.json"))).toBe(false);
  });

  test("is shared by processes that fill the cache at the same time", async () => {
    const files = Array.from({ length: 400 }, (_, number) => ({
      ...A,
      name: `p${number % 40}`,
      version: `1.${number}`,
    }));
    const server = await serve({ channels: { c: channelOf(...files) }, shards: true });
    const cacheDirectory = temporaryFolder();
    const script = join(import.meta.dirname, "../../support/channel-process.ts");
    const run = promisify(execFile);
    const names = files.slice(0, 40).map(({ name }) => name);
    const words = ["--disable-warning=ExperimentalWarning", script, cacheDirectory, server.origin, ...names];
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, words)));
    const expected = await readChannelThroughCache(temporaryFolder(), server.origin, names);
    expect(expected).toHaveLength(400);
    for (const { stdout } of outputs) expect(JSON.parse(stdout)).toEqual(expected);
    server.requests.length = 0;
    expect(await readChannelThroughCache(cacheDirectory, server.origin, names)).toEqual(expected);
    expect(asked(server)).toEqual([
      "linux-64/repodata_shards.msgpack.zst 304",
      "noarch/repodata_shards.msgpack.zst 304",
    ]);
  });
});

describe("a sharded channel that misbehaves", () => {
  const body = (content: string | Uint8Array) => ({
    kind: "body" as const,
    type: "application/octet-stream",
    body: content,
  });
  const index = (value: unknown) => body(pack(value));
  const bomb = zstdCompressSync(Buffer.alloc(3_000_000));
  test.each([
    ["is cut off", { kind: "truncate" as const }, "unreachable", /could not be reached/],
    ["is slow", { kind: "drip" as const }, "unreachable", /did not answer within 0.4 seconds/],
    ["hangs", { kind: "hang" as const }, "unreachable", /did not answer within 0.4 seconds/],
    ["is in trouble", { kind: "status" as const, status: 503 }, "unreachable", /status 503/],
    ["wants credentials", { kind: "status" as const, status: 401 }, "unreachable", /status 401; check the credentials/],
    ["never ends", { kind: "endless" as const }, "too-large", /larger than the limit of 1000000 bytes/],
    ["is a bomb", body(bomb), "too-large", /larger than the limit of 1000000 bytes/],
    ["is a web page", body("<html>"), "bad-content", /its compression is broken/],
    ["is half a file", body(pack({ shards: {} }).subarray(0, 12)), "bad-content", /its compression is broken/],
    ["is no MessagePack", body(zstdCompressSync(Buffer.from([0xc1]))), "bad-content", /its MessagePack has a byte/],
    ["is a list", index([]), "bad-content", /is not an index of shards/],
    ["lists nothing", index({ version: 1, info: {} }), "bad-content", /no list of shards/],
    [
      "lists hashes as text",
      index({ shards: { a: "ab".repeat(32) } }),
      "bad-content",
      /its shard of 'a' has no sha256/,
    ],
    [
      "lists short hashes",
      index({ shards: { a: new Uint8Array(31) } }),
      "bad-content",
      /its shard of 'a' has no sha256/,
    ],
    [
      "says that its shards are nowhere",
      index({ info: { shards_base_url: "https://" }, shards: { a: new Uint8Array(32) } }),
      "bad-content",
      /says that its shards are at 'https:\/\/', which is no URL/,
    ],
    [
      "says that its shards are on this machine",
      index({ info: { shards_base_url: "file:///etc/" }, shards: { a: new Uint8Array(32) } }),
      "blocked-address",
      /is not an https URL/,
    ],
    [
      "says that its shards are on a private host",
      index({ info: { shards_base_url: "http://10.0.0.1/" }, shards: { a: new Uint8Array(32) } }),
      "blocked-address",
      /10\.0\.0\.1/,
    ],
  ])("is named where its index %s", async (_what, fault, kind, message) => {
    const server = await serve({
      channels: { c: channelOf(A) },
      shards: true,
      fault: (path) => (path === INDEX ? fault : null),
    });
    const options = { limits: { shard: 1_000_000, channelMilliseconds: 400 } };
    const problem = await problemOf(server, { options });
    expect(problem).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(problem.message).toMatch(/^(http|file):\/\/\S+ .*[;:] .*\.$/);
  });

  const other = shardsOf(repodataOf(channelOf({ ...A, version: "6.6.6" }), "linux-64") ?? Buffer.alloc(0));
  test.each([
    ["is cut off", { kind: "truncate" as const }, "unreachable", /could not be reached/],
    ["is slow", { kind: "drip" as const }, "unreachable", /did not answer within 0.4 seconds/],
    ["is not there", { kind: "status" as const, status: 404 }, "not-found", /though the channel's index lists it/],
    ["is forbidden", { kind: "status" as const, status: 403 }, "unreachable", /status 403; check the credentials/],
    ["is a bomb", body(bomb), "hash-mismatch", /not the one that the channel's index lists/],
    [
      "is another shard",
      body([...other.shards.values()][0] ?? ""),
      "hash-mismatch",
      /not the one that the channel's index lists/,
    ],
    ["never ends", { kind: "endless" as const }, "too-large", /larger than the limit/],
  ])("is named, and nothing of it is kept, where a shard %s", async (_what, fault, kind, message) => {
    let broken = true;
    const server = await serve({
      channels: { c: channelOf(A) },
      shards: true,
      fault: (path) => (broken && path.includes("/shards/") ? fault : null),
    });
    const cacheDirectory = temporaryFolder();
    const options = { cacheDirectory, limits: { shard: 1_000_000, channelMilliseconds: 400 } };
    const problem = await problemOf(server, { options });
    expect(problem).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(problem.url).toMatch(/\/c\/linux-64\/shards\/[0-9a-f]{64}\.msgpack\.zst$/);
    broken = false;
    expect(await recordsOf(server, { options })).toHaveLength(1);
  });

  /** A channel whose index is honest about shards of any content. */
  async function withShard(content: Buffer, shard = 1_000_000) {
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(content).digest();
    const skipped: UnusableFile[] = [];
    const pages = {
      [INDEX]: pack({ version: 1, info: {}, shards: { a: sha256 } }),
      [`/c/linux-64/${sha256.toString("hex")}.msgpack.zst`]: content,
    };
    const server = await serve({ channels: { c: channelOf(A) }, pages });
    return { server, skipped, options: { limits: { shard }, onSkipped: (file: UnusableFile) => skipped.push(file) } };
  }

  test.each([
    ["is a bomb", zstdCompressSync(Buffer.alloc(3_000_000)), "too-large", /larger than the limit of 1000000 bytes/],
    ["is nested too deeply", zstdCompressSync(Buffer.alloc(1000, 0x91)), "bad-content", /nested too deeply/],
    ["is a text", pack("x"), "bad-content", /it is not a shard/],
    [
      "has packages that are bytes",
      pack({ packages: new Uint8Array(100) }),
      "bad-content",
      /its packages is not a map/,
    ],
    ["is plain text", Buffer.from("{}"), "bad-content", /its compression is broken/],
  ])("is named where a shard with the right hash %s", async (_what, content, kind, message) => {
    const { server, options } = await withShard(content);
    expect(await problemOf(server, { options })).toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  test("keeps records of another name out of a shard, and tells which", async () => {
    const good = { name: "a", version: "1", build: "0", build_number: 0, depends: [] };
    const content = pack({
      "packages.conda": {
        "a-1-0.conda": good,
        "python-9-0.conda": { ...good, name: "python", version: "9" },
        "a-2-0.conda": 5,
      },
    });
    const { server, skipped, options } = await withShard(content);
    expect((await recordsOf(server, { names: ["a", "python"], options })).map(({ filename }) => filename)).toEqual([
      "a-1-0.conda",
    ]);
    expect(skipped.map(({ filename, reason }) => [filename, reason])).toEqual([
      ["python-9-0.conda", "its name is not that of its shard"],
      ["a-2-0.conda", "its record is not an object"],
    ]);
  });

  test("ends at the limit for a whole channel, however many shards that takes", async () => {
    const files = Array.from({ length: 30 }, (_, number) => ({
      name: `p${number}`,
      version: "1",
      depends: ["x".repeat(5000)],
    }));
    const server = await serve({ channels: { c: channelOf(...files) }, shards: true });
    const options = { limits: { channel: 50_000 } };
    const problem = await problemOf(server, { names: files.map(({ name }) => name), options });
    expect(problem).toMatchObject({
      kind: "too-large",
      message: expect.stringMatching(/larger than the limit of 50000 bytes/),
    });
  });

  test("is named offline, index and shard", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({ channels: { c: channelOf(A, { name: "z", version: "1" }) }, shards: true });
    const offline = { cacheDirectory, offline: true };
    expect((await problemOf(server, { options: offline })).kind).toBe("offline");
    await recordsOf(server, { options: { cacheDirectory } });
    expect(await recordsOf(server, { options: offline })).toHaveLength(1);
    const problem = await problemOf(server, { names: ["z"], options: offline });
    expect(problem.message).toMatch(
      /\/shards\/[0-9a-f]+\.msgpack\.zst is not in the cache; run once without --offline\.$/,
    );
  });

  test("shows no token of its URL", async () => {
    const server = await serve({
      channels: { "t/tk-77-secret/c": channelOf(A) },
      shards: true,
      fault: (path) => (path.includes("/shards/") ? { kind: "status", status: 404 } : null),
    });
    const channels = [`${server.origin}/t/tk-77-secret/c`];
    const { url, message } = await problemOf(server, { channels });
    expect(`${url} ${message}`).not.toContain("secret");
    expect(session(server)).toBeDefined();
  });
});
