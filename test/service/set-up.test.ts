import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLog } from "#github/log.ts";
import { SecretRegistry } from "#github/secrets.ts";
import { readStoredCredentials, startSetUp, type SetUp } from "#service/set-up.ts";
import { createTestApp, startTestGitHub } from "../support/github/test-app.ts";
import type { FakeGitHub } from "../support/github/fake-github.ts";

describe("set-up mode", () => {
  const app = createTestApp();
  const folder = mkdtempSync(join(tmpdir(), "relock-set-up-"));
  const conversion = {
    code: "the-code-of-github",
    privateKey: app.privateKey,
    clientId: "Iv1.0000000000000000",
    clientSecret: "0".repeat(40),
  };
  let github: FakeGitHub;
  let setUp: SetUp;
  beforeAll(async () => {
    github = await startTestGitHub(app, { conversion });
    const log = createLog({ write: () => undefined, level: "silent", now: Date.now, secrets: new SecretRegistry() });
    const manifestFile = new URL("../../app.yml", import.meta.url);
    setUp = await startSetUp({ host: "127.0.0.1", port: 0, apiUrl: github.url, manifestFile, dataFolder: folder, log });
  });
  afterAll(async () => {
    await setUp.server.close();
    await github.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const state = async (): Promise<string> => {
    const page = await (await fetch(setUp.address)).text();
    return /state=([0-9a-f]+)/.exec(page)?.[1] ?? "";
  };

  test("the page sends what app.yml asks for to GitHub, and where to come back", async () => {
    const page = await (await fetch(setUp.address)).text();
    expect(page).toContain(`action="${github.url}/settings/apps/new?state=`);
    const manifest = JSON.parse((/name="manifest" value="([^"]*)"/.exec(page)?.[1] ?? "").replaceAll("&quot;", '"'));
    expect(manifest).toMatchObject({
      default_permissions: { contents: "write", metadata: "read" },
      hook_attributes: { url: `${setUp.server.url}/api/github/webhooks` },
      redirect_url: `${setUp.server.url}/set-up`,
    });
    expect(manifest.default_permissions).not.toHaveProperty("workflows");
  });

  test("who only reaches the port is told nothing", async () => {
    for (const path of ["", "/?key=", `/?key=${"0".repeat(32)}`, "/probot"]) {
      const answer = await fetch(`${setUp.server.url}${path}`);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(await answer.text()).not.toContain("state=");
    }
  });

  test("it is ready, and takes no webhooks", async () => {
    expect((await fetch(`${setUp.server.url}/readyz`)).status).toBe(200);
    const answer = await fetch(`${setUp.server.url}/api/github/webhooks`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(503);
  });

  test("a code that nobody here asked for is refused", async () => {
    const answer = await fetch(`${setUp.server.url}/set-up?code=x&state=${"0".repeat(32)}`);
    expect(answer.status).toBe(400);
    expect(await readStoredCredentials(folder)).toEqual({});
  });

  test("the code of GitHub becomes credentials that only this user can read", async () => {
    const answer = await fetch(`${setUp.server.url}/set-up?code=${conversion.code}&state=${await state()}`);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain("installations/new");
    expect(page).not.toContain("PRIVATE KEY");
    await expect(setUp.done).resolves.toMatchObject({ webhookSecret: app.webhookSecret });
    const stored = await readStoredCredentials(folder);
    expect(stored).toMatchObject({ PRIVATE_KEY: app.privateKey, WEBHOOK_SECRET: app.webhookSecret });
    expect(statSync(join(folder, "app.json")).mode & 0o777).toBe(0o600);
  });

  test.each(["{", "null", '{"appId":"1"}'])(
    "credentials cut short (%s) do not open set-up mode again",
    async (text) => {
      writeFileSync(join(folder, "app.json"), text);
      await expect(readStoredCredentials(folder)).rejects.toThrow("is not what set-up mode stored");
    },
  );
});
