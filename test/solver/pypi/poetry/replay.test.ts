import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { contentHash } from "#formats/locks/poetry-lock/content-hash.ts";
import type { LockedPackage, PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { writePoetryLock } from "#formats/locks/poetry-lock/write.ts";
import { lockFromResolution } from "#planning/poetry-lock-from-resolution.ts";
import type { PoetryResolution } from "#solver/pypi/poetry/problem.ts";
import { memoryIndex } from "../../../support/memory-index.ts";
import { problemOfFolder, readPoetryFolder, solvePoetry, type PoetryFolder } from "../../../support/poetry-solve.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { loadUnionIndex } from "../../../support/union-index.ts";

interface Case {
  readonly date: string;
  readonly files: readonly string[];
  readonly by: string;
}

/**
 * Lines in which the written lock may differ, because the recorded index is made from locks: it knows a file that was
 * uploaded later, has `!=5.0.*` as `!=5.0.0.*`, `==1.5.1` as `1.5.1`, and lists no spelling of versions.
 */
const RECORDING = /debugpy-1\.6\.6-cp39-cp39-macosx|^jupyter-core = |^poetry-core = "1\.5\.1"|furo \(>=2021\.0?8\.31\)/;

/** Name and version of every package, sorted; a name may occur with several versions. */
function versions(packages: readonly { readonly name: string; readonly version: string }[]): readonly string[] {
  return packages.map(({ name, version }) => `${name} ${version}`).toSorted();
}

/** What the recorded index does not know: descriptions, and hashes of find-links pages. */
function withRecordedFacts(resolution: PoetryResolution, after: PoetryLock): PoetryResolution {
  const recorded = new Map(
    after.packages.map((entry): [string, LockedPackage] => [`${entry.name} ${entry.version}`, entry]),
  );
  const packages = resolution.packages.map((solved) => {
    const entry = recorded.get(`${solved.name} ${solved.version}`);
    const hashes = new Map(entry?.files.map(({ file, hash }) => [file, { sha256: hash.replace("sha256:", "") }]));
    const files = solved.files.map((file) =>
      Object.keys(file.hashes).length > 0 ? file : { ...file, hashes: hashes.get(file.filename) ?? {} },
    );
    return { ...solved, description: entry?.description ?? "", files };
  });
  return { ...resolution, packages };
}

function lockText({ manifest, lock }: PoetryFolder, resolution: PoetryResolution, after: PoetryLock): string {
  const hash = contentHash(manifest.root, after.generator?.poetryVersion ?? null);
  if (hash.kind !== "hash" || lock === null) throw new Error("the recorded project has a lock and a manifest to hash");
  // The first case moves the lock from version 1.1 to 2.0, as the Poetry of the day did.
  const old = { ...lock, lockVersion: after.lockVersion, layout: after.layout };
  return writePoetryLock(
    lockFromResolution(withRecordedFacts(resolution, after), {
      old,
      generator: after.generator,
      contentHash: hash.hash,
    }),
  );
}

describeWithData("lock maintenance of a real repository, replayed", "imprint", (root) => {
  const cases = readdirSync(join(root, "replay"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of cases) {
    const folder = join(root, "replay", name);
    const facts = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Case;
    if (facts.by !== "renovate" || facts.files.join() !== "poetry.lock") continue;
    test(`case ${name}: the lock that Poetry wrote on ${facts.date.slice(0, 10)}`, async () => {
      const { releases, findLinksPages } = loadUnionIndex(join(root, "union-index.json"), facts.date);
      const before = readPoetryFolder(join(folder, "before"));
      const sources = before.manifest.manifest.indexes.map(({ name: source, url, priority }) => ({
        name: source ?? "",
        url,
        kind: "find-links" as const,
        use: priority === "explicit" ? ("explicit" as const) : ("normal" as const),
        releases: findLinksPages[url.split("/").pop() ?? ""] ?? [],
      }));
      const index = memoryIndex({ releases, sources, strategy: "merge" });
      const { step } = await solvePoetry(problemOfFolder(before, "all"), index);
      if (step.kind !== "solved") throw new Error(step.explanation);
      const after = readPoetryFolder(join(folder, "after")).lock;
      if (after === null) throw new Error("the recorded case has a lock");
      expect(versions(step.resolution.packages)).toEqual(versions(after.packages));
      const wanted = readFileSync(join(folder, "after/poetry.lock"), "utf8").split("\n");
      const written = lockText(before, step.resolution, after).split("\n");
      const exact = (lines: readonly string[]) => lines.filter((line) => !RECORDING.test(line));
      expect(exact(written)).toEqual(exact(wanted));
    });
  }
});
