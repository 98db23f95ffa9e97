/** Channels that stop answering while a run is under way: what is not proposed then is not known to be needless. */
import { describe, expect, test } from "@jest/globals";
import { isWholeRun } from "#engine/watch-outages.ts";
import type { EngineContext } from "#engine/context.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext } from "../../support/engine.ts";
import { channelOf, conda, emptyLock, lockedConda } from "../../support/small-conda.ts";
import { NOW } from "../../support/small-repository.ts";

const ENVIRONMENT =
  "channels: [conda-forge]\ndependencies:\n  - python=3.10\n  - zarr=2.16\nplatforms: [linux-64, osx-arm64]\n";
const PYTHON = conda("python 3.10.8 0_cpython", [], { platforms: ["linux-64", "osx-arm64"] });
const FIRST = [PYTHON, conda("zarr 2.16.1 0", ["python"])];
/** What the newer version needs is asked for by no solve before it. */
const LATER = [...FIRST, conda("zarr 2.18.0 0", ["python", "donfig"]), conda("donfig 0.8.1 0")];

/** A channel that answers until some name is asked for. */
function until(name: string): EngineContext {
  const context = testContext({ releases: [], channel: channelOf(LATER), now: NOW });
  return {
    ...context,
    openChannels: (policy) => {
      const channels = context.openChannels(policy);
      const url = "https://conda.example/conda-forge";
      return {
        ...channels,
        records: async (names) =>
          names.includes(name)
            ? { problem: { kind: "unreachable", url, message: `${url} did not answer.` } }
            : channels.records(names),
      };
    },
  };
}

function propose(context: EngineContext, snapshot: RepositorySnapshot): Promise<Proposal> {
  return proposeUpdates(context, snapshot, { request: { kind: "weekly" }, organisationDefaults: null });
}

describe("an outage", () => {
  test("after the first solves makes the run incomplete", async () => {
    const files = { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]) };
    const snapshot = await lockedConda(files, { conda: FIRST });
    const proposal = await propose(until("donfig"), snapshot);
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.findings).toMatchObject([{ code: "index-unreachable", severity: "error" }]);
    expect(isWholeRun(proposal.findings)).toBe(false);
  });

  test("where nothing is locked is a warning, told once, and the run is not whole either", async () => {
    const snapshot = await lockedConda({ "environment.yml": ENVIRONMENT }, { conda: FIRST });
    const proposal = await propose(until("python"), snapshot);
    expect(proposal.findings).toMatchObject([{ code: "channel-unreachable", severity: "warning" }]);
    expect(isWholeRun(proposal.findings)).toBe(false);
  });

  test("of a locked environment is told once", async () => {
    const files = { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]) };
    const snapshot = await lockedConda(files, { conda: FIRST });
    const proposal = await propose(until("python"), snapshot);
    expect(proposal.findings).toMatchObject([{ code: "index-unreachable", severity: "error" }]);
  });

  test("is none where the channels answer", async () => {
    const snapshot = await lockedConda({ "environment.yml": ENVIRONMENT }, { conda: FIRST });
    expect(isWholeRun((await propose(until("nothing"), snapshot)).findings)).toBe(true);
  });
});
