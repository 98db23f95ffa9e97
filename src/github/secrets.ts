/** Knows every secret value of this process and keeps it out of whatever is written or sent. */

const SHORTEST_SECRET = 8;
const MOST_SECRETS = 10_000;

/** What looks like a credential even where nobody registered it. */
const PATTERNS: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    replacement: "[redacted]",
  },
  { pattern: /\bgh[pousr]_[A-Za-z0-9_]{16,}/g, replacement: "[redacted]" },
  { pattern: /\bgithub_pat_[A-Za-z0-9_]{16,}/g, replacement: "[redacted]" },
  {
    pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
    replacement: "[redacted]",
  },
  {
    pattern: /\b(authorization["']?\s*[:=]\s*["']?(?:bearer|token|basic)\s+)[^\s"',]+/gi,
    replacement: "$1[redacted]",
  },
  { pattern: /(\/\/)[^\s/@:"']+:[^\s/@"']+@/g, replacement: "$1[redacted]@" },
];

/** Registered values, oldest first: installation tokens live for an hour, so the oldest may be forgotten. */
export class SecretRegistry {
  readonly #values = new Set<string>();

  /** Registers a value and the forms in which it travels: base64, Basic credentials, URL and JSON escapes. */
  register(value: string): void {
    if (value.length < SHORTEST_SECRET) return;
    const basic = Buffer.from(`x-access-token:${value}`).toString("base64");
    const base64 = Buffer.from(value).toString("base64");
    const lines = value.split("\n").filter((line) => line.length >= 32 && !line.startsWith("---"));
    const forms = [value, basic, base64, encodeURIComponent(value), jsonEscaped(value), ...lines];
    for (const form of forms) {
      this.#values.delete(form);
      this.#values.add(form);
    }
    for (const oldest of this.#values) {
      if (this.#values.size <= MOST_SECRETS) break;
      this.#values.delete(oldest);
    }
  }

  /** The text without any secret. */
  redact(text: string): string {
    let clean = text;
    for (const value of this.#values) {
      if (clean.includes(value)) clean = clean.replaceAll(value, "[redacted]");
    }
    for (const { pattern, replacement } of PATTERNS) clean = clean.replace(pattern, replacement);
    return clean;
  }

  /** The message of anything thrown, without secrets and on one line. */
  describe(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    return this.redact(message).replace(/\s+/g, " ").trim().slice(0, 2_000);
  }
}

function jsonEscaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
