/** A project's page on a simple index, in either form. */
import type { IndexLocation } from "#ports.ts";
import type { LocationAnswer } from "../search-order.ts";
import { fetchPage, type Page } from "../cache/fetch-page.ts";
import type { IndexAccess } from "../index-access.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { judgeFiles, type PageContext } from "./listed-file.ts";
import { parseHtmlLinks } from "./parse-html.ts";
import { parseProjectJson } from "./parse-json.ts";

const ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/**
 * Asks a simple index for a project (PEP 503, 691).
 * @param root where the index is fetched, which for PyPI may be another URL than the location's own
 * @param name normalised
 */
export async function simpleListing(
  access: IndexAccess,
  location: IndexLocation,
  root: string,
  name: string,
): Promise<LocationAnswer> {
  const url = `${root.replace(/\/+$/, "")}/${encodeURIComponent(name)}/`;
  const fetched = await fetchPage(access.http, access.cache, { url, accept: ACCEPT, credentials: access.credentials });
  if ("problem" in fetched) return fetched;
  const { page } = fetched;
  if (page.status !== 200) return refusedPage(page, url);
  const context: PageContext = { name, baseUrl: page.url, recorded: (link) => access.http.mirrors.recorded(link) };
  const parsed = parsePage(page, name);
  if ("reason" in parsed) {
    const sentence = `${shownUrl(url)} is not a page of a package index: ${parsed.reason}; check the index URL.`;
    return problem("bad-content", url, sentence);
  }
  const { files, skipped } = judgeFiles(parsed.listed, { ...context, baseUrl: parsed.baseUrl });
  for (const { filename, reason } of skipped) access.onSkipped?.({ url: shownUrl(url), filename, reason });
  return { listing: { name, indexUrl: location.url, files } };
}

function parsePage(page: Page, name: string) {
  const text = page.body.toString("utf8");
  if (/^application\/(vnd\.pypi\.simple\.v1\+)?json$/.test(page.contentType)) {
    return { ...parseProjectJson(text, name), baseUrl: page.url };
  }
  if (/^(text\/html|application\/vnd\.pypi\.simple\.v1\+html|application\/xhtml\+xml)$/.test(page.contentType)) {
    return parseHtmlLinks(text, page.url);
  }
  return { reason: `its type is "${page.contentType.slice(0, 60)}"` };
}

/** A project that is not there is an answer. The PyTorch index says 403 where others say 404. */
function refusedPage(page: Page, url: string): LocationAnswer {
  const forbiddenMeansUnknown = URL.parse(url)?.hostname === "download.pytorch.org" && page.status === 403;
  if (page.status === 404 || page.status === 410 || forbiddenMeansUnknown) return { listing: null };
  const shown = shownUrl(url);
  if (page.status === 401 || page.status === 403) {
    return problem(
      "unreachable",
      url,
      `${shown} answered with status ${page.status}; check the credentials of this index.`,
    );
  }
  return problem("unreachable", url, `${shown} answered with status ${page.status}; check the index URL.`);
}
