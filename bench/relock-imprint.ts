/**
 * How long the index data of an imprint-sized project takes: about 184 packages, cold and warm, with the listing and
 * the metadata of the newest release of each. Usage: `node bench/relock-imprint.ts [runs]`
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { startIndexSession } from "#indexes/index-session.ts";
import { parseSdistFilename, parseWheelFilename } from "#packaging/filenames.ts";
import { compareVersions, type Pep440Version } from "#packaging/pep440-version.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import type { PackageIndex } from "#ports.ts";

interface Served {
  readonly url: string;
  readonly findLinksUrl: string;
}

interface Figure {
  readonly name: string;
  readonly milliseconds: readonly number[];
}

const data = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data");
const union = join(data, "imprint/union-index.json");
const lock = join(data, "imprint/head/poetry.lock");

/** Starts the server process; `stop` ends it. */
async function serve(latency: number, maxAge: number): Promise<{ served: Served; stop: () => Promise<void> }> {
  const script = join(import.meta.dirname, "serve-recorded.ts");
  const child = spawn(process.execPath, [script, union, String(latency), String(maxAge)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const stop = async () => {
    child.stdin.end();
    await once(child, "exit");
  };
  return { served: JSON.parse(line) as Served, stop };
}

/** Reads all projects as a solver would that needs each once. @returns milliseconds */
async function readAll(served: Served, cacheDirectory: string, options: { offline: boolean }): Promise<number> {
  const start = performance.now();
  const session = startIndexSession({ cacheDirectory, indexUrl: served.url, allowHosts: ["127.0.0.1"], ...options });
  const index = session.open({
    strategy: "first-index",
    indexes: [
      { name: "pypi", url: "https://pypi.org/simple", kind: "index", use: "normal" },
      { name: "jax", url: served.findLinksUrl, kind: "find-links", use: "explicit" },
    ],
  });
  await Promise.all(names.map((name) => readProject(index, name)));
  const time = performance.now() - start;
  await session.close();
  return time;
}

async function readProject(index: PackageIndex, name: string): Promise<void> {
  const answer = await index.listing({ name, source: null });
  if ("problem" in answer) throw new Error(answer.problem.message);
  const [version, files] = newest(
    name,
    answer.listings.flatMap((listing) => listing.files),
  );
  const metadata = await index.metadata(name, version, files);
  if ("problem" in metadata) throw new Error(metadata.problem.message);
}

function newest(name: string, files: readonly IndexFile[]): readonly [string, readonly IndexFile[]] {
  let best: Pep440Version | null = null;
  let chosen: IndexFile[] = [];
  for (const file of files) {
    const version = (parseWheelFilename(file.filename) ?? parseSdistFilename(file.filename, name))?.version;
    if (version === undefined) continue;
    const order = best === null ? 1 : compareVersions(version, best);
    if (order > 0) [best, chosen] = [version, []];
    if (order >= 0) chosen.push(file);
  }
  return [best?.text ?? "", chosen];
}

async function measure(runs: number, latency: number): Promise<Figure[]> {
  const cold: number[] = [];
  const revalidated: number[] = [];
  const fresh: number[] = [];
  const offline: number[] = [];
  for (let run = 0; run < runs; run++) {
    const folder = mkdtempSync(join(tmpdir(), "relock-bench-"));
    const asking = await serve(latency, 0);
    // The server makes its files when they are first asked for; that is not the client's time.
    await readAll(asking.served, join(folder, "unmeasured"), { offline: false });
    cold.push(await readAll(asking.served, join(folder, "asking"), { offline: false }));
    revalidated.push(await readAll(asking.served, join(folder, "asking"), { offline: false }));
    offline.push(await readAll(asking.served, join(folder, "asking"), { offline: true }));
    await asking.stop();
    const lasting = await serve(latency, 600);
    await readAll(lasting.served, join(folder, "lasting"), { offline: false });
    fresh.push(await readAll(lasting.served, join(folder, "lasting"), { offline: false }));
    await lasting.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    { name: "cold", milliseconds: cold },
    { name: "warm, pages revalidated (304)", milliseconds: revalidated },
    { name: "warm, pages fresh", milliseconds: fresh },
    { name: "offline", milliseconds: offline },
  ];
}

function lockedNames(text: string): readonly string[] {
  const found = Array.from(text.matchAll(/^\[\[package\]\]\nname = "(.*)"$/gm), (match) => match[1] ?? "");
  return [...new Set(found)];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (!existsSync(union)) {
  process.stderr.write(`No recorded index at ${union}: set RELOCK_TEST_DATA to the folder of test data.\n`);
  process.exit(2);
}
const names = lockedNames(readFileSync(lock, "utf8"));
const runs = Number(process.argv[2] ?? 3);
for (const latency of [0, 20]) {
  for (const { name, milliseconds } of await measure(runs, latency)) {
    const spread = milliseconds.map((time) => time.toFixed(0)).join(" ");
    process.stdout.write(
      `${names.length} packages, latency ${latency} ms, ${name}: ${median(milliseconds).toFixed(0)} ms (${spread})\n`,
    );
  }
}
process.stdout.write(`peak memory of the client: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`);
