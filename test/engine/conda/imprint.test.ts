/** The real files of imprint: an environment.yml whose pip section is requirements.txt, with poetry.lock and CUDA requirements beside it. */
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readCheckout } from "#cli/read-checkout.ts";
import { checkProjects } from "#engine/check-projects.ts";
import type { EngineContext } from "#engine/context.ts";
import { findProjects } from "#formats/find-projects.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext } from "../../support/engine.ts";
import { channelOf, conda, merged, type WrittenConda } from "../../support/small-conda.ts";
import { textOf } from "../../support/small-repository.ts";
import { describeWithData } from "../../support/test-data.ts";
import { loadUnionIndex } from "../../support/union-index.ts";

const PAGE = "https://storage.googleapis.com/jax-releases/";
const PLATFORMS = ["linux-64", "osx-64", "osx-arm64"];
const PUBLISHED = "2023-03-01T00:00:00Z";

const python = (version: string): WrittenConda =>
  conda(`python ${version} h_0_cpython`, [], { platforms: PLATFORMS, time: PUBLISHED });
const pure = (name: string, version: string, depends: readonly string[]): WrittenConda =>
  conda(`${name} ${version} pyhd8ed1ab_0`, depends, { time: PUBLISHED });
const pip = (version: string): WrittenConda => pure("pip", version, ["python >=3.7", "setuptools", "wheel"]);

const CHANNEL = [
  ...["3.8.16", "3.10.9", "3.10.10", "3.11.2"].map(python),
  ...["23.0", "23.0.1"].map(pip),
  pure("setuptools", "67.6.0", ["python >=3.7"]),
  pure("wheel", "0.40.0", ["python >=3.7"]),
];
/** What no lock of imprint has, and its requirements ask for. */
const PIP_RELEASES = ["23.0.1", "23.1"].map((version) => ({ name: "pip", version, uploadTime: PUBLISHED }));

describeWithData("imprint", "imprint", (folder) => {
  const { releases, findLinksPages } = loadUnionIndex(join(folder, "union-index.json"), null);

  function context(channel: readonly WrittenConda[] = CHANNEL): EngineContext {
    const pages = Object.entries(findLinksPages).map(([page, list]) => [PAGE + page, list] as const);
    return testContext({
      releases: [...releases, ...PIP_RELEASES],
      pages: Object.fromEntries(pages),
      channel: channelOf(channel),
      now: Date.parse("2023-05-10T12:00:00Z"),
    });
  }

  const head = (): Promise<RepositorySnapshot> => readCheckout(join(folder, "head"), () => true);
  const propose = (snapshot: RepositorySnapshot, channel?: readonly WrittenConda[]): Promise<Proposal> =>
    proposeUpdates(context(channel), snapshot, { request: { kind: "weekly" }, organisationDefaults: null });
  const errors = async (
    snapshot: RepositorySnapshot,
    channel?: readonly WrittenConda[],
  ): Promise<readonly string[]> => {
    const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
    const { findings } = await checkProjects(found, context(channel));
    return findings.filter(({ severity }) => severity === "error").map(({ message }) => message);
  };

  test("one coherent plan: pip pins, poetry.lock and conda's Python agree", async () => {
    const snapshot = await head();
    expect(await errors(snapshot)).toEqual([]);
    const proposal = await propose(snapshot);
    expect(proposal.findings).toEqual([]);
    const python = proposal.held.find(({ name }) => name === "python");
    // The next minor is there in the channel, and pyproject.toml says who does not want it.
    expect(python).toEqual({
      name: "python",
      wanted: "3.11.2",
      holder: "pyproject.toml:10",
      reason: "pyproject.toml asks for Python >=3.8.1,<3.11, which 3.11 is not",
      targets: [],
    });
    expect(proposal.pullRequests.map(({ group }) => group)).toEqual(["python-dependencies", "major-line-profiler"]);
    const [pull] = proposal.pullRequests;
    // The pins of the tools are units of their own, and jax==0.4.5 waits for its CUDA wheel.
    expect(pull?.edits.map(({ file }) => file).sort()).toEqual(["poetry.lock", "pyproject.toml"]);
    // The index alone is not enough to move pip: conda has no such version.
    expect(proposal.held.find(({ name }) => name === "pip")).toMatchObject({ wanted: "23.1" });
    const after = merged(snapshot, proposal, "python-dependencies");
    expect(await errors(after)).toEqual([]);
    expect((await propose(after)).pullRequests.map(({ group }) => group)).toEqual(["major-line-profiler"]);
  });

  test("pip comes from conda, and the pin in requirements.txt is what conda installs", async () => {
    const snapshot = await head();
    const later = [...CHANNEL, pip("23.1")];
    const proposal = await propose(snapshot, later);
    const pull = proposal.pullRequests.find(({ group }) => group === "tool-pip");
    expect(pull?.changes.map(({ ecosystem, name, from, to }) => `${ecosystem} ${name} ${from} -> ${to}`)).toEqual([
      "conda pip 23.0.1 -> 23.1",
    ]);
    expect(pull?.edits.map(({ file }) => file)).toEqual(["requirements.txt"]);
    // `=3.10` is conda's newest that pyproject.toml takes.
    for (const platform of PLATFORMS) {
      expect(pull?.body).toContain(`| \`${platform}\` | 3.10.10 | ✅ solved |`);
    }
    expect(textOf(proposal, "tool-pip", "requirements.txt")).toMatch(/^poetry==1\.4\.0\npip==23\.1$/mu);
    expect(proposal.held.filter(({ name }) => name === "pip")).toEqual([]);
    expect(await errors(merged(snapshot, proposal, "tool-pip"), later)).toEqual([]);
  });
});
