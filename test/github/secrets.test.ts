import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";

const token = fc.stringMatching(/^[A-Za-z0-9_+/=-]{12,60}$/);

describe("secrets", () => {
  test("no sink holds a registered token, whatever it is wrapped in", () => {
    fc.assert(
      fc.property(token, fc.string(), fc.string(), (secret, before, after) => {
        const lines: string[] = [];
        const secrets = new SecretRegistry();
        secrets.register(secret);
        const log = createLog({ write: (line) => lines.push(line), level: "trace", now: () => 0, secrets });
        const basic = Buffer.from(`x-access-token:${secret}`).toString("base64");
        const forms = [secret, basic, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)];
        for (const form of forms) {
          const text = `${before}${form}${after}`;
          log.info(text);
          log.error(new Error(text, { cause: new Error(text) }), text);
          log.warn({ nested: { list: [text], [text]: text } }, "message");
          lines.push(secrets.redact(text), secrets.describe(new Error(text)));
        }
        const all = lines.join("\n");
        for (const form of forms) expect(all.includes(form)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    "ghs_abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_abcdefghijklmnopqrstuvwxyz",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjEyMzR9.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "https://user:password@example.org/x",
    "Authorization: Bearer abc.def",
  ])("%j is recognised without being registered", (text) => {
    const redacted = new SecretRegistry().redact(`before ${text} after`);
    expect(redacted).toContain("[redacted]");
    expect(redacted).not.toMatch(/abcdefghij|MIIE|password|abc\.def|c2lnbmF0dXJl/);
    expect(redacted).toMatch(/^before .* after$/s);
  });

  test("the lines of a key are secrets of their own", () => {
    const secrets = new SecretRegistry();
    const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    secrets.register(`-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`);
    expect(secrets.redact(`at ${line}`)).toBe("at [redacted]");
  });

  test("the secrets of the process are known however many tokens come after them", () => {
    const secrets = new SecretRegistry();
    secrets.register("the-webhook-secret");
    for (let index = 0; index < 12_000; index += 1) secrets.registerToken(`token-number-${String(index)}`);
    expect(secrets.redact("the-webhook-secret token-number-11999")).toBe("[redacted] [redacted]");
    expect(secrets.redact("token-number-3 is long over")).toContain("token-number-3");
  });

  test("ordinary text stays", () => {
    expect(new SecretRegistry().redact("numpy 1.2 -> 1.3 at https://pypi.org/simple")).toBe(
      "numpy 1.2 -> 1.3 at https://pypi.org/simple",
    );
  });
});
