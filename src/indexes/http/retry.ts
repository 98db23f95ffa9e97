/** When a failed request is tried again, and after how long. */

export interface RetryRules {
  /** Tries in all. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled for each further one. */
  readonly baseDelay: number;
  readonly maxDelay: number;
  /** A server that asks for more patience than this many milliseconds is given up. */
  readonly maxRetryAfter: number;
}

export const DEFAULT_RETRY: RetryRules = { attempts: 4, baseDelay: 250, maxDelay: 8_000, maxRetryAfter: 60_000 };

/** Statuses that pass: too many requests, and what servers and their proxies answer in trouble. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Milliseconds until the next try; null to give up.
 * @param attempt the try that has just failed, from 1
 * @param random from 0 to 1: spreads the tries of many clients
 */
export function retryDelay(
  rules: RetryRules,
  attempt: number,
  retryAfter: number | null,
  random: number,
): number | null {
  if (attempt >= rules.attempts) return null;
  if (retryAfter !== null && retryAfter > rules.maxRetryAfter) return null;
  const backoff = Math.min(rules.maxDelay, rules.baseDelay * 2 ** (attempt - 1)) * (0.5 + random / 2);
  return Math.max(backoff, retryAfter ?? 0);
}

/** Retry-After (RFC 9110 §10.2.3), seconds or a date, in milliseconds from `now`. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
