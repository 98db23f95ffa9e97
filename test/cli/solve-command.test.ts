/** `relock solve` as a process, against an index on the loopback interface. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { IndexFile } from "#packaging/index-records.ts";
import { answerFrom, type ScenarioPackages } from "../support/scenario-index.ts";

const command = new URL("../../src/cli/solve-command.ts", import.meta.url).href;
const errors = new URL("../../src/cli/errors.ts", import.meta.url).href;
const SCRIPT = `
import { solveCommand } from ${JSON.stringify(command)};
import { UsageError } from ${JSON.stringify(errors)};
try { await solveCommand().parseAsync(process.argv.slice(1), { from: "user" }); }
catch (error) { process.exitCode = error instanceof UsageError ? 2 : 99; process.stderr.write(error.message + "\\n"); }`;

const packages: ScenarioPackages = {
  jax: {
    versions: {
      "0.4.8": { requires: ["numpy>=1.21", "jaxlib==0.4.7; extra == 'cpu'"], uploaded: "2023-03-30T00:00:00Z" },
      "0.4.6": { requires: ["numpy>=1.20"], uploaded: "2023-03-09T00:00:00Z" },
    },
  },
  jaxlib: { versions: { "0.4.7": { sdist: false, wheel_tags: ["cp311-cp311-macosx_11_0_arm64"] } } },
  numpy: {
    versions: {
      "2.0.0": { requires_python: ">=3.12", uploaded: "2024-06-01T00:00:00Z" },
      "1.26.4": { uploaded: "2024-02-01T00:00:00Z" },
      "1.22.0": { uploaded: "2022-01-01T00:00:00Z" },
    },
  },
};

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let server: Server;
let cache: string;
let indexUrl: string;

/** A simple index (PEP 691 with PEP 658 sidecars) of the packages above. */
function serve(path: string): { readonly type: string; readonly body: string } | null {
  const common = { source: null, speculative: false };
  const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
  if (project !== undefined) {
    const reply = answerFrom(packages)({ ...common, kind: "listing", name: project });
    const listings = "listings" in reply.answer ? reply.answer.listings : [];
    const [listing] = listings;
    if (listing === undefined) return null;
    const files = listing.files.map((file: IndexFile) => ({
      filename: file.filename,
      url: `/files/${file.filename}`,
      hashes: { sha256: "0".repeat(64) },
      "requires-python": file.requiresPython,
      "core-metadata": true,
      "upload-time": file.uploadTime ?? undefined,
    }));
    const body = JSON.stringify({ meta: { "api-version": "1.1" }, name: project, files });
    return { type: "application/vnd.pypi.simple.v1+json", body };
  }
  const [, name = "", version = ""] = /^\/files\/([^-]+)-([^-]+?)(?:-[^/]*\.whl|\.tar\.gz)\.metadata$/.exec(path) ?? [];
  if (name === "") return null;
  const reply = answerFrom(packages)({ ...common, kind: "metadata", name, version, files: [] });
  if (!("metadata" in reply.answer)) return null;
  const { requiresDist, requiresPython } = reply.answer.metadata;
  const lines = ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`];
  if (requiresPython !== null) lines.push(`Requires-Python: ${requiresPython}`);
  return {
    type: "text/plain",
    body: [...lines, ...requiresDist.map((each) => `Requires-Dist: ${each}`), "", ""].join("\n"),
  };
}

function relock(...options: readonly string[]): Promise<Ran> {
  const fixed = ["--index-url", indexUrl, "--allow-host", "127.0.0.1", "--cache-dir", cache, "--quiet"];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", SCRIPT, "--", ...fixed, ...options],
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "relock-solve-"));
  server = createServer((request, response) => {
    const found = serve(decodeURIComponent(request.url ?? ""));
    response
      .writeHead(found === null ? 404 : 200, { "content-type": found?.type ?? "text/plain" })
      .end(found?.body ?? "");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  indexUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(cache, { recursive: true, force: true });
});

describe("relock solve", () => {
  test("prints the packages and the files that the target installs", async () => {
    const { status, stdout } = await relock(
      "--pypi",
      "jax",
      "--pypi",
      "numpy<2",
      "--python",
      "3.11",
      "--json",
      "--timings",
    );
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      status: "solved",
      packages: [
        { ecosystem: "pypi", name: "jax", version: "0.4.8", marker: null, sha256: "0".repeat(64) },
        { ecosystem: "pypi", name: "numpy", version: "1.26.4", marker: null, files: [{}, {}] },
      ],
    });
    expect(result.packages[1].url).toMatch(/\/files\/numpy-1\.26\.4-py3-none-any\.whl$/);
    expect(Object.keys(result.timings)).toEqual(["total", "index", "solve"]);
  });

  test("sees nothing that was uploaded later", async () => {
    const { stdout } = await relock("--pypi", "jax", "--exclude-newer", "2023-03-10");
    expect(stdout).toBe("jax==0.4.6\nnumpy==1.22.0\n");
  });

  test("chooses for the target's Python, and the lowest where asked", async () => {
    const newest = await relock("--pypi", "numpy", "--python", "3.12");
    const lowest = await relock("--pypi", "jax", "--lowest-direct");
    expect(newest.stdout).toBe("numpy==2.0.0\n");
    expect(lowest.stdout).toBe("jax==0.4.6\nnumpy==2.0.0\n");
  });

  test("gives each version its marker with --universal", async () => {
    const { stdout } = await relock("--pypi", "numpy", "--universal", "--requires-python", ">=3.10", "--json");
    const { packages: found } = JSON.parse(stdout);
    expect(found.map(({ version, marker, url }: Record<string, unknown>) => [version, marker, url])).toEqual([
      ["1.26.4", "python_full_version < '3.12'", null],
      ["2.0.0", "python_full_version >= '3.12'", null],
    ]);
  });

  test("explains why there is no solution, with status 1", async () => {
    const { status, stdout } = await relock("--pypi", "jax[cpu]==0.4.8", "--python", "3.11", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "unsatisfiable",
      explanation: expect.stringContaining("jaxlib 0.4.7 has no wheel for linux-64"),
    });
    const mac = await relock("--pypi", "jax[cpu]==0.4.8", "--python", "3.11", "--platform", "osx-arm64");
    expect(mac.status).toBe(0);
  });

  test("a project that the index does not know is no candidate, not an error", async () => {
    const { status, stdout } = await relock("--pypi", "nobody");
    expect([status, stdout]).toEqual([1, "You require nobody but no index knows nobody.\n"]);
  });

  test("wrong usage has status 2 and one sentence, as JSON too", async () => {
    const plain = await relock("--conda", "python=3.11");
    const json = await relock("--conda", "python=3.11", "--json");
    const sentence = "name at least one channel with --channel";
    expect([plain.status, plain.stdout]).toEqual([2, ""]);
    expect(plain.stderr).toContain(sentence);
    expect(json.status).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "error", message: expect.stringContaining(sentence) });
  });

  test("an index out of reach has status 3 and names the URL", async () => {
    const { status, stdout } = await relock(
      "--pypi",
      "numpy",
      "--index-url",
      "http://127.0.0.1:9/simple/",
      "--json",
      "--offline",
    );
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: "error", message: expect.stringContaining("numpy") });
  });
});
