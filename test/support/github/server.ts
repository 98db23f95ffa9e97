/** HTTP in front of the routes: faults, authentication, pages, ETags, limits, and the check of every answer. */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ApiError, notFound } from "./api-error.ts";
import { authenticate, authorise, rateWindow } from "./authentication.ts";
import type { Contract, Violation } from "./contract.ts";
import type { Fault, Faults } from "./faults.ts";
import { appRoutes } from "./routes/apps.ts";
import { gitRoutes } from "./routes/git-data.ts";
import { issueRoutes } from "./routes/issues.ts";
import { pullRoutes } from "./routes/pulls.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import type { Answer, AppConversion, Call, Caller, Route, Routes } from "./routes/route.ts";
import { isGitPath, serveGit } from "./smart-http.ts";
import type { Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

/** One request as the fake saw it. */
export interface LoggedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** null where GitHub has no such thing, as far as the fake knows. */
  readonly operation: string | null;
  readonly caller: Caller["kind"];
  readonly body: unknown;
  /** 0: the connection was broken. */
  readonly status: number;
  /** False where a fault kept the request from being carried out. */
  readonly carriedOut: boolean;
  readonly fault: Fault["kind"] | null;
}

export interface ServerOptions {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly webhookSecret: string;
  readonly publicKey: string;
  readonly contract: Contract;
  readonly faults: Faults;
  readonly conversion: AppConversion | null;
  readonly report: (violations: readonly Violation[]) => void;
  readonly log: (request: LoggedRequest) => void;
}

const routes: Routes = { ...appRoutes, ...gitRoutes, ...issueRoutes, ...pullRoutes, ...repositoryRoutes };

const BODY_LIMIT = 100_000_000;

interface Exchange {
  readonly options: ServerOptions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** Without `/api/v3`. */
  readonly path: string;
  readonly body: unknown;
}

export function createGitHubServer(options: ServerOptions): Server {
  return createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      // A defect of the fake itself: the test that met it fails when the fake is closed.
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.report([{ kind: "response", operation: `${request.method} ${request.url}`, detail }]);
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: `the fake GitHub failed: ${detail}` }));
    });
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > BODY_LIMIT) throw new ApiError(413, "Request entity too large");
  }
  return Buffer.concat(parts);
}

