/** Downloads a whole file to the disk for a while, and verifies the hashes that its index gave. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { IndexFile } from "#packaging/index-records.ts";
import type { HttpHead, HttpRequest } from "../http/http-types.ts";
import { problem, RequestFailed } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";

export interface Download {
  readonly head: HttpHead;
  readonly sha256: string;
  readonly bytes: number;
}

const DOWNLOAD_DEADLINE = 30 * 60_000;

/** The request for a file of an index. */
export function fileRequest(access: IndexAccess, file: IndexFile, maxBytes: number): HttpRequest {
  return { url: file.url, maxBytes, deadline: DOWNLOAD_DEADLINE, credentials: access.credentials };
}

/**
 * Streams a file to `path`, or only through the hash with `path` null. Throws RequestFailed with the problem where it
 * cannot be had, is larger than `maxBytes`, or has another hash than listed.
 */
export async function downloadFile(
  access: IndexAccess,
  file: IndexFile,
  options: { readonly path: string | null; readonly maxBytes: number },
): Promise<Download> {
  const expected = strongestHash(file.hashes);
  let hash = createHash(expected?.algorithm ?? "sha256");
  let sha256 = createHash("sha256");
  let bytes = 0;
  const output = options.path === null ? null : await open(options.path, "w");
  try {
    const head = await access.http.stream(fileRequest(access, file, options.maxBytes), async () => {
      hash = createHash(expected?.algorithm ?? "sha256");
      sha256 = createHash("sha256");
      bytes = 0;
      await output?.truncate(0);
      return async (chunk) => {
        hash.update(chunk);
        sha256.update(chunk);
        await output?.write(chunk, 0, chunk.length, bytes);
        bytes += chunk.length;
      };
    });
    if ("problem" in head) throw new RequestFailed(head.problem);
    if (head.status !== 200) throw new RequestFailed(fileStatusProblem(file.url, head.status).problem);
    const actual = hash.digest("hex");
    if (expected !== null && actual !== expected.digest) {
      const said = `has the ${expected.algorithm} ${actual}, but its index says ${expected.digest}`;
      const failed = problem("hash-mismatch", file.url, `${shownUrl(file.url)} ${said}; it is not used.`);
      throw new RequestFailed(failed.problem);
    }
    return { head, sha256: sha256.digest("hex"), bytes };
  } finally {
    await output?.close();
  }
}

export function fileStatusProblem(url: string, status: number) {
  const missing = status === 404 || status === 410;
  const advice = missing ? "the index lists a file that is gone" : "check access to this index";
  return problem(
    missing ? "not-found" : "unreachable",
    url,
    `${shownUrl(url)} answered with status ${status}; ${advice}.`,
  );
}

function strongestHash(hashes: IndexFile["hashes"]): { readonly algorithm: string; readonly digest: string } | null {
  for (const algorithm of ["sha512", "sha384", "sha256", "sha224", "sha1", "md5"]) {
    const digest = hashes[algorithm];
    if (digest !== undefined) return { algorithm, digest };
  }
  return null;
}
