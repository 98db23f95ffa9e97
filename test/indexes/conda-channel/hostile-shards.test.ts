import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { UnusableFile } from "../../../src/indexes/index-access.ts";
import { repodataOf, type TestChannel, type TestCondaFile } from "../../support/conda-server.ts";
import { pack, shardsOf } from "../../support/conda-shards.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { serve, recordsOf, problemOf } = openTestChannels();

const A: TestCondaFile = { name: "a", version: "1.0", depends: ["b >=1"] };
const channelOf = (...files: TestCondaFile[]): TestChannel => ({ files });
const INDEX = "/c/linux-64/repodata_shards.msgpack.zst";

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

  test("is asked again where the limits have become narrower than what was kept", async () => {
    const cacheDirectory = temporaryFolder();
    const files = Array.from({ length: 200 }, (_, number) => ({ name: `p${number}`, version: "1" }));
    const server = await serve({ channels: { c: channelOf(A, ...files) }, shards: true, maxAge: 600 });
    expect(await recordsOf(server, { options: { cacheDirectory } })).toHaveLength(1);
    const problem = await problemOf(server, { options: { cacheDirectory, limits: { shard: 1000 } } });
    expect(problem).toMatchObject({ kind: "too-large", url: `${server.origin}${INDEX}` });
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
  });
});
