/** A package index on the loopback address, served from plain data: PEP 691 and 503 pages, files, sidecars, find-links pages. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { applyFault, type Fault } from "./index-faults.ts";
import { sha256 } from "./archives.ts";
import { byProject, bytesOf, filesOf, indexFileOf, sidecarOf } from "./index-data.ts";
import type { TestFile, TestRelease } from "./index-data.ts";
import { findLinksPage, projectHtml, projectJson, rootHtml, rootJson, type ListedFile } from "./index-pages.ts";

export type { TestFile, TestRelease } from "./index-data.ts";
export type { Fault } from "./index-faults.ts";

export interface IndexServerOptions {
  readonly releases: readonly TestRelease[];
  /** File name of a page (`jax_cuda_releases.html`) to the releases that it links to. */
  readonly findLinksPages?: Readonly<Record<string, readonly TestRelease[]>>;
  /** Write `#sha256=` into find-links pages; the real pages of JAX have none. */
  readonly findLinksHashes?: boolean;
  /** Serve PEP 503 HTML alone, as an old index does. */
  readonly html?: boolean;
  /** Advertise and serve PEP 658 sidecars (default). */
  readonly sidecars?: boolean;
  /** Answer range requests for files (default). */
  readonly ranges?: boolean;
  /** Milliseconds before each answer. */
  readonly latency?: number;
  /** `max-age` of listing pages in seconds; 0 (default) makes a client ask each time. */
  readonly maxAge?: number;
  /** What goes wrong for a path at its n-th request (from 1), or null. */
  readonly fault?: (path: string, attempt: number) => Fault | null;
  /** Status for a project that is not there. */
  readonly unknownStatus?: number;
  readonly port?: number;
}

export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  status: number;
  /** Bytes of the body sent. */
  bytes: number;
}

export interface IndexServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Root of the simple index, no slash at the end. */
  readonly url: string;
  /** The first find-links page; the others stand beside it. */
  readonly findLinksUrl: string;
  /** All requests so far, in order. */
  readonly requests: ServedRequest[];
  /** Connections that were opened so far. */
  readonly connections: number;
  /** The most requests that were under way at once. */
  readonly mostAtOnce: number;
  /** Serves other releases from now on. */
  setReleases(releases: readonly TestRelease[]): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

interface ServedFile {
  readonly release: TestRelease;
  readonly file: TestFile;
}

/** The data of a running server; replaced as a whole by `setReleases`. */
class Catalogue {
  readonly projects: ReadonlyMap<string, readonly TestRelease[]>;
  readonly files = new Map<string, ServedFile>();
  private readonly listed = new Map<string, ListedFile[]>();

  constructor(releases: readonly TestRelease[], pages: Readonly<Record<string, readonly TestRelease[]>>) {
    this.projects = byProject(releases);
    for (const release of [...releases, ...Object.values(pages).flat()]) {
      for (const file of filesOf(release)) this.files.set(file.filename, { release, file });
    }
  }

  /** The files of a project; hashing made-up bytes takes time, so it is done once and only for projects asked for. */
  list(name: string): readonly ListedFile[] | null {
    const known = this.listed.get(name);
    if (known !== undefined) return known;
    const releases = this.projects.get(name);
    if (releases === undefined) return null;
    const made = releases.flatMap((release) =>
      filesOf(release).map((file) => ({
        version: release.version,
        ...indexFileOf(release, file, `../../files/${encodeURIComponent(file.filename)}`),
      })),
    );
    this.listed.set(name, made);
    return made;
  }
}

/** Starts the server on a free port (or `port`) of 127.0.0.1. */
export async function startIndexServer(options: IndexServerOptions): Promise<IndexServer> {
  const pages = options.findLinksPages ?? {};
  let catalogue = new Catalogue(options.releases, pages);
  const requests: ServedRequest[] = [];
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  let underWay = 0;
  let mostAtOnce = 0;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const served = { method: request.method ?? "GET", path, headers: { ...request.headers }, status: 0, bytes: 0 };
    requests.push(served);
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    if (options.latency) await new Promise((wake) => setTimeout(wake, options.latency));
    const fault = options.fault?.(path, attempt) ?? null;
    // What is spoilt is the whole answer, not a 304.
    if (fault !== null) delete request.headers["if-none-match"];
    const answer = answerTo(request, catalogue, options);
    if (fault !== null) {
      served.status = applyFault(fault, response, Buffer.from(answer.body));
      return;
    }
    served.status = answer.status;
    served.bytes = Buffer.byteLength(answer.body);
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(served.bytes) });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  }

  const server = createServer((request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    response.on("close", () => underWay--);
    void respond(request, response);
  });
  server.keepAliveTimeout = 30_000;
  server.on("connection", (socket) => {
    sockets.add(socket);
    connections++;
    socket.on("close", () => sockets.delete(socket));
  });
  await listen(server, options.port ?? 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: `${origin}/simple`,
    findLinksUrl: `${origin}/find-links/${Object.keys(pages)[0] ?? "none.html"}`,
    requests,
    get connections() {
      return connections;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    setReleases: (releases) => {
      catalogue = new Catalogue(releases, pages);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", done);
  });
}

