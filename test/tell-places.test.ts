import { describe, expect, test } from "@jest/globals";
import { answerCondaQuestions } from "../src/answer-conda-questions.ts";
import { tellPlaces } from "../src/tell-places.ts";
import type { CondaFact } from "../src/solver/conda/reasons.ts";
import { createCondaSolve } from "../src/solver/conda/solve-conda.ts";
import type { CondaServer, TestCondaFile } from "./support/conda-server.ts";
import { condaProblem } from "./support/conda-solve.ts";
import { openTestChannels } from "./support/open-test-channels.ts";

const { serve, session } = openTestChannels();

const file = (name: string, subdir: string, ...depends: string[]): TestCondaFile => ({
  name,
  version: "1",
  subdir,
  depends,
});
const files = [
  file("tool", "osx-arm64"),
  file("tool", "win-64"),
  file("app", "linux-64", "tool >=1"),
  file("old", "linux-64"),
  file("noarch-only", "noarch"),
  ...["linux-aarch64", "linux-ppc64le", "osx-64", "win-arm64"].map((subdir) => file("x", subdir)),
];

/** The explanation of a conflict, and what was asked for it. */
async function explain(server: CondaServer, specs: readonly string[]) {
  const channels = session(server).openChannels({ channels: ["c"], subdir: "linux-64" });
  const options = { progress: () => undefined, now: () => 0 };
  const { outcome } = await answerCondaQuestions(createCondaSolve(condaProblem(specs)), channels, options);
  if (outcome.kind !== "conflict") throw new Error(`no conflict: ${outcome.kind}`);
  return outcome.explanation.text;
}

const shards = () => serve({ channels: { c: { files } }, shards: true });

describe("an explanation of what no channel has", () => {
  test.each([
    ["is asked for", ["tool"]],
    ["is asked for by everything that will do", ["app"]],
    ["is asked for beside other things", ["app", "old", "tool>=1"]],
  ])("tells for which platforms it is there, where it %s", async (_what, specs) => {
    expect(await explain(await shards(), specs)).toMatch(
      /\ntool has builds for osx-arm64 and win-64, but none for linux-64 or noarch\.$/,
    );
  });

  test("tells that it is nowhere, where that is known", async () => {
    expect(await explain(await shards(), ["numpyy"])).toMatch(
      /\nNo channel has numpyy for any platform; check its name\.$/,
    );
    const plain = await serve({ channels: { c: { files } } });
    const text = await explain(plain, ["numpyy"]);
    expect(text).toContain("numpyy");
    expect(text).not.toContain("any platform");
    expect(
      plain.requests.every(({ path }) => path.endsWith("_shards.msgpack.zst") || /linux-64|noarch/.test(path)),
    ).toBe(true);
  });

  test("does not look elsewhere for a version that is not there", async () => {
    const server = await shards();
    expect(await explain(server, ["old>=2"])).not.toContain("builds for");
    expect(server.requests.some(({ path }) => path.includes("osx"))).toBe(false);
  });

  test("asks the other platforms once, however many conflicts there are", async () => {
    const server = await serve({ channels: { c: { files } } });
    const started = session(server);
    for (const name of ["tool", "tooll", "toool"]) {
      const channels = started.openChannels({ channels: ["c"], subdir: "linux-64" });
      await channels.placesOf([name]);
    }
    expect(server.requests.filter(({ path }) => path.includes("osx-arm64"))).toHaveLength(1);
  });

  test("names a few of many", async () => {
    const facts = Array.from({ length: 9 }, (_, place): CondaFact => ({
      kind: "requires",
      holder: null,
      name: `n${place}`,
      spec: `n${place}`,
      origin: null,
      lack: { kind: "unknown-name", platform: "win-64" },
    }));
    const told = await tellPlaces({ text: "T.", facts }, facts, {
      records: async () => ({ channels: [] }),
      placesOf: async (names) => new Map(names.map((name) => [name, { subdirs: ["linux-64"], unseen: ["osx-64"] }])),
    });
    expect(told.text.split("\n")).toHaveLength(5);
    expect(told.text).toContain("n0 has builds for linux-64, but none for win-64 or noarch.");
  });
});
