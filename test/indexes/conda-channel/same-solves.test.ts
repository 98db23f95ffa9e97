/**
 * The same spec sets over the same real channels, served plain, packed and in shards: each is answered alike, record by
 * record. A sample for one platform by default; all with RELOCK_TEST_FULL=1.
 */
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { answerCondaQuestions } from "#answer-conda-questions.ts";
import type { CondaChannels } from "#ports.ts";
import { createCondaSolve } from "#solver/conda/solve-conda.ts";
import { isFullTest, sampleOf } from "../../support/conda-corpus-texts.ts";
import { corpusChannel } from "../../support/conda-memory.ts";
import type { CondaServerOptions } from "../../support/conda-server.ts";
import { condaProblem } from "../../support/conda-solve.ts";
import { condaSpecSets, type SpecSet } from "../../support/conda-spec-sets.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { describeWithData } from "../../support/test-data.ts";

const { serve, session } = openTestChannels();
const SAMPLE = 8;

describeWithData("solves over real channels", "conda", (folder) => {
  const forms: readonly (readonly [string, Partial<CondaServerOptions>])[] = [
    ["plain", { zstd: false }],
    ["packed", {}],
    ["in shards", { shards: true }],
  ];

  async function answerOf(channels: CondaChannels, set: SpecSet): Promise<string> {
    const { platform, virtualPackages, specs } = set;
    const solve = createCondaSolve(condaProblem(specs, { platform, virtualPackages }));
    const { outcome } = await answerCondaQuestions(solve, channels, { progress: () => undefined, now: () => 0 });
    return JSON.stringify(outcome.kind === "solved" ? outcome.resolution.packages : outcome);
  }

  test(
    "are the same in every form",
    async () => {
      const all = condaSpecSets((platform) => corpusChannel(folder, "conda-forge", platform), isFullTest ? 10 : 0);
      const sets = isFullTest
        ? all
        : sampleOf(
            all.filter(({ platform }) => platform === "osx-arm64"),
            SAMPLE,
          );
      const names = [...new Set(sets.flatMap(({ channels }) => channels))];
      const channels = Object.fromEntries(names.map((name) => [name, { folder: join(folder, name) }]));
      const answers: (readonly [string, readonly (readonly [string, string])[]])[] = [];
      for (const [form, served] of forms) {
        const server = await serve({ channels, maxAge: 600, ...served });
        const opened = session(server, {
          channelAlias: null,
          mirrors: [{ from: "https://conda.anaconda.org", to: server.origin }],
        });
        const found: (readonly [string, string])[] = [];
        for (const set of sets) {
          const policy = { channels: set.channels, subdir: set.platform };
          found.push([set.id, await answerOf(opened.openChannels(policy), set)]);
        }
        answers.push([form, found]);
        const shards = server.requests.filter(({ path, status }) => path.includes("/shards/") && status === 200).length;
        const whole = server.requests.filter(
          ({ path, status }) => path.includes("/repodata.json") && status === 200,
        ).length;
        expect([form, shards > 0, whole > 0]).toEqual([form, form === "in shards", form !== "in shards"]);
      }
      const [plain, ...others] = answers;
      for (const [form, found] of others) expect([form, found]).toEqual([form, plain?.[1]]);
      const solved = plain?.[1].filter(([, answer]) => answer.startsWith("[")).length ?? 0;
      expect(solved).toBeGreaterThan(sets.length / 2);
      if (isFullTest) process.stdout.write(`${sets.length} spec sets, ${solved} solved, the same in three forms\n`);
    },
    isFullTest ? 1_800_000 : 120_000,
  );
});
