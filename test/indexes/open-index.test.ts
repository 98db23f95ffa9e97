import { describe, expect, test } from "@jest/globals";
import type { IndexFile } from "#packaging/index-records.ts";
import type { ProgressEvent } from "#ports.ts";
import { memoryIndex } from "../support/memory-index.ts";
import type { Fault } from "../support/index-server.ts";
import { openIndexOn, openTestIndex, PYPI, startTestServer } from "../support/open-test-index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ALPHA = { name: "alpha", version: "1.0", requiresDist: ["beta>=1"] };

describe("the index that stands for PyPI", () => {
  test.each([
    ["PyPI's URL", { ...PYPI, name: "somehow" }],
    ["its old URL", { ...PYPI, name: "old", url: "https://pypi.python.org/simple/" }],
    ["the name pypi", { ...PYPI, name: "PyPI", url: "https://pypi.example/" }],
  ])("is asked for %s, and not recorded", async (_name, location) => {
    const server = await startTestServer({ releases: [ALPHA] });
    const { index } = openIndexOn([location], { indexUrl: `${server.url}/` });
    const answer = await index.listing({ name: "Alpha", source: null });
    expect(answer).toMatchObject({ listings: [{ name: "alpha", indexUrl: location.url }] });
  });

  test("is not asked for others", async () => {
    const server = await startTestServer({ releases: [ALPHA] });
    const other = await startTestServer({ releases: [{ ...ALPHA, version: "2.0" }] });
    const { index } = openIndexOn([{ ...PYPI, name: "corp", url: other.url }], { indexUrl: server.url });
    await expect(index.listing({ name: "alpha", source: null })).resolves.toMatchObject({
      listings: [{ indexUrl: other.url }],
    });
    expect(server.requests).toEqual([]);
  });
});

describe("an index that fails", () => {
  test.each<[string, Fault, string, string]>([
    [
      "down",
      { kind: "status", status: 502 },
      "unreachable",
      "/simple/alpha/ answered with status 502; try again later.",
    ],
    ["cut", { kind: "reset" }, "unreachable", "/simple/alpha/ could not be reached"],
    [
      "forbidden",
      { kind: "status", status: 403 },
      "unreachable",
      "answered with status 403; check the credentials of this index.",
    ],
    ["teapot", { kind: "status", status: 418 }, "unreachable", "answered with status 418; check the index URL."],
    [
      "garbage",
      { kind: "body", type: "text/html", body: "\u0000garbage" },
      "bad-content",
      "is not a page of a package index: it is not HTML; check the index URL.",
    ],
    ["a picture", { kind: "body", type: "image/png", body: "PNG" }, "bad-content", 'its type is "image/png"'],
    [
      "half of its JSON",
      { kind: "body", type: "application/vnd.pypi.simple.v1+json", body: '{"meta":' },
      "bad-content",
      "it is not JSON",
    ],
    [
      "a log-in page",
      { kind: "body", type: "text/html", body: '<html><input type="password">' },
      "bad-content",
      "it is a log-in page",
    ],
    [
      "a private redirect",
      { kind: "redirect", location: "https://169.254.169.254/" },
      "blocked-address",
      "was not fetched: 169.254.169.254 is the private address",
    ],
    ["endless", { kind: "endless" }, "too-large", "is larger than the limit of 67108864 bytes"],
  ])("%s: a named problem, and nothing kept", async (_name, fault, kind, sentence) => {
    const cacheDirectory = temporaryFolder();
    let broken = true;
    const server = { releases: [ALPHA], fault: () => (broken ? fault : null) };
    const { index, server: running } = await openTestIndex(server, { cacheDirectory });
    const answer = await index.listing({ name: "alpha", source: null });
    expect(answer).toMatchObject({ problem: { kind, message: expect.stringContaining(sentence) } });
    broken = false;
    const { index: next } = openIndexOn([PYPI], { indexUrl: running.url, cacheDirectory });
    await expect(next.listing({ name: "alpha", source: null })).resolves.toMatchObject({ listings: [{ files: [{}] }] });
  });

  test.each([404, 410])("status %i is an unknown project", async (unknownStatus) => {
    const { index } = await openTestIndex({ releases: [], unknownStatus });
    await expect(index.listing({ name: "nothing", source: null })).resolves.toEqual({ listings: [] });
  });

  test("403 is an unknown project on the PyTorch index", async () => {
    const server = await startTestServer({ releases: [], unknownStatus: 403 });
    const url = "https://download.pytorch.org/whl/cpu";
    const { index } = openIndexOn([{ ...PYPI, name: "torch", url }], { mirrors: [{ from: url, to: server.url }] });
    await expect(index.listing({ name: "numpy", source: null })).resolves.toEqual({ listings: [] });
  });
});

