/** Find-links pages: one flat namespace of files of many projects (`pip --find-links`). */
import { readdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseWheelFilename, WheelNames } from "#packaging/filenames.ts";
import type { IndexFile, IndexProblem, ProjectListing } from "#packaging/index-records.ts";
import { fetchPage } from "../cache/fetch-page.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import { judgeFiles, nameProblem, type ListedFile } from "../pypi-simple/listed-file.ts";
import { parseHtmlLinks } from "../pypi-simple/parse-html.ts";

/** A page as read; its files are sorted to projects when one is asked for. */
export interface FindLinksPage {
  readonly url: string;
  readonly baseUrl: string;
  readonly listed: readonly ListedFile[];
}

export type FindLinksAnswer = { readonly page: FindLinksPage } | { readonly problem: IndexProblem };

/**
 * Reads a find-links page, or a folder of this machine where that is allowed.
 * @param url of an HTML page; or a `file:` URL or absolute path of a folder
 */
export async function readFindLinks(access: IndexAccess, url: string): Promise<FindLinksAnswer> {
  if (isLocal(url)) return readFolder(access, url);
  const fetched = await fetchPage(access.http, access.cache, {
    url,
    accept: "text/html, */*;q=0.01",
    credentials: access.credentials,
  });
  if ("problem" in fetched) return fetched;
  const { page } = fetched;
  const shown = shownUrl(url);
  if (page.status !== 200) {
    const kind = page.status === 404 ? "not-found" : "unreachable";
    return problem(kind, url, `${shown} answered with status ${page.status}; check the find-links URL.`);
  }
  const parsed = parseHtmlLinks(page.body.toString("utf8"), page.url);
  if ("reason" in parsed) {
    return problem("bad-content", url, `${shown} is not a find-links page: ${parsed.reason}; check the URL.`);
  }
  return { page: { url, ...parsed } };
}

/** The files of one project on a page, or null where it has none. */
export function findLinksListing(access: IndexAccess, page: FindLinksPage, name: string): ProjectListing | null {
  const wheelNames = new WheelNames();
  const own = page.listed.filter(({ filename }) => nameProblem(filename, name, wheelNames) === null);
  if (own.length === 0) return null;
  const { files } = isLocal(page.url)
    ? { files: own.map(localFile) }
    : judgeFiles(own, { name, baseUrl: page.baseUrl, recorded: (url) => access.http.mirrors.recorded(url) });
  return files.length === 0 ? null : { name, indexUrl: page.url, files };
}

/**
 * The projects of which a page has files, sorted. The name of an sdist ends at its last dash, since nobody says which
 * project it is of.
 */
export function findLinksProjects(page: FindLinksPage): readonly string[] {
  const names = new Set<string>();
  for (const { filename } of page.listed) {
    const wheel = parseWheelFilename(filename);
    if (wheel !== null) names.add(wheel.name);
    else {
      const guess = filename
        .slice(0, Math.max(0, filename.lastIndexOf("-")))
        .toLowerCase()
        .replaceAll(/[-_.]+/g, "-");
      if (guess !== "" && nameProblem(filename, guess) === null) names.add(guess);
    }
  }
  return [...names].sort();
}

function isLocal(url: string): boolean {
  return url.startsWith("file:") || url.startsWith("/");
}

async function readFolder(access: IndexAccess, url: string): Promise<FindLinksAnswer> {
  if (!access.localFolders) {
    const sentence = `${url} is a folder of this machine, which may be used on the command line only; use an https page.`;
    return problem("blocked-address", url, sentence);
  }
  try {
    const folder = url.startsWith("file:") ? fileURLToPath(url) : url;
    const entries = await readdir(folder, { withFileTypes: true });
    const listed = entries.filter((entry) => entry.isFile()).map(({ name }) => listedFile(folder, name));
    return { page: { url, baseUrl: pathToFileURL(folder).href, listed } };
  } catch {
    return problem("not-found", url, `${url} is not a folder that can be read; correct the find-links entry.`);
  }
}

function listedFile(folder: string, filename: string): ListedFile {
  return {
    filename,
    url: pathToFileURL(`${folder}/${filename}`).href,
    hashes: {},
    requiresPython: null,
    yanked: false,
    uploadTime: null,
    size: null,
    coreMetadata: false,
  };
}

function localFile(file: ListedFile): IndexFile {
  return { ...file };
}
