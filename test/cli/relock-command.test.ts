/** The command as people and scripts call it: child processes, a loopback index, the example repository. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { simpleGit } from "simple-git";
import { loadRecordedIndex } from "../support/recorded-index.ts";
import { startIndexServer, type IndexServer } from "../support/index-server.ts";

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = resolve(import.meta.dirname, "../..");

describe("relock", () => {
  let server: IndexServer;
  let folder = "";
  let environment: NodeJS.ProcessEnv = {};

  beforeAll(async () => {
    server = await startIndexServer(loadRecordedIndex(join(ROOT, "examples/recorded-index.json")));
    folder = await mkdtemp(join(tmpdir(), "relock-cli-"));
    await cp(join(ROOT, "examples/imprint-like"), join(folder, "repository"), { recursive: true });
    const git = simpleGit(join(folder, "repository"));
    await git.init(["--initial-branch=main"]);
    await git.addConfig("user.name", "A person").addConfig("user.email", "person@example.org");
    await git.add(".").commit("Start");
    environment = {
      PATH: process.env["PATH"],
      HOME: folder,
      RELOCK_CACHE_DIR: join(folder, "cache"),
      RELOCK_INDEX_URL: server.url,
      RELOCK_ALLOW_HOSTS: "127.0.0.1",
      RELOCK_MIRRORS: `https://storage.googleapis.com/jax-releases/=${server.origin}/find-links/`,
    };
  }, 120_000);

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  function relock(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Run> {
    return new Promise((done) => {
      const options = { env: { ...environment, ...extra }, cwd: folder, maxBuffer: 64 * 1024 * 1024 };
      execFile(join(ROOT, "bin/relock"), [...args], options, (error, stdout, stderr) => {
        done({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  }

  test("help lists the commands with examples, version prints, wrong usage exits 2", async () => {
    const [help, version, wrong, lock] = await Promise.all([
      relock(["--help"]),
      relock(["--version"]),
      relock(["lokc"]),
      relock(["lock", "--package", "=="]),
    ]);
    expect(help).toMatchObject({ status: 0, stderr: "" });
    for (const command of ["scan", "check", "lock", "update", "explain", "solve", "serve", "Examples:"]) {
      expect(help.stdout).toContain(command);
    }
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(lock.status).toBe(2);
    expect(lock.stderr).toContain("NAME==VERSION");
  });

  test("scan shows projects, pins and skews as JSON, and asks no index", async () => {
    const before = server.requests.length;
    const scan = await relock(["scan", "repository", "--json"]);
    expect(scan.status).toBe(0);
    const report = JSON.parse(scan.stdout);
    expect(report.projects.map((project: { tool: string }) => project.tool).sort()).toEqual([
      "conda+pip",
      "pip",
      "poetry",
    ]);
    expect(report.skews.map((skew: { fact: string }) => skew.fact)).toContain("jax");
    expect(Object.keys(report).sort()).toEqual(["findings", "pins", "projects", "skews"]);
    expect(server.requests).toHaveLength(before);
  });

  test("update proposes what patches and branches then hold, and leaves the files alone", async () => {
    const repository = join(folder, "repository");
    const printed = await relock(["update", "repository", "--json", "--timings"]);
    expect({ status: printed.status, stderr: printed.status === 0 ? "" : printed.stderr }).toEqual({
      status: 0,
      stderr: "",
    });
    const proposal = JSON.parse(printed.stdout);
    expect(proposal.timings.total).toBeGreaterThan(0);
    expect(proposal.pullRequests[0]).toMatchObject({
      group: "python-dependencies",
      branch: "relock/python-dependencies",
    });
    expect(proposal.held.map((held: { name: string }) => held.name)).toContain("jax");
    expect((await simpleGit(repository).status()).isClean()).toBe(true);

    const out = join(folder, "out");
    expect((await relock(["update", "repository", "--patch-dir", out, "--quiet"])).status).toBe(0);
    const names = await readdir(out);
    expect(names).toEqual(
      expect.arrayContaining(["1-python-dependencies.md", "1-python-dependencies.patch", "proposal.json"]),
    );
    const git = simpleGit(repository);
    await git.raw(["apply", "--check", join(out, "1-python-dependencies.patch")]);

    expect((await relock(["update", "repository", "--branches"])).status).toBe(0);
    const onBranch = await git.raw(["show", "relock/python-dependencies:poetry.lock"]);
    await git.raw(["apply", join(out, "1-python-dependencies.patch")]);
    expect(await readFile(join(repository, "poetry.lock"), "utf8")).toBe(onBranch);
    const checked = await relock(["check", "repository", "--json"]);
    const stale = JSON.parse(checked.stdout).findings.filter(
      (one: { code: string }) => one.code === "lock-out-of-date",
    );
    expect(stale).toEqual([]);
    await git.raw(["checkout", "--", "."]);
  });

  test("update twice changes nothing the second time", async () => {
    await cp(join(ROOT, "examples/imprint-like"), join(folder, "twice"), { recursive: true });
    expect((await relock(["update", "twice", "--write"])).status).toBe(0);
    const once = await readFile(join(folder, "twice/poetry.lock"), "utf8");
    const again = await relock(["update", "twice", "--write", "--json"]);
    expect(JSON.parse(again.stdout).pullRequests).toEqual([]);
    expect(await readFile(join(folder, "twice/poetry.lock"), "utf8")).toBe(once);
  });

  test("lock moves what is asked for, refuses what cannot be had with status 1, and names an unknown package", async () => {
    await cp(join(ROOT, "examples/imprint-like"), join(folder, "locked"), { recursive: true });
    const before = await readFile(join(folder, "locked/poetry.lock"), "utf8");
    const impossible = await relock(["lock", "locked", "--package", "numpy==99.0"]);
    expect(impossible.status).toBe(1);
    expect(impossible.stderr).toContain("numpy");
    const unknown = await relock(["lock", "locked", "--package", "no-such-thing"]);
    expect(unknown).toMatchObject({ status: 1 });
    expect(unknown.stderr).toContain("no-such-thing: no lock here has it");
    const least = await relock(["lock", "locked", "--json"]);
    expect(JSON.parse(least.stdout).locks).toMatchObject([{ file: "poetry.lock", changes: [] }]);
    expect(await readFile(join(folder, "locked/poetry.lock"), "utf8")).toBe(before);
    const upgraded = await relock(["lock", "locked", "--upgrade", "--json"]);
    expect(JSON.parse(upgraded.stdout).locks[0].changes.length).toBeGreaterThan(3);
    expect(await readFile(join(folder, "locked/poetry.lock"), "utf8")).not.toBe(before);
  });

  test("an index that is down is status 3 and nothing is written; offline works from the cache alone", async () => {
    await cp(join(ROOT, "examples/imprint-like"), join(folder, "down"), { recursive: true });
    const before = await readFile(join(folder, "down/poetry.lock"), "utf8");
    const down = await relock(["lock", "down", "--upgrade", "--cache-dir", join(folder, "empty")], {
      RELOCK_INDEX_URL: "http://127.0.0.1:9/simple/",
    });
    expect(down.status).toBe(3);
    expect(down.stderr).toContain("http://127.0.0.1:9/simple/");
    expect(await readFile(join(folder, "down/poetry.lock"), "utf8")).toBe(before);
    const offline = await relock(["lock", "down", "--upgrade", "--offline", "--json"]);
    expect(offline.status).toBe(0);
    const blocked = await relock(["lock", "down", "--upgrade", "--cache-dir", join(folder, "empty")], {
      RELOCK_ALLOW_HOSTS: "",
    });
    expect(blocked.status).toBe(3);
  });

  test("an unreadable file is one finding, an invalid configuration is status 2", async () => {
    await cp(join(ROOT, "examples/imprint-like"), join(folder, "broken"), { recursive: true });
    await writeFile(join(folder, "broken/requirements-jax-cuda.txt"), Buffer.from([0xff, 0xfe, 0x00]));
    const scan = await relock(["scan", "broken", "--json"]);
    expect(scan.status).toBe(0);
    const findings = JSON.parse(scan.stdout).findings.filter(
      (one: { file: string }) => one.file === "requirements-jax-cuda.txt",
    );
    expect(findings).toHaveLength(1);
    await writeFile(join(folder, "broken/.github/relock.yml"), "cooldwon: 3 days\n");
    const update = await relock(["update", "broken"]);
    expect(update.status).toBe(2);
    expect(update.stderr).toContain(".github/relock.yml:1:");
    expect((await relock(["scan", "nowhere"])).status).toBe(2);
  });

  test("solve answers for one target", async () => {
    const solved = await relock(["solve", "--pypi", "scipy", "--python", "3.10", "--platform", "osx-arm64", "--json"]);
    expect(JSON.parse(solved.stdout)).toMatchObject({
      status: "solved",
      packages: [{ name: "numpy" }, { name: "scipy" }],
    });
    const unsatisfiable = await relock(["solve", "--pypi", "scipy==99", "--json"]);
    expect(unsatisfiable.status).toBe(1);
    expect(JSON.parse(unsatisfiable.stdout)).toMatchObject({ status: "unsatisfiable" });
  });
});
