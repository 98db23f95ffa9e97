import { mkdtempSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { metadataOrder } from "#indexes/metadata/file-order.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { buildSdist, buildTar, buildTarGz, buildWheel, buildZip } from "../../support/archives.ts";
import type { Fault, TestFile, TestRelease } from "../../support/index-server.ts";
import { openTestIndex } from "../../support/open-test-index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const FACTS = {
  name: "alpha",
  version: "1.0",
  summary: "An alpha",
  requiresPython: ">=3.8",
  requiresDist: ["beta>=1"],
};
const WHEEL = "alpha-1.0-py3-none-any.whl";
const SDIST = "alpha-1.0.tar.gz";

function release(...files: readonly TestFile[]): TestRelease {
  return { ...FACTS, files };
}

describe("the way to the metadata", () => {
  test.each<[string, TestRelease, Record<string, boolean>, [origin: string, ...requests: string[]]]>([
    ["a sidecar", release({ filename: WHEEL }), {}, ["sidecar", "200 .metadata"]],
    ["a sidecar on an HTML index", release({ filename: WHEEL }), { html: true }, ["sidecar", "200 .metadata"]],
    ["a wheel by ranges", release({ filename: WHEEL }), { sidecars: false }, ["wheel", "206 .whl"]],
    [
      "a whole wheel",
      release({ filename: WHEEL }),
      { sidecars: false, ranges: false },
      ["wheel", "200 .whl", "200 .whl"],
    ],
    ["an sdist", release({ filename: SDIST }), { sidecars: false }, ["sdist-pkg-info", "200 .gz"]],
    ["a zipped sdist", release({ filename: "alpha-1.0.zip" }), { sidecars: false }, ["sdist-pkg-info", "200 .zip"]],
    [
      "a wheel before an sdist",
      release({ filename: SDIST }, { filename: WHEEL }),
      { sidecars: false },
      ["wheel", "206 .whl"],
    ],
    ["the static sidecar of an sdist", release({ filename: SDIST }), {}, ["sidecar", "200 .metadata"]],
  ])("%s", async (_name, wanted, server, [origin, ...requests]) => {
    const index = await openTestIndex({ releases: [wanted], ...server });
    const metadata = await index.metadata("alpha", "1.0");
    expect(metadata).toEqual({ ...FACTS, providesExtras: [], origin });
    const files = index.server.requests.slice(1).map(({ status, path }) => `${status} ${/\.\w+$/.exec(path)?.[0]}`);
    expect(files).toEqual(requests);
  });

  test("a large wheel takes two small requests", async () => {
    const noise = Array.from({ length: 3_000 }, (_, number) => ({
      path: `alpha/m${number}.py`,
      content: `x = ${number}`,
    }));
    const entries = [
      { path: "alpha-1.0.dist-info/METADATA", content: "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n" },
      { path: "alpha/data.bin", content: Buffer.alloc(2_000_000, "noise") },
      ...noise,
    ];
    const content = buildZip(entries, "stored");
    const index = await openTestIndex({ releases: [release({ filename: WHEEL, content })], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ name: "alpha", origin: "wheel" });
    const sent = index.server.requests.slice(1).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(index.server.requests.length).toBeLessThanOrEqual(13);
    expect(sent).toBeLessThan(300_000);
    expect(content.length).toBeGreaterThan(2_200_000);
  });

  test("it is asked for once, whoever asks, and never again with a cache", async () => {
    const cacheDirectory = mkdtempSync(`${temporaryFolder()}/`);
    const index = await openTestIndex({ releases: [release({ filename: WHEEL })], maxAge: 600 }, { cacheDirectory });
    await Promise.all([1, 2, 3].map(() => index.metadata("alpha", "1.0")));
    expect(index.server.requests).toHaveLength(2);
    const again = await openTestIndex({ releases: [] }, { cacheDirectory, indexUrl: index.server.url, offline: true });
    await expect(again.metadata("Alpha", "1.0")).resolves.toMatchObject({ requiresDist: ["beta>=1"] });
    expect(index.server.requests).toHaveLength(2);
  });

  test("offline, what is not in the cache is an error that names it", async () => {
    const cacheDirectory = temporaryFolder();
    const index = await openTestIndex({ releases: [release({ filename: WHEEL })] }, { cacheDirectory });
    await index.files("alpha");
    const again = await openTestIndex({ releases: [] }, { cacheDirectory, indexUrl: index.server.url, offline: true });
    const message = `The metadata of ${index.server.origin}/files/${WHEEL} is not in the cache; run once without --offline.`;
    await expect(again.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "offline", message });
  });
});

