/** `relock lock` and `relock check` on a conda project as processes, against a channel on the loopback address. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { emptyLock, environmentYml } from "../support/conda-project.ts";
import { startCondaServer, type CondaServer, type TestCondaFile } from "../support/conda-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const files: readonly TestCondaFile[] = [
  { name: "numpy", version: "1.25.0", build: "h0_0", depends: ["_libblas >=3.9"] },
  { name: "_libblas", version: "3.9.0", build: "h0_0" },
];
const newer: TestCondaFile = { name: "_libblas", version: "2025c", build: "h0_0" };

let server: CondaServer;

beforeAll(async () => {
  server = await startCondaServer({ channels: { "conda-forge": { files } } });
});

afterAll(async () => {
  await server.close();
});

function repository(): string {
  const folder = join(temporaryFolder(), "repository");
  mkdirSync(folder);
  writeFileSync(join(folder, "environment.yml"), environmentYml(["numpy"]));
  writeFileSync(join(folder, "conda-lock.yml"), emptyLock());
  return folder;
}

function relock(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RelockRun> {
  return runRelock([...words, "--no-progress"], {
    RELOCK_CHANNEL_ALIAS: server.origin,
    RELOCK_ALLOW_HOSTS: "127.0.0.1",
    RELOCK_CACHE_DIR: temporaryFolder(),
    ...environment,
  });
}

describe("a conda project", () => {
  test("is locked, checked, and moved where it is asked", async () => {
    const folder = repository();
    const first = await relock(["lock", folder, "--json"]);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      locks: [
        {
          file: "conda-lock.yml",
          changes: [
            { name: "_libblas", from: null, to: "3.9.0", direct: false, targets: ["linux-64"], reason: "added" },
            { name: "numpy", from: null, to: "1.25.0", direct: true, targets: ["linux-64"], reason: "added" },
          ],
        },
      ],
    });
    const written = readFileSync(join(folder, "conda-lock.yml"), "utf8");
    expect(written).toContain(`url: ${server.origin}/conda-forge/linux-64/numpy-1.25.0-h0_0.conda`);
    const check = await relock(["check", folder]);
    expect([check.status, check.stdout]).toEqual([0, "environment.yml with conda-lock.yml: ok on linux-64\n"]);

    server.setChannel("conda-forge", { files: [...files, newer] });
    const still = await relock(["lock", folder]);
    expect([still.status, still.stdout]).toEqual([0, "conda-lock.yml: nothing moves\n"]);
    expect(readFileSync(join(folder, "conda-lock.yml"), "utf8")).toBe(written);
    const moved = await relock(["lock", folder, "--package", "_libblas==2025c"]);
    expect([moved.status, moved.stdout]).toEqual([0, "conda-lock.yml\n  _libblas 3.9.0 → 2025c\n"]);

    server.setChannel("conda-forge", { files });
    const gone = await relock(["check", folder]);
    expect(gone.status).toBe(1);
    expect(gone.stdout).toContain("_libblas 2025c h0_0 is not offered by its channel any more");
    const back = await relock(["lock", folder]);
    expect(back.stdout).toContain("_libblas 2025c → 3.9.0 (package removed from the channel)");
  });

  test("that has no solution is not said to have no lock", async () => {
    const folder = repository();
    writeFileSync(join(folder, "environment.yml"), environmentYml(["numpy >=2"]));
    const run = await relock(["lock", folder]);
    expect(run.stdout).toContain("No lock is written.");
    expect(run.stderr).toContain("numpy >=2");
  });

  test("without its channel nothing is proved or written: exit status 3", async () => {
    const folder = repository();
    const before = readFileSync(join(folder, "conda-lock.yml"), "utf8");
    const away = { RELOCK_CHANNEL_ALIAS: "http://127.0.0.1:9" };
    const locked = await relock(["lock", folder], away);
    expect(locked.status).toBe(3);
    expect(locked.stderr).toContain("127.0.0.1:9");
    expect(readFileSync(join(folder, "conda-lock.yml"), "utf8")).toBe(before);
    await relock(["lock", folder]);
    expect((await relock(["check", folder], away)).status).toBe(3);
    expect((await relock(["check", folder, "--offline"])).status).toBe(3);
  });

  test("without a lock one line says so", async () => {
    const folder = join(temporaryFolder(), "lockless");
    mkdirSync(folder);
    writeFileSync(join(folder, "environment.yml"), environmentYml(["numpy"]));
    const { status, stdout } = await relock(["lock", folder]);
    expect(status).toBe(0);
    expect(stdout).toContain("environment.yml: no lock is there, so none is written.");
  });
});
