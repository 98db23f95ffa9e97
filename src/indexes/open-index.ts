/** Opens the index data of one resolution: what the solver asks is answered from the indexes of a policy. */
import { normalizeName } from "#packaging/names.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import type { IndexLocation, IndexPolicy, PackageIndex, Progress } from "#ports.ts";
import type { DiskCache } from "./cache/disk-cache.ts";
import { hashFile } from "./file-hash.ts";
import { findLinksListing, readFindLinks } from "./find-links/find-links-page.ts";
import type { HttpClient } from "./http/http-types.ts";
import { withoutCredentials } from "#packaging/safe-url.ts";
import { credentialsOf } from "./http/credentials.ts";
import { DEFAULT_LIMITS, type IndexAccess, type IndexLimits, type UnusableFile } from "./index-access.ts";
import { readMetadata } from "./metadata/read-metadata.ts";
import { simpleListing } from "./pypi-simple/project-listing.ts";
import { searchIndexes, type LocationAnswer } from "./search-order.ts";

export interface OpenIndexOptions {
  /** Shared by all resolutions of a process, as is the cache; the caller closes both. */
  readonly http: HttpClient;
  readonly cache: DiskCache;
  /** `--index-url`: stands for PyPI wherever PyPI is meant. Listings still say PyPI. */
  readonly indexUrl?: string | null;
  readonly limits?: Partial<IndexLimits>;
  /** Folders of this machine may be find-links locations (on the command line only). */
  readonly localFolders?: boolean;
  /** Told how many of the questions so far are answered. */
  readonly progress?: Progress;
  readonly onSkipped?: (file: UnusableFile) => void;
}

/**
 * Opens an index on a policy. Each question is asked of the network at most once, however often and by whomever it is
 * asked at the same time.
 */
export function openPackageIndex(policy: IndexPolicy, options: OpenIndexOptions): PackageIndex {
  const access: IndexAccess = {
    http: options.http,
    cache: options.cache,
    credentials: credentialsOf([...policy.indexes.map(({ url }) => url), options.indexUrl ?? ""]),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    localFolders: options.localFolders ?? false,
    onSkipped: options.onSkipped,
  };
  const clean: IndexPolicy = { ...policy, indexes: policy.indexes.map(withCleanUrl) };
  const pages = onceEach((url: string) => readFindLinks(access, url));
  const askedOnce = onceEach(async (location: IndexLocation, name: string): Promise<LocationAnswer> => {
    if (location.kind === "index") return simpleListing(access, location, rootOf(location, options.indexUrl), name);
    const answer = await pages(location.url, location.url);
    return "problem" in answer ? answer : { listing: findLinksListing(access, answer.page, name) };
  });
  const ask = (location: IndexLocation, name: string) =>
    askedOnce([location.kind, location.name, location.url, name].join("\n"), location, name);
  const metadata = onceEach((name: string, version: string, files: readonly IndexFile[]) =>
    readMetadata(access, { name, version }, files),
  );
  const hashes = onceEach((file: IndexFile) => hashFile(access, file));
  const count = counter(options.progress);
  return {
    listing: (request) => count(searchIndexes(clean, { ...request, name: normalizeName(request.name) }, ask)),
    metadata: (name, version, files) => {
      const key = [normalizeName(name), version, ...files.map(({ url }) => url)].join("\n");
      return count(metadata(key, name, version, files));
    },
    fileHash: (file) => count(hashes(file.url, file)),
  };
}

function withCleanUrl(location: IndexLocation): IndexLocation {
  return { ...location, url: withoutCredentials(location.url) };
}

/** Where an index is fetched: for PyPI, whatever stands for it. */
function rootOf(location: IndexLocation, indexUrl: string | null | undefined): string {
  return indexUrl != null && isPypi(location) ? withoutCredentials(indexUrl) : location.url;
}

function isPypi({ name, url }: IndexLocation): boolean {
  return name.toLowerCase() === "pypi" || /^https:\/\/pypi(\.python)?\.org\/(simple\/?)?$/.test(url);
}

/** Remembers the promise of each key, so that a question under way is not asked again. */
function onceEach<Rest extends readonly unknown[], T>(ask: (...rest: Rest) => Promise<T>) {
  const answers = new Map<string, Promise<T>>();
  return (key: string, ...rest: Rest): Promise<T> => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(...rest);
    answers.set(key, answer);
    return answer;
  };
}

function counter(progress: Progress | undefined) {
  let asked = 0;
  let done = 0;
  return async <T>(answer: Promise<T>): Promise<T> => {
    asked++;
    const value = await answer;
    done++;
    progress?.({ kind: "fetch", done, asked });
    return value;
  };
}
