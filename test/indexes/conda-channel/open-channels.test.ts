import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { UnusableFile } from "../../../src/indexes/index-access.ts";
import { readChannelThroughCache } from "../../support/channel-process.ts";
import { repodataOf, type TestChannel, type TestCondaFile } from "../../support/conda-server.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { serve, session, ask, recordsOf, problemOf } = openTestChannels();

const channelOf = (...files: TestCondaFile[]): TestChannel => ({ files });
const A: TestCondaFile = { name: "a", version: "1.0", depends: ["b >=1"] };

const ZSTD_MAGIC = 0xfd2fb528;

/** The files that a cache keeps of channels. */
function kept(cacheDirectory: string): string[] {
  const folders = ["blobs", "pages", "tmp"].map((name) => join(cacheDirectory, "v1", name)).filter(existsSync);
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => statSync(path).isFile());
}

describe("records of conda channels", () => {
  test("come from the platform and noarch of each channel, in the order of the channels", async () => {
    const server = await serve({
      channels: {
        first: channelOf(A, { ...A, version: "2.0", subdir: "noarch" }, { ...A, version: "3.0", subdir: "osx-64" }),
        "second/label/rc": channelOf({ ...A, version: "9.0" }, { name: "b", version: "1.0" }),
      },
    });
    const answer = await ask(server, { names: ["b", "a", "unknown"], channels: ["second/label/rc", "first"] });
    if ("problem" in answer) throw new Error(answer.problem.message);
    const shown = answer.channels.map(({ name, url, records }) => ({
      name,
      url,
      records: Object.fromEntries([...records].map(([key, found]) => [key, found.map((record) => record.url)])),
    }));
    const first = `${server.origin}/first`;
    const second = `${server.origin}/second/label/rc`;
    expect(shown).toEqual([
      {
        name: "second/label/rc",
        url: second,
        records: { a: [`${second}/linux-64/a-9.0-0.conda`], b: [`${second}/linux-64/b-1.0-0.conda`] },
      },
      {
        name: "first",
        url: first,
        records: { a: [`${first}/linux-64/a-1.0-0.conda`, `${first}/noarch/a-2.0-0.conda`] },
      },
    ]);
  });

  test("are found by the names of Object's own members, and not where there is none", async () => {
    const server = await serve({ channels: { c: channelOf({ ...A, name: "constructor" }) } });
    const found = await recordsOf(server, { names: ["constructor", "toString", "__proto__"] });
    expect(found.map(({ name }) => name)).toEqual(["constructor"]);
  });

  test("prefer .conda to .tar.bz2 of the same build, but keep an older .tar.bz2 for a time limit", async () => {
    const old: TestCondaFile = { ...A, extension: ".tar.bz2" };
    const early = { timestamp: 1_600_000_000_000 };
    const server = await serve({
      channels: {
        c: channelOf(
          old,
          A,
          { ...old, version: "2.0" },
          { ...old, version: "3.0", fields: early },
          { ...A, version: "3.0" },
        ),
      },
    });
    const found = await recordsOf(server);
    expect(found.map(({ filename }) => filename)).toEqual([
      "a-1.0-0.conda",
      "a-3.0-0.conda",
      "a-2.0-0.tar.bz2",
      "a-3.0-0.tar.bz2",
    ]);
  });

  test("leave out what was removed, and tell what cannot be used", async () => {
    const skipped: UnusableFile[] = [];
    const server = await serve({
      channels: {
        c: {
          files: [A, { ...A, version: "2.0" }, { ...A, version: "3.0", fields: { depends: "b" } }],
          removed: ["a-2.0-0.conda", "never-there-1-0.conda"],
        },
      },
    });
    const found = await recordsOf(server, { options: { onSkipped: (file) => skipped.push(file) } });
    expect(found.map(({ version }) => version)).toEqual(["1.0"]);
    expect(skipped).toEqual([
      {
        url: `${server.origin}/c/linux-64`,
        filename: "a-3.0-0.conda",
        reason: "its depends or constrains are not lists of texts",
      },
    ]);
  });

  test.each([
    ["https://files.example/x", "https://files.example/x/a-1.0-0.conda"],
    ["../../other/linux-64/", "ORIGIN/other/linux-64/a-1.0-0.conda"],
    ["https://ann:secret@files.example/t/tk-1-secret/x/", "https://files.example/x/a-1.0-0.conda"],
    ["https://files.example/t/tk-1-secret", "https://files.example/a-1.0-0.conda"],
  ])("lie where base_url says: %s", async (baseUrl, expected) => {
    const server = await serve({ channels: { c: { files: [A], baseUrl } } });
    expect((await recordsOf(server))[0]?.url).toBe(expected.replace("ORIGIN", server.origin));
  });

  test.each([
    "javascript:alert(1)//",
    "file:///etc/",
    "https://",
    "https://files.example/?key=",
    "https://files.example/#",
  ])("are refused where base_url is no place of files: %s", async (baseUrl) => {
    const server = await serve({ channels: { c: { files: [A], baseUrl } } });
    expect(await problemOf(server)).toMatchObject({
      kind: "bad-content",
      message: `${server.origin}/c/linux-64 says that its files are where no files can be (base_url); tell who runs the channel.`,
    });
  });

  test("are written under the URL that a mirror stands for", async () => {
    const server = await serve({ channels: { c: channelOf(A) } });
    const options = {
      channelAlias: null,
      mirrors: [{ from: "https://conda.anaconda.org", to: server.origin }],
    };
    const [found] = await recordsOf(server, { options });
    expect(found?.url).toBe("https://conda.anaconda.org/c/linux-64/a-1.0-0.conda");
    expect(found?.channel).toBe("https://conda.anaconda.org/c");
  });

  test("may come from a channel that has one of the two folders, not from one that has neither", async () => {
    const only = repodataOf(channelOf(A), "linux-64") ?? "";
    const server = await serve({ channels: { c: { texts: { "linux-64": only } }, empty: { texts: {} } } });
    expect(await recordsOf(server)).toHaveLength(1);
    expect(await problemOf(server, { channels: ["c", "empty"] })).toEqual({
      kind: "not-found",
      url: `${server.origin}/empty`,
      message: `${server.origin}/empty is not a conda channel: it has no repodata.json for linux-64 or noarch; correct its name or URL.`,
    });
  });
});

