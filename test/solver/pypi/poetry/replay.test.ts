import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { memoryIndex } from "../../../support/memory-index.ts";
import { problemOfFolder, readPoetryFolder, solvePoetry } from "../../../support/poetry-solve.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { loadUnionIndex } from "../../../support/union-index.ts";

interface Case {
  readonly n: number;
  readonly date: string;
  readonly files: readonly string[];
  readonly by: string;
}

/** Name and version of every package, sorted; a name may occur with several versions. */
function versions(packages: readonly { readonly name: string; readonly version: string }[]): readonly string[] {
  return packages.map(({ name, version }) => `${name} ${version}`).toSorted();
}

describeWithData("lock maintenance of a real repository, replayed", "imprint", (root) => {
  const cases = readdirSync(join(root, "replay"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of cases) {
    const folder = join(root, "replay", name);
    const facts = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Case;
    if (facts.by !== "renovate" || facts.files.join() !== "poetry.lock") continue;
    test(`case ${name}: the versions of the lock that Poetry wrote on ${facts.date.slice(0, 10)}`, async () => {
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
      expect(versions(step.resolution.packages)).toEqual(versions(after?.packages ?? []));
    });
  }
});
