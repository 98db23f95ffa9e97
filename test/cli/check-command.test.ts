import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkExitStatus, describeCheck } from "#cli/check-command.ts";
import { githubAnnotations } from "#cli/github-annotations.ts";
import { createStyle } from "#cli/output.ts";
import type { Finding } from "#formats/finding.ts";
import { startIndexServer, type IndexServer } from "../support/index-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLAIN = createStyle(false, {});

function finding(code: string, severity: Finding["severity"], more: Partial<Finding> = {}): Finding {
  return { code, severity, file: "poetry.lock", line: 7, message: "it is wrong", targets: [], ...more };
}

describe("the exit status", () => {
  test.each([
    [[], 0],
    [[finding("not-checked", "info"), finding("not-understood", "warning")], 0],
    [[finding("unsatisfiable", "error"), finding("not-checked", "info")], 1],
    [[finding("index-unreachable", "error")], 3],
    [[finding("index-unreachable", "error"), finding("lock-out-of-date", "error")], 1],
  ])("%#", (findings, status) => {
    expect(checkExitStatus({ findings })).toBe(status);
  });
});

describe("the text", () => {
  test("says what was checked, and names the targets of a finding once", () => {
    const report = {
      ok: false,
      checked: [
        { project: "pyproject.toml", lock: "poetry.lock", targets: ["linux-64", "osx-64"], result: "failed" as const },
        { project: "requirements.txt", lock: null, targets: ["linux-64"], result: "ok" as const },
        { project: "uv.lock", lock: "uv.lock", targets: [], result: "not-checked" as const },
      ],
      findings: [
        finding("a", "error", { message: "no wheel (osx-64).", targets: ["osx-64"] }),
        finding("b", "info", { line: null, message: "something.", targets: ["linux-64"] }),
      ],
    };
    expect(describeCheck(report, PLAIN)).toBe(
      [
        "pyproject.toml with poetry.lock: failed",
        "requirements.txt: ok on linux-64",
        "uv.lock: not checked",
        "",
        "poetry.lock:7: error: no wheel (osx-64).",
        "poetry.lock: info: something. (linux-64)",
      ].join("\n"),
    );
  });

  test("says that there is nothing", () => {
    expect(describeCheck({ ok: true, checked: [], findings: [] }, PLAIN)).toBe("No Python project was found here.");
  });
});

describe("GitHub annotations", () => {
  test("one line each, at the place in the workspace", () => {
    const findings = [
      finding("lock-out-of-date", "error"),
      finding("not-checked", "info", { line: null, file: "a,b:c.txt", message: "100%\nsure" }),
    ];
    expect(githubAnnotations(findings, "sub/")).toBe(
      "::error file=sub/poetry.lock,line=7,title=relock%3A lock-out-of-date::it is wrong\n" +
        "::notice file=sub/a%2Cb%3Ac.txt,title=relock%3A not-checked::100%25%0Asure\n",
    );
  });

  test("no text ends a command or begins another one", () => {
    const text = fc.string({ unit: fc.constantFrom("\n", "\r", ":", ",", "%", "0A", "::error ", "x") });
    fc.assert(
      fc.property(text, text, (file, message) => {
        const output = githubAnnotations([finding("c", "error", { file, message })], "");
        const [, properties = "", data = ""] = /^::error (.*?)::(.*)\n$/u.exec(output) ?? [];
        expect(output.split(/[\r\n]/u)).toHaveLength(2);
        const written = /^file=([^,:]*),line=7,title=[^,:]*$/u.exec(properties)?.[1] ?? "";
        expect([decode(written), decode(data)]).toEqual([file, message]);
      }),
    );
  });
});

/** What the runner makes of an escaped text. */
function decode(text: string): string {
  const characters: Readonly<Record<string, string>> = { "0D": "\r", "0A": "\n", "3A": ":", "2C": ",", "25": "%" };
  return text.replace(/%([0-9A-F]{2})/gu, (_, code: string) => characters[code] ?? "?");
}

describe("relock check as a process", () => {
  let server: IndexServer;
  beforeAll(async () => {
    server = await startIndexServer({ releases: [{ name: "a", version: "1.0" }] });
  });
  afterAll(async () => server.close());

  async function check(
    files: Readonly<Record<string, string>>,
    words: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RelockRun> {
    const workspace = temporaryFolder();
    const folder = join(workspace, "checkout");
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    const common = ["--cache-dir", join(workspace, "cache"), "--index-url", server.url, "--allow-host", "127.0.0.1"];
    const inWorkspace = environment["GITHUB_ACTIONS"] === undefined ? {} : { GITHUB_WORKSPACE: workspace };
    return runRelock(["check", folder, ...common, ...words], { ...environment, ...inWorkspace });
  }

  test("0 and ok where the pins can be installed", async () => {
    const run = await check({ "requirements.txt": "a==1.0\n" }, ["--json", "--timings"]);
    expect({ status: run.status, ...JSON.parse(run.stdout) }).toMatchObject({ status: 0, ok: true, findings: [] });
    expect(JSON.parse(run.stdout).timings.total).toBeGreaterThan(0);
  });

  test("1 and annotations on stderr where they cannot", async () => {
    const run = await check({ "requirements.txt": "\na==2.0\n" }, ["--json"], { GITHUB_ACTIONS: "true" });
    expect(run.status).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, findings: [{ file: "requirements.txt", line: 2 }] });
    expect(run.stderr).toMatch(/^::error file=checkout\/requirements\.txt,line=2,title=relock%3A unsatisfiable::/mu);
  });

  test("3 where the index is needed and out of reach, and nothing else is wrong", async () => {
    const run = await check({ "requirements.txt": "a==1.0\n" }, ["--offline"]);
    expect(run.status).toBe(3);
    expect(run.stdout).toContain("requirements.txt: not checked");
    expect(run.stdout).toContain("is not in the cache");
  });
});
