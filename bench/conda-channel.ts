/**
 * Time and memory of reading a conda channel of conda-forge's size, cold and warm, packed and plain. The channel is a real
 * one, multiplied by renumbering versions: `node bench/conda-channel.ts [TIMES]` (20).
 */
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { repodataOf } from "../test/support/conda-server.ts";
import { measureProcess } from "./measure-process.ts";

type Members = Readonly<Record<string, { readonly version: string; readonly name: string; readonly build: string }>>;

/** Names that a solve of a scientific environment reaches. */
const REACHED =
  "python numpy scipy pandas openssl zlib libzlib ca-certificates libffi ncurses readline sqlite tk xz bzip2 libgcc-ng libgcc " +
  "libstdcxx-ng libgomp _libgcc_mutex _openmp_mutex ld_impl_linux-64 libuuid libnsl libexpat python_abi libblas libcblas liblapack " +
  "libgfortran libgfortran5 libopenblas mkl blas matplotlib-base kiwisolver";

/** The text of a channel in which each file stands `times` times, each time with another version. */
function* multiplied(document: Readonly<Record<string, Members>>, times: number): Generator<string> {
  yield '{"info":{"subdir":"linux-64"}';
  for (const section of ["packages", "packages.conda"]) {
    const extension = section === "packages" ? ".tar.bz2" : ".conda";
    let separator = `,"${section}":{`;
    for (const record of Object.values(document[section] ?? {})) {
      for (let copy = 0; copy < times; copy++) {
        const version = copy === 0 ? record.version : `${copy}.${record.version}`;
        const filename = `${record.name}-${version}-${record.build}${extension}`;
        yield `${separator}${JSON.stringify(filename)}:${JSON.stringify({ ...record, version })}`;
        separator = ",";
      }
    }
    yield separator === "," ? "}" : `${separator}}`;
  }
  yield ',"removed":[],"repodata_version":1}';
}

async function serveFile(path: string, form: string) {
  const { size } = statSync(path);
  const server = createServer((request, response) => {
    if (request.url !== `/big/linux-64/${form}`) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === '"1"') response.writeHead(304, { etag: '"1"' }).end();
    else {
      response.writeHead(200, { etag: '"1"', "content-length": String(size) });
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
    await pipeline(Readable.from(multiplied(document, times)), createWriteStream(plain));
    await pipeline(createReadStream(plain), createZstdCompress(), createWriteStream(`${plain}.zst`));
    process.stdout.write(`${times}-fold conda-forge linux-64: ${Math.round(statSync(plain).size / 1e6)} MB\n`);
    for (const form of ["repodata.json.zst", "repodata.json"]) {
      const server = await serveFile(join(work, form), form);
      for (const run of ["cold", "warm"]) {
        const words = [
          join(import.meta.dirname, "read-channel.ts"),
          server.origin,
          join(work, form.slice(8)),
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

await main(Number(process.argv[2] ?? 20));
