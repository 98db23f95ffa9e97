import { startIndexSession } from "../../src/indexes/index-session.ts";

/**
 * Reads names of the channel `c` through a shared cache. Run as a script, it does so in a process of its own and prints
 * the answer: `node channel-process.ts CACHE-FOLDER CHANNEL-ALIAS NAME…`
 */
export async function readChannelThroughCache(cacheDirectory: string, alias: string, names: readonly string[]) {
  const session = startIndexSession({
    cacheDirectory,
    indexUrl: null,
    channelAlias: alias,
    allowHosts: ["127.0.0.1"],
  });
  const answer = await session.openChannels({ channels: ["c"], subdir: "linux-64" }).records(names);
  await session.close();
  if ("problem" in answer) return answer.problem.message;
  return answer.channels.flatMap(({ records }) => [...records.values()].flat().map(({ url }) => url));
}

if (process.argv[1] === import.meta.filename) {
  const [cacheDirectory = "", alias = "", ...names] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await readChannelThroughCache(cacheDirectory, alias, names)));
}
