/** `npm run demo` as a user runs it: the real service, the real engine, a local GitHub, the recorded index and channel. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { readHiddenBlock } from "#planning/describe/hidden-block.ts";
import { startCondaServer, type CondaServer } from "../support/conda-server.ts";
import { startIndexServer, type IndexServer } from "../support/index-server.ts";
import { loadRecordedChannel, recordedChannelMirrors, recordedNamePages } from "../support/recorded-channel.ts";
import { loadRecordedIndex } from "../support/recorded-index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BRANCH = "relock/python-dependencies";
/** The demo leaves the first repository on this day of 2023. */
const LAST_DAY = "2023-05-09T12:00:00Z";
const IMAGES_BRANCH = "relock/python-dependencies-analysis";
const CHANNEL_FILE = join(ROOT, "examples/recorded-channel.json");
/** It takes less than a minute on a quiet machine. */
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
  readonly held: readonly {
    readonly name: string;
    readonly wanted: string;
    readonly holder: string;
    readonly reason: string;
    readonly targets: readonly string[];
  }[];
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
  const images = (): string => join(result, "example-lab/tidepool-images.git");
  const proposalOf = (name: string): ProposalFile =>
    JSON.parse(readFileSync(join(result, "example-lab", name, "proposal.json"), "utf8")) as ProposalFile;
  const git = (...args: string[]): string => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" });

  beforeAll(async () => {
    before = scratchFolders();
    result = join(temporaryFolder(), "result");
    ended = await runNode("examples/run-demo.ts", ["--out", result]);
    if (ended.status !== 0) throw new Error(`the demo failed:\n${ended.stderr}`);
    repository = join(result, "example-lab/sleipnir.git");
    proposal = proposalOf("sleipnir");
  }, PATIENCE);

  /** What the first step of a day told of pull requests. */
  const told = (day: string): readonly string[] => {
    const steps = ended.stderr.split(/\n(?= *\d+\.\d s {2})/).map((step) => step.split("\n"));
    const lines = steps.find(([first]) => first?.includes(day)) ?? [];
    return lines.map((line) => line.trim()).filter((line) => /^[\w-]+#\d/.test(line));
  };

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
    expect(ended.stdout.match(/^#\d+ .*$/gm)).toHaveLength(3);
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
    const conversation = ended.stdout.slice(ended.stdout.indexOf("Conversation"), ended.stdout.indexOf("\n#2 "));
    expect(conversation).toMatch(/^ {2}mallory .*confused by relock\[bot\]\n {4}\/relock\n/m);
    expect(conversation).toMatch(/^ {2}grace .*eyes by relock\[bot\].*rocket by relock\[bot\]\n {4}\/relock\n/m);
    expect(conversation.match(/^ {2}relock\[bot\] /gm)).toHaveLength(1);
    expect(conversation).toContain("#1 was updated.");
  });

  test("weeks pass: new releases update the same pull request, and nothing new makes no commit", () => {
    expect(told("2023-03-21 12:00")).toEqual([expect.stringMatching(/^sleipnir#1 was opened: /)]);
    expect(told("2023-03-28 12:00")).toEqual([expect.stringMatching(/^sleipnir#1 was updated in place: /)]);
    expect(told("2023-04-17 06:00")).toEqual([expect.stringMatching(/^sleipnir#1 (keeps its commit|was left alone)/)]);
    expect(told("2023-05-09 12:00").at(-1)).toMatch(/^sleipnir#2 was opened: /);
  });

  describe("the repository of conda environments", () => {
    let proposed: ProposalFile;
    beforeAll(() => {
      proposed = proposalOf("tidepool-images");
    });
    const gitIn = (...args: string[]): string => execFileSync("git", ["-C", images(), ...args], { encoding: "utf8" });

    test("gets one pull request, which later weeks and a comment update, while the first repository is left alone", () => {
      expect(proposed.pullRequests.map(({ branch }) => branch)).toEqual([IMAGES_BRANCH]);
      expect(gitIn("rev-list", "--count", `main..${IMAGES_BRANCH}`).trim()).toBe("1");
      const alone = expect.stringMatching(/^sleipnir#\d (keeps its commit|was left alone)/);
      const [opened, updated] = ["opened", "updated in place"].map((what) =>
        expect.stringMatching(`^tidepool-images#1 was ${what}: Update .* in analysis and ml-cuda `),
      );
      expect(told("2025-02-24 12:00")).toEqual([alone, alone, opened]);
      expect(told("2025-08-18 12:00")).toEqual([alone, alone, updated]);
      expect(told("2025-08-29 12:00")).toEqual([alone, alone, updated]);
      expect(ended.stdout).toContain("Why numcodecs is where it is");
    });

    test("changes every lock, and what is made from locks, in the same commit", () => {
      const files = gitIn("diff", "--name-only", "main", IMAGES_BRANCH).trim().split("\n");
      const made = ["conda-linux-64.lock", "conda-lock.yml", "packages.txt"];
      const folders = ["analysis", "ml-cuda"].flatMap((folder) => made.map((name) => `${folder}/${name}`));
      expect(files).toEqual([...folders, "analysis/environment.yml", "base/environment.yml"].sort());
      expect(files).toEqual(proposed.pullRequests[0]?.edits.map(({ file }) => file).sort());
      for (const file of files) expect(gitIn("show", `${IMAGES_BRANCH}:${file}`)).not.toContain("127.0.0.1");
    });

    test("tells what holds Python, CUDA and numpy", () => {
      const held = new Map(proposed.held.map((one) => [one.name, one]));
      expect(held.get("click")).toMatchObject({ wanted: "8.2.2", holder: "base/environment.yml:12" });
      expect(held.get("numpy")).toMatchObject({ wanted: "2.3.2", holder: "base/environment.yml:7" });
      expect(held.get("cuda-version")).toMatchObject({ wanted: ">=13", targets: ["linux-64-cuda"] });
      // One platform has no build for another Python.
      expect(held.get("python")).toMatchObject({ wanted: ">=3.11", targets: ["linux-aarch64"] });
      expect(held.get("python")?.reason).toContain("numcodecs 0.13.1");
      for (const { name, wanted } of proposed.held) {
        expect(proposed.pullRequests[0]?.body).toContain(`| \`${name}\` | \`${wanted}\` |`);
      }
    });

    test("CUDA builds stay CUDA builds, and every platform has the same numpy", () => {
      const packagesOf = (folder: string) => {
        const file = `${folder}/conda-lock.yml`;
        const reading = readCondaLock(file, gitIn("show", `${IMAGES_BRANCH}:${file}`));
        if ("finding" in reading) throw new Error(reading.finding.message);
        return reading.lock.packages;
      };
      const jaxlib = packagesOf("ml-cuda").find(({ name }) => name === "jaxlib");
      expect(jaxlib?.url).toMatch(/\/linux-64\/jaxlib-0\.6\.0-cuda12/);
      const numpy = packagesOf("analysis").filter(({ name }) => name === "numpy");
      expect(numpy.map(({ platform, version }) => [platform, version])).toEqual(
        ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"].map((platform) => [platform, "2.2.6"]),
      );
    });
  });

  describe("relock check", () => {
    let index: IndexServer;
    let channel: CondaServer;
    beforeAll(async () => {
      const channels = { "conda-forge": loadRecordedChannel(CHANNEL_FILE) };
      channel = await startCondaServer({ channels, pages: recordedNamePages(CHANNEL_FILE) });
      index = await startIndexServer(loadRecordedIndex(join(ROOT, "examples/recorded-index.json"), LAST_DAY));
    });
    afterAll(async () => {
      await index.close();
      await channel.close();
    });

    /** Runs a command on a checkout of a branch, with the servers for everything that is fetched. */
    async function relock(words: readonly string[], checkout: string): Promise<Ended> {
      const cache = join(temporaryFolder(), "cache");
      const where = ["--index-url", index.url, "--allow-host", "127.0.0.1", "--cache-dir", cache, "--json"];
      const mirrors = [
        { from: "https://storage.googleapis.com/jax-releases/", to: `${index.origin}/find-links/` },
        { from: "https://files.pythonhosted.org/packages/", to: `${index.origin}/files/` },
        ...recordedChannelMirrors(channel.origin),
      ].flatMap(({ from, to }) => ["--mirror", `${from}=${to}`]);
      return runNode("src/cli.ts", [...words, checkout, ...where, ...mirrors]);
    }

    function checkOut(bare: string, branch: string): string {
      const checkout = join(temporaryFolder(), "checkout");
      execFileSync("git", ["clone", "--quiet", "--branch", branch, bare, checkout]);
      return checkout;
    }

    test.each([BRANCH, "relock/tool-pip"])("accepts the locks of %s", async (branch) => {
      const { status, stdout } = await relock(["check"], checkOut(repository, branch));
      const checked = [
        { project: "environment.yml" },
        { lock: "poetry.lock" },
        { project: "requirements-jax-cuda.txt" },
      ];
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [], checked });
      expect(status).toBe(0);
    });

    test.each(["main", IMAGES_BRANCH])("accepts the conda locks of %s", async (branch) => {
      const { status, stdout } = await relock(["check"], checkOut(images(), branch));
      const checked = [{ lock: "analysis/conda-lock.yml" }, { lock: "ml-cuda/conda-lock.yml" }];
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [], checked });
      expect(status).toBe(0);
    });

    test("the command that a pull request names makes the same files again", async () => {
      const checkout = checkOut(images(), "main");
      const [, command = ""] =
        /\*\*Reproduce\*\*: `relock ([^`]+)`/.exec(proposalOf("tidepool-images").pullRequests[0]?.body ?? "") ?? [];
      expect(command).toMatch(/^update --exclude-newer 2025-08-22T12:0/);
      const { status } = await relock([...command.split(" "), "--write"], checkout);
      expect(status).toBe(0);
      const difference = execFileSync("git", ["-C", checkout, "diff", "--stat", `origin/${IMAGES_BRANCH}`]);
      expect(difference.toString("utf8")).toBe("");
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
