import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findLinksProjects } from "#indexes/find-links/find-links-page.ts";
import type { IndexLocation } from "#ports.ts";
import { buildWheel, sha256 } from "../../support/archives.ts";
import type { IndexServerOptions, TestRelease } from "../../support/index-server.ts";
import { openIndexOn, startTestServer } from "../../support/open-test-index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const VERSION = "0.4.4+cuda11.cudnn86";
const WHEEL = `jaxlib-${VERSION}-cp310-cp310-manylinux2014_x86_64.whl`;
const JAXLIB: TestRelease = {
  name: "jaxlib",
  version: VERSION,
  requiresDist: ["numpy>=1.20"],
  files: [{ filename: WHEEL }],
};
const PAGE = "jax_cuda_releases.html";

function location(url: string): IndexLocation {
  return { name: "jax", url, kind: "find-links", use: "normal" };
}

async function onPage(options: Partial<IndexServerOptions> = {}, cacheDirectory: string | null = null) {
  const server = await startTestServer({ releases: [], findLinksPages: { [PAGE]: [JAXLIB] }, ...options });
  const { index } = openIndexOn([location(server.findLinksUrl)], { cacheDirectory });
  const listing = async (name: string) => {
    const answer = await index.listing({ name, source: null });
    if ("problem" in answer) throw new Error(answer.problem.message);
    return answer.listings;
  };
  return { server, index, listing };
}

