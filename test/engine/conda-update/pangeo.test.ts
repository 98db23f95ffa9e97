/** Four layered images with locks for up to four platforms and for CUDA, updated at a later date from real records. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { EngineContext } from "#engine/context.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { RepositorySnapshot, SnapshotFile } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { corpusChannel, type MemoryChannel } from "../../support/conda-memory.ts";
import { testContext } from "../../support/engine.ts";
import { merged } from "../../support/small-conda.ts";
import { describeWithData } from "../../support/test-data.ts";

const DATE = Date.parse("2026-06-01T00:00:00Z");
const FULL = process.env["RELOCK_TEST_FULL"] === "1";
const IMAGES = ["base-notebook", "pangeo-notebook", "ml-notebook", "pytorch-notebook"];
const MINUTE = 60_000;

function imagesIn(folder: string, images: readonly string[]): RepositorySnapshot {
  const files = images.flatMap((image) =>
    readdirSync(join(folder, image)).map((name): [string, SnapshotFile] => {
      const path = `${image}/${name}`;
      const content = new Uint8Array(readFileSync(join(folder, path)));
      return [path, { path, mode: "100644", size: content.length, content }];
    }),
  );
  return { commit: "worktree", files: new Map(files) };
}

function corpusContext(folder: string): EngineContext {
  const channels = new Map<string, MemoryChannel>();
  const channel = (name: string, subdir: string): MemoryChannel => {
    const known = channels.get(`${name} ${subdir}`) ?? corpusChannel(folder, name, subdir);
    channels.set(`${name} ${subdir}`, known);
    return known;
  };
  return { ...testContext({ releases: [], channel, now: DATE }), excludeNewer: DATE };
}

const textIn = (proposal: Proposal, file: string): string => {
  const edit = proposal.pullRequests.flatMap(({ edits }) => edits).find((one) => one.file === file);
  return edit === undefined ? "" : Buffer.from(edit.content).toString("utf8");
};

describeWithData("images of pangeo", "explicit-locks/pangeo-data__pangeo-docker-images", (folder) => {
  const conda = join(folder, "../../conda");
  const propose = (snapshot: RepositorySnapshot, group: string): Promise<Proposal> =>
    proposeUpdates(corpusContext(conda), snapshot, { request: { kind: "relock", group }, organisationDefaults: null });

  // All four take some minutes (RELOCK_TEST_FULL=1): CUDA's images build on the others, and all ten targets are solved.
  test.each(FULL ? [1, 4] : [1])(
    "%i of the images move together, with their explicit locks and lists, and then nothing moves",
    async (count) => {
      const images = IMAGES.slice(0, count);
      const snapshot = imagesIn(folder, images);
      const group = "python-dependencies-base-notebook";
      const proposal = await propose(snapshot, group);
      const files = proposal.pullRequests.flatMap((pull) => pull.edits.map(({ file }) => file));
      const expected = images.flatMap((image) =>
        ["conda-linux-64.lock", "conda-lock.yml", "packages.txt"].map((name) => `${image}/${name}`),
      );
      expect(files.sort()).toEqual(expected.sort());
      for (const image of images) {
        checkLock(proposal, image);
      }
      const changes = proposal.pullRequests.flatMap((pull) => pull.changes);
      const apart = changes.filter(({ name }) => name === "python" || name === "cuda-version");
      expect(apart.filter(({ name, from, to }) => series(name, from) !== series(name, to))).toEqual([]);
      expect(proposal.pullRequests[0]?.body.length).toBeLessThan(60_000);
      expect((await propose(merged(snapshot, proposal, group), group)).pullRequests).toEqual([]);
    },
    20 * MINUTE,
  );
});

/** The explicit lock has every file of the unified one. */
function checkLock(proposal: Proposal, image: string): void {
  const reading = readCondaLock("conda-lock.yml", textIn(proposal, `${image}/conda-lock.yml`));
  if ("finding" in reading) throw new Error(reading.finding.message);
  const explicit = textIn(proposal, `${image}/conda-linux-64.lock`);
  const linux = reading.lock.packages.filter(({ platform, manager }) => platform === "linux-64" && manager === "conda");
  const missing = linux.filter(({ url, hash }) => !explicit.includes(`${url}#${hash.md5 ?? ""}`));
  expect([image, linux.length > 100, missing]).toEqual([image, true, []]);
}

function series(name: string, version: string | null): string {
  return (version ?? "").split(/[ .]/u, name === "python" ? 2 : 1).join(".");
}
