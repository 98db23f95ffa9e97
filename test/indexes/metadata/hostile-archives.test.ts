import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { IndexFile } from "#packaging/index-records.ts";
import { buildSdist, buildTarGz, buildWheel, buildZip } from "../../support/archives.ts";
import { openIndexOn } from "../../support/open-test-index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const RUNS = Number(process.env["RELOCK_PROPERTY_RUNS"] ?? 150);
const FACTS = { name: "alpha", version: "1.0", requiresDist: ["beta>=1", "gamma ; extra == 'x'"] };
const WHEEL = "alpha-1.0-py3-none-any.whl";

/** A few bytes of an archive changed, or its end cut off. */
function damaged(content: Buffer) {
  const changes = fc.array(fc.tuple(fc.nat(content.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  return fc.tuple(changes, fc.option(fc.nat(content.length), { freq: 4 })).map(([edits, end]) => {
    const copy = Buffer.from(content);
    for (const [at, byte] of edits) copy[at] = byte;
    return end === null ? copy : copy.subarray(0, end);
  });
}

test.each([
  [WHEEL, buildWheel(WHEEL, FACTS)],
  [
    WHEEL,
    buildZip(
      [{ path: "alpha-1.0.dist-info/METADATA", content: "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n" }],
      "stored",
    ),
  ],
  ["alpha-1.0.zip", buildSdist("alpha-1.0.zip", FACTS)],
  ["alpha-1.0.tar.gz", buildSdist("alpha-1.0.tar.gz", FACTS)],
  [
    "alpha-1.0.tar.gz",
    buildTarGz([{ path: "alpha-1.0/pyproject.toml", content: '[project]\nname = "alpha"\ndependencies = []\n' }]),
  ],
])(
  "a damaged %s gives metadata of the release or a named problem, and never an exception",
  async (filename, content) => {
    const folder = temporaryFolder();
    const { index } = openIndexOn([], { localFolders: true });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(damaged(content), async (bytes) => {
        const path = join(folder, `${run++}-${filename}`);
        writeFileSync(path, bytes);
        const nothing = { hashes: {}, requiresPython: null, yanked: false as const, uploadTime: null, size: null };
        const file: IndexFile = { filename, url: pathToFileURL(path).href, ...nothing, coreMetadata: false };
        const answer = await index.metadata("alpha", "1.0", [file]);
        if ("problem" in answer) {
          expect(answer.problem.kind).toMatch(/^(bad-content|too-large|needs-build)$/);
          expect(answer.problem.message).toContain(`${run - 1}-alpha-1.0`);
        } else expect(answer.metadata.name.toLowerCase()).toBe("alpha");
      }),
      { numRuns: RUNS },
    );
  },
);
