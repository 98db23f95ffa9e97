/** Set-up mode: pages that make the GitHub App from app.yml by GitHub's manifest flow, and keep what GitHub hands out. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import { convertManifestCode } from "#github/app-manifest.ts";
import type { Log } from "#github/log.ts";
import { startServer, type RunningServer } from "./server.ts";
import { askPage, donePage, failedPage } from "./set-up-pages.ts";
import type { AppCredentials } from "./settings.ts";

export interface SetUpOptions {
  readonly host: string;
  readonly port: number;
  readonly apiUrl: string;
  /** app.yml: what the app asks for. */
  readonly manifestFile: URL;
  readonly dataFolder: string;
  readonly log: Log;
}

export interface SetUp {
  readonly server: RunningServer;
  /** When somebody has made the app. The caller closes the server. */
  readonly done: Promise<AppCredentials>;
}

const CREDENTIALS_FILE = "app.json";

/** Serves the set-up pages. `/readyz` answers 200: it is ready to be set up. */
export async function startSetUp(options: SetUpOptions): Promise<SetUp> {
  // GitHub brings it back with the code: nobody else's code is taken.
  const state = randomBytes(16).toString("hex");
  const manifest: Record<string, unknown> = parse(await readFile(options.manifestFile, "utf8"));
  const { promise, resolve } = Promise.withResolvers<AppCredentials>();
  const server = await startServer({
    host: options.host,
    port: options.port,
    isReady: () => true,
    webhooks: (_request, response) => {
      response.writeHead(503, { "content-type": "text/plain" }).end("set-up mode: there is no app yet\n");
    },
    pages: (request, response) => answerPage({ options, manifest, state, resolve }, request, response),
  });
  return { server, done: promise };
}

/** What an earlier set-up stored, as the environment variables that it stands for. */
export async function readStoredCredentials(dataFolder: string): Promise<Readonly<Record<string, string>>> {
  try {
    const stored: AppCredentials = JSON.parse(await readFile(join(dataFolder, CREDENTIALS_FILE), "utf8"));
    return { APP_ID: stored.appId, PRIVATE_KEY: stored.privateKey, WEBHOOK_SECRET: stored.webhookSecret };
  } catch {
    return {};
  }
}

interface PageContext {
  readonly options: SetUpOptions;
  readonly manifest: Record<string, unknown>;
  readonly state: string;
  readonly resolve: (credentials: AppCredentials) => void;
}

async function answerPage(context: PageContext, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = URL.parse(request.url ?? "/", "http://relock.invalid");
  if (request.method !== "GET" || url === null) return false;
  if (url.pathname === "/" || url.pathname === "/probot") {
    const base = baseUrl(request);
    const manifest = {
      ...context.manifest,
      hook_attributes: { url: `${base}/api/github/webhooks` },
      redirect_url: `${base}/set-up`,
    };
    const action = `${webUrl(context.options.apiUrl)}/settings/apps/new?state=${context.state}`;
    return html(response, 200, askPage(action, JSON.stringify(manifest)));
  }
  if (url.pathname !== "/set-up") return false;
  const code = url.searchParams.get("code") ?? "";
  if (!isSame(url.searchParams.get("state") ?? "", context.state) || !/^[\w-]{1,128}$/.test(code)) {
    return html(response, 400, failedPage("This address is only for the way back from GitHub."));
  }
  return convert(context, code, response);
}

/** Exchanges the code for the app's credentials, stores them, and lets the service start. */
async function convert(context: PageContext, code: string, response: ServerResponse): Promise<boolean> {
  const { options } = context;
  try {
    const { id, privateKey, webhookSecret, page } = await convertManifestCode(options.apiUrl, code);
    const credentials: AppCredentials = { appId: String(id), privateKey, webhookSecret };
    await storeCredentials(options.dataFolder, credentials);
    html(response, 200, donePage(`${page}/installations/new`));
    options.log.info({ app: page }, "the app is made");
    context.resolve(credentials);
  } catch (error) {
    options.log.error(error, "GitHub did not hand out the app");
    html(response, 502, failedPage("GitHub did not hand out the app; go back and try again."));
  }
  return true;
}

/** Only this user may read the file, from its first byte on. */
async function storeCredentials(folder: string, credentials: AppCredentials): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, CREDENTIALS_FILE);
  const draft = `${path}.${String(process.pid)}`;
  await writeFile(draft, JSON.stringify(credentials), { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

function html(response: ServerResponse, status: number, text: string): true {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action https: http:; frame-ancestors 'none'";
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    })
    .end(text);
  return true;
}

/** Where the browser sees this process: behind a proxy, what that says. */
function baseUrl(request: IncomingMessage): string {
  const first = (name: string): string | undefined => request.headers[name]?.toString().split(",")[0]?.trim();
  const protocol = first("x-forwarded-proto") === "https" ? "https" : "http";
  const host = first("x-forwarded-host") ?? first("host") ?? "localhost";
  return `${protocol}://${/^[\w.:[\]-]+$/.test(host) ? host : "localhost"}`;
}

/** The pages of the GitHub whose API is given. */
function webUrl(apiUrl: string): string {
  if (apiUrl === "https://api.github.com") return "https://github.com";
  return apiUrl.replace(/\/api\/v3$/, "");
}

function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
