/** What the HTTP client is asked and answers. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { AddressLookup } from "./address-guard.ts";
import type { Mirror, Mirrors } from "./mirrors.ts";
import type { BodySink } from "./read-body.ts";
import type { RetryRules } from "./retry.ts";
import type { Credentials } from "./credentials.ts";

export interface HttpOptions {
  /** `HOST` or `HOST:PORT` that may be private, and may speak plain http. */
  readonly allowHosts?: readonly string[];
  readonly mirrors?: readonly Mirror[];
  /** Answer from the cache alone. */
  readonly offline?: boolean;
  readonly userAgent?: string;
  readonly requestsPerHost?: number;
  readonly retry?: Partial<RetryRules>;
  /** Milliseconds to connect. */
  readonly connectTimeout?: number;
  /** Milliseconds until the headers, and between two pieces of the body. */
  readonly idleTimeout?: number;
  /** Name resolution; tests give their own. */
  readonly lookup?: AddressLookup;
  readonly now?: () => number;
  /** From 0 to 1, spreads the retries. */
  readonly random?: () => number;
}

export interface HttpRequest {
  /** As recorded; mirrors are applied here. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  /** Milliseconds for one try, all in all. */
  readonly deadline: number;
  readonly credentials?: Credentials;
}

export interface HttpHead {
  readonly status: number;
  /** Where the answer came from, after redirects; no credentials. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpResponse extends HttpHead {
  readonly body: Buffer;
}

export type HttpAnswer<T> = T | { readonly problem: IndexProblem };
/** Opens where a body goes to; null where it is not wanted. */
export type OpenSink = (head: HttpHead) => BodySink | null | Promise<BodySink | null>;

export interface HttpClient {
  readonly offline: boolean;
  readonly mirrors: Mirrors;
  /** Fetches into memory. Statuses below 500 (but 408, 429) are answers; the caller judges them. */
  fetch(request: HttpRequest): Promise<HttpAnswer<HttpResponse>>;
  /** Sends a body to a sink, which is opened anew for each try. A body is read for status 200 and 206 only. */
  stream(request: HttpRequest, openSink: OpenSink): Promise<HttpAnswer<HttpHead>>;
  now(): number;
  close(): Promise<void>;
}
