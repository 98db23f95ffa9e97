/** git over HTTP on the same repositories: `git http-backend` behind the fake's own tokens. */
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { noticePush } from "./actions/refs.ts";
import { ApiError } from "./api-error.ts";
import { authenticate, authorise } from "./authentication.ts";
import type { Caller } from "./routes/route.ts";
import type { Repository } from "./state.ts";
import type { World } from "./world.ts";

const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GitRequest {
  readonly world: World;
  readonly publicKey: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
}

export function isGitPath(path: string): boolean {
  return GIT_PATH.test(path);
}

/** Answers one request of a git client; a push has its webhooks like any other move of a branch. */
export async function serveGit(asked: GitRequest): Promise<void> {
  const { world, response, url } = asked;
  const [, owner = "", name = "", service = ""] = GIT_PATH.exec(url.pathname) ?? [];
  const repository = world.findRepository(owner, name);
  const push = service === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  try {
    if (repository === null) throw new ApiError(404, "Repository not found.");
    const caller = authenticate(world, asked.publicKey, bearerOf(asked.request.headers.authorization));
    authorise(world, caller, repository, [["contents", push ? "write" : "read"]]);
    const before = refsOf(world, repository);
    await runBackend(asked, repository, service);
    if (push) noticePush(world, repository, { before, actor: actorOf(world, caller) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // git asks for a password after 401 alone; what may not be known of looks the same.
    const status = asked.request.headers.authorization === undefined ? 401 : error.status;
    response.writeHead(status, { "content-type": "text/plain", "www-authenticate": 'Basic realm="GitHub"' });
    response.end(error.message);
  }
}

const actorOf = (world: World, caller: Caller): string => (caller.kind === "user" ? caller.login : world.botLogin());

function refsOf(world: World, repository: Repository): ReadonlyMap<string, string> {
  return new Map(
    world
      .git(repository)
      .refs("refs/")
      .map((ref) => [ref.name, ref.sha]),
  );
}

/** `Basic x-access-token:TOKEN` carries the same token as `Bearer TOKEN`. */
function bearerOf(authorization: string | undefined): string | undefined {
  const basic = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return authorization;
  return `Bearer ${Buffer.from(basic, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "")}`;
}

function runBackend(asked: GitRequest, repository: Repository, service: string): Promise<void> {
  const { request, response, url, body, world } = asked;
  const header = (name: string): string => String(request.headers[name] ?? "");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: world.git(repository).folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROTOCOL: header("git-protocol"),
      PATH_INFO: `/${service}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      REMOTE_USER: "git",
    },
  });
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.stdin.on("error", () => undefined); // It may have answered without reading.
    child.on("error", reject);
    child.on("close", () => {
      sendCgi(response, Buffer.concat(parts));
      resolve();
    });
    child.stdin.end(body);
  });
}

function sendCgi(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf("\r\n\r\n");
  const headers = new Map<string, string>();
  for (const line of output.toString("latin1", 0, end).split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const status = Number.parseInt(headers.get("status") ?? "200", 10);
  headers.delete("status");
  response.writeHead(status, Object.fromEntries(headers));
  response.end(output.subarray(end + 4));
}