test("files under a mirror are written back under the original", async () => {
  const server = await startTestServer({ releases: [ALPHA] });
  const mirrors = [
    { from: "https://pypi.org/simple", to: server.url },
    { from: "https://files.pythonhosted.org/packages", to: `${server.origin}/files` },
  ];
  const { index } = openIndexOn([PYPI], { mirrors });
  const answer = await index.listing({ name: "alpha", source: null });
  const files = "listings" in answer ? answer.listings.flatMap((listing) => listing.files) : [];
  expect(files.map(({ url }) => url)).toEqual(["https://files.pythonhosted.org/packages/alpha-1.0-py3-none-any.whl"]);
  await expect(index.metadata("alpha", "1.0", files)).resolves.toMatchObject({
    metadata: { requiresDist: ["beta>=1"] },
  });
});

test("credentials of an index URL reach its files, and stand in nothing that is recorded", async () => {
  const server = await startTestServer({ releases: [ALPHA] });
  const { index } = openIndexOn([{ ...PYPI, name: "corp", url: server.url.replace("://", "://me:secret@") }]);
  const answer = await index.listing({ name: "alpha", source: null });
  const files = "listings" in answer ? answer.listings.flatMap((listing) => listing.files) : [];
  const metadata = await index.metadata("alpha", "1.0", files);
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Basic bWU6c2VjcmV0"));
  expect(JSON.stringify([answer, metadata])).not.toContain("secret");
  const bad = await index.listing({ name: "beta", source: "gone" });
  expect(JSON.stringify(bad)).not.toContain("secret");
});

test("an index cannot speak for the file of another, though it lists the same name and hash", async () => {
  const cacheDirectory = temporaryFolder();
  const files = [{ filename: "alpha-1.0-py3-none-any.whl", sha256: "a".repeat(64) }];
  const evil = await openTestIndex({ releases: [{ ...ALPHA, requiresDist: ["evil"], files }] }, { cacheDirectory });
  await expect(evil.metadata("alpha", "1.0")).resolves.toMatchObject({ requiresDist: ["evil"] });
  const honest = await openTestIndex({ releases: [{ ...ALPHA, files }] }, { cacheDirectory });
  await expect(honest.metadata("alpha", "1.0")).resolves.toMatchObject({ requiresDist: ["beta>=1"] });
});

test("questions asked at the same time are asked of the network once", async () => {
  const events: ProgressEvent[] = [];
  const { index, server } = await openTestIndex({ releases: [ALPHA] }, { progress: (event) => events.push(event) });
  const asked = ["alpha", "Alpha", "ALPHA"].map((name) => index.listing({ name, source: null }));
  const [first, ...others] = await Promise.all(asked);
  expect(others).toEqual([first, first]);
  expect(server.requests).toHaveLength(1);
  expect(events.at(-1)).toEqual({ kind: "fetch", done: 3, asked: 3 });
});

test("files that cannot be used are told, with the reason", async () => {
  const files = [
    { filename: "alpha-1.0.tar.gz" },
    { filename: "alpha-1.0.egg" },
    { filename: "beta-1.0-py3-none-any.whl" },
  ];
  const opened = await openTestIndex({ releases: [{ ...ALPHA, files }] });
  await expect(opened.files("alpha")).resolves.toHaveLength(1);
  const { skipped, server } = opened;
  expect(skipped.map(({ filename, url }) => [filename, url])).toEqual([
    ["alpha-1.0.egg", `${server.url}/alpha/`],
    ["beta-1.0-py3-none-any.whl", `${server.url}/alpha/`],
  ]);
});

test("the index in memory answers as the one on the network", async () => {
  const releases = [
    {
      ...ALPHA,
      requiresPython: ">=3.8",
      yanked: "broken",
      uploadTime: "2023-03-01T00:00:00.000Z",
      requiresDist: ["gamma ; extra == 'x'"],
    },
    { name: "alpha", version: "2.0" },
  ];
  const { index: real } = await openTestIndex({ releases });
  const memory = memoryIndex({ releases });
  for (const name of ["alpha", "unknown"]) {
    const [one, other] = await Promise.all([real, memory].map((index) => index.listing({ name, source: null })));
    const comparable = (answer: typeof one) =>
      answer !== undefined && "listings" in answer
        ? answer.listings.map(({ files, ...rest }) => ({ ...rest, files: files.map(withoutBytes) }))
        : answer;
    expect(comparable(other)).toEqual(comparable(one));
  }
  const [one, other] = await Promise.all(
    [real, memory].map(async (index) => {
      const answer = await index.listing({ name: "alpha", source: null });
      const files = "listings" in answer ? (answer.listings[0]?.files ?? []) : [];
      return index.metadata("alpha", "1.0", files.slice(0, 1));
    }),
  );
  expect(other).toEqual(one);
});

/** A file without what depends on its bytes and where they are served. */
function withoutBytes(file: IndexFile): Partial<IndexFile> {
  return { ...file, url: "", hashes: {}, size: null };
}
