/** What the resolutions of a session have in common of a channel's records. */
import { expect, test } from "@jest/globals";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexSession } from "../../../src/indexes/index-session.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";

const { serve, session } = openTestChannels();

async function recordsFor(opened: IndexSession, subdir: string, name: string): Promise<readonly CondaRecord[]> {
  const answer = await opened.openChannels({ channels: ["c"], subdir }).records([name]);
  if ("problem" in answer) throw new Error(answer.problem.message);
  return answer.channels[0]?.records.get(name) ?? [];
}

test("platforms get one list of a name that only noarch has, and each its own of any other", async () => {
  const server = await serve({
    channels: {
      c: {
        files: [
          { name: "pure", version: "1.0", subdir: "noarch" },
          { name: "built", version: "1.0", subdir: "noarch" },
          { name: "built", version: "2.0", subdir: "linux-64" },
          { name: "built", version: "3.0", subdir: "osx-64" },
        ],
      },
    },
  });
  const opened = session(server);
  const pure = await recordsFor(opened, "linux-64", "pure");
  expect(pure.map(({ filename }) => filename)).toEqual(["pure-1.0-0.conda"]);
  expect(await recordsFor(opened, "osx-64", "pure")).toBe(pure);
  expect(await recordsFor(session(server), "osx-64", "pure")).toEqual(pure);
  const versions = async (subdir: string) =>
    (await recordsFor(opened, subdir, "built")).map(({ version }) => version).sort();
  expect([await versions("linux-64"), await versions("osx-64"), await versions("linux-64")]).toEqual([
    ["1.0", "2.0"],
    ["1.0", "3.0"],
    ["1.0", "2.0"],
  ]);
});
