/**
 * The one HTTP client for indexes: reuses connections, limits requests per host, follows few redirects, tries again
 * what may pass, and has a cap on bytes and time. It never throws for what a server did: it answers a problem.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import type { IndexProblem } from "#packaging/index-records.ts";
import { allowedHosts, guardedConnector } from "./address-guard.ts";
import { exchange, type Wire } from "./exchange.ts";
import type { HttpAnswer, HttpClient, HttpHead, HttpOptions, HttpRequest, OpenSink } from "./http-types.ts";
import { mirrorsOf } from "./mirrors.ts";
import { problem, problemOf } from "./problems.ts";
import { DEFAULT_RETRY, isPassingStatus, parseRetryAfter, retryDelay, type RetryRules } from "./retry.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { credentialsOf } from "./credentials.ts";
import { createSlots } from "./slots.ts";

/** Opens a client; `close` ends its connections. */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  const wire = openWire(options);
  const slots = createSlots(options.requestsPerHost ?? REQUESTS_PER_HOST);
  const retry: RetryRules = { ...DEFAULT_RETRY, ...options.retry };
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;

  async function stream(request: HttpRequest, openSink: OpenSink): Promise<HttpAnswer<HttpHead>> {
    const origin = URL.parse(wire.mirrors.fetched(request.url))?.origin ?? "";
    for (let tries = 1; ; tries++) {
      const outcome = await slots.run(origin, () => judged(exchange(wire, request, openSink), request.url));
      if (!("passing" in outcome)) return outcome;
      const retryAfter = parseRetryAfter(outcome.retryAfter, now());
      const delay = outcome.passing ? retryDelay(retry, tries, retryAfter, random()) : null;
      if (delay === null) return { problem: outcome.problem };
      await sleep(delay);
    }
  }

  return {
    offline: options.offline ?? false,
    mirrors: wire.mirrors,
    now,
    stream,
    fetch: async (request) => {
      let chunks: Buffer[] = [];
      const head = await stream(request, () => {
        chunks = [];
        return (chunk) => void chunks.push(chunk);
      });
      return "problem" in head ? head : { ...head, body: Buffer.concat(chunks) };
    },
    close: () => wire.dispatcher.destroy(),
  };
}

const REQUESTS_PER_HOST = 16;

function openWire(options: HttpOptions): Wire {
  const allowed = allowedHosts(options.allowHosts ?? []);
  const idleTimeout = options.idleTimeout ?? 20_000;
  const dispatcher = new Agent({
    connect: guardedConnector(allowed, { timeout: options.connectTimeout ?? 10_000, lookup: options.lookup }),
    connections: options.requestsPerHost ?? REQUESTS_PER_HOST,
    keepAliveTimeout: 20_000,
    headersTimeout: idleTimeout,
    bodyTimeout: idleTimeout,
    maxHeaderSize: 32_768,
  });
  const mirrors = options.mirrors ?? [];
  const credentials = credentialsOf(mirrors.map(({ to }) => to));
  const userAgent = options.userAgent ?? "relock/0.1";
  return { dispatcher, allowed, mirrors: mirrorsOf(mirrors), userAgent, credentials };
}

interface FailedTry {
  readonly problem: IndexProblem;
  /** Whether another try may help. */
  readonly passing: boolean;
  readonly retryAfter: string | null;
}

/** Turns an error or a passing status of a try into a FailedTry. */
async function judged(tried: Promise<HttpAnswer<HttpHead>>, url: string): Promise<HttpAnswer<HttpHead> | FailedTry> {
  try {
    const head = await tried;
    if ("problem" in head || !isPassingStatus(head.status)) return head;
    const sentence = `${shownUrl(url)} answered with status ${head.status}; try again later.`;
    return { ...problem("unreachable", url, sentence), passing: true, retryAfter: head.headers["retry-after"] ?? null };
  } catch (error) {
    return { ...problemOf(error, url), retryAfter: null };
  }
}
