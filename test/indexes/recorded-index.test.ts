import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseSdistFilename, parseWheelFilename } from "#packaging/filenames.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { openIndexOn, PYPI, startTestServer } from "../support/open-test-index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { describeWithData } from "../support/test-data.ts";
import { loadUnionIndex } from "../support/union-index.ts";

interface Recorded {
  readonly name: string;
  readonly version: string;
  readonly python: string;
  readonly requires_dist: readonly string[];
  readonly extras: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly file: string; readonly hash: string }[];
  readonly source: unknown;
}

function versionOf(file: IndexFile, name: string): string {
  const version = (parseWheelFilename(file.filename) ?? parseSdistFilename(file.filename, name))?.version;
  return version === undefined ? "" : formatVersion(version);
}

describeWithData("every recorded release of a real lock history", "imprint/union-index.json", (path) => {
  const all = JSON.parse(readFileSync(path, "utf8")) as readonly Recorded[];
  // Every fifth project, unless all are asked for.
  const names = [...new Set(all.map(({ name }) => name))];
  const chosen = new Set(
    names.filter((name, at) => process.env["RELOCK_TEST_FULL"] === "1" || at % 5 === 0 || name === "jaxlib"),
  );
  const recorded = all.filter(({ name }) => chosen.has(name));

  test.each([
    ["JSON", false],
    ["HTML", true],
  ])("comes through the client unchanged, as %s, and again from the cache alone", async (_name, html) => {
    const server = await startTestServer({ ...loadUnionIndex(path, null), html, maxAge: 600 });
    const jax = { name: "jax", url: server.findLinksUrl, kind: "find-links", use: "normal" } as const;
    const cacheDirectory = temporaryFolder();

    async function readAll(offline: boolean): Promise<void> {
      const { index, skipped } = openIndexOn([PYPI, jax], { indexUrl: server.url, cacheDirectory, offline });
      await Promise.all(
        recorded.map(async (release) => {
          const answer = await index.listing({ name: release.name, source: null });
          const wanted = parseVersion(release.version);
          const version = wanted === null ? "" : formatVersion(wanted);
          const listings = "listings" in answer ? answer.listings : [];
          const files = listings
            .flatMap((listing) => listing.files)
            .filter((file) => versionOf(file, release.name) === version);
          expect(files.map((file) => file.filename).sort()).toEqual(release.files.map(({ file }) => file).sort());
          const hashes = files.map((file) =>
            file.hashes["sha256"] === undefined ? "" : `sha256:${file.hashes["sha256"]}`,
          );
          expect(new Set(hashes)).toEqual(
            new Set(release.source === null ? release.files.map(({ hash }) => hash) : [""]),
          );
          const metadata = await index.metadata(release.name, release.version, files);
          expect(metadata).toMatchObject({
            metadata: {
              version: release.version,
              requiresPython: release.python === "*" ? null : release.python,
              requiresDist: release.requires_dist,
              providesExtras: Object.keys(release.extras),
            },
          });
        }),
      );
      expect(skipped).toEqual([]);
    }

    await readAll(false);
    const asked = server.requests.length;
    await readAll(true);
    expect(server.requests).toHaveLength(asked);
  });

  test("as of a day has what had been seen by then", () => {
    const { releases, findLinksPages } = loadUnionIndex(path, "2023-03-06T23:48:28+00:00");
    const jax = releases.filter(({ name }) => name === "jax").map(({ version }) => version);
    expect(jax).toEqual(["0.3.24", "0.4.4", "0.4.5"]);
    const cuda = findLinksPages["jax_cuda_releases.html"]?.map(({ version }) => version);
    expect(cuda).toEqual(["0.3.24+cuda11.cudnn82", "0.4.4+cuda11.cudnn86"]);
    expect(releases.some(({ name }) => name === "ml-dtypes")).toBe(false);
  });

  test("serves real hashes by default, and on request those of the bytes that it sends", async () => {
    const server = await startTestServer(loadUnionIndex(path, null, "served"));
    const { index } = openIndexOn([PYPI], { indexUrl: server.url });
    const answer = await index.listing({ name: "absl-py", source: null });
    const sdist =
      "listings" in answer
        ? answer.listings[0]?.files.find(({ filename }) => filename === "absl-py-1.3.0.tar.gz")
        : undefined;
    if (sdist === undefined) throw new Error("no sdist");
    const whole = await index.metadata("absl-py", "1.3.0", [{ ...sdist, coreMetadata: false }]);
    expect(whole).toMatchObject({ metadata: { origin: "sdist-pkg-info" } });
    const real = all.find(({ name, version }) => name === "absl-py" && version === "1.3.0");
    expect(real?.files.map(({ hash }) => hash)).not.toContain(`sha256:${sdist.hashes["sha256"]}`);
  });
});
