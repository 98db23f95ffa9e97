/** Reads what the operator set, from the environment. A mistake is a sentence that names the variable. */
import type { LogLevel } from "#github/log.ts";
import type { DatabaseLocation } from "./database.ts";

export interface ServiceSettings {
  readonly host: string;
  readonly port: number;
  readonly apiUrl: string;
  readonly database: DatabaseLocation;
  readonly logLevel: LogLevel | "silent";
  /** Solves at the same time. */
  readonly workers: number;
  readonly solveSeconds: number;
  readonly app: AppCredentials;
}

export interface AppCredentials {
  readonly appId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

export type SettingsAnswer =
  | { readonly kind: "run"; readonly settings: ServiceSettings }
  /** No app yet: the pages that make one are served. */
  | { readonly kind: "set-up"; readonly host: string; readonly port: number; readonly apiUrl: string }
  | { readonly kind: "invalid"; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

const LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
export const DEFAULT_DATA_FOLDER = ".relock";
const DEFAULT_API = "https://api.github.com";

/** The settings, set-up mode, or what is wrong. `readFile` reads PRIVATE_KEY_PATH. */
export function readSettings(environment: Environment, readFile: (path: string) => string): SettingsAnswer {
  const get = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  };
  const host = get("HOST") ?? "127.0.0.1";
  const port = wholeNumber(get("PORT") ?? "3000", 0, 65_535);
  if (port === null) return invalid("PORT must be a number between 0 and 65535");
  const apiUrl = readApiUrl(get("GITHUB_API_URL") ?? DEFAULT_API);
  if (apiUrl === null) return invalid("GITHUB_API_URL must be a URL like https://github.example.org/api/v3");
  const app = readCredentials(get, readFile);
  if (app === "none") return { kind: "set-up", host, port, apiUrl };
  if (typeof app === "string") return invalid(app);
  const workers = wholeNumber(get("RELOCK_WORKERS") ?? "2", 1, 64);
  if (workers === null) return invalid("RELOCK_WORKERS must be a number between 1 and 64");
  const solveSeconds = wholeNumber(get("RELOCK_SOLVE_SECONDS") ?? "1200", 1, 24 * 3600);
  if (solveSeconds === null) return invalid("RELOCK_SOLVE_SECONDS must be a number of seconds");
  const logLevel = get("LOG_LEVEL") ?? "info";
  if (!LEVELS.includes(logLevel)) return invalid(`LOG_LEVEL must be one of ${LEVELS.join(", ")}`);
  const database = readDatabase(get);
  const settings = { host, port, apiUrl, database, workers, solveSeconds, app };
  return { kind: "run", settings: { ...settings, logLevel: logLevel as LogLevel } };
}

function readDatabase(get: (name: string) => string | undefined): DatabaseLocation {
  const url = get("DATABASE_URL");
  if (url !== undefined) return { kind: "postgres", url };
  return { kind: "embedded", folder: get("RELOCK_DATA_DIR") ?? DEFAULT_DATA_FOLDER };
}

function invalid(reason: string): SettingsAnswer {
  return { kind: "invalid", reason };
}

/** The credentials, `none` where nothing of an app is set, or the sentence about what is missing. */
function readCredentials(
  get: (name: string) => string | undefined,
  readFile: (path: string) => string,
): AppCredentials | string {
  const appId = get("APP_ID");
  const webhookSecret = get("WEBHOOK_SECRET");
  const path = get("PRIVATE_KEY_PATH");
  let key = get("PRIVATE_KEY");
  if (key === undefined && path !== undefined) {
    try {
      key = readFile(path);
    } catch {
      return `PRIVATE_KEY_PATH names ${path}, which cannot be read`;
    }
  }
  if (appId === undefined && key === undefined && webhookSecret === undefined) return "none";
  if (appId === undefined) return "APP_ID is not set; it is on the app's settings page";
  if (key === undefined) return "PRIVATE_KEY (or PRIVATE_KEY_PATH) is not set";
  if (webhookSecret === undefined) {
    return "WEBHOOK_SECRET is not set; without it anyone could send webhooks, so the service does not start";
  }
  if (!/^\d+$/.test(appId)) return "APP_ID must be a number";
  const privateKey = normalisePrivateKey(key);
  if (privateKey === null) return "PRIVATE_KEY is not a PEM private key (nor one in base64)";
  return { appId, privateKey, webhookSecret };
}

/** A PEM key may stand in one line with `\n`, or in base64, where variables hold no line breaks. */
function normalisePrivateKey(text: string): string | null {
  const decoded = text.includes("-----BEGIN") ? text : Buffer.from(text, "base64").toString("utf8");
  const key = decoded.replaceAll("\\n", "\n").replace(/^"|"$/g, "");
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key) ? key : null;
}

function readApiUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  return url.href.replace(/\/+$/, "");
}

function wholeNumber(text: string, lowest: number, highest: number): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= lowest && value <= highest ? value : null;
}
