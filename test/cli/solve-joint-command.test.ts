/** `relock solve` with both kinds, as a process, against a channel and an index on the loopback address. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startCondaServer, type CondaServer, type TestCondaFile } from "../support/conda-server.ts";
import { startIndexServer, type IndexServer, type TestRelease } from "../support/index-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const files: readonly TestCondaFile[] = [
  { name: "python", version: "3.11.9", build: "h1_0_cpython" },
  { name: "python", version: "3.12.1", build: "h1_0_cpython" },
  { name: "pytorch", version: "2.5.1", build: "cpu_0", depends: ["python"] },
  { name: "numpy", version: "1.26.4", build: "py_0", depends: ["python"] },
  { name: "numpy", version: "2.1.0", build: "py_0", depends: ["python"] },
];

const releases: readonly TestRelease[] = [
  { name: "flask", version: "3.0.0", requiresDist: ["werkzeug>=3", "old ; python_version < '3.12'"] },
  { name: "werkzeug", version: "3.0.1" },
  { name: "old", version: "1.0" },
  { name: "train", version: "1.0", requiresDist: ["torch>=2", "numpy[fast]<2"], requiresPython: ">=3.9,<3.12" },
  { name: "torch", version: "2.6.0" },
  { name: "numpy", version: "2.2.0" },
];

const MAPPING = "/compressed-v0/conda-forge/compressed_mapping.json";

let channel: CondaServer;
let index: IndexServer;

beforeAll(async () => {
  const mapping = { pytorch: ["torch"], numpy: ["numpy"], python: null };
  channel = await startCondaServer({ channels: { main: { files } }, pages: { [MAPPING]: JSON.stringify(mapping) } });
  index = await startIndexServer({ releases });
});

afterAll(async () => {
  await channel.close();
  await index.close();
});

async function solve(words: readonly string[], mirror = channel.origin): Promise<RelockRun> {
  return runRelock(["solve", ...words, "--channel", "main", "--no-progress"], {
    RELOCK_CHANNEL_ALIAS: channel.origin,
    RELOCK_INDEX_URL: index.url,
    RELOCK_MIRRORS: `https://conda-mapping.prefix.dev=${mirror}`,
    RELOCK_ALLOW_HOSTS: "127.0.0.1",
    RELOCK_CACHE_DIR: temporaryFolder(),
  });
}

describe("relock solve --conda --pypi", () => {
  test("conda's records come first, then what pip installs for conda's Python", async () => {
    const run = await solve(["--conda", "python=3.11", "--pypi", "flask", "--json"]);
    expect([run.status, run.stderr]).toEqual([0, ""]);
    const result = JSON.parse(run.stdout) as Record<string, unknown> & { packages: Record<string, unknown>[] };
    expect(Object.keys(result)).toEqual(["status", "packages", "undated", "provided"]);
    expect(result.packages.map(({ ecosystem, name, version }) => [ecosystem, name, version].join(" "))).toEqual([
      "conda python 3.11.9",
      "pypi flask 3.0.0",
      "pypi old 1.0",
      "pypi werkzeug 3.0.1",
    ]);
    expect(Object.keys(result.packages[1] ?? {})).toEqual([
      "ecosystem",
      "name",
      "version",
      "marker",
      "url",
      "sha256",
      "files",
    ]);
    expect(result.packages[1]).toMatchObject({
      marker: null,
      url: expect.stringContaining("flask-3.0.0-py3-none-any"),
    });
    expect(result["provided"]).toEqual([]);
  });

  test("what conda provides under another name is not installed twice, and conda goes back where pip needs it", async () => {
    const words = ["--conda", "python", "--conda", "pytorch", "--conda", "numpy", "--pypi", "train"];
    const run = await solve(words);
    expect([run.status, run.stdout]).toEqual([
      0,
      [
        "numpy=1.26.4=py_0",
        "python=3.11.9=h1_0_cpython",
        "pytorch=2.5.1=cpu_0",
        "train==1.0",
        "# what numpy[fast] asks for is not known: conda provides numpy 1.26.4, and no index has its metadata",
        "",
      ].join("\n"),
    ]);
    const { provided } = JSON.parse((await solve([...words, "--json"])).stdout) as { provided: unknown };
    expect(provided).toEqual([
      { name: "numpy", version: "1.26.4", conda: "numpy", unknownExtras: ["fast"] },
      { name: "torch", version: "2.5.1", conda: "pytorch", unknownExtras: [] },
    ]);
  });

  test("--python is a match spec for conda's, and its default does not count", async () => {
    const newest = await solve(["--conda", "python", "--pypi", "werkzeug"]);
    expect(newest.stdout).toBe("python=3.12.1=h1_0_cpython\nwerkzeug==3.0.1\n");
    const older = await solve(["--conda", "numpy", "--pypi", "werkzeug", "--python", "3.11"]);
    expect(older.stdout).toBe("numpy=2.1.0=py_0\npython=3.11.9=h1_0_cpython\nwerkzeug==3.0.1\n");
  });

  test("says why there is no answer, and ends with 1", async () => {
    const run = await solve(["--conda", "python=3.12", "--pypi", "train", "--json"]);
    expect([run.status, JSON.parse(run.stdout)]).toEqual([
      1,
      {
        status: "unsatisfiable",
        explanation:
          "Because pip's train 1.0 requires Python >=3.9,<3.12 and you require train, the requirements cannot be met together.",
      },
    ]);
  });

  test("a mapping that cannot be had is a warning; a channel or an index that is not there ends with 3", async () => {
    const run = await solve(["--conda", "python", "--pypi", "werkzeug"], `${channel.origin}/nowhere/else/at/all`);
    expect([run.status, run.stdout]).toEqual([0, "python=3.12.1=h1_0_cpython\nwerkzeug==3.0.1\n"]);
    const away = await solve(["--conda", "python", "--pypi", "werkzeug", "--index-url", "http://127.0.0.1:9/simple"]);
    expect(away.status).toBe(3);
    expect(away.stderr).toContain("http://127.0.0.1:9/simple");
  });

  test.each([
    [["--conda", "python", "--pypi", "a", "--universal"], "--universal is for --pypi alone"],
    [["--conda", "python", "--pypi", "a", "--requires-python", ">=3.9"], "with --conda write --conda 'python >=3.9'"],
    [["--conda", "python", "--pypi", "a", "--python", "three"], "--python: 'three' is not a version"],
    [["--conda", "python", "--pypi", "a >"], "--pypi: "],
  ])("%j is wrong usage", async (words, message) => {
    const run = await solve(words);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
  });
});