describe("the store of a channel", () => {
  test("is asked for again by its ETag, and read anew when the channel changed", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({ channels: { c: channelOf(A) } });
    const first = await recordsOf(server, { options: { cacheDirectory } });
    expect(await recordsOf(server, { options: { cacheDirectory } })).toEqual(first);
    expect(server.requests.map(({ path, status }) => `${path} ${status}`).sort()).toEqual([
      "/c/linux-64/repodata.json.zst 200",
      "/c/linux-64/repodata.json.zst 304",
      "/c/linux-64/repodata_shards.msgpack.zst 404",
      "/c/noarch/repodata.json.zst 200",
      "/c/noarch/repodata.json.zst 304",
      "/c/noarch/repodata_shards.msgpack.zst 404",
    ]);
    server.setChannel("c", channelOf(A, { ...A, version: "2.0" }));
    expect(await recordsOf(server, { options: { cacheDirectory } })).toHaveLength(2);
  });

  test("is not asked for while it is fresh, nor offline, where the lack of a folder is known too", async () => {
    const cacheDirectory = temporaryFolder();
    const only = repodataOf(channelOf(A), "linux-64") ?? "";
    const server = await serve({ channels: { c: { texts: { "linux-64": only } } }, maxAge: 60 });
    const first = await recordsOf(server, { options: { cacheDirectory } });
    const asked = server.requests.length;
    expect(await recordsOf(server, { options: { cacheDirectory } })).toEqual(first);
    expect(await recordsOf(server, { options: { cacheDirectory, offline: true } })).toEqual(first);
    expect(server.requests).toHaveLength(asked);
    const { kind, message } = await problemOf(server, { options: { offline: true } });
    expect(kind).toBe("offline");
    expect(message).toBe(`${server.origin}/c/linux-64 is not in the cache; run once without --offline.`);
  });

  test("is fetched once for all who ask at the same time", async () => {
    const server = await serve({ channels: { c: channelOf(A) }, latency: 20 });
    const started = session(server);
    await Promise.all(
      ["linux-64", "osx-64", "win-64"].map((subdir) =>
        started.openChannels({ channels: ["c"], subdir }).records(["a"]),
      ),
    );
    expect(server.requests.filter(({ path }) => path === "/c/noarch/repodata.json.zst")).toHaveLength(1);
  });

  test("works without a cache folder, and is gone afterwards", async () => {
    const server = await serve({ channels: { c: channelOf(A) } });
    expect(await recordsOf(server, { options: { cacheDirectory: null } })).toHaveLength(1);
  });

  test.each([
    ["an index", (path: string) => statSync(path).size > 0 && readFileSync(path, "latin1").startsWith('{"data"')],
    ["all blobs", (path: string) => path.includes("blobs")],
  ])("is fetched again where %s is gone", async (_what, lost) => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({ channels: { c: channelOf(A) } });
    const first = await recordsOf(server, { options: { cacheDirectory } });
    for (const path of kept(cacheDirectory).filter(lost)) rmSync(path);
    expect(await recordsOf(server, { options: { cacheDirectory } })).toEqual(first);
    const asked = server.requests.filter(({ path }) => path.endsWith("repodata.json.zst"));
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  test("is named where its blocks are damaged, and fetched again the next time", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({ channels: { c: channelOf(A) } });
    const first = await recordsOf(server, { options: { cacheDirectory } });
    const blocks = kept(cacheDirectory).filter(
      (path) => statSync(path).size > 4 && readFileSync(path).readUInt32LE(0) === ZSTD_MAGIC,
    );
    expect(blocks).toHaveLength(1);
    for (const path of blocks) {
      const content = readFileSync(path);
      content[content.length - 3] = (content[content.length - 3] ?? 0) ^ 1;
      writeFileSync(path, content);
    }
    expect(await problemOf(server, { options: { cacheDirectory } })).toEqual({
      kind: "bad-content",
      url: `${server.origin}/c/linux-64`,
      message: `What was kept of ${server.origin}/c/linux-64 is gone or damaged; run again to fetch it anew.`,
    });
    expect(await recordsOf(server, { options: { cacheDirectory } })).toEqual(first);
  });

  test("is shared by processes that fill it at the same time", async () => {
    const files = Array.from({ length: 400 }, (_, number) => ({
      ...A,
      name: `p${number % 40}`,
      version: `1.${number}`,
    }));
    const server = await serve({ channels: { c: channelOf(...files) } });
    const cacheDirectory = temporaryFolder();
    const script = join(import.meta.dirname, "../../support/channel-process.ts");
    const run = promisify(execFile);
    const words = ["--disable-warning=ExperimentalWarning", script, cacheDirectory, server.origin, "p1", "p2", "p39"];
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, words)));
    const answers = outputs.map(({ stdout }) => JSON.parse(stdout) as unknown);
    const expected = await readChannelThroughCache(temporaryFolder(), server.origin, ["p1", "p2", "p39"]);
    expect(expected).toHaveLength(30);
    expect(answers).toEqual([expected, expected, expected]);
    expect(await readChannelThroughCache(cacheDirectory, server.origin, ["p1", "p2", "p39"])).toEqual(expected);
    expect(server.requests.at(-1)?.status).toBe(304);
    expect(kept(cacheDirectory).filter((path) => path.includes("/v1/tmp/"))).toEqual([]);
  });
});

