/** JSON lines on a stream, with every secret taken out of the finished line. */
import type { SecretRegistry } from "./secrets.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";
type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  readonly trace: (first: unknown, message?: unknown) => void;
  readonly debug: (first: unknown, message?: unknown) => void;
  readonly info: (first: unknown, message?: unknown) => void;
  readonly warn: (first: unknown, message?: unknown) => void;
  readonly error: (first: unknown, message?: unknown) => void;
  readonly fatal: (first: unknown, message?: unknown) => void;
  readonly child: (fields: Fields) => Log;
}

export interface LogOptions {
  /** Takes one finished line, with its newline. */
  readonly write: (line: string) => void;
  readonly level: LogLevel | "silent";
  readonly now: () => number;
  readonly secrets: SecretRegistry;
}

const ORDER: readonly (LogLevel | "silent")[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** A log in the shape that Probot and Octokit expect (pino's): `log.info("text")` or `log.info({ fields }, "text")`. */
export function createLog(options: LogOptions, bound: Fields = {}): Log {
  const threshold = ORDER.indexOf(options.level);
  const at = (level: LogLevel) => (first: unknown, message?: unknown) => {
    if (ORDER.indexOf(level) < threshold) return;
    const line = { level, time: new Date(options.now()).toISOString(), ...bound, ...fieldsOf(first, message) };
    options.write(`${options.secrets.redact(JSON.stringify(line, plain))}\n`);
  };
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: (fields) => createLog(options, { ...bound, ...fields }),
  };
}

function fieldsOf(first: unknown, message: unknown): Fields {
  if (first instanceof Error) {
    return { message: typeof message === "string" ? message : first.message, error: errorFields(first) };
  }
  if (typeof first === "object" && first !== null) {
    return typeof message === "string" ? { ...first, message } : { ...first };
  }
  return { message: String(first) };
}

/** Errors lose their fields in JSON; request objects of Octokit errors are not wanted in a log. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return errorFields(value);
  return typeof value === "bigint" ? String(value) : value;
}

function errorFields(error: Error): Fields {
  return { name: error.name, message: error.message, stack: error.stack };
}
