import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { startIndexSession } from "../../../src/indexes/index-session.ts";
import { repodataOf, startCondaServer } from "../../support/conda-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describeWithData } from "../../support/test-data.ts";

interface Raw {
  readonly name: string;
  readonly version: string;
  readonly depends?: readonly string[];
}

describeWithData("real channels", "conda", (folder) => {
  /** What a channel of one folder gives for the names. */
  async function read(
    text: Buffer,
    subdir: string,
    asked: { readonly names: readonly string[]; readonly zstd: boolean },
  ) {
    const server = await startCondaServer({ channels: { c: { texts: { [subdir]: text } } }, zstd: asked.zstd });
    const session = startIndexSession({
      cacheDirectory: temporaryFolder(),
      indexUrl: null,
      allowHosts: ["127.0.0.1"],
      mirrors: [{ from: "https://conda.anaconda.org", to: server.origin }],
    });
    try {
      const answer = await session.openChannels({ channels: ["c"], subdir }).records(asked.names);
      if ("problem" in answer) throw new Error(answer.problem.message);
      return answer.channels.flatMap(({ records }) => [...records.values()].flat());
    } finally {
      await session.close();
      await server.close();
    }
  }

  test.each([
    ["conda-forge", "linux-ppc64le"],
    ["robostack-kilted", "win-64"],
    ["pytorch", "linux-64"],
  ])("%s %s: plain and packed give what JSON.parse gives", async (name, subdir) => {
    const text = repodataOf({ folder: join(folder, name) }, subdir) ?? Buffer.alloc(0);
    const document = JSON.parse(text.toString()) as Record<string, Record<string, Raw>>;
    const files = new Map(Object.entries({ ...document["packages.conda"], ...document["packages"] }));
    const names = [...new Set([...files.values()].map((record) => record.name))];
    const packed = await read(text, subdir, { names, zstd: true });
    expect(await read(text, subdir, { names, zstd: false })).toEqual(packed);
    const seen = packed.map(({ filename, name, version, depends }) => ({ filename, name, version, depends }));
    const expected = [...files]
      .filter(([filename]) => !files.has(filename.replace(/\.tar\.bz2$/u, ".conda")) || filename.endsWith(".conda"))
      .map(([filename, { name, version, depends = [] }]) => ({ filename, name, version, depends }));
    const byFile = (a: { filename: string }, b: { filename: string }) => (a.filename < b.filename ? -1 : 1);
    expect(seen.sort(byFile)).toEqual(expected.sort(byFile));
    expect(seen.length).toBeGreaterThan(10);
  });
});
