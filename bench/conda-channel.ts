/**
 * Time and memory of reading a conda channel of conda-forge's size, cold and warm, in shards, packed and plain. The channel is
 * a real one, multiplied by renumbering versions: `node bench/conda-channel.ts [TIMES]` (20).
 */
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { repodataOf } from "../test/support/conda-server.ts";
import { pack, shardsOf } from "../test/support/conda-shards.ts";
import { measureProcess } from "./measure-process.ts";
import { multiplied, textOf, type Members } from "./multiplied-channel.ts";

const SHARDS = "repodata_shards.msgpack.zst";

/** Names that a solve of a scientific environment reaches. */
const REACHED =
  "python numpy scipy pandas openssl zlib libzlib ca-certificates libffi ncurses readline sqlite tk xz bzip2 libgcc-ng libgcc " +
  "libstdcxx-ng libgomp _libgcc_mutex _openmp_mutex ld_impl_linux-64 libuuid libnsl libexpat python_abi libblas libcblas liblapack " +
  "libgfortran libgfortran5 libopenblas mkl blas matplotlib-base kiwisolver";

/** Writes the index and the shards of the same files, a name at a time. */
function writeShards(folder: string, document: Readonly<Record<string, Members>>, times: number): number {
  const files = Object.entries(document).flatMap(([section, members]) =>
    section.startsWith("packages") ? Object.entries(members).map((member) => [section, ...member] as const) : [],
  );
  const hashes: Record<string, Uint8Array> = {};
  let bytes = 0;
  for (const [name, own] of Map.groupBy(files, ([, , record]) => record.name)) {
    const parts: Record<string, Record<string, Members[string]>> = { packages: {}, "packages.conda": {} };
    for (const [section, filename, record] of own) parts[section] = { ...parts[section], [filename]: record };
    const text = Buffer.from([...textOf(multiplied(parts, times))].join(""));
    for (const [hex, shard] of shardsOf(text).shards) {
      hashes[name] = Buffer.from(hex, "hex");
      writeFileSync(join(folder, `${hex}.msgpack.zst`), shard);
      bytes += shard.length;
    }
  }
  writeFileSync(join(folder, SHARDS), pack({ version: 1, info: { shards_base_url: "" }, shards: hashes }));
  return bytes;
}

/** Serves one form of the channel: a file, and what it leads to. */
async function serveForm(folder: string, form: string) {
  const server = createServer((request, response) => {
    const [, file = ""] = /^\/big\/linux-64\/([^/]+)$/.exec(request.url ?? "") ?? [];
    const path = join(folder, file);
    const served = file === form || (form === SHARDS && file.endsWith(".msgpack.zst"));
    if (!served || !existsSync(path)) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === '"1"') response.writeHead(304, { etag: '"1"' }).end();
    else {
      response.writeHead(200, { etag: '"1"', "content-length": String(statSync(path).size) });
      createReadStream(path).pipe(response);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

async function main(times: number): Promise<void> {
  const folder = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data", "conda/conda-forge");
  if (!existsSync(folder)) throw new Error("there is no real channel: set RELOCK_TEST_DATA");
  const work = mkdtempSync(join(tmpdir(), "relock-bench-"));
  try {
    const plain = join(work, "repodata.json");
    const document = JSON.parse(repodataOf({ folder }, "linux-64")?.toString() ?? "{}") as Record<string, Members>;
    await pipeline(Readable.from(textOf(multiplied(document, times))), createWriteStream(plain));
    await pipeline(createReadStream(plain), createZstdCompress(), createWriteStream(`${plain}.zst`));
    const shards = writeShards(work, document, times);
    process.stdout.write(
      `${times}-fold conda-forge linux-64: ${megabytes(statSync(plain).size)} plain, ` +
        `${megabytes(statSync(`${plain}.zst`).size)} packed, ${megabytes(shards)} in shards\n`,
    );
    for (const form of [SHARDS, "repodata.json.zst", "repodata.json"]) {
      const server = await serveForm(work, form);
      for (const run of ["cold", "warm"]) {
        const words = [
          join(import.meta.dirname, "read-channel.ts"),
          server.origin,
          join(work, `cache of ${form}`),
          ...REACHED.split(" "),
        ];
        const measured = await measureProcess(
          [process.execPath, "--disable-warning=ExperimentalWarning", ...words],
          {},
        );
        const { processorSeconds, peakMegabytes, stdout } = measured;
        process.stdout.write(
          `${form} ${run}: ${stdout}, processor ${processorSeconds ?? "?"} s, peak ${Math.round(peakMegabytes ?? 0)} MB\n`,
        );
      }
      server.close();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

await main(Number(process.argv[2] ?? 20));
