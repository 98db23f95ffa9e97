import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { judgeFiles, nameProblem } from "#indexes/pypi-simple/listed-file.ts";
import { parseHtmlLinks } from "#indexes/pypi-simple/parse-html.ts";
import { processorTime } from "../../support/processor-time.ts";

const PAGE_URL = "https://index.example/simple/alpha/";
const DIGEST = "ab".repeat(32);

function links(body: string, head = "") {
  const parsed = parseHtmlLinks(`<!DOCTYPE html><html><head>${head}</head><body>${body}</body></html>`, PAGE_URL);
  if ("reason" in parsed) throw new Error(parsed.reason);
  return parsed;
}

describe("a link", () => {
  test.each<[string, string, Record<string, unknown>]>([
    [
      "plain",
      '<a href="alpha-1.0.tar.gz">x</a>',
      { filename: "alpha-1.0.tar.gz", hashes: {}, yanked: false, coreMetadata: false },
    ],
    [
      "with a hash",
      `<a href="../f/alpha-1.0.tar.gz#sha256=${DIGEST}">x</a>`,
      { url: "../f/alpha-1.0.tar.gz", hashes: { sha256: DIGEST } },
    ],
    [
      "with more after the hash",
      `<a href="a.zip#md5=${"0".repeat(32)}&egg=a">x</a>`,
      { hashes: { md5: "0".repeat(32) } },
    ],
    ["with another fragment", '<a href="a.zip#egg=alpha">x</a>', { hashes: {} }],
    [
      "of a local version",
      '<a href="cuda11/jaxlib-0.4.4%2Bcuda11.cudnn86-cp310-cp310-manylinux2014_x86_64.whl">x</a>',
      { filename: "jaxlib-0.4.4+cuda11.cudnn86-cp310-cp310-manylinux2014_x86_64.whl" },
    ],
    [
      "of a local version, not encoded",
      '<a href="jaxlib-0.4.4+cuda11-py3-none-any.whl">x</a>',
      { filename: "jaxlib-0.4.4+cuda11-py3-none-any.whl" },
    ],
    ["with a broken escape", '<a href="alpha-1.0%ZZ.zip">x</a>', { filename: "alpha-1.0%ZZ.zip" }],
    ["with a query", '<a href="alpha-1.0.zip?X=1/2">x</a>', { filename: "alpha-1.0.zip", url: "alpha-1.0.zip?X=1/2" }],
    [
      "requires-python, escaped",
      '<a href="a.zip" data-requires-python="&gt;=3.8,&lt;4">x</a>',
      { requiresPython: ">=3.8,<4" },
    ],
    ["yanked", '<a href="a.zip" data-yanked>x</a>', { yanked: "" }],
    ["yanked for a reason", '<a href="a.zip" data-yanked="broken">x</a>', { yanked: "broken" }],
    ["sidecar", '<a href="a.zip" data-dist-info-metadata="true">x</a>', { coreMetadata: true }],
    [
      "sidecar with a digest",
      `<a href="a.zip" data-dist-info-metadata="true" data-core-metadata="sha256=${DIGEST}">x</a>`,
      { coreMetadata: { sha256: DIGEST } },
    ],
    ["no sidecar", '<a href="a.zip" data-core-metadata="false">x</a>', { coreMetadata: false }],
    ["in upper case", '<A HREF="a.zip" DATA-YANKED="x">x</A>', { filename: "a.zip", yanked: "x" }],
  ])("%s", (_name, html, expected) => {
    expect(links(html).listed).toEqual([expect.objectContaining(expected)]);
  });

  test("to a folder, or without an address, is none", () => {
    expect(links('<a href="cuda11/">x</a><a name="y">y</a><a href="">z</a>').listed).toEqual([]);
  });
});

