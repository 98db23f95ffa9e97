/** Conda channels on the loopback address, served from plain data or from folders of repodata.json.gz. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync, zstdCompressSync } from "node:zlib";
import { shardsOf, type ShardedFolder } from "./conda-shards.ts";
import { applyFault, type Fault } from "./index-faults.ts";

/** One file of a channel; what is left out has a likely value. */
export interface TestCondaFile {
  readonly name: string;
  readonly version: string;
  readonly build?: string;
  readonly buildNumber?: number;
  readonly subdir?: string;
  readonly depends?: readonly string[];
  readonly extension?: ".conda" | ".tar.bz2";
  /** More keys of the record, as repodata.json has them; undefined leaves one out. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Where a channel comes from: plain files, a folder with `<subdir>/repodata.json.gz`, or whole texts by subdir. */
export type TestChannel =
  | {
      readonly files: readonly TestCondaFile[];
      readonly baseUrl?: string;
      readonly removed?: readonly string[];
      /** `channel_relations` of `info`. */
      readonly relations?: unknown;
      /** The part of the third revision, in each folder that has files. */
      readonly v3?: unknown;
    }
  | { readonly folder: string }
  | { readonly texts: Readonly<Record<string, string | Uint8Array>> };

export interface CondaServerOptions {
  /** By name, which may hold slashes (`conda-forge/label/dev`). */
  readonly channels: Readonly<Record<string, TestChannel>>;
  /** Serve `repodata.json.zst` too (default). */
  readonly zstd?: boolean;
  /** Serve `repodata_shards.msgpack.zst` and shards too; a text is the `shards_base_url` that the index says. */
  readonly shards?: boolean | string;
  /** Whole bodies by path, which come before the channels. */
  readonly pages?: Readonly<Record<string, string | Uint8Array>>;
  /** `max-age` in seconds; 0 (default) makes a client ask each time. */
  readonly maxAge?: number;
  /** Milliseconds before each answer. */
  readonly latency?: number;
  /** What goes wrong for a path at its n-th request (from 1), or null. */
  readonly fault?: (path: string, attempt: number) => Fault | null;
  readonly port?: number;
}

export interface CondaRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  status: number;
}

export interface CondaServer {
  /** `http://127.0.0.1:PORT`, to be used as the channel alias. */
  readonly origin: string;
  /** All requests so far, in order. */
  readonly requests: CondaRequest[];
  /** Serves another channel under a name from now on. */
  setChannel(name: string, channel: TestChannel): void;
  close(): Promise<void>;
}

