import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { simpleSolve } from "@conda-org/rattler";
import { describe, expect, test } from "@jest/globals";
import { readChannelThroughCache } from "../../support/channel-process.ts";
import type { TestChannel, TestCondaFile } from "../../support/conda-server.ts";
import { repodataOf } from "../../support/conda-server.ts";
import { shardsOf } from "../../support/conda-shards.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { serve, session, recordsOf } = openTestChannels();

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

  test("is asked for a shard once by all platforms that want it at the same time", async () => {
    const files = [A, B, { ...A, subdir: "osx-64" }, { ...A, subdir: "win-64" }];
    const server = await serve({ channels: { c: channelOf(...files) }, shards: true, latency: 100 });
    const started = session(server);
    const answers = await Promise.all(
      ["linux-64", "osx-64", "win-64"].map((subdir) =>
        started.openChannels({ channels: ["c"], subdir }).records(["a", "b"]),
      ),
    );
    expect(answers.map((answer) => "channels" in answer && answer.channels[0]?.records.size)).toEqual([2, 2, 2]);
    const paths = server.requests.map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("/c/noarch/"))).toHaveLength(2);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test("asks for all shards of a question at once", async () => {
    const files = Array.from({ length: 40 }, (_, number) => ({ ...A, name: `p${number}` }));
    const server = await serve({ channels: { c: channelOf(...files) }, shards: true, latency: 100 });
    const began = performance.now();
    expect(await recordsOf(server, { names: files.map(({ name }) => name) })).toHaveLength(40);
    // One after the other they would take four seconds.
    expect(performance.now() - began).toBeLessThan(2500);
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

  test("may withdraw files in its index", async () => {
    const pages: Record<string, Buffer> = {};
    const server = await serve({ channels: { c: channelOf(A) }, pages });
    const plain = repodataOf(channelOf(A, { ...A, version: "2.0" }), "linux-64") ?? Buffer.alloc(0);
    const { index, shards } = shardsOf(plain, "", (value) => ({ ...value, removed: ["a-2.0-0.conda", 5] }));
    pages[INDEX] = index;
    for (const [hex, shard] of shards) pages[`/c/linux-64/${hex}.msgpack.zst`] = shard;
    expect((await recordsOf(server)).map(({ version }) => version)).toEqual(["1.0"]);
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