describe("what is wrong with one file makes the next be tried", () => {
  const good = { filename: "alpha-1.0-cp310-cp310-win_amd64.whl" };
  const metadataOf = (name: string, version: string) => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
  const dist = (content: string) => buildZip([{ path: "alpha-1.0.dist-info/METADATA", content }]);

  test.each<[string, Uint8Array, string]>([
    ["no zip", Buffer.from("garbage ".repeat(100)), "it is not a sound zip archive"],
    ["half a zip", buildWheel(WHEEL, FACTS).subarray(0, 500), "it is not a sound zip archive"],
    ["no METADATA", buildZip([{ path: "alpha/x.py", content: "" }]), "has no METADATA of alpha"],
    [
      "two",
      buildZip(["alpha-1.0", "alpha-2.0"].map((base) => ({ path: `${base}.dist-info/METADATA`, content: "x" }))),
      "has more than one METADATA",
    ],
    [
      "unreadable METADATA",
      dist("what is this"),
      "has unreadable metadata (line 1: the metadata has no Metadata-Version)",
    ],
    ["METADATA of another project", dist(metadataOf("evil", "1.0")), "says that it is evil 1.0, not alpha 1.0"],
    ["METADATA of another version", dist(metadataOf("alpha", "9.0")), "says that it is alpha 9.0, not alpha 1.0"],
  ])("%s", async (_name, content, sentence) => {
    const broken = await openTestIndex({ releases: [release({ filename: WHEEL, content })], sidecars: false });
    await expect(broken.metadata("alpha", "1.0")).resolves.toMatchObject({
      kind: "bad-content",
      message: expect.stringContaining(sentence),
    });
    const both = await openTestIndex({ releases: [release({ filename: WHEEL, content }, good)], sidecars: false });
    await expect(both.metadata("alpha", "1.0")).resolves.toMatchObject({ requiresDist: ["beta>=1"] });
  });

  test("a sidecar that is promised and missing", async () => {
    const fault = (path: string): Fault | null => (path.endsWith(".metadata") ? { kind: "status", status: 404 } : null);
    const index = await openTestIndex({ releases: [release({ filename: WHEEL })], fault });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ origin: "wheel" });
  });

  test("local versions and other spellings are the same release", async () => {
    const content = dist(metadataOf("Alpha", "1.0+CUDA11-cudnn86"));
    const filename = "alpha-1.0+cuda11.cudnn86-py3-none-any.whl";
    const files = [{ filename, content }];
    const index = await openTestIndex({
      releases: [{ ...FACTS, version: "1.0+cuda11.cudnn86", files }],
      sidecars: false,
    });
    await expect(index.metadata("alpha", "1.0+cuda11.cudnn86")).resolves.toMatchObject({ name: "Alpha" });
  });
});