describe("a page", () => {
  test("has a base of its own, or its URL", () => {
    expect(links("").baseUrl).toBe(PAGE_URL);
    expect(links("", '<base href="/files/">').baseUrl).toBe("https://index.example/files/");
    expect(links("", '<base href="https://[">').baseUrl).toBe(PAGE_URL);
  });

  test.each([
    ["\u0000\u0001garbage\u00ff", "it is not HTML"],
    ["", "it is not HTML"],
    ['{"files": []}', "it is not HTML"],
    ['<html><form><input type="password"></form></html>', "it is a log-in page"],
    ['<html><meta name="pypi:repository-version" content="2.0"></html>', "its API version 2.0 is not 1.x"],
  ])("%j is refused", (html, reason) => {
    expect(parseHtmlLinks(html, PAGE_URL)).toEqual({ reason });
  });

  test("that nests without end is refused before it takes long", () => {
    const start = processorTime();
    const parsed = parseHtmlLinks(`<html>${"<div>".repeat(200_000)}<a href="x-1.0.tar.gz">`, "https://x.example/");
    expect(parsed).toEqual({ reason: "it nests more than 20000 elements" });
    expect(processorTime() - start).toBeLessThan(5_000);
  });

  test("that leaves many tags open is read", () => {
    const links = Array.from({ length: 6_000 }, (_, number) => `<li><p><a href="x-1.${number}.tar.gz">x<br>`);
    const parsed = parseHtmlLinks(`<ul>${links.join("\n")}`, "https://x.example/");
    expect(parsed).toHaveProperty("listed.length", 6_000);
  });

  test("of any text never makes the parser fail", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const parsed = parseHtmlLinks(`<a href="${text}">${text}<base ${text}>`, PAGE_URL);
        expect("listed" in parsed || "reason" in parsed).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("judging files", () => {
  const context = {
    name: "alpha-x",
    baseUrl: "https://files.example/simple/alpha-x/",
    recorded: (url: string) => url.replace("files.example", "pypi.example"),
  };
  const plain = {
    hashes: {},
    requiresPython: null,
    yanked: false as const,
    uploadTime: null,
    size: null,
    coreMetadata: false,
  };

  test("resolves, strips and maps back the URL, and drops hashes that are none", () => {
    const listed = [
      {
        ...plain,
        filename: "alpha_x-1.0.tar.gz",
        url: "https://user:secret@files.example/a/alpha_x-1.0.tar.gz#frag",
        hashes: { SHA256: DIGEST.toUpperCase(), md5: "short", sha1: "z".repeat(40), crc: "0" },
        coreMetadata: { sha256: "no digest" },
      },
    ];
    expect(judgeFiles(listed, context)).toEqual({
      files: [
        {
          ...plain,
          filename: "alpha_x-1.0.tar.gz",
          url: "https://pypi.example/a/alpha_x-1.0.tar.gz",
          hashes: { sha256: DIGEST },
          coreMetadata: true,
        },
      ],
      skipped: [],
    });
  });

  test.each([
    ["beta-1.0-py3-none-any.whl", "it is a file of beta"],
    ["alpha_x-nonsense-py3-none-any.whl", "it is not named as a wheel with a PEP 440 version"],
    ["alpha_x-1.0.whl", "it is not named as a wheel with a PEP 440 version"],
    ["alpha_x-2004d.tar.gz", "it is neither a wheel nor a source distribution of alpha-x with a PEP 440 version"],
    ["beta-1.0.tar.gz", "it is neither a wheel nor a source distribution of alpha-x with a PEP 440 version"],
    ["alpha_x-1.0.exe", "it is neither a wheel nor a source distribution of alpha-x with a PEP 440 version"],
    ["alpha_x-1.0-py3.9.egg", "it is neither a wheel nor a source distribution of alpha-x with a PEP 440 version"],
  ])("skips %s: %s", (filename, reason) => {
    expect(judgeFiles([{ ...plain, filename, url: filename }], context)).toEqual({
      files: [],
      skipped: [{ filename, reason }],
    });
    expect(nameProblem(filename, "alpha-x")).toBe(reason);
  });

  test.each(["file:///etc/passwd", "ftp://host/alpha_x-1.0.tar.gz", "data:,x", "https://["])(
    "skips the URL %s",
    (url) => {
      const { files, skipped } = judgeFiles([{ ...plain, filename: "alpha_x-1.0.tar.gz", url }], context);
      expect(files).toEqual([]);
      expect(skipped).toEqual([{ filename: "alpha_x-1.0.tar.gz", reason: "its URL is not an http(s) URL" }]);
    },
  );
});