/** null: there is none; undefined: it is no JSON. */
function parseBody(raw: Buffer): unknown {
  if (raw.length === 0) return null;
  try {
    return JSON.parse(raw.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

async function serve(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", options.world.url);
  const body = await readBody(request);
  if (isGitPath(url.pathname)) {
    await serveGit({ world: options.world, publicKey: options.publicKey, request, response, url, body });
    return;
  }
  const path = url.pathname.replace(/^\/api\/v3(?=\/)/, "");
  const method = request.method ?? "GET";
  await serveApi({ options, request, response, method, url, path, body: parseBody(body) });
}

async function serveApi(exchange: Exchange): Promise<void> {
  const { options, request } = exchange;
  if (exchange.body === undefined) {
    sendJson(exchange, 400, { message: "Problems parsing JSON" }, {});
    return;
  }
  const matched = options.contract.match(exchange.method, exchange.path);
  const operation = matched?.operation ?? null;
  const fault = options.faults.next(operation ?? "", `${exchange.method} ${exchange.path}`);
  if (fault !== null && (await strike(exchange, operation, fault))) return;
  const result = carryOut(exchange, matched);
  if (fault !== null) await afterwards(fault);
  const lost = fault?.kind === "reset" && fault.when === "after";
  record(exchange, {
    operation,
    caller: result.caller,
    status: lost ? 0 : result.answer.status,
    carriedOut: true,
    fault,
  });
  if (lost) request.socket.destroy();
  else send(exchange, result);
}

async function afterwards(fault: Fault): Promise<void> {
  if (fault.kind === "call" && fault.when === "after") await fault.run();
}

/** @returns true where the fault is the whole answer */
async function strike(exchange: Exchange, operation: string | null, fault: Fault): Promise<boolean> {
  const answered = (status: number): true => {
    record(exchange, { operation, caller: "anonymous", status, carriedOut: false, fault });
    return true;
  };
  switch (fault.kind) {
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return false;
    case "call":
      if (fault.when === "before") await fault.run();
      return false;
    case "reset":
      if (fault.when === "after") return false;
      exchange.request.socket.destroy();
      return answered(0);
    case "status":
      sendJson(exchange, fault.status, { message: fault.message ?? "Server Error" }, {});
      return answered(fault.status);
    case "primary-limit": {
      const reset = Math.floor(exchange.options.world.milliseconds() / 1000) + fault.resetAfter;
      const headers = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
      sendJson(exchange, 403, { message: "API rate limit exceeded for installation." }, headers);
      return answered(403);
    }
    case "secondary-limit": {
      const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
      sendJson(exchange, fault.status, { message }, { "retry-after": String(fault.retryAfter) });
      return answered(fault.status);
    }
  }
}

interface Result {
  readonly answer: Answer;
  readonly caller: Caller["kind"];
  readonly headers: Readonly<Record<string, string>>;
  readonly operation: string | null;
}

/** Without a wait in between, so that each request is carried out as a whole. */
function carryOut(exchange: Exchange, matched: ReturnType<Contract["match"]>): Result {
  let caller: Caller = { kind: "anonymous" };
  let headers: Record<string, string> = {};
  try {
    const { world, publicKey } = exchange.options;
    caller = authenticate(world, publicKey, exchange.request.headers.authorization);
    headers = countRequest(world, caller);
    const limited = Number(headers["x-ratelimit-used"]) > world.rateLimit;
    return {
      answer: limited
        ? errorAnswer(new ApiError(403, "API rate limit exceeded for installation."))
        : answer(exchange, matched, caller),
      caller: caller.kind,
      headers,
      operation: matched?.operation ?? null,
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { answer: errorAnswer(error), caller: caller.kind, headers, operation: matched?.operation ?? null };
  }
}

function errorAnswer(error: ApiError): Answer {
  const body = {
    message: error.message,
    ...(error.errors === null ? {} : { errors: error.errors }),
    documentation_url: "https://docs.github.com/rest",
    status: String(error.status),
  };
  return { status: error.status, body };
}

function countRequest(world: World, caller: Caller): Record<string, string> {
  const { key, reset } = rateWindow(world, caller);
  const used = (world.state.used[key] ?? 0) + 1;
  world.state.used[key] = used;
  return {
    "x-ratelimit-limit": String(world.rateLimit),
    "x-ratelimit-remaining": String(Math.max(0, world.rateLimit - used)),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-used": String(used),
    "x-ratelimit-resource": "core",
  };
}

function answer(exchange: Exchange, matched: ReturnType<Contract["match"]>, caller: Caller): Answer {
  const { options } = exchange;
  const route = matched === null ? undefined : routes[matched.operation];
  if (matched === null || route === undefined) {
    reportUnknown(exchange);
    throw notFound();
  }
  const violations = options.contract.request(matched.operation, exchange.body);
  options.report(violations);
  if (violations.length > 0) throw new ApiError(422, `Invalid request.\n\n${violations[0]?.detail ?? ""}`);
  const call: Call = {
    world: options.world,
    webhooks: options.webhooks,
    webhookSecret: options.webhookSecret,
    caller,
    parameters: matched.parameters,
    query: exchange.url.searchParams,
    body: (exchange.body ?? {}) as Record<string, unknown>,
    accept: exchange.request.headers.accept ?? "",
    conversion: options.conversion,
  };
  return route.access === "repository" ? answerOnRepository(call, route) : answerOutside(call, route);
}

/** There is no GraphQL, and an app may find that out; any other unknown operation is a defect of the app or the fake. */
function reportUnknown(exchange: Exchange): void {
  if (exchange.path === "/graphql") return;
  const operation = `${exchange.method} ${exchange.path}`;
  exchange.options.report([{ kind: "unknown-operation", operation, detail: "the fake does not offer it" }]);
}

function answerOnRepository(call: Call, route: Extract<Route, { access: "repository" }>): Answer {
  const { world, caller, parameters } = call;
  const repository = world.findRepository(parameters["owner"] ?? "", parameters["repo"] ?? "");
  if (repository === null) throw notFound();
  authorise(world, caller, repository, route.needs);
  const actor = caller.kind === "user" ? caller.login : world.botLogin();
  return route.handle({ ...call, repository, actor });
}

function answerOutside(call: Call, route: Exclude<Route, { access: "repository" }>): Answer {
  if (route.access === "app" && call.caller.kind !== "app") {
    throw new ApiError(401, "A JSON web token could not be decoded");
  }
  if (route.access === "installation" && call.caller.kind !== "installation") {
    throw new ApiError(403, "You must authenticate with an installation access token.");
  }
  return route.handle(call);
}

/** One page of a list, and where the others are. */
function cut(
  exchange: Exchange,
  list: NonNullable<Answer["list"]>,
): { body: unknown; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(exchange.url.searchParams.get("per_page") ?? 30) || 30));
  const number = Math.max(1, Number(exchange.url.searchParams.get("page") ?? 1) || 1);
  const last = Math.max(1, Math.ceil(list.items.length / size));
  const items = list.items.slice((number - 1) * size, number * size);
  const link = (to: number, name: string): string => {
    const target = new URL(exchange.url.pathname + exchange.url.search, exchange.options.world.url);
    target.searchParams.set("page", String(to));
    return `<${target.href}>; rel="${name}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, "prev")] : []),
    ...(number < last ? [link(number + 1, "next"), link(last, "last")] : []),
    ...(number > 1 ? [link(1, "first")] : []),
  ];
  const body = list.key === null ? items : { total_count: list.items.length, [list.key]: items };
  return { body, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

function send(exchange: Exchange, result: Result): void {
  const { answer, headers } = result;
  const { response } = exchange;
  if (answer.raw !== undefined) {
    response.writeHead(answer.status, { ...common(exchange), ...headers, "content-type": answer.raw.type });
    response.end(answer.raw.content);
    return;
  }
  const paged = answer.list === undefined ? { body: answer.body, headers: {} } : cut(exchange, answer.list);
  if (answer.status === 204) {
    response.writeHead(204, { ...common(exchange), ...headers });
    response.end();
    return;
  }
  const body: unknown = paged.body === undefined ? null : JSON.parse(JSON.stringify(paged.body));
  if (result.operation !== null) checkAnswer(exchange, result.operation, { status: answer.status, body });
  sendJson(exchange, answer.status, body, { ...headers, ...paged.headers });
}

function checkAnswer(exchange: Exchange, operation: string, answer: { status: number; body: unknown }): void {
  const violations = exchange.options.contract.response(operation, answer.status, answer.body);
  exchange.options.report(violations);
}

function common(exchange: Exchange): Record<string, string> {
  return {
    date: new Date(exchange.options.world.milliseconds()).toUTCString(),
    server: "github.com",
    "x-github-media-type": "github.v3; format=json",
    "x-github-request-id": randomUUID(),
  };
}

function sendJson(exchange: Exchange, status: number, body: unknown, headers: Readonly<Record<string, string>>): void {
  const text = JSON.stringify(body);
  const tag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  const conditional = exchange.method === "GET" && status === 200;
  const all = { ...common(exchange), ...headers, ...(conditional ? { etag: tag } : {}) };
  if (conditional && exchange.request.headers["if-none-match"] === tag) {
    exchange.response.writeHead(304, all);
    exchange.response.end();
    return;
  }
  exchange.response.writeHead(status, { ...all, "content-type": "application/json; charset=utf-8" });
  exchange.response.end(text);
}

type Outcome = Pick<LoggedRequest, "operation" | "caller" | "status" | "carriedOut"> & { fault: Fault | null };

function record(exchange: Exchange, outcome: Outcome): void {
  exchange.options.log({
    at: exchange.options.world.milliseconds(),
    method: exchange.method,
    path: exchange.path + exchange.url.search,
    body: exchange.body,
    ...outcome,
    fault: outcome.fault?.kind ?? null,
  });
}
