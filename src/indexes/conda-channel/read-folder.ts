/** The records that a folder has of some names, wherever they are kept. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { problem, problemOf, TooLargeError } from "../http/problems.ts";
import type { IndexAccess } from "../index-access.ts";
import type { RawRecords, StoreIndex } from "./channel-store.ts";
import { shardUrl, type ShardFetcher } from "./fetch-shards.ts";
import type { FolderData } from "./folder-data.ts";
import type { KnownRecords } from "./known-records.ts";
import { readCondaRecord, type RecordPlace } from "./read-record.ts";
import { readShard } from "./read-shard.ts";
import type { ShardIndex } from "./shard-index.ts";
import { storedBytes } from "./store-reader.ts";

export interface OpenedFolder {
  /** Without a slash at the end; may hold a token. */
  readonly url: string;
  readonly place: RecordPlace;
  readonly data: FolderData;
  /** Bytes of unpacked shards so far: as many as a whole repodata.json may have, and no more. */
  readonly spent: { bytes: number };
  readonly fetchShard: ShardFetcher;
  readonly known: KnownRecords;
}

type FolderRecords = ReadonlyMap<string, readonly CondaRecord[]>;
type Failed = { readonly problem: IndexProblem };

/** What the folder has of the names, or why it cannot be read. @param names sorted, each once */
export async function readFolder(
  access: IndexAccess,
  folder: OpenedFolder,
  names: readonly string[],
): Promise<FolderRecords | Failed> {
  const { data } = folder;
  return data.kind === "store"
    ? readNames(access, folder, data.store, names)
    : readShards(access, folder, data.index, names);
}

async function readNames(
  access: IndexAccess,
  folder: OpenedFolder,
  store: StoreIndex,
  names: readonly string[],
): Promise<FolderRecords | Failed> {
  const records = new Map<string, readonly CondaRecord[]>();
  const { known } = folder;
  const key = (name: string): string => [store.data, placeKey(folder.place), name].join("\n");
  const missing: string[] = [];
  for (const name of names) {
    const found = known.records.get(key(name));
    if (found === undefined) missing.push(name);
    else if (found.length > 0) records.set(name, found);
  }
  const wanted = missing.filter((name) => Object.hasOwn(store.places, name));
  if (wanted.length === 0) return records;
  const file = await access.cache.openBlob(store.data);
  const sentence = `What was kept of ${shownUrl(folder.url)} is gone or damaged; run again to fetch it anew.`;
  if (file === null) return problem("bad-content", folder.url, sentence);
  try {
    for (const name of wanted) {
      const usable = usableRecords(access, folder, name, known.stores.read(file, store, name));
      known.records.set(key(name), usable, storedBytes(store, name));
      if (usable.length > 0) records.set(name, usable);
    }
    return records;
  } catch {
    await access.cache.removeBlob(store.data);
    return problem("bad-content", folder.url, sentence);
  } finally {
    await file.close();
  }
}

/** What of a record does not come from the channel's text. */
function placeKey({ channel, subdir, baseUrl }: RecordPlace): string {
  return [channel, subdir, baseUrl].join("\n");
}

/** Asks for all shards at once; the client sees to it that a host is not asked too much at a time. */
async function readShards(
  access: IndexAccess,
  folder: OpenedFolder,
  index: ShardIndex,
  names: readonly string[],
): Promise<FolderRecords | Failed> {
  const answers = await Promise.all(
    names.flatMap((name) => {
      const hash = index.shards.get(name);
      return hash === undefined
        ? []
        : [readOneShard(access, folder, { index, name, sha256: Buffer.from(hash).toString("hex") })];
    }),
  );
  const failed = answers.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  const read = answers.flatMap((answer) => ("records" in answer ? [[answer.name, answer.records] as const] : []));
  return new Map(read.filter(([, records]) => records.length > 0));
}

async function readOneShard(
  access: IndexAccess,
  folder: OpenedFolder,
  { index, name, sha256 }: { readonly index: ShardIndex; readonly name: string; readonly sha256: string },
): Promise<{ readonly name: string; readonly records: readonly CondaRecord[] } | Failed> {
  const url = shardUrl(index, access.http.mirrors.fetched(folder.url), sha256);
  if (url === null) {
    const sentence = `${shownUrl(folder.url)} says that its shards are at '${index.shardsBaseUrl.slice(0, 100)}', which is no URL; tell who runs the channel.`;
    return problem("bad-content", folder.url, sentence);
  }
  const answer = await folder.fetchShard(access, url, sha256);
  if ("problem" in answer) return answer;
  try {
    const { records, bytes } = readShard(answer.body, access.limits.shard);
    folder.spent.bytes += bytes;
    if (folder.spent.bytes > access.limits.channel) throw new TooLargeError(access.limits.channel);
    const listed = records.filter(([filename]) => !index.removed.has(filename));
    return { name, records: usableRecords(access, folder, name, listed) };
  } catch (error) {
    return { problem: problemOf(error, url).problem };
  }
}

function usableRecords(
  access: IndexAccess,
  folder: OpenedFolder,
  name: string,
  found: Iterable<RawRecords[number]>,
): CondaRecord[] {
  const records: CondaRecord[] = [];
  for (const [filename, value] of found) {
    const record = readCondaRecord(folder.place, filename, value);
    const reason = "unusable" in record ? record.unusable : null;
    if (!("unusable" in record) && record.name === name) records.push(record);
    else
      access.onSkipped?.({
        url: shownUrl(folder.url),
        filename,
        reason: reason ?? "its name is not that of its shard",
      });
  }
  return withoutDoubles(records);
}

/** `.conda` files first; a `.tar.bz2` of the same build stays only where it is older, since a time limit may leave it alone. */
function withoutDoubles(records: readonly CondaRecord[]): CondaRecord[] {
  const modern = new Map<string, CondaRecord>();
  const old = new Map<string, CondaRecord>();
  for (const record of records) {
    const files = record.filename.endsWith(".conda") ? modern : old;
    // The same file may stand in `v3` again, where its dependencies may say more than is built on.
    if (!files.has(stemOf(record))) files.set(stemOf(record), record);
  }
  const others = [...old].flatMap(([stem, record]) => {
    const newer = modern.get(stem);
    return newer === undefined || isOlder(record, newer) ? [record] : [];
  });
  return [...modern.values(), ...others];
}

function isOlder(record: CondaRecord, other: CondaRecord): boolean {
  return record.timestampMs !== null && other.timestampMs !== null && record.timestampMs < other.timestampMs;
}

function stemOf({ filename }: CondaRecord): string {
  return filename.replace(/\.(conda|tar\.bz2)$/, "");
}
