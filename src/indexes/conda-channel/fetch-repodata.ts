/** Fetches one form of a repodata.json to the disk, and makes a store of it. */
import { open, type FileHandle } from "node:fs/promises";
import { validators, type Freshness } from "../cache/freshness.ts";
import type { HttpAnswer, HttpClient, HttpHead, HttpRequest } from "../http/http-types.ts";
import { problem, problemOf, RequestFailed } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { FormAnswer } from "./folder-data.ts";
import { ingestRepodata } from "./ingest.ts";

/**
 * Fetching and reading do not overlap: a server that is done may close a connection that is read slowly. What is broken or
 * cut off leaves nothing behind.
 */
export async function fetchRepodata(access: IndexAccess, url: string, known: Freshness | null): Promise<FormAnswer> {
  const { http, cache, credentials, limits } = access;
  const request = {
    url,
    headers: known === null ? {} : validators(known),
    maxBytes: limits.channel,
    deadline: limits.channelMilliseconds,
    credentials,
  };
  const zstd = url.endsWith(".zst");
  return cache.withTemporaryFile(async (source): Promise<FormAnswer> => {
    try {
      const head = await downloadTo(http, request, source);
      if ("problem" in head) return head;
      if (head.status === 304 && known !== null) return { unchanged: head };
      if (head.status !== 200) return isMissing(head.status, !zstd) ? { missing: head } : refused(url, head.status);
      return { ...(await makeStore(access, source, zstd)), head };
    } catch (error) {
      return { problem: diskProblem(error, url) ?? problemOf(error, url).problem };
    }
  });
}

/** Makes a store of a file, and what is to be kept of it besides its blocks. Throws like `ingestRepodata`. */
export async function makeStore({ cache, limits }: IndexAccess, source: string, zstd: boolean) {
  const store = await cache.withTemporaryFile(async (target) => {
    const made = await ingestRepodata({ source, zstd, target, maxBytes: limits.channel });
    await cache.keepFile(target, made.data);
    return made;
  });
  return { data: { kind: "store", store } as const, body: Buffer.from(JSON.stringify(store)) };
}

/** Sends the body of a 200 to a file, which each try begins anew. */
async function downloadTo(http: HttpClient, request: HttpRequest, path: string): Promise<HttpAnswer<HttpHead>> {
  let file: FileHandle | null = null;
  try {
    return await http.stream(request, async ({ status }) => {
      await file?.close();
      file = null;
      if (status !== 200) return null;
      const opened = await open(path, "w", 0o600).catch(refuseDisk(request.url));
      file = opened;
      return async (chunk) => void (await opened.write(chunk).catch(refuseDisk(request.url)));
    });
  } finally {
    await (file as FileHandle | null)?.close();
  }
}

/** Inside a request an error of our own disk must not pass for one of the network. */
function refuseDisk(url: string) {
  return (error: unknown): never => {
    const found = diskProblem(error, url);
    throw found === null ? error : new RequestFailed(found);
  };
}

function diskProblem(error: unknown, url: string): IndexProblem | null {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (!/^E[A-Z]+$/.test(code)) return null;
  const advice = "make room for temporary files, or name another --cache-dir";
  return problem("unreachable", url, `What ${shownUrl(url)} sent could not be kept (${code}); ${advice}.`).problem;
}

/**
 * Whether a status says that there is no such file. Some hosts say so in odd ways; of the last form that is tried, only the
 * plain ways count, so that what is forbidden is not taken for what is missing.
 */
export function isMissing(status: number, last: boolean): boolean {
  return status === 404 || status === 410 || (!last && (status === 403 || status === 406 || status === 501));
}

export function refused(url: string, status: number): { readonly problem: IndexProblem } {
  const advice = status === 401 || status === 403 ? "check the credentials" : "check the URL of the channel";
  return problem("unreachable", url, `${shownUrl(url)} answered with status ${status}; ${advice}.`);
}
