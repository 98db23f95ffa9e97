/**
 * Conda solves beside rattler's on the same channel over HTTP: in process and end to end, cold and warm, on a real channel and on one
 * many times its size, and six platforms beside one: `node bench/conda-solve.ts [--times 20] [--rounds 3] [--environment medium]`.
 */
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { parseArgs } from "node:util";
import { defaultVirtualPackages } from "../src/packaging/target.ts";
import { repodataOf } from "../test/support/conda-server.ts";
import { measureProcess } from "./measure-process.ts";
import { multiplied, textOf, type Members } from "./multiplied-channel.ts";

const ENVIRONMENTS: Readonly<Record<string, string>> = {
  small: "python=3.12 numpy",
  medium: "python=3.12 pandas scipy matplotlib scikit-learn jupyterlab",
  large: "python=3.11 xarray netcdf4 cartopy dask zarr jupyterlab hvplot gdal rasterio geopandas",
};
const SIX = ["linux-64", "linux-64-cuda", "linux-aarch64", "osx-64", "osx-arm64", "win-64"];
const SUBDIRS = ["noarch", ...SIX.filter((each) => !each.endsWith("-cuda"))];
/** Solves in one process, of which the median counts. */
const RUNS = "5";

interface Timed {
  readonly milliseconds: number;
  readonly processor: number;
}

interface Measured {
  readonly packages: number;
  /** Ours: the first run of the process, and the others when the code is compiled; rattler has been run once before. */
  readonly first?: Timed;
  readonly all: Timed;
  /** Ours: the solves alone. */
  readonly solve?: Timed;
  /** Rattler: one package without dependencies. */
  readonly single?: Timed;
  readonly peak: number;
}

interface Run {
  readonly tool: "relock" | "rattler";
  readonly origin: string;
  readonly cache: string;
  readonly channel: string;
  readonly platforms: readonly string[];
  readonly specs: string;
}

async function measure({ tool, origin, cache, channel, platforms, specs }: Run): Promise<Measured> {
  const script = join(import.meta.dirname, "solve-conda-process.ts");
  const words = [script, tool, origin, cache, RUNS, platforms.join(","), channel, ...specs.split(" ")];
  const flags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];
  const { stdout, peakMegabytes } = await measureProcess([process.execPath, ...flags, ...words], {});
  return { ...(JSON.parse(stdout) as Measured), peak: peakMegabytes ?? 0 };
}

/** Writes each folder of the channel as repodata.json.zst; `times` above one multiplies the records of linux-64. */
async function writeChannel(source: string, target: string, times: number): Promise<void> {
  for (const subdir of times === 1 ? SUBDIRS : ["noarch", "linux-64"]) {
    const text = repodataOf({ folder: source }, subdir)?.toString() ?? "{}";
    const document = JSON.parse(text) as Record<string, Members>;
    const copies = subdir === "noarch" ? 1 : times;
    const path = join(target, `${subdir}.json`);
    await pipeline(Readable.from(textOf(readable(multiplied(document, copies)))), createWriteStream(path));
    await pipeline(createReadStream(path), createZstdCompress(), createWriteStream(`${path}.zst`));
  }
}

/** Without the files whose version is none: rattler refuses every name beside them. */
function* readable(files: ReturnType<typeof multiplied>): ReturnType<typeof multiplied> {
  for (const file of files) if (!file[2].version.includes("%")) yield file;
}

async function serve(channels: Readonly<Record<string, string>>) {
  const virtual = JSON.stringify({ packages: Object.fromEntries(virtualFiles()), "packages.conda": {} });
  const server = createServer((request, response) => {
    const [, channel = "", subdir = "", packed] =
      /^\/([^/]+)\/([^/]+)\/repodata\.json(\.zst)?$/.exec(request.url ?? "") ?? [];
    const path = join(channels[channel] ?? "", `${subdir}.json.zst`);
    if (channel === "virtual" && packed === undefined && subdir === "noarch") response.writeHead(200).end(virtual);
    else if (packed === undefined || channels[channel] === undefined || !existsSync(path))
      response.writeHead(404).end();
    else if (request.headers["if-none-match"] === '"1"') response.writeHead(304, { etag: '"1"' }).end();
    else {
      response.writeHead(200, { etag: '"1"', "content-length": String(statSync(path).size) });
      createReadStream(path).pipe(response);
    }
  });
  // A client that solves for long does not see that its idle connection ended.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** What linux-64 has, as packages: rattler for JavaScript takes no virtual packages. */
function virtualFiles(): readonly (readonly [string, object])[] {
  return defaultVirtualPackages("linux-64", "cpu").map(({ name, version, build }) => [
    `${name}-${version}-${build}.tar.bz2`,
    { name, version, build, build_number: 0, depends: [], subdir: "noarch" },
  ]);
}

function show(label: string, { milliseconds, processor }: Timed, peak?: number): void {
  const memory = peak === undefined ? "" : `, peak ${Math.round(peak)} MB`;
  process.stdout.write(`  ${label}: ${milliseconds.toFixed(0)} ms, processor ${processor.toFixed(0)} ms${memory}\n`);
}

function ratio(label: string, ours: readonly number[], theirs: readonly number[]): void {
  const value = middle(ours) / middle(theirs);
  process.stdout.write(`  ${label}: ${value.toFixed(2)} of rattler's\n`);
}

function middle(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >>> 1] ?? Number.NaN;
}

