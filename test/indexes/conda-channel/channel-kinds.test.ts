import { linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { startIndexSession } from "../../../src/indexes/index-session.ts";
import type { UnusableFile } from "../../../src/indexes/index-access.ts";
import { repodataOf, type TestChannel, type TestCondaFile } from "../../support/conda-server.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { serve, session, ask, recordsOf, problemOf } = openTestChannels();

const A: TestCondaFile = { name: "a", version: "1.0" };
const channelOf = (...files: TestCondaFile[]): TestChannel => ({ files });

describe("the third revision of a channel's records (CEP 48)", () => {
  const record = (version: string, more = {}) => ({
    name: "a",
    version,
    build: "0",
    build_number: 0,
    depends: [],
    ...more,
  });
  const channel: TestChannel = {
    files: [A],
    removed: ["a-5.0-0.conda"],
    v3: {
      conda: {
        "a-1.0-0": record("1.0", { depends: ["b[when=c]"] }),
        "a-3.0-0": record("3.0", { extra_depends: { test: ["pytest"] }, indexed_timestamp: 1_773_851_561_010 }),
        "a-5.0-0": record("5.0"),
      },
      "tar.bz2": { "a-2.0-0": record("2.0") },
      whl: { "a-4.0-py3_none_any_0": record("4.0", { url: "https://files.example/a-4.0-py3-none-any.whl" }) },
      rpm: { "a-6.0-0": record("6.0") },
    },
  };

  test.each([true, false])("is read, its wheels are left out with the reason; in shards: %s", async (shards) => {
    const server = await serve({ channels: { c: channel }, shards });
    const skipped: UnusableFile[] = [];
    const found = await recordsOf(server, { options: { onSkipped: (file) => skipped.push(file) } });
    expect(found.map(({ filename, depends }) => [filename, ...depends])).toEqual([
      ["a-1.0-0.conda"],
      ["a-3.0-0.conda"],
      ["a-2.0-0.tar.bz2"],
    ]);
    expect(found[1]?.url).toBe(`${server.origin}/c/linux-64/a-3.0-0.conda`);
    expect(found[1]?.timestampMs).toBe(1_773_851_561_010);
    expect(skipped.map(({ filename, reason }) => [filename, reason])).toEqual([
      ["a-4.0-py3_none_any_0.whl", "it is a wheel, and wheels of a channel are not used as packages"],
    ]);
  });
});

describe("what a channel says of its company (CEP 42)", () => {
  test.each([true, false])("is told, and nothing else is searched for it; in shards: %s", async (shards) => {
    const relations = { base: "../forge", overrides: "../..", later: "../x" };
    const server = await serve({
      channels: {
        "lab/label/rc": { files: [A, { ...A, subdir: "noarch" }], relations },
        forge: channelOf(A),
        plain: channelOf(A),
      },
      shards,
    });
    const answer = await ask(server, { channels: ["lab/label/rc", "plain"] });
    if ("problem" in answer) throw new Error(answer.problem.message);
    expect(answer.channels.map((channel) => channel.relations)).toEqual([
      [
        { kind: "base", url: `${server.origin}/lab/label/forge` },
        { kind: "overrides", url: `${server.origin}/lab` },
      ],
      undefined,
    ]);
    expect(server.requests.some(({ path }) => path.startsWith("/forge"))).toBe(false);
  });

  test.each([
    [{ base: "https://evil.example/x" }],
    [{ base: "conda-forge" }],
    [{ base: ["../x"] }],
    ["../x"],
    [{ base: "../x\n" }],
  ])("is passed over where it is %j", async (relations) => {
    const server = await serve({ channels: { c: { files: [A], relations } } });
    const answer = await ask(server);
    expect("channels" in answer && answer.channels.map((channel) => channel.relations)).toEqual([undefined]);
  });
});

describe("a channel on this machine", () => {
  const noServer = {
    origin: "http://127.0.0.1:9",
    requests: [],
    setChannel: () => undefined,
    close: async () => undefined,
  };

  function writeChannel(folder: string, channel: TestChannel, subdirs = ["linux-64", "noarch"]): string {
    for (const subdir of subdirs) {
      mkdirSync(join(folder, subdir), { recursive: true });
      writeFileSync(join(folder, subdir, "repodata.json"), repodataOf(channel, subdir) ?? "{}");
    }
    return folder;
  }
  const local = (folder: string, options = {}) => ({
    channels: [folder],
    options: { localFolders: true, ...options },
  });

  test("is read by path and by file URL, and says so in its records", async () => {
    const folder = writeChannel(temporaryFolder(), channelOf(A, { ...A, version: "2.0", subdir: "noarch" }));
    const url = pathToFileURL(folder).href;
    for (const named of [folder, `${folder}/`, url]) {
      const found = await recordsOf(noServer, local(named));
      expect(found.map((record) => [record.url, record.channel])).toEqual([
        [`${url}/linux-64/a-1.0-0.conda`, url],
        [`${url}/noarch/a-2.0-0.conda`, url],
      ]);
    }
  });

  test("is read again when it changed, packed or plain as changed last", async () => {
    const folder = writeChannel(temporaryFolder(), channelOf(A));
    const cacheDirectory = temporaryFolder();
    const versions = async () =>
      (await recordsOf(noServer, local(folder, { cacheDirectory }))).map(({ version }) => version);
    expect(await versions()).toEqual(["1.0"]);
    expect(await versions()).toEqual(["1.0"]);
    const packed = join(folder, "linux-64/repodata.json.zst");
    writeFileSync(packed, zstdCompressSync(repodataOf(channelOf({ ...A, version: "2.0" }), "linux-64") ?? ""));
    utimesSync(packed, new Date(), new Date(Date.now() + 60_000));
    expect(await versions()).toEqual(["2.0"]);
    utimesSync(packed, new Date(), new Date(Date.now() - 3_600_000));
    expect(await versions()).toEqual(["1.0"]);
  });

  test("is never read for a service, and nothing of it is looked at", async () => {
    const folder = writeChannel(temporaryFolder(), channelOf(A));
    for (const named of [folder, pathToFileURL(folder).href, "../x"]) {
      expect(await problemOf(noServer, { channels: [named] })).toMatchObject({
        kind: "blocked-address",
        message: `The channel '${named}' lies on this machine, which is allowed on the command line only; use an https URL.`,
      });
    }
  });

  const outside = temporaryFolder();
  writeFileSync(join(outside, "secret"), '{"packages":{}}');
  test.each<[string, (folder: string) => void, RegExp]>([
    [
      "a link out of it",
      (path) => symlinkSync(join(outside, "secret"), path),
      /repodata\.json leads out of the channel/,
    ],
    ["a link to a device", (path) => symlinkSync("/dev/zero", path), /its repodata\.json is not a file/],
    ["a folder", (path) => mkdirSync(path), /its repodata\.json is not a file/],
    ["broken JSON", (path) => writeFileSync(path, '{"packages":'), /its JSON ends in the middle, at byte \d+/],
    ["too large", (path) => writeFileSync(path, " ".repeat(3000)), /larger than the limit of 2000 bytes/],
  ])("is refused, with the reason, where its repodata.json is %s", async (_what, make, message) => {
    const folder = writeChannel(temporaryFolder(), channelOf(A));
    const path = join(folder, "linux-64/repodata.json");
    rmSync(path);
    make(path);
    const problem = await problemOf(noServer, local(folder, { limits: { channel: 2000 } }));
    expect(problem).toMatchObject({ kind: "bad-content", message: expect.stringMatching(message) });
    expect(problem.message).toMatch(
      /^file:\/\/\/\S+\/linux-64 cannot be used as a folder of a channel \(.*\); correct the channel\.$/,
    );
  });

  test("may hold links inside itself, and lack a platform but not everything", async () => {
    const folder = writeChannel(temporaryFolder(), channelOf(A));
    mkdirSync(join(folder, "osx-64"));
    linkSync(join(folder, "linux-64/repodata.json"), join(folder, "osx-64/repodata.json"));
    expect(await recordsOf(noServer, { ...local(folder), subdir: "osx-64" })).toHaveLength(1);
    expect(await recordsOf(noServer, { ...local(folder), subdir: "win-64" })).toHaveLength(0);
    const empty = temporaryFolder();
    const { message } = await problemOf(noServer, local(empty));
    expect(message).toMatch(/is not a conda channel: it has no repodata\.json for linux-64 or noarch/);
    const gone = await problemOf(noServer, local(join(empty, "gone")));
    expect(gone.message).toMatch(/there is no such folder/);
  });
});

describe("where else a name is", () => {
  const tool = (subdir: string): TestCondaFile => ({ name: "tool", version: "1", subdir });
  const channels = {
    c: channelOf(A, tool("osx-arm64"), tool("win-64"), { ...A, name: "b", subdir: "noarch" }),
    d: channelOf(tool("linux-aarch64")),
  };

  test("is read from the indexes of shards of the other platforms, when it is asked", async () => {
    const server = await serve({ channels, shards: true });
    const opened = session(server).openChannels({ channels: ["c", "d"], subdir: "linux-64" });
    await opened.records(["tool", "nothing"]);
    expect(server.requests.some(({ path }) => path.includes("osx"))).toBe(false);
    const places = await opened.placesOf(["tool", "nothing"]);
    expect(places.get("tool")?.subdirs).toEqual(["linux-aarch64", "osx-arm64", "win-64"]);
    expect(places.get("nothing")?.subdirs).toEqual([]);
    const elsewhere = server.requests.filter(({ path }) => !/linux-64|noarch/.test(path));
    expect(elsewhere.every(({ path }) => path.endsWith("repodata_shards.msgpack.zst"))).toBe(true);
  });

  test("is read from what was kept, and whole channels are not fetched for it", async () => {
    const server = await serve({ channels });
    const cacheDirectory = temporaryFolder();
    await recordsOf(server, { names: ["tool"], subdir: "osx-arm64", options: { cacheDirectory } });
    server.requests.length = 0;
    const opened = session(server, { cacheDirectory }).openChannels({ channels: ["c"], subdir: "linux-64" });
    const places = await opened.placesOf(["tool"]);
    expect(places.get("tool")).toEqual({
      subdirs: ["osx-arm64"],
      unseen: ["linux-aarch64", "linux-ppc64le", "osx-64", "win-64", "win-arm64"],
    });
    expect(server.requests.every(({ path, status }) => path.includes("repodata_shards") && status === 404)).toBe(true);
  });

  test("asks nothing offline, and nothing of a channel that is none", async () => {
    const server = await serve({ channels });
    const offline = session(server, { offline: true }).openChannels({ channels: ["c"], subdir: "linux-64" });
    expect((await offline.placesOf(["tool"])).get("tool")?.unseen).toHaveLength(6);
    const wrong = session(server).openChannels({ channels: ["not a channel"], subdir: "linux-64" });
    expect((await wrong.placesOf(["tool"])).get("tool")).toEqual({ subdirs: [], unseen: [] });
    expect(server.requests).toEqual([]);
  });
});

describe("secrets of channels", () => {
  const withUser = (origin: string) => origin.replace("://", "://ann:secret@");

  test("in a URL are used on the command line, and never in a service", async () => {
    const server = await serve({ channels: { c: channelOf(A) }, shards: true });
    const channels = [`${withUser(server.origin)}/c`];
    await recordsOf(server, { channels, options: { localFolders: true } });
    const header = `Basic ${Buffer.from("ann:secret").toString("base64")}`;
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([header]));
    server.requests.length = 0;
    await recordsOf(server, { channels });
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([undefined]));
  });

  test("do not open a cache to others by a redirect", async () => {
    const inner = await serve({ channels: { c: channelOf(A) } });
    const fault = (path: string) => ({ kind: "redirect", location: `${inner.origin}${path}` }) as const;
    const outer = await serve({ channels: {}, fault });
    const options = { localFolders: true, cacheDirectory: temporaryFolder() };
    const [open, secret] = [`${outer.origin}/c`, `${withUser(inner.origin)}/c`];
    expect(await recordsOf(outer, { channels: [open, secret], options })).toHaveLength(2);
    const offline = { ...options, offline: true };
    const { kind, url } = await problemOf(outer, { channels: [open], options: offline });
    expect([kind, url]).toEqual(["offline", `${outer.origin}/c/linux-64`]);
    expect(await recordsOf(outer, { channels: [secret], options: offline })).toHaveLength(1);
  });

  test("of the operator come with a mirror, user and password as well as token, and stand in no record", async () => {
    const server = await serve({ channels: { "t/tk-1-secret/private": channelOf(A) }, shards: true });
    const from = "https://conda.example/t/${TOKEN}/private";
    const mirrors = [{ from, to: `${withUser(server.origin)}/t/tk-1-secret/private` }];
    const [found] = await recordsOf(server, { channels: [from], options: { mirrors } });
    expect(found?.channel).toBe("https://conda.example/private");
    expect(JSON.stringify(found)).not.toMatch(/secret|TOKEN/);
    expect(server.requests.every(({ headers }) => headers.authorization?.startsWith("Basic ") === true)).toBe(true);
  });

  test.each(["https://conda.example/t/$TOKEN/private", "https://conda.example/t/${CONDA_TOKEN}/private"])(
    "that only a variable names are asked for: %s",
    async (named) => {
      const server = await serve({ channels: {} });
      const { message } = await problemOf(server, { channels: [named] });
      expect(message).toBe(
        "The URL of the channel https://conda.example/t/***/private has an environment variable in it, which is not read; " +
          "say what it stands for with --mirror FROM=TO.",
      );
    },
  );
});

test("a session without options for channels still has them", async () => {
  const started = startIndexSession({ cacheDirectory: null, indexUrl: null, offline: true });
  const answer = await started.openChannels({ channels: ["conda-forge"], subdir: "linux-64" }).records(["python"]);
  expect(answer).toMatchObject({ problem: { kind: "offline" } });
  await started.close();
});
