/** How every request to GitHub is retried, paced and cut off. */
import { RateLimited, messageOf, statusOf } from "./errors.ts";

export interface RequestPolicy {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Between two writes of one installation; GitHub's advice is one second. */
  readonly writeIntervalMs: number;
  readonly timeoutMs: number;
  /** Milliseconds before the first retry; doubled each time. */
  readonly backoffMs: number;
}

const MOST_RETRIES = 3;
const SECONDARY_LIMIT_WAIT_MS = 60_000;
const READS = new Set(["GET", "HEAD"]);

interface RequestParameters {
  readonly method: string;
  readonly url: string;
  readonly request?: object | undefined;
}
interface HookedClient {
  readonly hook: {
    // Octokit's hook types depend on its plug-ins; this is the part used here.
    wrap(
      name: "request",
      wrapper: (request: (options: RequestParameters) => unknown, options: RequestParameters) => unknown,
    ): unknown;
  };
}

/** Spaces the writes of one installation. */
export interface Pacer {
  beforeWrite(): Promise<void>;
}

/** A pacer that lets one write through per interval, in the order of arrival. */
export function createPacer(policy: RequestPolicy): Pacer {
  let next = 0;
  return {
    async beforeWrite() {
      const start = Math.max(policy.now(), next);
      next = start + policy.writeIntervalMs;
      const wait = start - policy.now();
      if (wait > 0) await policy.sleep(wait);
    },
  };
}

/**
 * Makes a client patient: server errors and lost connections are retried where a repetition cannot make a second thing,
 * a rate limit becomes a `RateLimited`. A POST that creates something people see is not repeated blindly: its job is
 * retried, and looks first.
 */
export function applyRequestPolicy(client: HookedClient, policy: RequestPolicy, pacer: Pacer): void {
  client.hook.wrap("request", async (request, options) => {
    for (let attempt = 0; ; attempt += 1) {
      if (!READS.has(options.method)) await pacer.beforeWrite();
      try {
        const signal = AbortSignal.timeout(policy.timeoutMs);
        return await request({ ...options, request: { ...options.request, signal } });
      } catch (error) {
        const until = rateLimitedUntil(error, policy.now());
        if (until !== null) throw new RateLimited(until, error);
        if (attempt >= MOST_RETRIES || !isTransient(error) || !isRepeatable(options)) throw error;
        await policy.sleep(policy.backoffMs * 2 ** attempt);
      }
    }
  });
}

/** When a refused request may be tried again; null where it was not refused for its rate. */
export function rateLimitedUntil(error: unknown, now: number): number | null {
  const status = statusOf(error);
  if (status !== 403 && status !== 429) return null;
  const headers = headersOf(error);
  const retryAfter = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && retryAfter >= 0) return now + retryAfter * 1000;
  const reset = Number(headers["x-ratelimit-reset"]);
  // A second more: our clocks may differ.
  if (String(headers["x-ratelimit-remaining"]) === "0" && reset > 0) {
    return Math.max(now, reset * 1000) + 1000;
  }
  const limited = status === 429 || /rate limit|abuse detection/i.test(messageOf(error));
  return limited ? now + SECONDARY_LIMIT_WAIT_MS : null;
}

function headersOf(error: unknown): Record<string, unknown> {
  if (typeof error !== "object" || error === null || !("response" in error)) return {};
  const response = error.response as { headers?: Record<string, unknown> } | undefined;
  return response?.headers ?? {};
}

function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  return status === null || status >= 500 || status === 408;
}

/** Git objects are named by their content and a token may be asked for twice; other POSTs are not repeated. */
function isRepeatable(options: RequestParameters): boolean {
  if (options.method !== "POST") return true;
  return /\/git\/(blobs|trees|commits)$|\/access_tokens$|\/reactions$/.test(options.url);
}