describe("lies and bombs", () => {
  test("a sidecar with another digest than listed is not used, and nothing else is tried", async () => {
    const fault = (path: string): Fault | null =>
      path.endsWith(".metadata")
        ? { kind: "body", type: "text/plain", body: "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n" }
        : null;
    const index = await openTestIndex({ releases: [release({ filename: WHEEL })], fault });
    const answer = await index.metadata("alpha", "1.0");
    expect(answer).toMatchObject({
      kind: "hash-mismatch",
      message: expect.stringMatching(/has the sha256 \w{64}, but the index says \w{64}; it is not used\.$/),
    });
    expect(index.server.requests).toHaveLength(2);
  });

  test("an sdist with another hash than listed is not read", async () => {
    const index = await openTestIndex({
      releases: [release({ filename: SDIST, sha256: "0".repeat(64) })],
      sidecars: false,
    });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "hash-mismatch" });
  });

  test("metadata that was not verified is not shared under the digest of a sidecar", async () => {
    const cacheDirectory = mkdtempSync(`${temporaryFolder()}/`);
    const missing = (path: string): Fault | null =>
      path.endsWith(".metadata") ? { kind: "status", status: 404 } : null;
    const honest = await openTestIndex({ releases: [release({ filename: WHEEL })] }, { cacheDirectory });
    const [listed] = await honest.files("alpha");
    const lie = { ...FACTS, requiresDist: ["evil"] };
    const content = buildWheel(WHEEL, lie);
    const hostile = await openTestIndex(
      { releases: [release({ filename: WHEEL, content })], fault: missing },
      { cacheDirectory },
    );
    const files = (await hostile.files("alpha")).map((file) => ({
      ...file,
      coreMetadata: listed?.coreMetadata ?? false,
      hashes: listed?.hashes ?? {},
    }));
    await expect(hostile.index.metadata("alpha", "1.0", files)).resolves.toMatchObject({
      metadata: { requiresDist: ["evil"] },
    });
    await expect(honest.metadata("alpha", "1.0")).resolves.toMatchObject({ requiresDist: ["beta>=1"] });
  });

  test.each<[string, string, (entries: { path: string; content: Buffer }[]) => Uint8Array]>([
    [WHEEL, ".dist-info/METADATA", (entries) => buildZip(entries)],
    ["alpha-1.0.zip", "/PKG-INFO", (entries) => buildZip(entries)],
    [SDIST, "/PKG-INFO", buildTarGz],
  ])("many texts that together unpack to far too much: %s", async (filename, suffix, build) => {
    const entries = [1, 2, 3].map((number) => ({
      path: `alpha-${number}${suffix}`,
      content: Buffer.alloc(6 * 1024 * 1024, "x"),
    }));
    const index = await openTestIndex({
      releases: [release({ filename, content: build(entries) })],
      sidecars: false,
    });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "too-large" });
  });

  test("an sdist whose PKG-INFO is far too large", async () => {
    const content = buildTarGz([{ path: "alpha-1.0/PKG-INFO", content: Buffer.alloc(17 * 1024 * 1024, "x") }]);
    const index = await openTestIndex({ releases: [release({ filename: SDIST, content })], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "too-large" });
  });

  test("a wheel whose METADATA unpacks to far too much", async () => {
    const content = buildZip([{ path: "alpha-1.0.dist-info/METADATA", content: Buffer.alloc(20 * 1024 * 1024, "x") }]);
    const index = await openTestIndex({ releases: [release({ filename: WHEEL, content })], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "too-large" });
  });

  test("a wheel whose directory lies about the size", async () => {
    const content = buildZip([{ path: "alpha-1.0.dist-info/METADATA", content: Buffer.alloc(1_000_000, "x") }]);
    const directory = content.indexOf("PK\x01\x02", 0, "latin1");
    content.writeUInt32LE(100, directory + 24);
    const index = await openTestIndex({ releases: [release({ filename: WHEEL, content })], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "bad-content" });
  });

  test("an sdist that unpacks to more than the cap", async () => {
    const content = buildTarGz([{ path: "alpha-1.0/big", content: Buffer.alloc(3_000_000) }]);
    expect(content.length).toBeLessThan(10_000);
    const index = await openTestIndex(
      { releases: [release({ filename: SDIST, content })], sidecars: false },
      { limits: { unpacked: 1_000_000 } },
    );
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "too-large" });
  });

  test("a file that is larger than the cap is not downloaded", async () => {
    const index = await openTestIndex(
      { releases: [release({ filename: SDIST })], sidecars: false },
      { limits: { download: 100 } },
    );
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "too-large" });
  });

  test.each<[string, Uint8Array]>([
    ["not gzip", Buffer.from("garbage")],
    ["not tar", buildTarGz([]).subarray(0, 10)],
    ["half of it", buildSdist(SDIST, FACTS).subarray(0, 300)],
  ])("a broken sdist: %s", async (_name, content) => {
    const index = await openTestIndex({ releases: [release({ filename: SDIST, content })], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "bad-content" });
  });
});

