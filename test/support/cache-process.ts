/** A process of its own that reads projects through a shared cache. Arguments: cache folder, index URL, names. */
import { startIndexSession } from "../../src/indexes/index-session.ts";

const [cacheDirectory = "", indexUrl = "", ...names] = process.argv.slice(2);
const session = startIndexSession({ cacheDirectory, indexUrl, allowHosts: ["127.0.0.1"] });
const index = session.open({
  strategy: "first-index",
  indexes: [{ name: "pypi", url: "https://pypi.org/simple", kind: "index", use: "normal" }],
});
const answers = await Promise.all(
  names.map(async (name) => {
    const answer = await index.listing({ name, source: null });
    if ("problem" in answer) return answer.problem.message;
    const files = answer.listings.flatMap((listing) => listing.files);
    const metadata = await index.metadata(name, "1.0", files);
    return "problem" in metadata ? metadata.problem.message : `${name} ${metadata.metadata.requiresDist.join(" ")}`;
  }),
);
await session.close();
process.stdout.write(JSON.stringify(answers));
