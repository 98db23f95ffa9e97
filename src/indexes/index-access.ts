/** What all readers of an index share for one resolution. */
import type { DiskCache } from "./cache/disk-cache.ts";
import type { HttpClient } from "./http/http-types.ts";
import type { Credentials } from "./http/safe-url.ts";

export interface IndexAccess {
  readonly http: HttpClient;
  readonly cache: DiskCache;
  readonly credentials: Credentials;
  readonly limits: IndexLimits;
  /** Folders on this machine may be find-links locations (on the command line only). */
  readonly localFolders: boolean;
  /** Told of each file that is listed but cannot be used. */
  readonly onSkipped?: ((file: UnusableFile) => void) | undefined;
}

export interface UnusableFile {
  /** The page that lists it. */
  readonly url: string;
  readonly filename: string;
  readonly reason: string;
}

/** Caps in bytes. */
export interface IndexLimits {
  /** A file that is streamed only to learn its hash. */
  readonly hashedFile: number;
  /** A wheel or sdist that is downloaded whole for its metadata. */
  readonly download: number;
  /** What an archive may unpack to while its metadata is looked for. */
  readonly unpacked: number;
}

export const DEFAULT_LIMITS: IndexLimits = {
  hashedFile: 2 * 1024 ** 3,
  download: 256 * 1024 ** 2,
  unpacked: 1024 ** 3,
};
