/** What a pull request for conda environments says of updates that were wanted and not made. */
import { expect, test } from "@jest/globals";
import { conda, emptyLock, lockedConda, proposeConda, type WrittenConda } from "../../support/small-conda.ts";
import { groups, YOUNG } from "../../support/small-repository.ts";

const LINUX = ["linux-64"];

function environment(...specs: readonly string[]): string {
  return ["channels:", "  - conda-forge", "dependencies:", ...specs.map((spec) => `  - ${spec}`), ""].join("\n");
}

const python = (version: string): WrittenConda => conda(`python ${version}`);
const numpy = (text: string, minor: string, time?: string): WrittenConda =>
  conda(text, [`python ${minor}.*`], { platforms: LINUX, ...(time === undefined ? {} : { time }) });

const FIRST = [python("3.10.1"), numpy("numpy 1.0 py310_0", "3.10")];
const FILES = {
  "environment.yml": environment("python=3.10", "numpy"),
  "conda-lock.yml": emptyLock(LINUX, ["environment.yml"]),
};

test("a version is not too young where only its newest build is: what else holds it is said", async () => {
  const later = [
    ...FIRST,
    python("3.11.1"),
    numpy("numpy 2.0 py311_0", "3.11"),
    numpy("numpy 2.0 py311_1", "3.11", YOUNG),
    conda("unrelated 1.0"),
  ];
  const held = { ...FILES, "environment.yml": environment("python=3.10", "numpy", "unrelated") };
  const locked = await lockedConda(held, { conda: [...FIRST, conda("unrelated 1.0")] });
  const { held: told } = await proposeConda(locked, { conda: later });
  expect(told.find(({ name }) => name === "numpy")).toMatchObject({ wanted: "2.0", holder: "environment.yml:4" });

  const young = later.filter(({ build }) => build !== "py311_0");
  const { held: cooling } = await proposeConda(locked, { conda: young });
  expect(cooling.find(({ name }) => name === "numpy")).toMatchObject({ wanted: "2.0", holder: "cooldown" });
});

test("the pull request for everything tells what holds a newer Python, which has none of its own", async () => {
  const files = { ...FILES, "environment.yml": environment("python=3.10", "numpy=1.0", "zlib") };
  const zlib = (version: string): WrittenConda => conda(`zlib ${version}`);
  const locked = await lockedConda(files, { conda: [...FIRST, zlib("1.2")] });
  // There is no numpy for Python 3.11.
  const later = { conda: [...FIRST, python("3.11.1"), zlib("1.2"), zlib("1.3")] };
  const weekly = await proposeConda(locked, later);
  expect(groups(weekly)).toEqual(["python-dependencies"]);
  expect(weekly.held.map(({ name, wanted }) => [name, wanted])).toEqual([["python", ">=3.11"]]);
  expect(weekly.pullRequests[0]?.body).toMatch(/\| `python` \| `>=3.11` \| numpy 1.0 \|/);
  // Asked for alone, it says the same: else the text would change from run to run.
  const again = await proposeConda(locked, later, { kind: "relock", group: "python-dependencies" });
  expect(again).toEqual(weekly);
});

test("a title names the folders of all environments that move together", async () => {
  const source = (name: string): string => emptyLock(LINUX, [name, "../base/environment.yml"]);
  const files = {
    "base/environment.yml": environment("python=3.10", "numpy"),
    "one/environment.yml": environment("zlib"),
    "one/conda-lock.yml": source("environment.yml"),
    "two/environment.yml": environment("xz"),
    "two/conda-lock.yml": source("environment.yml"),
  };
  const others = [conda("zlib 1.2"), conda("xz 1.2")];
  const locked = await lockedConda(files, { conda: [...FIRST, ...others] });
  const later = [...FIRST, ...others, numpy("numpy 1.1 py310_0", "3.10")];
  const { pullRequests } = await proposeConda(locked, { conda: later });
  expect(pullRequests.map(({ title }) => title)).toEqual(["Update numpy to 1.1 in one and two"]);
});
