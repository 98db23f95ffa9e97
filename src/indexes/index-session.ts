/** Index access of a process: one HTTP client and one cache for all of its resolutions. */
import type { CondaChannelPolicy, CondaChannels, IndexPolicy, NameMappings, PackageIndex, Progress } from "#ports.ts";
import { openDiskCache, openNoCache } from "./cache/disk-cache.ts";
import { createHttpClient } from "./http/http-client.ts";
import { openCondaChannels } from "./conda-channel/open-channels.ts";
import { createFolderOpener } from "./conda-channel/open-folder.ts";
import type { HttpOptions } from "./http/http-types.ts";
import { DEFAULT_LIMITS, type IndexLimits, type UnusableFile } from "./index-access.ts";
import { openNameMappings } from "./name-mapping.ts";
import { openPackageIndex } from "./open-index.ts";

export interface IndexSessionOptions extends HttpOptions {
  /** Where index data is kept between runs; null keeps nothing. */
  readonly cacheDirectory: string | null;
  /** Stands for PyPI wherever PyPI is meant; never recorded as a source. */
  readonly indexUrl: string | null;
  /** What the bare name of a conda channel is appended to; conda's own by default. */
  readonly channelAlias?: string | null;
  /** Folders of this machine may be find-links locations (on the command line only). */
  readonly localFolders?: boolean;
  readonly limits?: Partial<IndexLimits>;
  readonly progress?: Progress;
  readonly onSkipped?: (file: UnusableFile) => void;
}

export interface IndexSession {
  /** Opens index data for one resolution. */
  readonly open: (policy: IndexPolicy) => PackageIndex;
  /** Opens conda channels for one resolution. */
  readonly openChannels: (policy: CondaChannelPolicy) => CondaChannels;
  /** Opens the mappings between conda and PyPI names. */
  readonly openNames: () => NameMappings;
  /** Whether a mirror stands for this URL. */
  readonly hasMirror: (url: string) => boolean;
  /** Ends connections, and waits for the cache's housekeeping. */
  readonly close: () => Promise<void>;
}

/** Starts index access; what the options leave out has its default. */
export function startIndexSession(options: IndexSessionOptions): IndexSession {
  const http = createHttpClient(options);
  const cache = options.cacheDirectory === null ? openNoCache() : openDiskCache(options.cacheDirectory);
  const folders = createFolderOpener();
  return {
    open: (policy) => openPackageIndex(policy, { ...options, http, cache }),
    openChannels: (policy) =>
      openCondaChannels(policy, {
        http,
        cache,
        folders,
        channelAlias: options.channelAlias ?? null,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        localFolders: options.localFolders ?? false,
        onSkipped: options.onSkipped,
      }),
    hasMirror: (url) => http.mirrors.fetched(url) !== url,
    openNames: () => openNameMappings({ http, cache, channelAlias: options.channelAlias ?? null }),
    close: async () => {
      await http.close();
      await cache.close();
    },
  };
}
