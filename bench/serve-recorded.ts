/** Serves the recorded index in a process of its own, so that its work is not counted. Prints its URLs as JSON. */
import { startIndexServer } from "../test/support/index-server.ts";
import { loadUnionIndex } from "../test/support/union-index.ts";

const [path = "", latency = "0", maxAge = "0"] = process.argv.slice(2);
const server = await startIndexServer({
  ...loadUnionIndex(path, null),
  latency: Number(latency),
  maxAge: Number(maxAge),
});
process.stdout.write(`${JSON.stringify({ url: server.url, findLinksUrl: server.findLinksUrl })}\n`);
process.stdin.resume().on("end", () => void server.close());
