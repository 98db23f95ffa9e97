/** An app with fresh keys, and requests made as it: for tests of the fake itself and of what talks to it. */
import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openContract, type Contract } from "./contract.ts";
import { startFakeGitHub, type AppManifest, type FakeGitHub, type FakeGitHubOptions } from "./fake-github.ts";

export interface TestApp {
  readonly appId: number;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly webhookSecret: string;
  readonly contract: Contract;
}

/** Keys and schemas take a while to make: once a test file is enough. */
export function createTestApp(appId = 4242): TestApp {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { appId, privateKey, publicKey, webhookSecret: "a secret of the test", contract: openContract() };
}

/** The permissions and events that the app asks for. */
export const FULL_MANIFEST: AppManifest = {
  name: "Relock",
  default_permissions: {
    contents: "write",
    pull_requests: "write",
    issues: "write",
    checks: "write",
    metadata: "read",
  },
  default_events: ["push", "pull_request", "issue_comment", "issues", "check_run", "check_suite"],
};

export function startTestGitHub(app: TestApp, options: Partial<FakeGitHubOptions> = {}): Promise<FakeGitHub> {
  return startFakeGitHub({
    root: mkdtempSync(join(tmpdir(), "fake-github-")),
    app: FULL_MANIFEST,
    appId: app.appId,
    publicKey: app.publicKey,
    webhookSecret: app.webhookSecret,
    contract: app.contract,
    ...options,
  });
}

/** The token by which the app shows who it is. */
export function appToken(app: TestApp, claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = encode({ alg: "RS256", typ: "JWT" });
  const data = `${head}.${encode({ iat: now - 30, exp: now + 540, iss: app.appId, ...claims })}`;
  return `${data}.${createSign("RSA-SHA256").update(data).sign(app.privateKey, "base64url")}`;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer of any operation
  readonly body: any;
}

export type Api = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiAnswer>;

/** Plain requests with a token; null: nobody's. */
export function apiWith(github: FakeGitHub, token: string | null): Api {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${github.url}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json") === true && text !== "";
    return { status: response.status, headers: response.headers, body: json ? (JSON.parse(text) as unknown) : text };
  };
}

/** Requests as the installation, with what it was granted or less. */
export async function installationApi(
  github: FakeGitHub,
  app: TestApp,
  installation: number,
  narrowed: Record<string, unknown> = {},
): Promise<Api> {
  const answer = await apiWith(github, appToken(app))(
    "POST",
    `/app/installations/${installation}/access_tokens`,
    narrowed,
  );
  if (answer.status !== 201) throw new Error(`no token: ${answer.status} ${JSON.stringify(answer.body)}`);
  return apiWith(github, (answer.body as { token: string }).token);
}
