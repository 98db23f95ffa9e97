/** Pages that change: asked for again by their validators, and not at all while they are fresh (RFC 9111). */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { HttpClient, HttpResponse } from "../http/http-types.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { Credentials } from "../http/credentials.ts";
import type { DiskCache } from "./disk-cache.ts";
import { freshnessOf, isFresh, isReachedOpenly, pageKey, renewed, validators, type Freshness } from "./freshness.ts";

export interface PageRequest {
  readonly url: string;
  readonly accept: string;
  readonly credentials: Credentials;
}

export interface Page {
  readonly status: number;
  /** After redirects: what relative links are relative to. */
  readonly url: string;
  /** Lower case, without parameters. */
  readonly contentType: string;
  readonly body: Buffer;
}

/** How a page is stored; its body is a blob. */
interface StoredPage extends Freshness {
  readonly status: number;
  readonly url: string;
  readonly contentType: string;
  readonly blob: string | null;
}

interface KnownPage {
  readonly stored: StoredPage;
  readonly page: Page;
}

const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const PAGE_DEADLINE = 60_000;
/** Answers that say something of the project, and may be remembered like a page. */
const REMEMBERED = [200, 401, 403, 404, 410];

/** Fetches a page, through the cache. Offline, the cache alone answers, however old. */
export async function fetchPage(
  http: HttpClient,
  cache: DiskCache,
  request: PageRequest,
): Promise<{ readonly page: Page } | { readonly problem: IndexProblem }> {
  const key = pageKey(http, "page", request);
  const known = await readKnown(cache, key);
  if (http.offline) {
    if (known !== null) return { page: known.page };
    const sentence = `${shownUrl(request.url)} is not in the cache; run once without --offline.`;
    return problem("offline", request.url, sentence);
  }
  if (known !== null && isFresh(known.stored, http.now())) return { page: known.page };
  const answer = await http.fetch({
    url: request.url,
    headers: {
      accept: request.accept,
      ...(known === null || known.stored.blob === null ? {} : validators(known.stored)),
    },
    maxBytes: MAX_PAGE_BYTES,
    deadline: PAGE_DEADLINE,
    credentials: request.credentials,
  });
  if ("problem" in answer) return answer;
  if (answer.status === 304 && known !== null) {
    await cache.write("pages", key, { ...known.stored, ...renewed(answer, http.now()) });
    return { page: known.page };
  }
  return { page: await keep(cache, isReachedOpenly(http, request, answer) ? key : null, answer, http.now()) };
}

async function readKnown(cache: DiskCache, key: string): Promise<KnownPage | null> {
  const stored = (await cache.read("pages", key)) as StoredPage | null;
  if (stored === null) return null;
  const body = stored.blob === null ? Buffer.alloc(0) : await cache.readBlob(stored.blob);
  const { status, url, contentType } = stored;
  return body === null ? null : { stored, page: { status, url, contentType, body } };
}

/** @param key null where the answer is not for others */
async function keep(cache: DiskCache, key: string | null, answer: HttpResponse, now: number): Promise<Page> {
  const { status, url, headers, body } = answer;
  const contentType = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (key !== null && REMEMBERED.includes(status) && !/\bno-store\b/i.test(headers["cache-control"] ?? "")) {
    const stored: StoredPage = {
      status,
      url,
      contentType,
      ...freshnessOf(answer, now),
      blob: status === 200 ? await cache.writeBlob(body) : null,
    };
    await cache.write("pages", key, stored);
  }
  return { status, url, contentType, body };
}
