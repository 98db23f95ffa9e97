/** METADATA inside a wheel, read by ranges of it where the server can, else from the whole file. */
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { normalizeName } from "#packaging/names.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { BadBodyError, problem, RequestFailed } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import { downloadFile, fileRequest, fileStatusProblem } from "./download.ts";
import { coreMetadataAnswer, type MetadataOutcome, type WantedRelease } from "./metadata-answer.ts";
import { readZipTexts, ZIP_TAIL, type ByteSource } from "./zip-texts.ts";

/** Reads the metadata of a wheel. Throws RequestFailed, BadBodyError or TooLargeError where it cannot. */
export async function wheelMetadata(
  access: IndexAccess,
  file: IndexFile,
  wanted: WantedRelease,
): Promise<MetadataOutcome> {
  if (file.url.startsWith("file:"))
    return withDiskSource(fileURLToPath(file.url), (source) => fromZip(source, file, wanted));
  const remote = await remoteSource(access, file);
  if (remote !== null) return fromZip(remote, file, wanted);
  return access.cache.withTemporaryFile(async (path) => {
    await downloadFile(access, file, { path, maxBytes: access.limits.download });
    return withDiskSource(path, (source) => fromZip(source, file, wanted));
  });
}

/** Opens a file on disk for `work`. */
export async function withDiskSource<T>(path: string, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const read = async (start: number, length: number) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    return await work({ size, read, tail: Buffer.alloc(0) });
  } finally {
    await handle.close();
  }
}

async function fromZip(source: ByteSource, file: IndexFile, wanted: WantedRelease): Promise<MetadataOutcome> {
  const texts = await readZipTexts(source, (path) => /^[^/]+\.dist-info\/METADATA$/.test(path));
  const own = [...texts].filter(([path]) => normalizeName(path.split("-")[0] ?? "") === normalizeName(wanted.name));
  const text = own[0]?.[1];
  if (text === undefined || own.length > 1) {
    const found = own.length > 1 ? "more than one METADATA" : "no METADATA";
    return problem("bad-content", file.url, `${shownUrl(file.url)} has ${found} of ${wanted.name}; it is left out.`);
  }
  return coreMetadataAnswer(text, wanted, { url: file.url, origin: "wheel" });
}

/** The wheel by ranges; null where the server does not send ranges. */
async function remoteSource(access: IndexAccess, file: IndexFile): Promise<ByteSource | null> {
  const tail = await fetchRange(access, file, { header: `bytes=-${ZIP_TAIL}`, maxBytes: ZIP_TAIL });
  if (tail === null || tail.start + tail.bytes.length !== tail.size) return null;
  const read = async (start: number, length: number) => {
    const part = await fetchRange(access, file, { header: `bytes=${start}-${start + length - 1}`, maxBytes: length });
    if (part === null || part.start !== start) throw new BadBodyError("its server answers some ranges and not others");
    return part.bytes;
  };
  return { size: tail.size, read, tail: tail.bytes };
}

interface RangePart {
  readonly start: number;
  /** Of the whole file. */
  readonly size: number;
  readonly bytes: Buffer;
}

/** Milliseconds; a range is at most a few megabytes. */
const RANGE_DEADLINE = 120_000;

interface WantedRange {
  readonly header: string;
  readonly maxBytes: number;
}

/** One range of a file; null where the server would send the whole file, or knows no such range. */
async function fetchRange(access: IndexAccess, file: IndexFile, range: WantedRange): Promise<RangePart | null> {
  let chunks: Buffer[] = [];
  const request = {
    ...fileRequest(access, file, range.maxBytes),
    deadline: RANGE_DEADLINE,
    headers: { range: range.header, "accept-encoding": "identity" },
  };
  const head = await access.http.stream(request, (opened) => {
    chunks = [];
    return opened.status === 206 ? (chunk) => void chunks.push(chunk) : null;
  });
  if ("problem" in head) throw new RequestFailed(head.problem);
  if ([200, 400, 405, 416, 501].includes(head.status)) return null;
  if (head.status !== 206) throw new RequestFailed(fileStatusProblem(file.url, head.status).problem);
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(head.headers["content-range"] ?? "");
  if (match === null) return null;
  return { start: Number(match[1]), size: Number(match[2]), bytes: Buffer.concat(chunks) };
}
