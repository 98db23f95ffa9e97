/** What all readers of an index share for one resolution. */
import type { IndexProblem } from "#packaging/index-records.ts";
import type { DiskCache } from "./cache/disk-cache.ts";
import type { HttpClient } from "./http/http-types.ts";
import { problem } from "./http/problems.ts";
import type { Credentials } from "./http/credentials.ts";

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

/** A file on this machine that may not be read, since only the command line allows local folders; null for any other. */
export function localFileProblem(access: IndexAccess, url: string): { readonly problem: IndexProblem } | null {
  if (!url.startsWith("file:") || access.localFolders) return null;
  const sentence = `${url} is a file of this machine, which may be used on the command line only; use an https URL.`;
  return problem("blocked-address", url, sentence);
}

/** Caps in bytes, but for the last. */
export interface IndexLimits {
  /** A file that is streamed only to learn its hash. */
  readonly hashedFile: number;
  /** A wheel or sdist that is downloaded whole for its metadata. */
  readonly download: number;
  /** What an archive may unpack to while its metadata is looked for. */
  readonly unpacked: number;
  /** The repodata of one folder of a conda channel, packed as well as unpacked; it is streamed. */
  readonly channel: number;
  /** The index of a sharded channel, or one shard, packed as well as unpacked. */
  readonly shard: number;
  /** Milliseconds that one try to fetch it may take. */
  readonly channelMilliseconds: number;
}

export const DEFAULT_LIMITS: IndexLimits = {
  hashedFile: 2 * 1024 ** 3,
  download: 256 * 1024 ** 2,
  unpacked: 1024 ** 3,
  channel: 2 * 1024 ** 3,
  shard: 16 * 1024 ** 2,
  channelMilliseconds: 600_000,
};
