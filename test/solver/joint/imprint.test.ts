/** The shape of imprint: environment.yml with Python and pip from conda, and pip requirements; CUDA wheels from a find-links page. */
import { expect, test } from "@jest/globals";
import { answerJointQuestions } from "#answer-joint-questions.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import { defaultVirtualPackages } from "#packaging/target.ts";
import type { CondaChannels } from "#ports.ts";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import { createJointSolve } from "#solver/joint/solve-joint.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { jointBreaches } from "../../support/check-joint-solution.ts";
import { answerOf, corpusChannel } from "../../support/conda-memory.ts";
import { jointProblem, jointSummary, sameNames, type FinishedJoint } from "../../support/joint-solve.ts";
import { memoryIndex } from "../../support/memory-index.ts";
import { describeWithData, testData } from "../../support/test-data.ts";
import { loadUnionIndex } from "../../support/union-index.ts";

const PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html";

type Platform = "linux-64" | "osx-arm64";

describeWithData("imprint", "imprint", (folder) => {
  const { releases, findLinksPages } = loadUnionIndex(`${folder}/union-index.json`, null);
  const asPypiHasIt = releases.map((release) => ({
    ...release,
    requiresDist: (release.requiresDist ?? []).map((text) => text.replace(/\((?=\d)/u, "(==")),
  }));
  const cuda = findLinksPages["jax_cuda_releases.html"] ?? [];
  const index = memoryIndex({
    releases: [...asPypiHasIt, { name: "pip", version: "23.0.1" }],
    sources: [{ name: "jax-cuda", url: PAGE, kind: "find-links", use: "normal", releases: cuda }],
    strategy: "merge",
  });
  // What indexes have answered serves every target; channels answer for one platform.
  const pypi = new PypiKnowledge();

  async function solve(
    platform: Platform,
    {
      conda,
      pip,
      virtualPackages,
    }: { conda: readonly string[]; pip: readonly string[]; virtualPackages: readonly VirtualPackage[] },
  ): Promise<{ readonly outcome: FinishedJoint; readonly rounds: number }> {
    const channel = corpusChannel(testData("conda") ?? "", "conda-forge", platform);
    const channels: CondaChannels = {
      records: async (names) => ({ channels: [answerOf(channel, names)] }),
      placesOf: async () => new Map(),
    };
    const problem = jointProblem({ platform, conda, pypi: pip, virtualPackages, names: sameNames() });
    const core = createJointSolve(problem, { conda: new CondaKnowledge(), pypi });
    const options = { progress: () => undefined, now: () => 0 };
    const { outcome, rounds } = await answerJointQuestions(core, { channels, index }, options);
    if (outcome.kind === "solved") expect(jointBreaches(problem, outcome.resolution)).toEqual([]);
    return { outcome, rounds };
  }

  const linesFor = (outcome: FinishedJoint, names: readonly string[]): readonly string[] => {
    const summary = jointSummary(outcome);
    return typeof summary === "string" ? [summary] : summary.filter((line) => names.includes(line.split(" ")[1] ?? ""));
  };

  test("python=3.10 and pip from conda, poetry and a pinned pip from requirements.txt", async () => {
    const virtualPackages = defaultVirtualPackages("linux-64", "cpu");
    const { outcome, rounds } = await solve("linux-64", {
      conda: ["python=3.10", "pip"],
      pip: ["poetry==1.4.0", "pip==23.0.1"],
      virtualPackages,
    });
    // Conda's newest pip would be in the way of the one that is pinned.
    expect(linesFor(outcome, ["pip", "python", "poetry", "poetry-core"])).toEqual([
      "conda pip 23.0.1",
      "conda python 3.10.20",
      "pip poetry 1.4.0",
      "pip poetry-core 1.5.1",
    ]);
    // Once for each level of both graphs, and not once for each package.
    expect(rounds).toBeLessThan(20);
  });

  test("jax for CUDA on linux-64 and for the processor on osx-arm64, in one run", async () => {
    const conda = ["python=3.10", "pip", "numpy", "scipy"];
    const linux = await solve("linux-64", {
      conda,
      pip: ["jax[cuda]==0.4.5"],
      virtualPackages: [...defaultVirtualPackages("linux-64", "cpu"), { name: "__cuda", version: "11.8", build: "0" }],
    });
    const mac = await solve("osx-arm64", {
      conda,
      pip: ["jax==0.4.5"],
      virtualPackages: defaultVirtualPackages("osx-arm64", "cpu"),
    });
    const shown = ["python", "numpy", "scipy", "jax", "jaxlib", "opt-einsum"];
    expect(linesFor(linux.outcome, shown)).toEqual([
      "conda numpy 2.2.6",
      "conda python 3.10.20",
      "conda scipy 1.15.2",
      "pip jax 0.4.5",
      "pip jaxlib 0.4.4+cuda11.cudnn86",
      "pip opt-einsum 3.3.0",
    ]);
    expect(linesFor(mac.outcome, shown)).toEqual([
      "conda numpy 2.2.6",
      "conda python 3.10.20",
      "conda scipy 1.15.2",
      "pip jax 0.4.5",
      "pip opt-einsum 3.3.0",
    ]);
    const efforts = [linux, mac].map(({ outcome }) => (outcome.kind === "solved" ? outcome.resolution.effort : null));
    expect(efforts.map((effort) => effort?.conflicts)).toEqual([1, 1]);
  });
});
