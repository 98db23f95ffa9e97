/** One try of one request: from hop to hop to the answer, under a deadline. Throws what went wrong. */
import { request as undiciRequest, type Dispatcher } from "undici";
import type { AllowedHosts } from "./address-guard.ts";
import type { HttpAnswer, HttpHead, HttpRequest, OpenSink } from "./http-types.ts";
import type { Mirrors } from "./mirrors.ts";
import { DeadlineError, problem, TooLargeError } from "./problems.ts";
import { readBody } from "./read-body.ts";
import { shownUrl, withoutCredentials } from "#packaging/safe-url.ts";
import type { Credentials } from "./credentials.ts";

/** What all exchanges of a client share. */
export interface Wire {
  readonly dispatcher: Dispatcher;
  readonly allowed: AllowedHosts;
  readonly mirrors: Mirrors;
  readonly userAgent: string;
  /** Those of the mirrors; a request brings those of its index. */
  readonly credentials: Credentials;
}

const MAX_REDIRECTS = 5;

/** Sends a request and its body to a sink. @returns the head, or a problem that no further try would change */
export async function exchange(wire: Wire, request: HttpRequest, openSink: OpenSink): Promise<HttpAnswer<HttpHead>> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineError(request.deadline)), request.deadline);
  try {
    const arrived = await follow(wire, request, controller.signal);
    if ("problem" in arrived) return arrived;
    const { response, url } = arrived;
    const head = { status: response.statusCode, url, headers: flatHeaders(response.headers) };
    if (head.status !== 200 && head.status !== 206) {
      await response.body.dump();
      return head;
    }
    // The abort below ends a body that is not read; its error is of no interest.
    response.body.on("error", () => undefined);
    const sink = await openSink(head);
    if (sink === null) return head;
    if (Number(head.headers["content-length"] ?? 0) > request.maxBytes) throw new TooLargeError(request.maxBytes);
    await readBody(
      response.body,
      { encoding: head.headers["content-encoding"] ?? null, maxBytes: request.maxBytes },
      sink,
    );
    return head;
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    // Ends what is still open: a body that nobody wants. With a reason at hand, none is made up for each request.
    controller.abort(FINISHED);
  }
}

const FINISHED = new Error("the exchange is over");

interface Arrived {
  readonly response: Dispatcher.ResponseData;
  readonly url: string;
}

/** Follows redirects to the answer; each hop is checked as if it had been asked for. */
async function follow(wire: Wire, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer<Arrived>> {
  let url = wire.mirrors.fetched(request.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const refused = refusal(wire.allowed, url);
    if (refused !== null) return problem("blocked-address", url, refused);
    const response = await hop(wire, url, request, signal);
    const location = headerOf(response.headers, "location");
    if (![301, 302, 303, 307, 308].includes(response.statusCode) || location === null) {
      return { response, url: withoutCredentials(url) };
    }
    await response.body.dump();
    const next = URL.parse(location, url);
    if (next === null) {
      return problem("bad-content", url, `${shownUrl(url)} redirects to something that is not a URL; check the index.`);
    }
    url = withoutCredentials(next.href);
  }
  const sentence = `${shownUrl(request.url)} redirects more than ${MAX_REDIRECTS} times; check the URL.`;
  return problem("bad-content", request.url, sentence);
}

/** Credentials go to the origin that they were given for, and to no other, wherever a redirect leads. */
async function hop(wire: Wire, url: string, request: HttpRequest, signal: AbortSignal) {
  const { origin } = new URL(url);
  const authorization = request.credentials?.get(origin) ?? wire.credentials.get(origin);
  return undiciRequest(withoutCredentials(url), {
    dispatcher: wire.dispatcher,
    signal,
    headers: {
      "user-agent": wire.userAgent,
      "accept-encoding": "gzip",
      ...request.headers,
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
}

/** Why a URL may not be fetched at all, or null. */
function refusal(allowed: AllowedHosts, url: string): string | null {
  const parsed = URL.parse(url);
  const shown = shownUrl(url);
  if (parsed === null) return `${shown} is not a URL; correct it.`;
  if (parsed.protocol === "https:") return null;
  if (parsed.protocol !== "http:") return `${shown} is not an https URL; correct it.`;
  if (allowed.allows(parsed.hostname, parsed.port)) return null;
  return `${shown} is plain http, which anyone on the way can change; use https, or --allow-host ${parsed.hostname}.`;
}

function flatHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) flat[name.toLowerCase()] = headerOf(headers, name) ?? "";
  return flat;
}

function headerOf(headers: Dispatcher.ResponseData["headers"], name: string): string | null {
  const value = headers[name];
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}
