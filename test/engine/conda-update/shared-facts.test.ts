/** What a poetry.lock and a conda environment both state moves in both, or in neither. */
import { expect, test } from "@jest/globals";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext } from "../../support/engine.ts";
import { channelOf, conda, emptyLock, lockedConda, proposeConda } from "../../support/small-conda.ts";
import { NOW, release } from "../../support/small-repository.ts";

const PYPROJECT = `[tool.poetry]
name = "lab"
version = "0.1"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.10,<3.11"
numpy = "^1.24.1"
`;
const environment = (numpy: string): string =>
  `channels: [conda-forge]\ndependencies:\n  - python=3.10\n  - ${numpy}\nplatforms: [linux-64]\n`;
const files = (numpy: string) => ({
  "pyproject.toml": PYPROJECT,
  "environment.yml": environment(numpy),
  "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]),
});
const FIRST = [conda("python 3.10.8 0"), conda("numpy 1.24.1 0")];
const LATER = [...FIRST, conda("numpy 1.25.0 0", ["zlib"]), conda("zlib 1 0")];
const OLD_PYPI = [release("numpy", "1.24.1")];
const NEW_PYPI = [...OLD_PYPI, release("numpy", "1.25.0")];

test("moves in both", async () => {
  const snapshot = await lockedConda(files("numpy=1.24"), { conda: FIRST, releases: OLD_PYPI });
  const proposal = await proposeConda(snapshot, { conda: LATER, releases: NEW_PYPI });
  const [pull] = proposal.pullRequests;
  expect(pull?.edits.map(({ file }) => file).sort()).toEqual([
    "conda-lock.yml",
    "environment.yml",
    "poetry.lock",
    "pyproject.toml",
  ]);
});

test("stays in both where a comment in the environment holds it", async () => {
  const held = files("numpy=1.24  # do not upgrade: plots differ");
  const snapshot = await lockedConda(held, { conda: FIRST, releases: OLD_PYPI });
  const proposal = await proposeConda(snapshot, { conda: LATER, releases: NEW_PYPI });
  expect(proposal.pullRequests).toEqual([]);
  expect(proposal.held).toMatchObject([{ name: "numpy", wanted: "1.25.0", holder: "environment.yml:4" }]);
});

test.each(["python", "zlib"])("stays in both where the channel is lost when %s is asked for", async (lost) => {
  const snapshot = await lockedConda(files("numpy=1.24"), { conda: FIRST, releases: OLD_PYPI });
  const context = testContext({ releases: NEW_PYPI, channel: channelOf(LATER), now: NOW });
  const problem = { kind: "unreachable", url: "https://conda.example/conda-forge", message: "no answer." } as const;
  const cut: typeof context.openChannels = (policy) => {
    const channels = context.openChannels(policy);
    return {
      ...channels,
      records: async (names) => (names.includes(lost) ? { problem } : channels.records(names)),
    };
  };
  const request = { kind: "weekly" } as const;
  const proposal = await proposeUpdates({ ...context, openChannels: cut }, snapshot, {
    request,
    organisationDefaults: null,
  });
  expect([proposal.pullRequests, proposal.held]).toEqual([[], []]);
  expect(proposal.findings).toMatchObject([{ code: "index-unreachable" }]);
});

test("a package may be asked for by the name that the other ecosystem has for it", async () => {
  const torch = (version: string) =>
    conda(`pytorch ${version} 0`, ["python"], { platforms: ["linux-64"], purls: ["pkg:pypi/torch"] });
  const first = [...FIRST, torch("2.0.0")];
  const snapshot = await lockedConda(
    {
      "environment.yml": environment("pytorch=2.0"),
      "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]),
    },
    { conda: first },
  );
  const request = { kind: "packages", packages: [{ name: "torch", version: "2.1.0" }] } as const;
  const proposal = await proposeConda(snapshot, { conda: [...first, torch("2.1.0"), torch("2.2.0")] }, request);
  const [pull] = proposal.pullRequests;
  expect(pull?.changes).toMatchObject([{ name: "pytorch", from: "2.0.0", to: "2.1.0" }]);
});
