/** `relock solve --conda` as a process, against a channel on the loopback address. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startCondaServer, type CondaServer, type TestCondaFile } from "../support/conda-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const files: readonly TestCondaFile[] = [
  { name: "python", version: "3.11.9", build: "h1_0_cpython", depends: ["__unix", "tzdata"] },
  { name: "python", version: "3.12.1", build: "h1_0_cpython", depends: ["__unix", "tzdata"] },
  { name: "tzdata", version: "2024a", build: "h0_0", subdir: "noarch" },
  { name: "numpy", version: "1.26.4", build: "py311_0", depends: ["python >=3.11,<3.12"], fields: { timestamp: 1 } },
  { name: "numpy", version: "1.26.4", build: "py312_0", depends: ["python >=3.12,<3.13"], fields: { timestamp: 1 } },
  {
    name: "numpy",
    version: "2.0.0",
    build: "py311_0",
    depends: ["python >=3.11,<3.12", "__glibc >=2.30"],
    fields: { timestamp: 1_718_000_000_000 },
  },
];

let server: CondaServer;

beforeAll(async () => {
  server = await startCondaServer({ channels: { main: { files } } });
});

afterAll(async () => {
  await server.close();
});

async function solve(...words: readonly string[]): Promise<RelockRun> {
  return runRelock(["solve", ...words, "--no-progress"], {
    RELOCK_CHANNEL_ALIAS: server.origin,
    RELOCK_ALLOW_HOSTS: "127.0.0.1",
    RELOCK_CACHE_DIR: temporaryFolder(),
  });
}

describe("relock solve --conda", () => {
  test("answers with records, sorted by name, without virtual packages", async () => {
    const run = await solve("--conda", "python=3.11", "--conda", "numpy", "--channel", "main", "--json");
    expect([run.status, run.stderr]).toEqual([0, ""]);
    const result = JSON.parse(run.stdout) as { packages: Record<string, unknown>[] };
    expect(Object.keys(result)).toEqual(["status", "packages", "undated"]);
    expect(result.packages.map(({ name, version, build }) => [name, version, build].join(" "))).toEqual([
      "numpy 1.26.4 py311_0",
      "python 3.11.9 h1_0_cpython",
      "tzdata 2024a h0_0",
    ]);
    expect(result.packages[2]).toEqual({
      ecosystem: "conda",
      name: "tzdata",
      version: "2024a",
      build: "h0_0",
      subdir: "noarch",
      url: `${server.origin}/main/noarch/tzdata-2024a-h0_0.conda`,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/u),
      md5: expect.stringMatching(/^[0-9a-f]{32}$/u),
    });
  });

  test("a virtual package and a time limit change what is chosen", async () => {
    const words = ["--conda", "numpy", "--conda", "python=3.11", "--channel", "main"];
    const newer = await solve(...words, "--virtual-package", "__glibc=2.35");
    expect([newer.status, newer.stdout]).toEqual([
      0,
      "numpy=2.0.0=py311_0\npython=3.11.9=h1_0_cpython\ntzdata=2024a=h0_0\n",
    ]);
    const older = await solve(...words, "--virtual-package", "__glibc=2.35", "--exclude-newer", "2024-01-01");
    expect(older.stdout).toContain("numpy=1.26.4=py311_0\n");
  });

  test("says why there is no answer, and ends with 1", async () => {
    const run = await solve("--conda", "numpy", "--channel", "main", "--platform", "win-64", "--json");
    expect([run.status, JSON.parse(run.stdout)]).toEqual([
      1,
      { status: "unsatisfiable", explanation: "You require numpy, which no channel has for win-64 or noarch." },
    ]);
  });

  test("a channel that is not there ends with 3", async () => {
    const run = await solve("--conda", "numpy", "--channel", "elsewhere");
    expect(run.status).toBe(3);
    expect(run.stderr).toContain(`${server.origin}/elsewhere is not a conda channel`);
  });

  test.each([
    [["--conda", "numpy"], "name at least one channel"],
    [["--conda", "numpy", "--channel", "main", "--universal"], "--universal is for --pypi"],
    [["--conda", "numpy ><1", "--channel", "main"], "--conda: "],
    [["--conda", 'numpy[when="python"]', "--channel", "main"], "conditions (when) are not solved"],
  ])("%j is wrong usage", async (words, message) => {
    const run = await solve(...words);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
  });
});
