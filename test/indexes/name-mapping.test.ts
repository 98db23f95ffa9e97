import { describe, expect, test } from "@jest/globals";
import { openTestChannels } from "../support/open-test-channels.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const { serve, session } = openTestChannels();

const MIRRORED = "https://conda-mapping.prefix.dev";
const FORGE = "https://conda.anaconda.org/conda-forge";
const grayskull = "/raw/regro/cf-graph-countyfair/master/mappings/pypi/grayskull_pypi_mapping.json";
const pages = {
  "/mapping/compressed-v0/conda-forge/compressed_mapping.json": JSON.stringify({ pytorch: ["torch"], make: null }),
  "/mapping/compressed-v0/bioconda/compressed_mapping.json": JSON.stringify({ "abacus-str": ["abacus"] }),
  [grayskull]: JSON.stringify({ build: { conda_name: "python-build", pypi_name: "build" } }),
};

type Served = Parameters<typeof serve>[0];

async function start(changed: Partial<Served> = {}, options: Parameters<typeof session>[1] = {}) {
  const server = await serve({ channels: {}, pages, ...changed });
  const mirrors = [
    { from: MIRRORED, to: `${server.origin}/mapping` },
    { from: "https://raw.githubusercontent.com", to: `${server.origin}/raw` },
  ];
  return { server, mappings: session(server, { channelAlias: null, mirrors, ...options }).openNames() };
}

const record = (name: string, channel = FORGE) => ({ name, channel, purls: null });

describe("the mappings of names", () => {
  test("are those of the channels, and of conda-forge for the others", async () => {
    const { server, mappings } = await start();
    const channels = ["bioconda", "conda-forge/label/rc", "defaults", "https://intern.example/wheels", "nvidia"];
    const { names, problems } = await mappings.open(channels);
    expect(problems).toEqual([]);
    expect(server.requests.map(({ path }) => path.split("/")[3] ?? "").sort()).toEqual([
      "bioconda",
      "conda-forge",
      "nvidia",
    ]);
    expect(names.provided(record("pytorch", `${FORGE}/label/rc`))?.origin).toBe("mapping");
    expect(names.provided(record("abacus-str", "https://conda.anaconda.org/bioconda"))?.projects).toEqual(["abacus"]);
    expect(names.provided(record("pytorch", "https://repo.anaconda.com/pkgs/main"))?.origin).toBe(
      "conda-forge mapping",
    );
    expect(names.provided(record("pytorch", "https://intern.example/wheels"))?.origin).toBe("conda-forge mapping");
    expect(names.condaNames("torch")).toEqual(["pytorch"]);
  });

  test("know conda-forge by another address, and never ask abroad for the name of a private channel", async () => {
    const { server, mappings } = await start();
    const mirror = "https://ann:secret@mirror.example/t/tk-1-2/conda/conda-forge";
    const { names } = await mappings.open([
      mirror,
      "https://mirror.example/secret-project",
      "https://conda.anaconda.org/t/$TOKEN/secret-project",
      "https://ann:$PASSWORD@conda.anaconda.org/secret-project",
      "file:///data/local",
    ]);
    expect(names.provided(record("fresh", "https://mirror.example/conda/conda-forge"))?.origin).toBe("same name");
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/mapping/compressed-v0/conda-forge/compressed_mapping.json",
    ]);
  });

  test("are fetched once for all who ask, and kept for the next run and for offline", async () => {
    const cacheDirectory = temporaryFolder();
    const { server, mappings } = await start({ maxAge: 600 }, { cacheDirectory });
    await Promise.all([mappings.open(["conda-forge"]), mappings.open(["conda-forge"]), mappings.open(["bioconda"])]);
    expect(server.requests).toHaveLength(2);
    const options = { channelAlias: null, cacheDirectory, offline: true };
    const mirrors = [{ from: MIRRORED, to: `${server.origin}/mapping` }];
    const offline = session(server, { ...options, mirrors }).openNames();
    const { names, problems } = await offline.open(["conda-forge"]);
    expect(problems).toEqual([]);
    expect(names.condaNames("torch")).toEqual(["pytorch"]);
    expect(server.requests).toHaveLength(2);
  });

  const path = "/mapping/compressed-v0/conda-forge/compressed_mapping.json";
  const body = (text: string) => ({ kind: "body" as const, type: "application/json", body: text });
  test.each([
    ["is in trouble", { kind: "status" as const, status: 503 }, "unreachable", /answered with status 503/],
    ["is forbidden", { kind: "status" as const, status: 403 }, "unreachable", /answered with status 403/],
    ["is cut off", { kind: "truncate" as const }, "unreachable", /could not be reached/],
    ["is a web page", body("<html>"), "bad-content", /is not a mapping of names/],
    ["is of another form", body("[1]"), "bad-content", /is not a mapping of names/],
    ["maps to numbers", body('{"a": 1}'), "bad-content", /is not a mapping of names/],
    [
      "leads to a private address",
      { kind: "redirect" as const, location: "http://10.0.0.1/" },
      "blocked-address",
      /10\.0\.0\.1/,
    ],
  ])("leave purls and same names where one %s, and say so", async (_what, fault, kind, message) => {
    let broken = true;
    const { mappings } = await start({ fault: (asked) => (broken && asked === path ? fault : null) });
    const { names, problems } = await mappings.open(["conda-forge"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(problems[0]?.message).toMatch(
      /known as a PyPI project only by its own record or, on conda-forge, by having its name\.$/,
    );
    expect(names.provided(record("pytorch"))).toEqual({ projects: ["pytorch"], origin: "same name" });
    expect(names.provided({ ...record("pytorch"), purls: ["pkg:pypi/torch"] })?.projects).toEqual(["torch"]);
    // A failure is not kept.
    broken = false;
    expect((await mappings.open(["conda-forge"])).names.provided(record("pytorch"))?.projects).toEqual(["torch"]);
  });

  test("of conda-lock are grayskull's; without them each name is itself", async () => {
    const { mappings } = await start();
    const { names, problem } = await mappings.condaLock();
    expect(problem).toBeNull();
    expect(names.condaName("build")).toBe("python-build");
    const { mappings: broken } = await start({ pages: {} });
    const without = await broken.condaLock();
    expect(without.names.condaName("build")).toBe("build");
    expect(without.problem?.message).toMatch(
      /is not a mapping of names.* is taken for the conda package of its name\.$/,
    );
  });
});
