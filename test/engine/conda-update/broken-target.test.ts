/** A lock with a target that cannot be solved any more: its part of the lock cannot follow a constraint that moves. */
import { expect, test } from "@jest/globals";
import { conda, emptyLock, lockedConda, proposeConda } from "../../support/small-conda.ts";
import { release, textOf } from "../../support/small-repository.ts";

const PLATFORMS = ["linux-64", "osx-arm64"];
const ENVIRONMENT = `channels: [conda-forge]
dependencies:
  - python=3.10
  - numpy=1.24
  - scipy=1.10 # [linux]
  - tqdm
platforms: [linux-64, osx-arm64]
`;
const on = { platforms: PLATFORMS };
const COMMON = [conda("python 3.10.8 0", [], on), conda("numpy 1.24.1 0", ["zlib"], on), conda("tqdm 4.0 0")];
const FIRST = [...COMMON, conda("scipy 1.10.0 0"), conda("zlib 1 0", [], on)];
const NEWER = [conda("numpy 1.25.1 0", ["zlib"], on), conda("scipy 1.11.0 0"), conda("tqdm 4.1 0")];
/** The channel has removed what osx-arm64 needs. */
const LATER = [
  ...FIRST.filter(({ name }) => name !== "zlib"),
  conda("zlib 1 0", [], { platforms: ["linux-64"] }),
  ...NEWER,
];

test("a pin that counts on it stays, with the reason; what else there is moves on the other targets", async () => {
  const files = { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(PLATFORMS, ["environment.yml"]) };
  const snapshot = await lockedConda(files, { conda: FIRST });
  const proposal = await proposeConda(snapshot, { conda: LATER });
  expect(proposal.findings).toMatchObject([{ code: "not-installable", targets: ["osx-arm64"] }]);
  expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
    ENVIRONMENT.replace("scipy=1.10", "scipy=1.11"),
  );
  expect(proposal.held).toMatchObject([{ name: "numpy", wanted: "1.25.1", holder: "environment.yml:4" }]);
  expect(proposal.held[0]?.reason).toContain("osx-arm64");
  const [pull] = proposal.pullRequests;
  expect(pull?.changes.map(({ name, to, targets }) => [name, to, targets])).toEqual([
    ["scipy", "1.11.0", ["linux-64"]],
    ["tqdm", "4.1", ["linux-64"]],
  ]);
});

test("without a lock there is nothing that could be left behind", async () => {
  const proposal = await proposeConda(await lockedConda({ "environment.yml": ENVIRONMENT }, { conda: FIRST }), {
    conda: LATER,
  });
  expect(textOf(proposal, "python-dependencies", "environment.yml")).toContain("numpy=1.25");
});

test("a lock that no target can be solved for keeps the pins that it shares with another lock", async () => {
  const shared = "channels: [conda-forge]\ndependencies:\n  - python=3.10\n  - numpy=1.24\nplatforms: [linux-64]\n";
  const files = {
    "base.yml": shared,
    "extra.yml": "channels: [conda-forge]\ndependencies:\n  - tqdm=4.0\n  - pip\n  - pip:\n    - rich==1.0\n",
    "gpu.yml": "channels: [conda-forge]\ndependencies:\n  - scipy=1.10\n",
    "conda-lock.yml": emptyLock(["linux-64"], ["base.yml", "extra.yml"]),
    "gpu-conda-lock.yml": emptyLock(["linux-64"], ["base.yml", "gpu.yml"]),
  };
  const first = [...FIRST.filter(({ name }) => name !== "tqdm"), conda("tqdm 4.0 0", ["wcwidth"]), conda("pip 23 0")];
  const releases = [release("rich", "1.0")];
  const world = { conda: [...first, conda("wcwidth 1 0")], releases };
  const snapshot = await lockedConda(files, world);
  const later = { conda: [...first, ...NEWER], releases: [...releases, release("rich", "1.1")] };
  const proposal = await proposeConda(snapshot, later);
  const [pull] = proposal.pullRequests;
  expect(pull?.edits.map(({ file }) => file).sort()).toEqual(["gpu-conda-lock.yml", "gpu.yml"]);
  expect(proposal.held.map(({ name }) => name)).toContain("numpy");
});
