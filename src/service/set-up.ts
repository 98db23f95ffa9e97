/** Set-up mode: pages that make the GitHub App from app.yml by GitHub's manifest flow, and keep what GitHub hands out. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
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
  /** The address of the page, with its key. Whoever reads the log may make the app; whoever reaches the port may not. */
  readonly address: string;
  /** When somebody has made the app. The caller closes the server. */
  readonly done: Promise<AppCredentials>;
}

const CREDENTIALS_FILE = "app.json";

/** Serves the set-up pages. `/readyz` answers 200: it is ready to be set up. */
export async function startSetUp(options: SetUpOptions): Promise<SetUp> {
  const key = randomBytes(16).toString("hex");
  // GitHub brings it back with the code: nobody else's code is taken.
  const state = randomBytes(16).toString("hex");
  const manifest: Record<string, unknown> = parse(await readFile(options.manifestFile, "utf8"));
  const { promise, resolve } = Promise.withResolvers<AppCredentials>();
  const server = await startServer({
    host: options.host,
    port: options.port,
    isReady: () => true,
    canStore: async () => true,
    webhooks: (_request, response) => {
      response.writeHead(503, { "content-type": "text/plain" }).end("set-up mode: there is no app yet\n");
    },
    pages: (request, response) => answerPage({ options, manifest, key, state, resolve }, request, response),
  });
  return { server, address: `${server.url}/?key=${key}`, done: promise };
}

const storedCredentials = z.object({ appId: z.string(), privateKey: z.string(), webhookSecret: z.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What an earlier set-up stored (nothing where there was none; throws where it cannot be read), as the environment variables that it stands for. */
export async function readStoredCredentials(dataFolder: string): Promise<Readonly<Record<string, string>>> {
  const path = join(dataFolder, CREDENTIALS_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    // Set-up mode would let somebody make another app in place of the one that is there.
    throw new Error(`${path} cannot be read`, { cause: error });
  }
  const found = storedCredentials.safeParse(parseJson(text));
  if (!found.success)
    throw new Error(`${path} is not what set-up mode stored; restore it, or remove it to start again`);
  const { appId, privateKey, webhookSecret } = found.data;
  return { APP_ID: appId, PRIVATE_KEY: privateKey, WEBHOOK_SECRET: webhookSecret };
}

interface PageContext {
  readonly options: SetUpOptions;
  readonly manifest: Record<string, unknown>;
  readonly key: string;
  readonly state: string;
  readonly resolve: (credentials: AppCredentials) => void;
}

async function answerPage(context: PageContext, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = URL.parse(request.url ?? "/", "http://relock.invalid");
  if (request.method !== "GET" || url === null) return false;
  if (url.pathname === "/" || url.pathname === "/probot") {
    if (!isSame(url.searchParams.get("key") ?? "", context.key)) {
      return html(response, 403, failedPage("Open the address that `relock serve` has written to its log."));
    }
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
