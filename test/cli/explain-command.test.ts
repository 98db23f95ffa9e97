import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { UsageError } from "#cli/errors.ts";
import { explainRequest } from "#cli/explain-command.ts";
import { startIndexServer, type IndexServer } from "../support/index-server.ts";
import { runRelock, type RelockRun } from "../support/run-relock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("the words", () => {
  test.each([
    [["Jax"], ".", "jax", null],
    [["jax", "0.4.8"], ".", "jax", "0.4.8"],
    [["jax", "==0.4.8"], ".", "jax", "0.4.8"],
    [["jax==0.4.8"], ".", "jax", "0.4.8"],
    [["jaxlib", "0.4.7+cuda11.cudnn86"], ".", "jaxlib", "0.4.7+cuda11.cudnn86"],
    [[".", "jax"], ".", "jax", null],
    [["repository", "jax"], "repository", "jax", null],
    [["../x/y", "jax==1"], "../x/y", "jax", "1"],
    [["../x/y", "jax", "1"], "../x/y", "jax", "1"],
    [["repository", "Typing_Extensions", "1rc1"], "repository", "typing-extensions", "1rc1"],
  ])("%j", (words, folder, name, version) => {
    expect(explainRequest(words)).toEqual({ folder, name, version });
  });

  test.each([[["a", "b", "c"]], [["a", "b", "1", "2"]], [["../x"]], [["jax==new"]]])("%j is refused", (words) => {
    expect(() => explainRequest(words)).toThrow(UsageError);
  });
});

describe("relock explain as a process", () => {
  let server: IndexServer;
  beforeAll(async () => {
    server = await startIndexServer({
      releases: [
        { name: "a", version: "1.0", requiresDist: ["b==1.0"] },
        { name: "b", version: "1.0" },
        { name: "b", version: "2.0" },
      ],
    });
  });
  afterAll(async () => server.close());

  async function explain(words: readonly string[], options: readonly string[] = []): Promise<RelockRun> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "requirements.txt"), "a==1.0\n");
    const common = ["--cache-dir", join(folder, "cache"), "--index-url", server.url, "--allow-host", "127.0.0.1"];
    return runRelock(["explain", folder, ...words, "--quiet", ...common, ...options]);
  }

  test("names the holder of a version, on stdout", async () => {
    const run = await explain(["b", "2.0"]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("b 2.0 is possible on none of the targets, held by: a 1.0");
    expect(run.stdout).toContain("(requirements.txt:1 → a 1.0)");
  });

  test("gives JSON", async () => {
    const run = await explain(["b", "2.0"], ["--json"]);
    const answer = JSON.parse(run.stdout);
    expect(answer).toMatchObject({ name: "b", version: "2.0", projects: [{ project: "requirements.txt" }] });
    expect(answer.projects[0].asked.answers).toMatchObject([{ kind: "held", holder: "a 1.0" }]);
  });

  test("1 and a sentence on stderr for a name that nothing here has", async () => {
    const run = await explain(["bb"]);
    expect(run).toEqual({
      status: 1,
      stdout: "",
      stderr: "relock: No manifest and no lock of this repository has bb. Did you mean b?\n",
    });
  });

  test("3 where the index is needed and out of reach", async () => {
    const run = await explain(["b"], ["--offline"]);
    expect(run.status).toBe(3);
    expect(run.stderr).toContain("is not in the cache");
  });
});
