/** `npm run demo` as a user runs it: the real service, the real engine, a local GitHub and the recorded index. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readHiddenBlock } from "#planning/describe/hidden-block.ts";
import { startIndexServer, type IndexServer } from "../support/index-server.ts";
import { loadRecordedIndex } from "../support/recorded-index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BRANCH = "relock/python-dependencies";
/** The demo ends on this day of 2023. */
const LAST_DAY = "2023-05-09T12:00:00Z";
/** It takes some ten seconds on a quiet machine. */
const PATIENCE = 280_000;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface PackageMove {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

interface ProposalFile {
  readonly pullRequests: readonly {
    readonly group: string;
    readonly branch: string;
    readonly title: string;
    readonly body: string;
    readonly edits: readonly { readonly file: string }[];
    readonly changes: readonly PackageMove[];
  }[];
  readonly held: readonly { readonly name: string; readonly wanted: string; readonly reason: string }[];
  readonly findings: readonly unknown[];
}

async function runNode(script: string, args: readonly string[]): Promise<Ended> {
  const flags = ["--disable-warning=ExperimentalWarning", join(ROOT, script), ...args];
  const child = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "pipe"] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, "exit")) as [number | null];
  const [stdout, stderr] = await output;
  return { status, stdout, stderr };
}

function scratchFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("relock-demo-scratch-"));
}