function answerTo(request: IncomingMessage, catalogue: Catalogue, options: IndexServerOptions): Answer {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  const parts = path.split("/").filter((part) => part !== "");
  if (parts[0] === "simple") return simplePage(request, parts[1] ?? null, catalogue, options);
  if (parts[0] === "find-links") return findLinksAnswer(request, parts[1] ?? "", options);
  if (parts[0] === "files") return fileAnswer(request, parts[1] ?? "", catalogue, options);
  return text(404, "not here");
}

function simplePage(request: IncomingMessage, name: string | null, catalogue: Catalogue, options: IndexServerOptions) {
  const json = options.html !== true && (request.headers.accept ?? "").includes("application/vnd.pypi.simple.v1+json");
  const type = json ? "application/vnd.pypi.simple.v1+json" : "text/html; charset=utf-8";
  if (name === null) {
    const names = [...catalogue.projects.keys()];
    return page(request, json ? rootJson(names) : rootHtml(names), type, options);
  }
  const listed = catalogue.list(name);
  if (listed === null) return text(options.unknownStatus ?? 404, "no such project");
  const sidecars = options.sidecars !== false;
  return page(request, json ? projectJson(name, listed, sidecars) : projectHtml(name, listed, sidecars), type, options);
}

function findLinksAnswer(request: IncomingMessage, name: string, options: IndexServerOptions) {
  const releases = options.findLinksPages?.[name];
  if (releases === undefined) return text(404, "no such page");
  const files = releases.flatMap((release) =>
    filesOf(release).map((file) => ({
      filename: file.filename,
      sha256: options.findLinksHashes === true ? indexFileOf(release, file, "").hashes["sha256"] : undefined,
    })),
  );
  return page(request, findLinksPage(files), "text/html", options);
}

function fileAnswer(request: IncomingMessage, name: string, catalogue: Catalogue, options: IndexServerOptions): Answer {
  const headers = { "content-type": "binary/octet-stream", "cache-control": "max-age=365000000, immutable" };
  if (name.endsWith(".metadata") && options.sidecars !== false) {
    const found = catalogue.files.get(name.slice(0, -".metadata".length));
    return found === undefined
      ? text(404, "no such file")
      : { status: 200, headers, body: sidecarOf(found.release, found.file) };
  }
  const found = catalogue.files.get(name);
  if (found === undefined) return text(404, "no such file");
  const bytes = bytesOf(found.release, found.file);
  const range = options.ranges === false ? null : parseRange(request.headers.range, bytes.length);
  if (range === null) return { status: 200, headers, body: bytes };
  if (range === "unsatisfiable")
    return { status: 416, headers: { "content-range": `bytes */${bytes.length}` }, body: "" };
  return {
    status: 206,
    headers: {
      ...headers,
      "accept-ranges": "bytes",
      "content-range": `bytes ${range.start}-${range.end}/${bytes.length}`,
    },
    body: bytes.subarray(range.start, range.end + 1),
  };
}

function page(request: IncomingMessage, body: string, type: string, options: IndexServerOptions): Answer {
  const etag = `"${sha256(body).slice(0, 32)}"`;
  const headers = {
    "content-type": type,
    etag,
    "cache-control": `max-age=${options.maxAge ?? 0}, public`,
    vary: "Accept",
  };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, body: "" };
  return { status: 200, headers, body };
}

function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain" }, body };
}

function parseRange(header: string | undefined, size: number): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size - 1 };
  if (Number(first) >= size) return "unsatisfiable";
  return { start: Number(first), end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}