describe("what only a build could tell", () => {
  test("is said, with the file", async () => {
    const content = buildTarGz([{ path: "alpha-1.0/setup.py", content: "import os; os.abort()" }]);
    const index = await openTestIndex({ releases: [release({ filename: SDIST, content })], sidecars: false });
    const answer = await index.metadata("alpha", "1.0");
    const message = `${index.server.origin}/files/${SDIST} does not say what alpha 1.0 depends on without being built, and nothing is built here; it is held back.`;
    expect(answer).toMatchObject({ kind: "needs-build", message });
  });

  test("the sidecar of an sdist is not believed where a build may change it", async () => {
    const body = "Metadata-Version: 2.2\nName: alpha\nVersion: 1.0\nDynamic: Requires-Dist\n";
    const fault = (path: string): Fault | null =>
      path.endsWith(".metadata") ? { kind: "body", type: "text/plain", body } : null;
    const content = buildTarGz([{ path: "alpha-1.0/PKG-INFO", content: body }]);
    const index = await openTestIndex({ releases: [release({ filename: SDIST, content })], fault });
    const files = (await index.files("alpha")).map((file) => ({ ...file, coreMetadata: true }));
    const answer = await index.index.metadata("alpha", "1.0", files);
    expect(answer).toMatchObject({ problem: { kind: "needs-build" } });
    expect(index.server.requests.map(({ path }) => path.split(".").pop())).toEqual([
      expect.any(String),
      "metadata",
      "gz",
    ]);
  });

  test("a tar of the time before POSIX is read", async () => {
    const tar = buildTar([
      { path: "alpha-1.0/PKG-INFO", content: "Metadata-Version: 2.2\nName: alpha\nVersion: 1.0\n" },
    ]);
    tar.fill(0, 257, 265);
    let sum = 0;
    for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 32 : (tar[at] ?? 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const files = [{ filename: "alpha-1.0.tar", content: tar }];
    const index = await openTestIndex({ releases: [{ ...FACTS, files }], sidecars: false });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ origin: "sdist-pkg-info" });
  });

  test("an archive of a kind that is not read", async () => {
    const index = await openTestIndex({
      releases: [release({ filename: "alpha-1.0.tar.bz2", content: Buffer.from("x") })],
      sidecars: false,
    });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({ kind: "needs-build" });
  });

  test("no file at all", async () => {
    const index = await openTestIndex({ releases: [] });
    await expect(index.metadata("alpha", "1.0")).resolves.toMatchObject({
      kind: "not-found",
      message: "alpha 1.0 has no file that could be read; it is left out.",
    });
  });
});

test("wheels are asked first that most installations would take", () => {
  const file = (filename: string, changes: Partial<IndexFile> = {}): IndexFile => ({
    filename,
    url: `https://x.example/${filename}`,
    hashes: {},
    requiresPython: null,
    yanked: false,
    uploadTime: null,
    size: null,
    coreMetadata: false,
    ...changes,
  });
  const expected = [
    file("a-1-cp311-cp311-win_amd64.whl", { coreMetadata: true }),
    file("a-1-py3-none-any.whl"),
    file("a-1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
    file("a-1-cp27-cp27m-manylinux1_x86_64.whl"),
    file("a-1-cp310-cp310-manylinux_2_17_aarch64.whl"),
    file("a-1-cp310-cp310-macosx_11_0_arm64.whl"),
    file("a-1-cp310-cp310-win_amd64.whl"),
    file("a-1.tar.gz", { coreMetadata: true }),
    file("a-1.tar.gz"),
    file("a-1.zip"),
    file("a-1-1-py3-none-any.whl", { yanked: "" }),
  ];
  expect(metadataOrder([...expected].reverse()).map(({ filename }) => filename)).toEqual(
    expected.map(({ filename }) => filename),
  );
});