/** Starts the server on a free port (or `port`) of 127.0.0.1. */
export async function startCondaServer(options: CondaServerOptions): Promise<CondaServer> {
  const channels = new Map(Object.entries(options.channels));
  const bodies = new Map<string, Buffer>();
  const sharded = new Map<TestChannel, ReadonlyMap<string, ShardedFolder>>();
  const requests: CondaRequest[] = [];
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();

  function bodyOf(path: string): Buffer | null {
    const page = options.pages?.[path];
    if (page !== undefined) return Buffer.from(page);
    const known = bodies.get(path);
    if (known !== undefined) return known;
    const [, name = "", subdir = "", file = ""] = /^\/(.+?)\/([^/]+)\/((?:shards\/)?[^/]+)$/.exec(path) ?? [];
    const channel = channels.get(name);
    const body = channel === undefined ? null : makeBody(channel, subdir, file);
    if (body !== null) bodies.set(path, body);
    return body;
  }

  function makeBody(channel: TestChannel, subdir: string, file: string): Buffer | null {
    const sharded = /^(?:repodata_shards|shards\/([0-9a-f]+))\.msgpack\.zst$/.exec(file);
    if (sharded !== null) {
      const folder = options.shards ? shardedFolder(channel, subdir) : null;
      return sharded[1] === undefined ? (folder?.index ?? null) : (folder?.shards.get(sharded[1]) ?? null);
    }
    if (file === "repodata.json") return repodataOf(channel, subdir);
    const plain = file === "repodata.json.zst" && options.zstd !== false ? repodataOf(channel, subdir) : null;
    return plain === null ? null : zstdCompressSync(plain);
  }

  function shardedFolder(channel: TestChannel, subdir: string): ShardedFolder | null {
    const made = sharded.get(channel)?.get(subdir);
    if (made !== undefined) return made;
    const plain = repodataOf(channel, subdir);
    if (plain === null) return null;
    const folder = shardsOf(plain, typeof options.shards === "string" ? options.shards : undefined);
    sharded.set(channel, new Map([...(sharded.get(channel) ?? []), [subdir, folder]]));
    return folder;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? "/");
    const served: CondaRequest = { path, headers: { ...request.headers }, status: 404 };
    requests.push(served);
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    if (options.latency) await new Promise((wake) => setTimeout(wake, options.latency));
    const body = bodyOf(path);
    const fault = options.fault?.(path, attempt) ?? null;
    if (fault !== null) {
      served.status = applyFault(fault, response, body ?? Buffer.alloc(0));
      return;
    }
    served.status = answer(request, response, body, options.maxAge ?? 0);
  }

  const server = createServer((request, response) => void respond(request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // A client that solves for long in this process does not see that its idle connection ended.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setChannel: (name, channel) => {
      channels.set(name, channel);
      bodies.clear();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** @returns the status */
function answer(request: IncomingMessage, response: ServerResponse, body: Buffer | null, maxAge: number): number {
  if (body === null) {
    response.writeHead(404, { "content-type": "text/plain", "cache-control": `max-age=${maxAge}` }).end("not here");
    return 404;
  }
  const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
  const headers = { "content-type": "application/json", etag, "cache-control": `max-age=${maxAge}, public` };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return 304;
  }
  response.writeHead(200, { ...headers, "content-length": String(body.length) }).end(body);
  return 200;
}

/** The plain repodata.json of one folder of a channel; null where it has none. */
export function repodataOf(channel: TestChannel, subdir: string): Buffer | null {
  if ("texts" in channel) {
    const text = channel.texts[subdir];
    return text === undefined ? null : Buffer.from(text);
  }
  if ("folder" in channel) {
    const path = join(channel.folder, subdir, "repodata.json.gz");
    if (existsSync(path)) return gunzipSync(readFileSync(path));
    return subdir === "noarch" ? Buffer.from("{}") : null;
  }
  const files = channel.files.filter((file) => (file.subdir ?? "linux-64") === subdir);
  // A channel always has noarch, be it empty.
  if (files.length === 0 && subdir !== "noarch") return null;
  const document = {
    info: { subdir, base_url: channel.baseUrl, channel_relations: channel.relations },
    packages: membersOf(files, ".tar.bz2"),
    "packages.conda": membersOf(files, ".conda"),
    removed: channel.removed ?? [],
    v3: files.length === 0 ? undefined : channel.v3,
    repodata_version: 1,
  };
  return Buffer.from(JSON.stringify(document));
}

function membersOf(files: readonly TestCondaFile[], extension: ".conda" | ".tar.bz2") {
  const found = files.filter((file) => (file.extension ?? ".conda") === extension);
  return Object.fromEntries(found.map((file) => [filenameOf(file), recordOf(file)]));
}

function filenameOf(file: TestCondaFile): string {
  return `${file.name}-${file.version}-${file.build ?? "0"}${file.extension ?? ".conda"}`;
}

function recordOf(file: TestCondaFile) {
  const digest = (algorithm: string) => createHash(algorithm).update(filenameOf(file)).digest("hex");
  return {
    build: file.build ?? "0",
    build_number: file.buildNumber ?? 0,
    depends: file.depends ?? [],
    md5: digest("md5"),
    name: file.name,
    sha256: digest("sha256"),
    size: 1000,
    subdir: file.subdir ?? "linux-64",
    timestamp: 1_700_000_000_000,
    version: file.version,
    ...file.fields,
  };
}
