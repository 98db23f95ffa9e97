/**
 * Serves the index of one project of the comparison with Poetry, in a process of its own so that its work is not
 * counted: `serve-project.ts recorded UNION DATE` or `serve-project.ts made COUNT SEED`. Prints its URL as JSON.
 */
import { startIndexServer } from "../test/support/index-server.ts";
import type { TestRelease } from "../test/support/index-data.ts";
import { loadUnionIndex } from "../test/support/union-index.ts";
import { makeProject } from "./made-project.ts";

/** What PyPI sends with the pages of its simple index. */
const MAX_AGE = 600;

/** The record was made from Poetry's notation, which leaves out the `==` that metadata needs. */
function asPypiHasIt(release: TestRelease): TestRelease {
  return { ...release, requiresDist: (release.requiresDist ?? []).map((text) => text.replace(/\((?=\d)/u, "(==")) };
}

const [kind = "", first = "", second = ""] = process.argv.slice(2);
const { releases } =
  kind === "made"
    ? makeProject(Number(first), Number(second))
    : // The hashes are those of the files sent: Poetry reads the metadata of a source distribution from the file.
      loadUnionIndex(first, second, "served");
const server = await startIndexServer({ releases: releases.map(asPypiHasIt), maxAge: MAX_AGE });
// The server makes its files when they are first asked for; that is nobody's time.
const headers = { accept: "application/vnd.pypi.simple.v1+json" };
for (const name of new Set(releases.map((release) => release.name))) {
  await (await fetch(`${server.url}/${name}/`, { headers })).arrayBuffer();
}
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
process.stdin.resume().on("end", () => void server.close());
