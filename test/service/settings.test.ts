import { describe, expect, test } from "@jest/globals";
import { readSettings } from "#service/settings.ts";

const KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
const APP = { APP_ID: "7", PRIVATE_KEY: KEY, WEBHOOK_SECRET: "s3cret-s3cret" };
const read = (environment: Record<string, string>) =>
  readSettings(environment, (path) => {
    if (path !== "/key.pem") throw new Error("no such file");
    return KEY;
  });

describe("settings", () => {
  test("without any of the app's variables, set-up mode on the loopback address", () => {
    const api = "https://api.github.com";
    expect(read({})).toEqual({ kind: "set-up", host: "127.0.0.1", port: 3000, apiUrl: api });
  });

  test("with an app, the embedded database", () => {
    const answer = read(APP);
    expect(answer).toMatchObject({ kind: "run", settings: { database: { kind: "embedded", folder: ".relock" } } });
  });

  test("DATABASE_URL chooses PostgreSQL, GITHUB_API_URL another GitHub", () => {
    const url = "postgres://db/relock";
    const answer = read({ ...APP, DATABASE_URL: url, GITHUB_API_URL: "https://github.example.org/api/v3/" });
    const apiUrl = "https://github.example.org/api/v3";
    expect(answer).toMatchObject({ kind: "run", settings: { database: { kind: "postgres", url }, apiUrl } });
  });

  test.each([
    ["as one line", KEY.replaceAll("\n", "\\n")],
    ["in base64", Buffer.from(KEY).toString("base64")],
    ["in quotes", `"${KEY.replaceAll("\n", "\\n")}"`],
  ])("a key %s is read", (_name, PRIVATE_KEY) => {
    const answer = read({ ...APP, PRIVATE_KEY });
    const privateKey = KEY.trim();
    expect(answer).toMatchObject({
      kind: "run",
      settings: { app: { privateKey: expect.stringContaining(privateKey) } },
    });
  });

  test("a key in a file is read", () => {
    expect(read({ APP_ID: "7", PRIVATE_KEY_PATH: "/key.pem", WEBHOOK_SECRET: "s3cret-s3cret" }).kind).toBe("run");
  });

  test.each([
    [{ APP_ID: "7", PRIVATE_KEY: KEY }, "WEBHOOK_SECRET"],
    [{ WEBHOOK_SECRET: "x" }, "APP_ID"],
    [{ APP_ID: "7", WEBHOOK_SECRET: "x" }, "PRIVATE_KEY"],
    [{ ...APP, APP_ID: "seven" }, "APP_ID"],
    [{ ...APP, PRIVATE_KEY: "nonsense" }, "PRIVATE_KEY"],
    [{ APP_ID: "7", WEBHOOK_SECRET: "x", PRIVATE_KEY_PATH: "/none" }, "/none"],
    [{ ...APP, PORT: "99999" }, "PORT"],
    [{ ...APP, GITHUB_API_URL: "github" }, "GITHUB_API_URL"],
    [{ ...APP, LOG_LEVEL: "loud" }, "LOG_LEVEL"],
    [{ ...APP, RELOCK_WORKERS: "0" }, "RELOCK_WORKERS"],
  ])("%j is refused, naming %s", (environment, name) => {
    expect(read(environment)).toEqual({ kind: "invalid", reason: expect.stringContaining(name) });
  });
});