describe("npm run demo", () => {
  let before: readonly string[];
  let ended: Ended;
  let result: string;
  let repository: string;
  let proposal: ProposalFile;
  const git = (...args: string[]): string => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" });

  beforeAll(async () => {
    before = scratchFolders();
    result = join(temporaryFolder(), "result");
    ended = await runNode("examples/run-demo.ts", ["--out", result]);
    if (ended.status !== 0) throw new Error(`the demo failed:\n${ended.stderr}`);
    repository = join(result, "example-lab/sleipnir.git");
    proposal = JSON.parse(readFileSync(join(result, "example-lab/sleipnir/proposal.json"), "utf8")) as ProposalFile;
  }, PATIENCE);

  test("ends with the folder of the result and leaves nothing else behind", () => {
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe(`result: ${result}`);
    expect(ended.stdout.endsWith("\n")).toBe(true);
    expect(scratchFolders().filter((name) => !before.includes(name))).toEqual([]);
  });

  test("writes plain lines where there is no terminal", () => {
    expect(ended.stdout + ended.stderr).not.toContain("\u001B");
    expect(ended.stderr).toMatch(/^ +\d+\.\d s {2}Tuesday 2023-03-21 12:00: ada installs Relock/m);
  });

  test("tells no secret, neither to people nor in the log of the service", () => {
    const log = readFileSync(join(result, "service.log"), "utf8");
    expect(log).toContain("access_tokens");
    for (const output of [ended.stdout, ended.stderr, log, JSON.stringify(proposal)]) {
      expect(output).not.toMatch(/gh[a-z]_|PRIVATE KEY|a secret of the test|x-access-token|Bearer ey/);
    }
  });

  test("opens one pull request for the dependencies and one for the tool", () => {
    expect(proposal.pullRequests.map(({ group, branch }) => [group, branch])).toEqual([
      ["python-dependencies", BRANCH],
      ["tool-pip", "relock/tool-pip"],
    ]);
    for (const { title } of proposal.pullRequests) expect(ended.stdout).toContain(title);
    expect(ended.stdout.match(/^#\d+ .*$/gm)).toHaveLength(2);
  });

  test("git reads the branches: each is one commit of the app on main", () => {
    expect(git("fsck", "--strict", "--no-dangling")).toBe("");
    for (const { group, branch, title } of proposal.pullRequests) {
      const [subject, author, trailer] = git(
        "log",
        "--format=%s%n%an%n%(trailers:key=Relock-Group,valueonly)",
        `main..${branch}`,
      ).split("\n");
      expect([subject, author, trailer]).toEqual([title, "relock[bot]", group]);
      expect(git("rev-list", "--count", `main..${branch}`).trim()).toBe("1");
    }
  });

  test("a branch has the files and the versions of the proposal", () => {
    const [first] = proposal.pullRequests;
    const files = git("diff", "--name-only", "main", BRANCH).trim().split("\n");
    expect(files).toEqual(first?.edits.map((edit) => edit.file).sort());
    const lock = git("show", `${BRANCH}:poetry.lock`);
    const locked = new Set(
      Array.from(lock.matchAll(/^name = "(.*)"\nversion = "(.*)"$/gm), ([, name, version]) => `${name} ${version}`),
    );
    const moved = (first?.changes ?? []).filter(({ to }) => to !== null).map(({ name, to }) => `${name} ${to}`);
    expect(moved.length).toBeGreaterThan(10);
    expect(moved.filter((one) => !locked.has(one))).toEqual([]);
    expect(readHiddenBlock(first?.body ?? "")).toMatchObject({ group: "python-dependencies" });
  });

  test("the update that the CUDA builds do not follow is held, with the jaxlib that is missing", () => {
    const held = proposal.held.find((one) => one.name === "jax");
    expect(held?.wanted).toBe("0.4.8");
    expect(held?.reason).toContain("jaxlib==0.4.7+cuda11.cudnn86");
    expect(ended.stdout).toContain("jaxlib==0.4.7+cuda11.cudnn86");
    expect(git("show", `${BRANCH}:requirements-jax-cuda.txt`)).not.toContain("0.4.8");
  });

  test("the stranger gets a reaction alone, the maintainer an answer in one comment", () => {
    const conversation = ended.stdout.slice(ended.stdout.indexOf("Conversation"));
    expect(conversation).toMatch(/^ {2}mallory .*confused by relock\[bot\]\n {4}\/relock\n/m);
    expect(conversation).toMatch(/^ {2}grace .*eyes by relock\[bot\].*rocket by relock\[bot\]\n {4}\/relock\n/m);
    expect(conversation.match(/^ {2}relock\[bot\] /gm)).toHaveLength(1);
    expect(conversation).toContain("#1 was updated.");
  });

  test("weeks pass: new releases update the same pull request, and nothing new makes no commit", () => {
    const steps = ended.stderr.split(/\n(?= *\d+\.\d s {2})/).map((step) => step.split("\n"));
    const told = (day: string): string =>
      steps
        .find(([first]) => first?.includes(day))
        ?.at(-1)
        ?.trim() ?? "";
    expect(told("2023-03-21 12:00")).toMatch(/^#1 was opened: /);
    expect(told("2023-03-28 12:00")).toMatch(/^#1 was updated in place: /);
    expect(told("2023-04-17 06:00")).toMatch(/^#1 (keeps its commit|was left alone)/);
    expect(told("2023-05-09 12:00")).toMatch(/^#2 was opened: /);
  });

  describe("relock check", () => {
    let index: IndexServer;
    beforeAll(async () => {
      index = await startIndexServer(loadRecordedIndex(join(ROOT, "examples/recorded-index.json"), LAST_DAY));
    });
    afterAll(() => index.close());

    test.each([BRANCH, "relock/tool-pip"])("accepts the locks of %s", async (branch) => {
      const folder = temporaryFolder();
      git("clone", "--quiet", "--branch", branch, ".", join(folder, "checkout"));
      const cache = join(folder, "cache");
      const where = ["--index-url", index.url, "--allow-host", "127.0.0.1", "--cache-dir", cache];
      const mirror = `https://storage.googleapis.com/jax-releases/=${index.origin}/find-links/`;
      const asked = ["check", join(folder, "checkout"), "--json", ...where, "--mirror", mirror];
      const { status, stdout } = await runNode("src/cli.ts", asked);
      const checked = [
        { project: "environment.yml" },
        { lock: "poetry.lock" },
        { project: "requirements-jax-cuda.txt" },
      ];
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [], checked });
      expect(status).toBe(0);
    });
  });
});

describe("what the demo refuses", () => {
  test("a folder that has something in it", async () => {
    const folder = temporaryFolder();
    execFileSync("git", ["init", "--quiet", folder]);
    const { status, stdout, stderr } = await runNode("examples/run-demo.ts", ["--out", folder]);
    expect(stderr).toBe(`demo: ${folder} is not empty: name another folder with --out\n`);
    expect([status, stdout]).toEqual([1, ""]);
    expect(existsSync(join(folder, "service.log"))).toBe(false);
  });

  test("an option that it does not know, and --help says which there are", async () => {
    const wrong = await runNode("examples/run-demo.ts", ["--kep"]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^demo: .*--kep/);
    const help = await runNode("examples/run-demo.ts", ["--help"]);
    expect(help.status).toBe(0);
    for (const option of ["--keep", "--out DIR"]) expect(help.stdout).toContain(option);
  });
});
