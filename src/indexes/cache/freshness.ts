/** When something stored may be used again, and how to ask whether it changed (RFC 9110, 9111). */
import { createHash } from "node:crypto";
import type { HttpClient, HttpHead } from "../http/http-types.ts";
import type { Credentials } from "../http/credentials.ts";

export interface Freshness {
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly fetchedAt: number;
  /** Seconds. */
  readonly maxAge: number;
}

/** What is remembered of a whole answer. */
export function freshnessOf(head: HttpHead, now: number): Freshness {
  const { headers } = head;
  return { etag: headers["etag"] ?? null, lastModified: headers["last-modified"] ?? null, ...renewed(head, now) };
}

/** What a 304 changes of it. */
export function renewed({ headers }: HttpHead, now: number): Pick<Freshness, "fetchedAt" | "maxAge"> {
  return { fetchedAt: now, maxAge: maxAgeOf(headers) };
}

/** Headers that ask for an answer only where it changed. */
export function validators({ etag, lastModified }: Freshness): Record<string, string> {
  return {
    ...(etag === null ? {} : { "if-none-match": etag }),
    ...(lastModified === null ? {} : { "if-modified-since": lastModified }),
  };
}

/** A page from the future (the clock was set back) is not fresh. */
export function isFresh(stored: Freshness, now: number): boolean {
  return stored.fetchedAt <= now && now < stored.fetchedAt + stored.maxAge * 1000;
}

/** Under which key an answer is stored: that of a private index is found again only with the same credentials. */
export function pageKey(
  http: HttpClient,
  kind: string,
  request: { readonly url: string; readonly accept: string; readonly credentials: Credentials },
): string {
  const url = http.mirrors.fetched(request.url);
  const secret = request.credentials.get(URL.parse(url)?.origin ?? "") ?? "";
  return [kind, url, request.accept, createHash("sha256").update(secret).digest("hex")].join("\n");
}

/**
 * Whether anybody who has the credentials of the key would get the same answer: not where a redirect led to another
 * origin that has been shown credentials of its own.
 */
export function isReachedOpenly(
  http: HttpClient,
  request: { readonly url: string; readonly credentials: Credentials },
  answer: { readonly url: string },
): boolean {
  const asked = URL.parse(http.mirrors.fetched(request.url))?.origin ?? "";
  const answered = URL.parse(answer.url)?.origin ?? "";
  return asked === answered || !request.credentials.has(answered);
}

/** Seconds that the answer stays fresh; 0 where it does not say, and never more than a day. */
function maxAgeOf(headers: Readonly<Record<string, string>>): number {
  const control = headers["cache-control"] ?? "";
  if (/\bno-cache\b/i.test(control)) return 0;
  const seconds = Number(/\bmax-age\s*=\s*"?(\d+)/i.exec(control)?.[1] ?? 0);
  const age = Number(headers["age"] ?? 0);
  return Math.max(0, Math.min(seconds, 86_400) - (Number.isFinite(age) ? age : 0));
}
