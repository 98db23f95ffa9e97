/** Knows every secret value of this process and keeps it out of whatever is written or sent. */

const SHORTEST_SECRET = 8;
const MOST_TOKEN_FORMS = 10_000;

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

export class SecretRegistry {
  /** Those of the process: its key, its passwords. */
  readonly #lasting = new Set<string>();
  /** Oldest first: installation tokens live for an hour, so the oldest may be forgotten. */
  readonly #passing = new Set<string>();

  /** Registers a value and the forms in which it travels: base64, Basic credentials, URL and JSON escapes. */
  register(value: string): void {
    this.#add(this.#lasting, value);
  }

  /** Registers a value that is worth nothing after an hour. */
  registerToken(value: string): void {
    this.#add(this.#passing, value);
    for (const oldest of this.#passing) {
      if (this.#passing.size <= MOST_TOKEN_FORMS) break;
      this.#passing.delete(oldest);
    }
  }

  #add(values: Set<string>, value: string): void {
    if (value.length < SHORTEST_SECRET) return;
    const basic = Buffer.from(`x-access-token:${value}`).toString("base64");
    const base64 = Buffer.from(value).toString("base64");
    const lines = value.split("\n").filter((line) => line.length >= 32 && !line.startsWith("---"));
    const forms = [value, basic, base64, encodeURIComponent(value), jsonEscaped(value), ...lines];
    for (const form of forms) {
      values.delete(form);
      values.add(form);
    }
  }

  /** The text without any secret. */
  redact(text: string): string {
    let clean = text;
    for (const value of [...this.#lasting, ...this.#passing]) {
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