describe("a channel that misbehaves", () => {
  const text = repodataOf(channelOf(A), "linux-64")?.toString() ?? "";
  const zst = (content: string | Uint8Array) => ({ kind: "body" as const, type: "application/zstd", body: content });
  test.each([
    ["is cut off", { kind: "truncate" as const }, "unreachable", /could not be reached/],
    [
      "sends a cut-off file as if it were whole",
      zst(zstdCompressSync(text).subarray(0, 60)),
      "bad-content",
      /its (JSON|compression)/,
    ],
    [
      "sends broken JSON",
      zst(zstdCompressSync(text.slice(0, -20))),
      "bad-content",
      /its JSON ends in the middle, at byte \d+/,
    ],
    [
      "sends a record that breaks",
      zst(zstdCompressSync(text.replace('"depends"', "depends"))),
      "bad-content",
      /its JSON breaks, at byte \d+/,
    ],
    ["sends a web page", zst("<html>maintenance</html>"), "bad-content", /its compression is broken/],
    ["sends an empty file", zst(zstdCompressSync("")), "bad-content", /its JSON ends in the middle/],
    [
      "sends more than allowed",
      zst(zstdCompressSync(`{"x":"${"x".repeat(300_000)}"}`)),
      "too-large",
      /larger than the limit/,
    ],
    ["never ends", { kind: "endless" as const }, "too-large", /larger than the limit/],
    ["is slow", { kind: "drip" as const }, "unreachable", /did not answer within 0.2 seconds/],
    ["hangs", { kind: "hang" as const }, "unreachable", /did not answer within 0.2 seconds/],
    ["is in trouble", { kind: "status" as const, status: 503 }, "unreachable", /answered with status 503/],
    ["wants credentials", { kind: "status" as const, status: 401 }, "unreachable", /status 401; check the credentials/],
    [
      "leads to a private address",
      { kind: "redirect" as const, location: "http://10.0.0.1/x" },
      "blocked-address",
      /10\.0\.0\.1/,
    ],
  ])("is named, and nothing of it is kept, where it %s", async (_what, fault, kind, message) => {
    const server = await serve({
      channels: { c: channelOf(A) },
      fault: (path) => (path === "/c/linux-64/repodata.json.zst" ? fault : null),
    });
    const cacheDirectory = temporaryFolder();
    const limits = { channel: 200_000, channelMilliseconds: 200 };
    const problem = await problemOf(server, { options: { cacheDirectory, limits } });
    expect(problem).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(problem.message).toMatch(/^http:\/\/\S+ .*; .*\.$/);
    // The folder that was well is kept (a page, an index, the blocks), and nothing else.
    expect(kept(cacheDirectory)).toHaveLength(3);
  });

  test("is read whole at the second try, without what came of the first", async () => {
    const server = await serve({
      channels: { c: channelOf(A) },
      fault: (path, attempt) => (attempt === 1 && path.endsWith("json.zst") ? { kind: "truncate" } : null),
    });
    expect(await recordsOf(server)).toHaveLength(1);
  });

  test("keeps what was read before when it is broken later", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await serve({
      channels: { c: channelOf(A) },
      fault: (path, attempt) => (attempt === 2 && path.endsWith("json.zst") ? zst("garbage") : null),
    });
    const first = await recordsOf(server, { options: { cacheDirectory } });
    expect((await problemOf(server, { options: { cacheDirectory } })).kind).toBe("bad-content");
    expect(await recordsOf(server, { options: { cacheDirectory, offline: true } })).toEqual(first);
  });

  test("is one of too many, and nobody is asked", async () => {
    const server = await serve({ channels: {} });
    const channels = Array.from({ length: 51 }, (_, index) => `c${index}`);
    expect(await problemOf(server, { channels })).toMatchObject({
      kind: "too-large",
      message: "51 channels are named, and no more than 50 are asked for one solve; name fewer.",
    });
    expect(server.requests).toEqual([]);
  });

  test("that is private is refused where its host is not allowed", async () => {
    const server = await serve({ channels: { c: channelOf(A) } });
    const problem = await problemOf(server, { options: { allowHosts: [] } });
    expect(problem.kind).toBe("blocked-address");
    expect(server.requests).toEqual([]);
  });
});
