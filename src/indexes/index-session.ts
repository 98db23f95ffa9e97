/** Index access of a process: one HTTP client and one cache for all of its resolutions. */
import type { IndexPolicy, PackageIndex, Progress } from "#ports.ts";
import { openDiskCache, openNoCache } from "./cache/disk-cache.ts";
import { createHttpClient } from "./http/http-client.ts";
import type { HttpOptions } from "./http/http-types.ts";
import type { IndexLimits, UnusableFile } from "./index-access.ts";
import { openPackageIndex } from "./open-index.ts";

export interface IndexSessionOptions extends HttpOptions {
  /** Where index data is kept between runs; null keeps nothing. */
  readonly cacheDirectory: string | null;
  /** Stands for PyPI wherever PyPI is meant; never recorded as a source. */
  readonly indexUrl: string | null;
  /** Folders of this machine may be find-links locations (on the command line only). */
  readonly localFolders?: boolean;
  readonly limits?: Partial<IndexLimits>;
  readonly progress?: Progress;
  readonly onSkipped?: (file: UnusableFile) => void;
}

export interface IndexSession {
  /** Opens index data for one resolution. */
  readonly open: (policy: IndexPolicy) => PackageIndex;
  /** Ends connections, and waits for the cache's housekeeping. */
  readonly close: () => Promise<void>;
}

/** Starts index access; what the options leave out has its default. */
export function startIndexSession(options: IndexSessionOptions): IndexSession {
  const http = createHttpClient(options);
  const cache = options.cacheDirectory === null ? openNoCache() : openDiskCache(options.cacheDirectory);
  return {
    open: (policy) => openPackageIndex(policy, { ...options, http, cache }),
    close: async () => {
      await http.close();
      await cache.close();
    },
  };
}
