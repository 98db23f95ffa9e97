/** The metadata of an sdist, from its texts; nothing of it is ever executed. */
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import type { IndexFile } from "#packaging/index-records.ts";
import { BadBodyError, problem, TooLargeError } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import { downloadFile } from "./download.ts";
import { checkedMetadata, type MetadataOutcome, type WantedRelease } from "./metadata-answer.ts";
import { staticSdistMetadata, type SdistTexts } from "./sdist-static.ts";
import { withDiskSource } from "./wheel.ts";
import { readZipTexts } from "./zip-texts.ts";

const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** Reads the static metadata of an sdist. Throws RequestFailed, BadBodyError or TooLargeError where it cannot. */
export async function sdistMetadata(
  access: IndexAccess,
  file: IndexFile,
  wanted: WantedRelease,
): Promise<MetadataOutcome> {
  const shown = shownUrl(file.url);
  if (!/\.(tar\.gz|tgz|zip|tar)$/.test(file.filename)) {
    const sentence = `${shown} is the only file of ${wanted.name} ${wanted.version}, and its kind of archive is not read; it is held back.`;
    return problem("needs-build", file.url, sentence);
  }
  const texts = file.url.startsWith("file:")
    ? await readSdist(fileURLToPath(file.url), file.filename, access.limits.unpacked)
    : await access.cache.withTemporaryFile(async (path) => {
        await downloadFile(access, file, { path, maxBytes: access.limits.download });
        return readSdist(path, file.filename, access.limits.unpacked);
      });
  const metadata = staticSdistMetadata(texts, wanted);
  if (metadata !== null) return checkedMetadata(metadata, wanted, file.url);
  const sentence = `${shown} does not say what ${wanted.name} ${wanted.version} depends on without being built, and nothing is built here; it is held back.`;
  return problem("needs-build", file.url, sentence);
}

async function readSdist(path: string, filename: string, maxBytes: number): Promise<SdistTexts> {
  const texts = filename.endsWith(".zip")
    ? await withDiskSource(path, (source) => readZipTexts(source, isWanted))
    : await readTarTexts(path, filename.endsWith(".tar") ? null : createGunzip(), maxBytes);
  const find = (pattern: RegExp) => {
    const paths = [...texts.keys()].filter((candidate) => pattern.test(candidate)).sort();
    return paths[0] === undefined ? null : (texts.get(paths[0]) ?? null);
  };
  return {
    pkgInfo: find(/^[^/]+\/PKG-INFO$/),
    pyproject: find(/^[^/]+\/pyproject\.toml$/),
    requiresTxt: find(/^[^/]+\/(?:src\/)?[^/]+\.egg-info\/requires\.txt$/),
  };
}

/** The project's own files alone: a vendored project has such files too, further down. */
function isWanted(path: string): boolean {
  return /^[^/]+\/(PKG-INFO|pyproject\.toml|(src\/)?[^/]+\.egg-info\/requires\.txt)$/.test(path.replace(/^\.\//, ""));
}

/** Archives from before POSIX have no magic number. The option is not in the types of tar-stream 3.2. */
const OLD_FORMATS_TOO: object = { allowUnknownFormat: true };

async function readTarTexts(
  path: string,
  unpack: Transform | null,
  maxBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const archive = extract(OLD_FORMATS_TOO);
  let left = MAX_TEXT_BYTES;
  archive.on("entry", (header, stream, next) => {
    const name = header.name.replace(/^\.\//, "");
    const chunks: Buffer[] = [];
    const wanted = header.type === "file" && isWanted(name);
    // First of all: without a listener, the end of the archive would be an error of the whole process.
    stream.on("error", () => undefined);
    if (wanted) left -= header.size ?? 0;
    if (left < 0) return archive.destroy(new TooLargeError(MAX_TEXT_BYTES));
    stream.on("data", (chunk) => {
      if (wanted) chunks.push(chunk as Buffer);
    });
    stream.on("end", () => {
      if (wanted) texts.set(name, Buffer.concat(chunks).toString("utf8"));
      next();
    });
  });
  let total = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      done(total > maxBytes ? new TooLargeError(maxBytes) : null, chunk);
    },
  });
  try {
    const input = createReadStream(path);
    await (unpack === null ? pipeline(input, counter, archive) : pipeline(input, unpack, counter, archive));
  } catch (error) {
    throw error instanceof TooLargeError ? error : new BadBodyError("it is not a sound tar archive", { cause: error });
  }
  return texts;
}
