/**
 * Relocks a folder several times in one process, as the service's workers do: `relock-again.ts FOLDER CACHE COUNT`.
 * Prints the seconds and processor seconds of each as JSON. Nothing is written; each run reads the files and the cache on disk again.
 */
import { readCheckout } from "#cli/read-checkout.ts";
import { lockProjects } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import { startIndexSession } from "#indexes/index-session.ts";

const [folder = "", cacheDirectory = "", count = "5"] = process.argv.slice(2);
const session = startIndexSession({ cacheDirectory, indexUrl: null, allowHosts: ["127.0.0.1"] });
const measured: { readonly seconds: number; readonly processorSeconds: number }[] = [];
for (let run = 0; run < Number(count); run += 1) {
  const began = performance.now();
  const used = process.cpuUsage();
  const snapshot = await readCheckout(folder, () => true);
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  const context = {
    openIndex: session.open,
    openChannels: session.openChannels,
    openNames: session.openNames,
    hasMirror: session.hasMirror,
    now: Date.now(),
    excludeNewer: null,
    undated: "keep" as const,
    progress: () => undefined,
    elapsed: () => performance.now(),
    spent: () => undefined,
  };
  const result = await lockProjects(context, found, { packages: [], upgrade: true });
  if (result.failures.length > 0) throw new Error(result.failures.map(({ explanation }) => explanation).join("\n"));
  const { user, system } = process.cpuUsage(used);
  measured.push({ seconds: (performance.now() - began) / 1000, processorSeconds: (user + system) / 1e6 });
}
await session.close();
process.stdout.write(JSON.stringify(measured));