describe("a page of many projects", () => {
  test("lists local versions in other folders, without hashes, under the URL of the page", async () => {
    const { server, listing } = await onPage();
    const [found] = await listing("jaxlib");
    expect(found).toMatchObject({ name: "jaxlib", indexUrl: server.findLinksUrl });
    expect(found?.files).toEqual([
      {
        filename: WHEEL,
        url: `${server.origin}/files/${encodeURIComponent(WHEEL)}`,
        hashes: {},
        requiresPython: null,
        yanked: false,
        uploadTime: null,
        size: null,
        coreMetadata: false,
      },
    ]);
    await expect(listing("jax")).resolves.toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test("gives hashes where the page does", async () => {
    const { listing } = await onPage({ findLinksHashes: true });
    const [found] = await listing("jaxlib");
    expect(found?.files[0]?.hashes["sha256"]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("metadata comes from a range of the wheel", async () => {
    const { server, index, listing } = await onPage();
    const files = (await listing("jaxlib"))[0]?.files ?? [];
    const answer = await index.metadata("jaxlib", VERSION, files);
    expect(answer).toMatchObject({ metadata: { version: VERSION, requiresDist: ["numpy>=1.20"], origin: "wheel" } });
    expect(server.requests.map(({ status }) => status)).toEqual([200, 206]);
  });

  test.each<[string, Partial<IndexServerOptions>, string, string]>([
    ["is not there", { findLinksPages: {} }, "not-found", "answered with status 404; check the find-links URL."],
    [
      "is broken",
      { fault: () => ({ kind: "status", status: 500 }) },
      "unreachable",
      "answered with status 500; try again later.",
    ],
    [
      "is forbidden",
      { fault: () => ({ kind: "status", status: 403 }) },
      "unreachable",
      "status 403; check the find-links URL.",
    ],
    [
      "is garbage",
      { fault: () => ({ kind: "body", type: "text/html", body: "?" }) },
      "bad-content",
      "is not a find-links page: it is not HTML",
    ],
  ])("that %s is a problem", async (_name, options, kind, sentence) => {
    const { index } = await onPage(options);
    const answer = await index.listing({ name: "jaxlib", source: null });
    expect(answer).toMatchObject({ problem: { kind, message: expect.stringContaining(sentence) } });
  });
});

describe("the hash of a file that is listed without one", () => {
  const expected = sha256(buildWheel(WHEEL, JAXLIB));

  test("is that of its bytes, and is remembered for good", async () => {
    const cacheDirectory = temporaryFolder();
    const { server, index, listing } = await onPage({}, cacheDirectory);
    const [file] = (await listing("jaxlib"))[0]?.files ?? [];
    if (file === undefined) throw new Error("no file");
    const answers = await Promise.all([index.fileHash(file), index.fileHash(file)]);
    expect(answers).toEqual([{ sha256: expected }, { sha256: expected }]);
    expect(server.requests).toHaveLength(2);
    const { index: offline } = openIndexOn([], { cacheDirectory, offline: true });
    await expect(offline.fileHash(file)).resolves.toEqual({ sha256: expected });
    const other = { ...file, url: `${file.url}x` };
    const message = `The hash of ${other.url} is not in the cache; run once without --offline.`;
    await expect(offline.fileHash(other)).resolves.toMatchObject({ problem: { kind: "offline", message } });
  });

  test("is not had from a body that breaks off or never ends", async () => {
    const cacheDirectory = temporaryFolder();
    const server = await startTestServer({
      releases: [],
      findLinksPages: { [PAGE]: [JAXLIB] },
      fault: (path, attempt) =>
        !path.startsWith("/files") || attempt > 4 ? null : attempt > 2 ? { kind: "endless" } : { kind: "truncate" },
    });
    const ask = async () => {
      const { index } = openIndexOn([location(server.findLinksUrl)], {
        cacheDirectory,
        limits: { hashedFile: 100_000 },
      });
      const answer = await index.listing({ name: "jaxlib", source: null });
      const file = "listings" in answer ? answer.listings[0]?.files[0] : undefined;
      if (file === undefined) throw new Error("no file");
      return index.fileHash(file);
    };
    await expect(ask()).resolves.toMatchObject({ problem: { kind: "unreachable" } });
    await expect(ask()).resolves.toMatchObject({ problem: { kind: "too-large" } });
    await expect(ask()).resolves.toMatchObject({ problem: { kind: "too-large" } });
    await expect(ask()).resolves.toEqual({ sha256: expected });
  });

  test("is the listed one where there is one, and nothing is fetched", async () => {
    const { index } = openIndexOn([]);
    const file = {
      filename: "x",
      url: "https://nowhere.example/x",
      hashes: { sha256: "listed" },
      requiresPython: null,
    };
    const whole = { ...file, yanked: false as const, uploadTime: null, size: null, coreMetadata: false };
    await expect(index.fileHash(whole)).resolves.toEqual({ sha256: "listed" });
  });
});

describe("a folder of this machine", () => {
  function folderWithWheel(): string {
    const folder = temporaryFolder();
    writeFileSync(join(folder, WHEEL), buildWheel(WHEEL, JAXLIB));
    writeFileSync(join(folder, "notes.txt"), "");
    return folder;
  }

  test("is read where it is allowed", async () => {
    const folder = folderWithWheel();
    const { index } = openIndexOn([location(folder)], { localFolders: true });
    const answer = await index.listing({ name: "jaxlib", source: null });
    const files = "listings" in answer ? answer.listings.flatMap((listing) => listing.files) : [];
    expect(files.map(({ filename }) => filename)).toEqual([WHEEL]);
    await expect(index.metadata("jaxlib", VERSION, files)).resolves.toMatchObject({
      metadata: { requiresDist: ["numpy>=1.20"] },
    });
    const [file] = files;
    if (file === undefined) throw new Error("no file");
    await expect(index.fileHash(file)).resolves.toEqual({ sha256: sha256(buildWheel(WHEEL, JAXLIB)) });
  });

  test("is refused elsewhere, and named where it is not there", async () => {
    const folder = folderWithWheel();
    const refused = await openIndexOn([location(`file://${folder}`)]).index.listing({ name: "jaxlib", source: null });
    expect(refused).toMatchObject({ problem: { kind: "blocked-address" } });
    const nothing = { hashes: {}, requiresPython: null, yanked: false as const, uploadTime: null, size: null };
    const file = {
      filename: WHEEL,
      url: `file://${folder}/${encodeURIComponent(WHEEL)}`,
      ...nothing,
      coreMetadata: false,
    };
    const { index } = openIndexOn([]);
    await expect(index.fileHash(file)).resolves.toMatchObject({ problem: { kind: "blocked-address" } });
    const metadata = await index.metadata("jaxlib", VERSION, [file]);
    expect(metadata).toMatchObject({ problem: { kind: "blocked-address" } });
    const gone = await openIndexOn([location(`${folder}/gone`)], { localFolders: true }).index.listing({
      name: "jaxlib",
      source: null,
    });
    expect(gone).toMatchObject({
      problem: { kind: "not-found", message: expect.stringContaining("/gone is not a folder") },
    });
  });
});

test("the projects of a page", () => {
  const names = [WHEEL, "foo_bar-1.0.tar.gz", "Foo.Bar-2.0.zip", "notes.txt", "x-y.exe", "pkg-1.0-py3-none-any.whl"];
  const nothing = { hashes: {}, requiresPython: null, yanked: false as const, uploadTime: null, size: null };
  const listed = names.map((filename) => ({ filename, url: filename, ...nothing, coreMetadata: false }));

  const page = { url: "https://x.example/", baseUrl: "https://x.example/", listed };
  expect(findLinksProjects(page)).toEqual(["foo-bar", "jaxlib", "pkg"]);
});
