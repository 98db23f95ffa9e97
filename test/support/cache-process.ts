import { startIndexSession } from "../../src/indexes/index-session.ts";

/**
 * Reads version 1.0 of projects through a shared cache. Run as a script, it does so in a process of its own and prints
 * the answers: `node cache-process.ts CACHE-FOLDER INDEX-URL NAME…`
 */
export async function readThroughCache(cacheDirectory: string, indexUrl: string, names: readonly string[]) {
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
  return answers;
}

if (process.argv[1] === import.meta.filename) {
  const [cacheDirectory = "", indexUrl = "", ...names] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await readThroughCache(cacheDirectory, indexUrl, names)));
}
