/** The real service and engine on a repository of conda environments, with channels that tests change and take away. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { EngineSettings } from "#service/create-engine.ts";
import { startCondaServer, type CondaServer } from "../../support/conda-server.ts";
import { readFolder } from "../../support/github/organisation.ts";
import type { FakeRepository } from "../../support/github/repository.ts";
import { startIndexServer, type IndexServer } from "../../support/index-server.ts";
import { loadRecordedChannel, recordedChannelMirrors, recordedNamePages } from "../../support/recorded-channel.ts";
import { loadRecordedIndex } from "../../support/recorded-index.ts";
import { runRelock } from "../../support/run-relock.ts";
import { startWorld, WEEK, type RunningWorld } from "../../support/service/running-world.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const CHANNEL_FILE = join(EXAMPLES, "recorded-channel.json");
const BRANCH = "relock/python-dependencies-analysis";
const PLATFORMS = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];
const WINTER = "2025-02-15T00:00:00Z";
const SUMMER = "2025-08-20T00:00:00Z";
const PATIENCE = 120_000;

describe("conda environments", () => {
  let world: RunningWorld;
  let channel: CondaServer;
  let index: IndexServer;
  let repository: FakeRepository;
  let settings: EngineSettings;
  let isDown = false;

  beforeAll(async () => {
    const down = { kind: "status", status: 503 } as const;
    const channels = { "conda-forge": loadRecordedChannel(CHANNEL_FILE, WINTER) };
    channel = await startCondaServer({
      channels,
      pages: recordedNamePages(CHANNEL_FILE),
      fault: () => (isDown ? down : null),
    });
    index = await startIndexServer(loadRecordedIndex(join(EXAMPLES, "recorded-index.json")));
    settings = {
      cacheDirectory: join(temporaryFolder(), "cache"),
      indexUrl: index.url,
      channelAlias: null,
      mirrors: [
        ...recordedChannelMirrors(channel.origin),
        { from: "https://files.pythonhosted.org/packages/", to: `${index.origin}/files/` },
      ],
      allowHosts: ["127.0.0.1"],
      offline: false,
      excludeNewer: null,
      undated: "keep",
    };
    const engineWorker = new URL("../../../src/service/engine-worker.ts", import.meta.url);
    world = await startWorld({ engine: { engineWorker, engineData: settings }, solveSeconds: 100 });
    // Everything of the channel of winter is old enough by then.
    world.advance(Date.parse(WINTER) + WEEK - Date.now());
    const files = Object.entries(readFolder(join(EXAMPLES, "tidepool-images")));
    repository = world.createRepository(
      "images",
      Object.fromEntries(files.filter(([path]) => /^(?:base|analysis)\//.test(path))),
    );
  }, PATIENCE);
  afterAll(async () => {
    await world.close();
    await channel.close();
    await index.close();
  });

  const body = (): string => repository.pullRequests("open")[0]?.body ?? "";
  const openPulls = () => repository.pullRequests("open").map(({ number, title }) => [number, title]);
  const lastAnswer = (): string => {
    const own = repository.comments(1).filter((comment) => comment.author === "relock[bot]");
    return own.at(-1)?.body ?? "";
  };
  const say = async (text: string): Promise<readonly string[]> => {
    const comment = repository.comment(1, "ada", text);
    await world.quiet();
    return repository.reactions(comment).map((one) => one.content);
  };
  /** The versions of a package on a branch of ours, by platform. */
  const locked = (name: string, branch = BRANCH): Readonly<Record<string, string>> => {
    const reading = readCondaLock("conda-lock.yml", repository.read("analysis/conda-lock.yml", branch) ?? "");
    if ("finding" in reading) throw new Error(reading.finding.message);
    const own = reading.lock.packages.filter((entry) => entry.name === name);
    return Object.fromEntries(own.map((entry) => [entry.platform, entry.version]));
  };
  const everywhere = (version: string) => Object.fromEntries(PLATFORMS.map((platform) => [platform, version]));

  /** The locks of our branch agree with the manifests and with the channel of today. */
  async function expectChecked(): Promise<void> {
    const checkout = join(temporaryFolder(), "checkout");
    execFileSync("git", ["clone", "--quiet", "--branch", BRANCH, repository.git.folder, checkout]);
    const mirrors = settings.mirrors.flatMap(({ from, to }) => ["--mirror", `${from}=${to}`]);
    const where = ["--index-url", index.url, "--allow-host", "127.0.0.1", "--cache-dir", settings.cacheDirectory];
    const { status, stdout, stderr } = await runRelock(["check", checkout, "--json", "--quiet", ...where, ...mirrors]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [] });
  }

  test(
    "the first run proposes the environment, its lock and what is made from it in one commit",
    async () => {
      world.github.install("lab", { actor: "ada" });
      await world.quiet();
      expect(openPulls()).toEqual([[1, expect.stringMatching(/^Update \d dependencies in analysis \(/)]]);
      const [commit, ...others] = repository.commitsOn(BRANCH);
      expect(others).toEqual([]);
      expect(commit?.message).toContain("\n\nRelock-Group: python-dependencies-analysis\n");
      const changed = repository.git.run(["diff", "--name-only", "main", BRANCH]).toString("utf8");
      expect(changed.trim().split("\n")).toEqual([
        "analysis/conda-linux-64.lock",
        "analysis/conda-lock.yml",
        "analysis/environment.yml",
        "analysis/packages.txt",
        "base/environment.yml",
      ]);
      expect(locked("numpy")).toEqual(everywhere("2.2.3"));
      expect(repository.read("analysis/packages.txt", BRANCH)).toContain("\nnumpy==2.2.3\n");
      await expectChecked();
    },
    PATIENCE,
  );

  test("its text tells of platforms, of what is assumed of them, and what holds a newer Python", () => {
    for (const platform of PLATFORMS)
      expect(body()).toMatch(new RegExp(`\\| \`${platform}\` \\| 3.10.16 \\| ✅ solved`));
    expect(body()).toContain("`__glibc=2.28`");
    expect(body()).toContain("`__osx=11.0`");
    // It is behind on one platform, whose newer builds are for another Python.
    expect(body()).toMatch(/\| `scipy` \| `1.15.1` \| base\/environment.yml:7 \|.*\| `linux-aarch64` \|/);
    expect(body()).toMatch(/\| `python` \| `>=3.11` \|.*numcodecs 0.13.1 .*\| `linux-aarch64` \|/);
  });

  test(
    "a week with nothing new makes no commit, and nothing is written twice",
    async () => {
      const head = repository.head(BRANCH);
      world.advance(WEEK);
      await world.sweep();
      expect(repository.head(BRANCH)).toBe(head);
      const from = world.github.requests.length;
      await say("/relock");
      const written = world.github.requests.slice(from).filter(({ method }) => method === "PATCH" || method === "PUT");
      expect(written.map(({ path }) => path).filter((path) => !path.includes("/comments/"))).toEqual([]);
      expect(repository.head(BRANCH)).toBe(head);
      expect(lastAnswer()).toContain("#1 is up to date already.");
    },
    PATIENCE,
  );

  test(
    "on /relock, what came out since moves in the same pull request",
    async () => {
      channel.setChannel("conda-forge", loadRecordedChannel(CHANNEL_FILE, SUMMER));
      world.advance(26 * WEEK);
      expect(await say("/relock")).toEqual(["eyes", "rocket"]);
      expect(lastAnswer()).toContain("#1 was updated.");
      expect(openPulls()).toHaveLength(1);
      expect(repository.commitsOn(BRANCH)).toHaveLength(1);
      expect(locked("numpy")).toEqual(everywhere("2.2.6"));
      expect(repository.read("analysis/environment.yml", BRANCH)).toContain("  - pandas~=2.3\n");
      expect(body()).toMatch(/\| `numpy` \| `2.3.2` \| base\/environment.yml:7 \|/);
      expect(body()).toMatch(/\| `click` \| `8.2.2` \| base\/environment.yml:12 \|.*breaks the tide command/);
      await expectChecked();
    },
    PATIENCE,
  );

  test(
    "a package can be asked for at a version, which moves it alone, and explained",
    async () => {
      expect(await say("/relock numpy==2.2.4")).toEqual(["eyes", "rocket"]);
      expect(lastAnswer()).toContain("#2 was opened.");
      const alone = "relock/update-numpy-analysis";
      expect(locked("numpy", alone)).toEqual(everywhere("2.2.4"));
      for (const name of ["pandas", "zarr", "openssl"]) expect(locked(name, alone)).toEqual(locked(name, "main"));
      expect(locked("numpy")).toEqual(everywhere("2.2.6"));
      await say("/relock explain numpy");
      expect(lastAnswer()).toContain("`base/environment.yml:9` asks for `numpy>=2.2,<3`");
    },
    PATIENCE,
  );

  test(
    "a held package stays and says who held it",
    async () => {
      await say("/relock hold pandas <2.3");
      expect(repository.read(".github/relock.yml", BRANCH)).toBe('hold:\n  pandas: "<2.3"\n');
      expect(locked("pandas")).toEqual(everywhere("2.2.3"));
      expect(body()).toMatch(/\| `pandas` \| `2.3.\d` \| \.github\/relock.yml:2 \|/);
      await say("/relock unhold pandas");
      expect(Object.values(locked("pandas"))).not.toContain("2.2.3");
    },
    PATIENCE,
  );

  test(
    "a channel that is down closes and changes nothing, and the run says that it is not complete",
    async () => {
      const head = repository.head(BRANCH);
      const pulls = openPulls();
      isDown = true;
      await say("/relock");
      expect(lastAnswer()).toContain("#1 was left as it is: this run met errors.");
      expect(lastAnswer()).toMatch(/conda-forge.* (?:answered|could not be)/);
      world.advance(WEEK);
      await world.sweep();
      expect(openPulls()).toEqual(pulls);
      expect(repository.head(BRANCH)).toBe(head);
      expect(repository.checkRuns(head ?? "").map((run) => run.conclusion)).toEqual(["neutral"]);
      isDown = false;
      await say("/relock");
      expect(lastAnswer()).toContain("#1 is up to date already.");
      expect(repository.checkRuns(head ?? "").map((run) => run.conclusion)).toEqual(["success"]);
    },
    PATIENCE,
  );
});
