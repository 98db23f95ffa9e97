/** The HTTP side: webhooks for Probot, two addresses for whoever watches the process, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** GitHub sends no larger payload. */
const MOST_BODY_BYTES = 25 * 1024 * 1024;
const WEBHOOK_PATH = "/api/github/webhooks";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** Takes requests to the webhook path, with the body read. */
  readonly webhooks: RequestHandler;
  /** Takes other requests; false: not found. */
  readonly pages: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Whether work is taken: asked for each webhook. */
  readonly isReady: () => boolean;
  /** Whether what is taken can be stored too: asked by whoever watches the process. */
  readonly canStore: () => Promise<boolean>;
}

export interface RunningServer {
  /** `http://host:port` of the open socket. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the socket. Rejects where it cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, (request, response) => {
    void handle(options, request, response).catch(() => answer(response, 500, "internal error"));
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, options: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const where = `${options.host}:${String(options.port)}`;
      reject(new Error(`${where} cannot be listened on; set HOST and PORT`, { cause: error }));
    });
    server.listen(options.port, options.host, () => resolve());
  });
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/healthz") return answer(response, 200, "alive");
  if (path === "/readyz") {
    const ready = options.isReady() && (await options.canStore());
    return ready ? answer(response, 200, "ready") : answer(response, 503, "not ready");
  }
  if (path === WEBHOOK_PATH) {
    if (!options.isReady()) return answer(response, 503, "not ready");
    const body = await readBody(request);
    if (body === null) return answer(response, 413, "the payload is too large");
    // Probot takes a body that was read already; read by itself, it would have no limit.
    request.body = body;
    await options.webhooks(request, response);
    return;
  }
  if (!(await options.pages(request, response))) answer(response, 404, "not found");
}

/** The body as text, or null where it is too large or not UTF-8. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers["content-length"] ?? 0) > MOST_BODY_BYTES) return null;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.end();
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" };
  if (status === 413) headers["connection"] = "close";
  response.writeHead(status, headers).end(`${text}\n`);
}
