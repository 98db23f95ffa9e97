import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseProjectJson } from "#indexes/pypi-simple/parse-json.ts";

function page(changes: Record<string, unknown>): string {
  return JSON.stringify({ meta: { "api-version": "1.1" }, name: "Alpha.X", files: [], ...changes });
}

const DIGEST = "0".repeat(64);

function fileOf(changes: Record<string, unknown>) {
  const file = { filename: "alpha_x-1.0-py3-none-any.whl", url: "../x.whl", hashes: { sha256: DIGEST }, ...changes };
  const parsed = parseProjectJson(page({ files: [file] }), "alpha-x");
  return "listed" in parsed ? parsed.listed[0] : parsed;
}

describe("a file", () => {
  test("with the least that PEP 691 asks for", () => {
    expect(fileOf({})).toEqual({
      filename: "alpha_x-1.0-py3-none-any.whl",
      url: "../x.whl",
      hashes: { sha256: DIGEST },
      requiresPython: null,
      yanked: false,
      uploadTime: null,
      size: null,
      coreMetadata: false,
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["requires-python", { "requires-python": ">=3.8" }, { requiresPython: ">=3.8" }],
    ["empty requires-python", { "requires-python": "" }, { requiresPython: null }],
    ["yanked", { yanked: true }, { yanked: "" }],
    ["yanked for a reason", { yanked: "broken wheel" }, { yanked: "broken wheel" }],
    [
      "size and time (PEP 700)",
      { size: 10, "upload-time": "2023-03-01T10:00:00.123456Z" },
      { size: 10, uploadTime: "2023-03-01T10:00:00.123456Z" },
    ],
    ["size and time that are none", { size: -1, "upload-time": "yesterday" }, { size: null, uploadTime: null }],
    ["a sidecar (PEP 658)", { "dist-info-metadata": { sha256: DIGEST } }, { coreMetadata: { sha256: DIGEST } }],
    [
      "the newer key wins (PEP 714)",
      { "core-metadata": true, "dist-info-metadata": { sha256: DIGEST } },
      { coreMetadata: true },
    ],
    ["a sidecar of a wrong type", { "core-metadata": "yes" }, { coreMetadata: false }],
    ["hashes of a wrong type", { hashes: { sha256: 7, md5: "a" } }, { hashes: { md5: "a" } }],
    ["unknown keys (PEP 708, 740)", { "gpg-sig": true, provenance: "https://x" }, { size: null }],
  ])("%s", (_name, changes, expected) => {
    expect(fileOf(changes)).toMatchObject(expected);
  });

  test("without a name or URL is none", () => {
    expect(parseProjectJson(page({ files: [{ filename: "x" }, { url: "x" }, null, 7, []] }), "alpha-x")).toEqual({
      listed: [],
    });
  });
});

describe("a page", () => {
  test.each<[string, string, string]>([
    ["not JSON", "<html>", "it is not JSON"],
    ["a list", "[]", "it is not JSON"],
    ["cut short", page({}).slice(0, -3), "it is not JSON"],
    ["nested too deeply", "[".repeat(200_000), "it is not JSON"],
    ["no version", page({ meta: {} }), "it has no meta.api-version"],
    ["a later version", page({ meta: { "api-version": "2.0" } }), "its API version 2.0 is not 1.x"],
    ["another project", page({ name: "beta" }), "it is another project's page"],
    ["no files", page({ files: null }), "it has no list of files"],
  ])("%s", (_name, text, reason) => {
    expect(parseProjectJson(text, "alpha-x")).toEqual({ reason });
  });

  test("of a quarantined project offers nothing (PEP 792)", () => {
    const files = [{ filename: "alpha_x-1.0.tar.gz", url: "x" }];
    expect(parseProjectJson(page({ files, "project-status": { status: "quarantined" } }), "alpha-x")).toEqual({
      listed: [],
    });
    expect(parseProjectJson(page({ files, "project-status": { status: "archived" } }), "alpha-x")).toMatchObject({
      listed: [{ filename: "alpha_x-1.0.tar.gz" }],
    });
  });

  test("of any JSON never makes the parser fail", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (files, file) => {
        for (const text of [page({ files }), page({ files: [file] }), JSON.stringify(files)]) {
          const parsed = parseProjectJson(text, "alpha-x");
          expect("listed" in parsed || "reason" in parsed).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
