import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { openDiskCache, openNoCache } from "#indexes/cache/disk-cache.ts";
import { sweep, sweepIfDue } from "#indexes/cache/sweep.ts";
import { sha256 } from "../../support/archives.ts";
import { readThroughCache } from "../../support/cache-process.ts";
import { startIndexServer } from "../../support/index-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function oneFile(folder: string): string {
  const [path, ...more] = filesUnder(folder);
  if (path === undefined || more.length > 0) throw new Error(`not one file under ${folder}`);
  return path;
}

describe("entries", () => {
  test("are read back by any cache on the same folder", async () => {
    const folder = temporaryFolder();
    await openDiskCache(folder).write("metadata", "a key", { name: "alpha", list: [1] });
    const blob = await openDiskCache(folder).writeBlob(Buffer.from("content"));
    const other = openDiskCache(folder);
    await expect(other.read("metadata", "a key")).resolves.toEqual({ name: "alpha", list: [1] });
    await expect(other.read("hashes", "a key")).resolves.toBeNull();
    await expect(other.readBlob(blob)).resolves.toEqual(Buffer.from("content"));
    expect(blob).toBe(sha256("content"));
    expect(readdirSync(join(folder, "v1", "tmp"))).toEqual([]);
  });

  test.each<[string, (path: string) => void]>([
    ["cut short", (path) => writeFileSync(path, readFileSync(path).subarray(0, 70))],
    ["empty", (path) => writeFileSync(path, "")],
    ["changed", (path) => writeFileSync(path, readFileSync(path, "utf8").replace("alpha", "omega"))],
  ])("that are %s are not believed, and go", async (_name, damage) => {
    const folder = temporaryFolder();
    const cache = openDiskCache(folder);
    await cache.write("metadata", "key", { name: "alpha" });
    damage(oneFile(join(folder, "v1", "metadata")));
    await expect(cache.read("metadata", "key")).resolves.toBeNull();
    expect(filesUnder(join(folder, "v1", "metadata"))).toEqual([]);

    const blob = await cache.writeBlob(Buffer.from("x".repeat(200).concat("alpha")));
    damage(oneFile(join(folder, "v1", "blobs")));
    await expect(cache.readBlob(blob)).resolves.toBeNull();
    expect(filesUnder(join(folder, "v1", "blobs"))).toEqual([]);
  });

  test("that cannot be written are just not there", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "v1"), "a file where the cache wants a folder");
    const cache = openDiskCache(folder);
    await cache.write("pages", "key", 1);
    await expect(cache.read("pages", "key")).resolves.toBeNull();
    await expect(cache.withTemporaryFile(async (path) => writeFileSync(path, "usable"))).resolves.toBeUndefined();
  });

  test("of no cache are not kept", async () => {
    const cache = openNoCache();
    await cache.write("pages", "key", 1);
    await expect(cache.read("pages", "key")).resolves.toBeNull();
    await expect(cache.readBlob(await cache.writeBlob(Buffer.from("x")))).resolves.toBeNull();
  });
});

test("a temporary file is removed, whatever happens", async () => {
  const folder = temporaryFolder();
  const cache = openDiskCache(folder);
  const work = cache.withTemporaryFile(async (path) => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    throw new Error("broken");
  });
  await expect(work).rejects.toThrow("broken");
  expect(filesUnder(folder)).toEqual([]);
});

describe("housekeeping", () => {
  test("removes what was not used for longest, never hashes, and files of killed processes", async () => {
    const folder = temporaryFolder();
    const cache = openDiskCache(folder);
    const blobs: string[] = [];
    for (const [age, text] of ["oldest", "older", "newest"].entries()) {
      const blob = await cache.writeBlob(Buffer.from(text.repeat(20)));
      const time = new Date(Date.UTC(2020, 0, 1 + age));
      utimesSync(join(folder, "v1", "blobs", blob.slice(0, 2), blob.slice(2)), time, time);
      blobs.push(blob);
    }
    await cache.write("hashes", "key", "x".repeat(500));
    const leftOver = join(folder, "v1", "tmp", "left-over");
    writeFileSync(leftOver, "half");
    utimesSync(leftOver, new Date(0), new Date(0));

    await sweep(join(folder, "v1"), 250, Date.now());

    const kept = await Promise.all(blobs.map((blob) => cache.readBlob(blob)));
    expect(kept.map((content) => content !== null)).toEqual([false, false, true]);
    await expect(cache.read("hashes", "key")).resolves.toBe("x".repeat(500));
    expect(filesUnder(join(folder, "v1", "tmp"))).toEqual([]);
  });

  test("runs by itself when much was written, and reading makes an entry young again", async () => {
    const folder = temporaryFolder();
    const cache = openDiskCache(folder, { maxBytes: 10_000 });
    const first = await cache.writeBlob(Buffer.alloc(3_000, "a"));
    const second = await cache.writeBlob(Buffer.alloc(3_000, "b"));
    for (const blob of [first, second]) {
      utimesSync(join(folder, "v1", "blobs", blob.slice(0, 2), blob.slice(2)), new Date(0), new Date(0));
    }
    await cache.readBlob(first);
    for (const letter of "cde") await cache.writeBlob(Buffer.alloc(1_500, letter));
    await cache.close();
    await expect(cache.readBlob(second)).resolves.toBeNull();
    await expect(cache.readBlob(first)).resolves.toHaveLength(3_000);
  });

  test("at the start of a run is left out where it was done within the hour", async () => {
    const root = join(temporaryFolder(), "v1");
    const blob = join(root, "blobs", "aa", "b".repeat(62));
    mkdirSync(join(root, "blobs", "aa"), { recursive: true });
    writeFileSync(blob, "x".repeat(100));
    const now = Date.now();
    await sweepIfDue(root, 1_000, now);
    await sweepIfDue(root, 10, now + 60_000);
    expect(filesUnder(join(root, "blobs"))).toEqual([blob]);
    await sweepIfDue(root, 10, now + 3_700_000);
    expect(filesUnder(join(root, "blobs"))).toEqual([]);
  });

  test("does without a folder, and with files that others remove", async () => {
    await expect(sweep(join(temporaryFolder(), "not-there"), 1, Date.now())).resolves.toBeUndefined();
  });
});

test("two processes fill and use one cache at the same time", async () => {
  const names = Array.from({ length: 20 }, (_, number) => `project-${number}`);
  const server = await startIndexServer({
    releases: names.map((name) => ({ name, version: "1.0", requiresDist: [`needs-${name}`] })),
    maxAge: 600,
  });
  const folder = temporaryFolder();
  const script = join(import.meta.dirname, "../../support/cache-process.ts");
  const run = () => promisify(execFile)(process.execPath, [script, folder, server.url, ...names]);
  const expected = names.map((name) => `${name} needs-${name}`);
  for (const { stdout } of await Promise.all([run(), run()])) expect(JSON.parse(stdout)).toEqual(expected);
  const asked = server.requests.length;
  expect(asked).toBeGreaterThanOrEqual(40);

  await expect(readThroughCache(folder, server.url, names)).resolves.toEqual(expected);
  expect(server.requests).toHaveLength(asked);
  await server.close();
});

test("a folder that may not be read is an empty cache", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "v1", "pages"), { recursive: true });
  chmodSync(join(folder, "v1", "pages"), 0);
  await expect(openDiskCache(folder).read("pages", "key")).resolves.toBeNull();
  chmodSync(join(folder, "v1", "pages"), 0o700);
});
