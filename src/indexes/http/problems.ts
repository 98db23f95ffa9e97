/** What went wrong with a request, as one sentence that names the URL and what to do. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { BlockedAddressError } from "./address-guard.ts";
import { shownUrl } from "#packaging/safe-url.ts";

/** More bytes than allowed, packed or unpacked. */
export class TooLargeError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.name = "TooLargeError";
    this.limit = limit;
  }
}

/** A body that cannot be what its headers say. */
export class BadBodyError extends Error {}

/** The whole exchange took longer than allowed. */
export class DeadlineError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`longer than ${limit} ms`);
    this.name = "DeadlineError";
    this.limit = limit;
  }
}

export function problem(kind: IndexProblem["kind"], url: string, sentence: string): { readonly problem: IndexProblem } {
  return { problem: { kind, url: shownUrl(url), message: sentence } };
}

/** The problem behind an error of a request, and whether another try may help. */
export function problemOf(error: unknown, url: string): { readonly problem: IndexProblem; readonly passing: boolean } {
  const shown = shownUrl(url);
  if (error instanceof RequestFailed) return { problem: error.problem, passing: false };
  const cause = rootOf(error);
  if (cause instanceof BlockedAddressError) {
    const advice = `if you trust it, allow it with --allow-host ${cause.hostname}`;
    const sentence = `${shown} was not fetched: ${cause.hostname} is the private address ${cause.address}; ${advice}.`;
    return { ...problem("blocked-address", url, sentence), passing: false };
  }
  if (cause instanceof TooLargeError) {
    const sentence = `${shown} is larger than the limit of ${cause.limit} bytes; check that it is the right URL.`;
    return { ...problem("too-large", url, sentence), passing: false };
  }
  if (cause instanceof BadBodyError) {
    const sentence = `${shown} sent a body that cannot be read (${cause.message}); check the index.`;
    return { ...problem("bad-content", url, sentence), passing: false };
  }
  if (cause instanceof DeadlineError) {
    const sentence = `${shown} did not answer within ${cause.limit / 1000} seconds; try again later.`;
    return { ...problem("unreachable", url, sentence), passing: true };
  }
  return networkProblem(cause, url, shown);
}

function networkProblem(cause: unknown, url: string, shown: string) {
  const code = codeOf(cause);
  if (code.startsWith("HPE_") || code === "HTTPParserError") {
    return {
      ...problem("bad-content", url, `${shown} did not answer in HTTP (${code}); check the URL.`),
      passing: false,
    };
  }
  const certificate = /CERT|UNABLE_TO_|SELF_SIGNED|ERR_SSL|ERR_TLS/.test(code);
  if (certificate) {
    const sentence = `${shown} has a certificate that is not trusted (${code}); correct it, or its chain on this machine.`;
    return { ...problem("unreachable", url, sentence), passing: false };
  }
  if (code === "ENOTFOUND") {
    const sentence = `${shown} could not be reached: its host name is not known; check the URL.`;
    return { ...problem("unreachable", url, sentence), passing: false };
  }
  const sentence = `${shown} could not be reached (${code}); check the network and try again.`;
  return { ...problem("unreachable", url, sentence), passing: true };
}

/** The innermost cause; undici and net wrap what happened. */
function rootOf(error: unknown): unknown {
  const seen = new Set<unknown>();
  let current = error;
  while (isObject(current) && !seen.has(current) && !(current instanceof BadBodyError)) {
    seen.add(current);
    const several: unknown = current["errors"];
    const inner = Array.isArray(several) ? (several[0] as unknown) : current["cause"];
    if (inner === undefined) return current;
    current = inner;
  }
  return current;
}

/** A short name of the error that holds nothing of the request. */
function codeOf(error: unknown): string {
  if (!isObject(error)) return "unknown error";
  const found = [error["code"], error["name"]].find((text) => typeof text === "string" && /^\w+$/.test(text));
  return typeof found === "string" ? found : "unknown error";
}

/** Errors of another realm are no instances of our Error, so their form decides. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A request inside a longer piece of work failed, with the problem to report. */
export class RequestFailed extends Error {
  readonly problem: IndexProblem;

  constructor(failed: IndexProblem) {
    super(failed.message);
    this.name = "RequestFailed";
    this.problem = failed;
  }
}
