/** `relock update` and `relock explain` on a conda project as processes, against a channel on the loopback address. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { emptyLock, environmentYml } from "../support/conda-project.ts";
import { startCondaServer, type CondaServer, type TestCondaFile } from "../support/conda-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const first: readonly TestCondaFile[] = [
  { name: "numpy", version: "1.25.0", build: "h0_0", depends: ["libblas >=3.9"] },
  { name: "libblas", version: "3.9.0", build: "1_openblas" },
  { name: "scipy", version: "1.10.0", build: "h0_0", depends: ["numpy <2"] },
];
const later: readonly TestCondaFile[] = [
  ...first,
  { name: "numpy", version: "1.26.4", build: "h0_0", depends: ["libblas >=3.9"] },
  { name: "numpy", version: "2.0.0", build: "h0_0", depends: ["libblas >=3.9"] },
  { name: "libblas", version: "3.9.1", build: "2_mkl" },
];

let server: CondaServer;

beforeAll(async () => {
  server = await startCondaServer({ channels: { "conda-forge": { files: first } } });
});

afterAll(async () => {
  await server.close();
});

function relock(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RelockRun> {
  return runRelock([...words, "--no-progress"], {
    RELOCK_CHANNEL_ALIAS: server.origin,
    RELOCK_ALLOW_HOSTS: "127.0.0.1",
    RELOCK_CACHE_DIR: temporaryFolder(),
    ...environment,
  });
}

test("a conda project is updated with its lock, once, and says what holds the rest", async () => {
  const folder = join(temporaryFolder(), "repository");
  mkdirSync(folder);
  const manifest = environmentYml(["numpy=1.25", "scipy"]);
  writeFileSync(join(folder, "environment.yml"), manifest);
  writeFileSync(join(folder, "conda-lock.yml"), emptyLock());
  expect((await relock(["lock", folder])).status).toBe(0);
  server.setChannel("conda-forge", { files: later });

  const printed = await relock(["update", folder, "--json"]);
  expect([printed.status, printed.stderr]).toEqual([0, ""]);
  expect(JSON.parse(printed.stdout)).toMatchObject({
    pullRequests: [
      {
        group: "python-dependencies",
        branch: "relock/python-dependencies",
        edits: [{ file: "environment.yml" }, { file: "conda-lock.yml" }],
        changes: [{ name: "numpy", from: "1.25.0", to: "1.26.4", direct: true, targets: ["linux-64"] }],
      },
    ],
    held: [{ name: "numpy", wanted: ">=2", holder: "scipy 1.10.0", targets: ["linux-64"] }],
    findings: [],
  });
  const written = await relock(["update", folder, "--write"]);
  expect(written.status).toBe(0);
  expect(readFileSync(join(folder, "environment.yml"), "utf8")).toBe(manifest.replace("1.25", "1.26"));
  const again = await relock(["update", folder]);
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("Nothing to update.")]);

  const explained = await relock(["explain", folder, "numpy", "2.0.0"]);
  expect(explained.stdout).toContain("scipy 1.10.0 asks for numpy <2");
  expect(explained.stdout).toContain("numpy 2.0.0 is possible on none of the targets, held by: scipy 1.10.0");
  expect((await relock(["check", folder])).status).toBe(0);
}, 60_000);

test("where the channel is out of reach nothing is proposed, and the exit status says so", async () => {
  const folder = join(temporaryFolder(), "repository");
  mkdirSync(folder);
  writeFileSync(join(folder, "environment.yml"), environmentYml(["numpy=1.25"]));
  const away = await relock(["update", folder], { RELOCK_CHANNEL_ALIAS: "http://127.0.0.1:9" });
  expect([away.status, away.stderr]).toEqual([3, expect.stringContaining("127.0.0.1:9")]);
}, 60_000);
