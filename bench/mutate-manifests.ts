/** Reads and edits mutants of real manifests: `node bench/mutate-manifests.ts [COUNT] [FIRST]`. Exits 1 on a failure. */
import { resolve } from "node:path";
import { manifestSeeds, runMutations } from "../test/support/mutate-manifests.ts";

const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 1);
const seeds = manifestSeeds(resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data"));
const began = performance.now();
const report = runMutations(seeds, count, first);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
process.stdout.write(
  `${JSON.stringify({ seeds: seeds.length, seconds, ...report, failures: report.failures.slice(0, 20) }, null, 2)}\n`,
);
process.exitCode = report.failures.length === 0 ? 0 : 1;
