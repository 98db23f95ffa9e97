/** The HTML form of a project page, PEP 503 with 592, 629, 658 and 714; find-links pages have the same links. */
import { Parser } from "htmlparser2";
import type { ListedFile } from "./listed-file.ts";

export interface HtmlLinks {
  readonly listed: readonly ListedFile[];
  /** What relative links are relative to: `<base href>`, else the page's own URL. */
  readonly baseUrl: string;
}

/** @returns the links of a page whose path ends in a file name, or why the page is none */
export function parseHtmlLinks(html: string, pageUrl: string): HtmlLinks | { readonly reason: string } {
  const listed: ListedFile[] = [];
  let base: string | null = null;
  let apiVersion = "1.0";
  let tags = 0;
  let asksPassword = false;
  const isRead = parseTags(html, (name, attributes) => {
    if (KNOWN_TAGS.has(name)) tags++;
    if (name === "base" && base === null) base = attributes["href"] ?? null;
    if (name === "meta" && attributes["name"] === "pypi:repository-version") apiVersion = attributes["content"] ?? "";
    if (name === "input" && attributes["type"]?.toLowerCase() === "password") asksPassword = true;
    if (name === "a" && attributes["href"] !== undefined) listed.push(...linkedFile(attributes["href"], attributes));
  });
  if (!isRead) return { reason: `it nests more than ${MAX_DEPTH} elements` };
  if (tags === 0) return { reason: "it is not HTML" };
  if (asksPassword) return { reason: "it is a log-in page" };
  if (!/^1(\.|$)/.test(apiVersion)) return { reason: `its API version ${apiVersion.slice(0, 20)} is not 1.x` };
  return { listed, baseUrl: (base === null ? null : URL.parse(base, pageUrl)?.href) ?? pageUrl };
}

/** Tells each tag that is opened. @returns false where the parser was stopped because they nest too deeply */
function parseTags(html: string, onTag: (name: string, attributes: Attributes) => void): boolean {
  let depth = 0;
  let isTooDeep = false;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth++;
        if (depth <= MAX_DEPTH) return onTag(name, attributes);
        isTooDeep = true;
        parser.pause();
      },
      onclosetag() {
        depth--;
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.write(html);
  if (!isTooDeep) parser.end();
  return !isTooDeep;
}

/** The parser takes the square of the depth. Pages of links are flat, but some leave thousands of tags open. */
const MAX_DEPTH = 20_000;

const KNOWN_TAGS = new Set(["html", "head", "body", "a", "title", "pre", "table", "ul"]);

type Attributes = Readonly<Record<string, string>>;

function linkedFile(href: string, attributes: Attributes): ListedFile[] {
  const [path, fragment] = splitFragment(href.trim());
  const filename = fileNameOf(path);
  if (filename === "") return [];
  return [
    {
      filename,
      url: path,
      hashes: pairOf(fragment),
      requiresPython: attributes["data-requires-python"] || null,
      yanked: attributes["data-yanked"] ?? false,
      uploadTime: null,
      size: null,
      coreMetadata: coreMetadataOf(attributes["data-core-metadata"] ?? attributes["data-dist-info-metadata"]),
    },
  ];
}

function splitFragment(href: string): readonly [string, string] {
  const hash = href.indexOf("#");
  return hash < 0 ? [href, ""] : [href.slice(0, hash), href.slice(hash + 1)];
}

/** The last segment of the path, decoded: `%2B` stands for the `+` of a local version. */
function fileNameOf(path: string): string {
  const last = path.replace(/\?.*$/, "").split("/").pop() ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** `sha256=abc` (and `sha256=abc&egg=…`). */
function pairOf(fragment: string): Record<string, string> {
  const match = /^([a-z0-9]+)=([0-9a-fA-F]+)(?:&|$)/.exec(fragment);
  return match?.[1] === undefined || match[2] === undefined ? {} : { [match[1]]: match[2] };
}

function coreMetadataOf(value: string | undefined): boolean | Record<string, string> {
  if (value === undefined || value === "false") return false;
  const digest = pairOf(value);
  return Object.keys(digest).length === 0 ? true : digest;
}