/** The two take turns, so that other work on the machine meets both. */
async function compare(run: Omit<Run, "tool" | "cache">, work: string, rounds: number): Promise<void> {
  const cache = mkdtempSync(join(work, "cache-"));
  const cold: Measured[] = [];
  const warm: Measured[] = [];
  const peer: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    cold.push(await measure({ ...run, tool: "relock", cache: mkdtempSync(join(work, "cold-")) }));
    if (round === 0) await measure({ ...run, tool: "relock", cache });
    warm.push(await measure({ ...run, tool: "relock", cache }));
    peer.push(await measure({ ...run, tool: "rattler", cache }));
  }
  const [coldest, warmest, other] = [cold[0], warm[0], peer[0]];
  if (coldest === undefined || warmest?.solve === undefined || other?.single === undefined) return;
  process.stdout.write(`  ${warmest.packages} packages here, ${other.packages} there\n`);
  if (coldest.first !== undefined) show("relock, cold, first in its process", coldest.first, coldest.peak);
  if (warmest.first !== undefined) show("relock, warm, first in its process", warmest.first);
  show("relock, warm", warmest.all, warmest.peak);
  show("relock, in process", warmest.solve);
  show("rattler", other.all, other.peak);
  show("rattler, one package without dependencies", other.single);
  const own = peer.map(({ all, single }) => all.processor - (single?.processor ?? 0));
  ratio(
    "in process, processor time",
    warm.map(({ solve }) => solve?.processor ?? 0),
    own,
  );
  const walls = peer.map(({ all, single }) => all.milliseconds - (single?.milliseconds ?? 0));
  ratio(
    "in process, time",
    warm.map(({ solve }) => solve?.milliseconds ?? 0),
    walls,
  );
  for (const [label, ours] of [
    ["cold", cold.map(({ first, all }) => first ?? all)],
    ["warm, first in its process", warm.map(({ first, all }) => first ?? all)],
    ["warm", warm.map(({ all }) => all)],
  ] as const) {
    ratio(
      `end to end ${label}, processor time`,
      ours.map(({ processor }) => processor),
      peer.map(({ all }) => all.processor),
    );
    ratio(
      `end to end ${label}, time`,
      ours.map(({ milliseconds }) => milliseconds),
      peer.map(({ all }) => all.milliseconds),
    );
  }
}

async function sixPlatforms(origin: string, work: string): Promise<void> {
  const cache = mkdtempSync(join(work, "cache-"));
  const run = { tool: "relock" as const, origin, cache, channel: "corpus", specs: ENVIRONMENTS["medium"] ?? "" };
  await measure({ ...run, platforms: SIX });
  const one = await measure({ ...run, platforms: ["linux-64"] });
  const six = await measure({ ...run, platforms: SIX });
  if (one.first === undefined || six.first === undefined) return;
  show("one platform, warm, first in its process", one.first, one.peak);
  show("six platforms, warm, first in their process", six.first, six.peak);
  show("one platform, warm", one.all);
  show("six platforms, warm", six.all);
  if (one.solve === undefined || six.solve === undefined) return;
  show("one platform, in process", one.solve);
  show("six platforms, in process", six.solve);
  for (const [label, left, right] of [
    ["warm, first", six.first, one.first],
    ["warm", six.all, one.all],
    ["in process", six.solve, one.solve],
  ] as const) {
    process.stdout.write(`  six to one, ${label}, processor time: ${(left.processor / right.processor).toFixed(2)}\n`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { times: { type: "string" }, rounds: { type: "string" }, environment: { type: "string" } },
  });
  const source = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data", "conda/conda-forge");
  if (!existsSync(source)) throw new Error("there is no real channel: set RELOCK_TEST_DATA");
  const work = mkdtempSync(join(tmpdir(), "relock-bench-"));
  const folders = { corpus: mkdtempSync(join(work, "corpus-")), big: mkdtempSync(join(work, "big-")) };
  const times = Number(values.times ?? 20);
  await writeChannel(source, folders.corpus, 1);
  if (times > 1) await writeChannel(source, folders.big, times);
  const server = await serve(folders);
  try {
    for (const channel of times > 1 ? ["corpus", "big"] : ["corpus"]) {
      for (const [name, specs] of Object.entries(ENVIRONMENTS)) {
        if (name !== (values.environment ?? name)) continue;
        process.stdout.write(`${channel === "big" ? `${times}-fold, ` : ""}${name} (${specs})\n`);
        const rounds = channel === "big" ? 1 : Number(values.rounds ?? 3);
        await compare({ origin: server.origin, channel, platforms: ["linux-64"], specs }, work, rounds);
      }
    }
    process.stdout.write("six platforms\n");
    await sixPlatforms(server.origin, work);
  } finally {
    server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

await main();
