/** Reads names of a channel through a cache folder and says how long it took: ALIAS CACHE-FOLDER NAME… */
import { startIndexSession } from "../src/indexes/index-session.ts";

const [channelAlias = "", cacheDirectory = "", ...names] = process.argv.slice(2);
const began = performance.now();
const session = startIndexSession({ cacheDirectory, indexUrl: null, channelAlias, allowHosts: ["127.0.0.1"] });
const answer = await session.openChannels({ channels: ["big"], subdir: "linux-64" }).records(names);
if ("problem" in answer) throw new Error(answer.problem.message);
const records = answer.channels.flatMap((channel) => [...channel.records.values()].flat()).length;
await session.close();
process.stdout.write(JSON.stringify({ records, milliseconds: Math.round(performance.now() - began) }));
