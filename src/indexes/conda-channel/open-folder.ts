/** One folder of a channel: found in the cache, asked for again by its validators, or fetched anew. */
import { freshnessOf, isFresh, isReachedOpenly, pageKey, renewed, type Freshness } from "../cache/freshness.ts";
import type { HttpHead } from "../http/http-types.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { fetchRepodata } from "./fetch-repodata.ts";
import { createShardFetcher, fetchShardIndex, type ShardFetcher } from "./fetch-shards.ts";
import type { FolderAnswer, FolderData, FormAnswer } from "./folder-data.ts";
import { createKnownFolders, type KnownFolders } from "./known-folders.ts";
import { createKnownRecords, type KnownRecords } from "./known-records.ts";
import { openLocalFolder, readStoreIndex } from "./local-folder.ts";
import { readShardIndex } from "./shard-index.ts";

/** The forms of a folder, the best one first. */
const FORMS = ["repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json"] as const;
type Form = (typeof FORMS)[number];
const SHARDS = FORMS[0];

/** What is remembered of a folder; what its data is read from is a blob. */
interface StoredFolder extends Freshness {
  readonly form: Form;
  /** Null where the channel has no such folder. */
  readonly body: string | null;
  /** Milliseconds since 1970 until which the folder is taken to have no shards. */
  readonly shardlessUntil: number;
}

interface KnownFolder {
  readonly stored: StoredFolder;
  readonly data: FolderData | null;
}

/** Part of the key: stores of another layout are not found. */
const LAYOUT = "channel 2";

/** A channel seldom changes its form, and a warm run should not ask for what is not there. */
const SHARDLESS_FOR = 7 * 86_400_000;

/** Opens folders for all resolutions of a process. */
export interface FolderOpener {
  /** Who asks while the same folder is being fetched gets the same answer. @param url of the folder, no slash at the end */
  open(access: IndexAccess, url: string): Promise<FolderAnswer>;
  /**
   * What can be said of a folder without fetching a whole repodata.json: what was kept of it, however old, or an index of
   * shards. Null where that says nothing.
   */
  glance(access: IndexAccess, url: string): Promise<{ readonly data: FolderData | null } | null>;
  readonly fetchShard: ShardFetcher;
  readonly known: KnownRecords;
}

export function createFolderOpener(): FolderOpener {
  const underWay = new Map<string, Promise<FolderAnswer>>();
  const read = createKnownFolders<KnownFolder>();
  /** Folders that a glance found without shards: an explanation is not worth asking twice. */
  const shardless = new Set<string>();
  const folderOf = (access: IndexAccess, url: string): Folder => {
    return { url, key: pageKey(access.http, LAYOUT, { url, accept: "", credentials: access.credentials }), read };
  };
  return {
    fetchShard: createShardFetcher(),
    known: createKnownRecords(),
    open: (access, url) => {
      const folder = folderOf(access, url);
      const known = underWay.get(folder.key);
      if (known !== undefined) return known;
      const opened = isLocal(url) ? openLocalFolder(access, url) : openFolder(access, folder);
      const answer = opened.finally(() => underWay.delete(folder.key));
      underWay.set(folder.key, answer);
      return answer;
    },
    glance: async (access, url) => {
      const folder = folderOf(access, url);
      if (isLocal(url)) {
        const local = await openLocalFolder(access, url);
        return "problem" in local ? null : local;
      }
      const known = await readKnown(access, folder);
      if (known !== null || access.http.offline || shardless.has(folder.key)) return known;
      const answer = await fetchShardIndex(access, `${url}/${SHARDS}`, null);
      if (!("data" in answer)) {
        shardless.add(folder.key);
        return null;
      }
      await remember(access, folder, { ...answer, form: SHARDS, shardlessUntil: 0 });
      return answer;
    },
  };
}

interface Folder {
  readonly url: string;
  readonly key: string;
  readonly read: KnownFolders<KnownFolder>;
}

async function openFolder(access: IndexAccess, folder: Folder): Promise<FolderAnswer> {
  const { http, cache } = access;
  const known = await readKnown(access, folder);
  if (http.offline) {
    if (known !== null) return { data: known.data };
    const shown = shownUrl(folder.url);
    return problem("offline", folder.url, `${shown} is not in the cache; run once without --offline.`);
  }
  if (known !== null && isFresh(known.stored, http.now())) return { data: known.data };
  const answer = await fetchFolder(access, folder.url, known);
  if ("problem" in answer) return answer;
  const { shardlessUntil } = answer;
  if ("unchanged" in answer) {
    const stored = { ...known?.stored, ...renewed(answer.unchanged, http.now()), shardlessUntil };
    await cache.write("pages", folder.key, stored);
    return { data: known?.data ?? null };
  }
  await remember(access, folder, answer);
  return { data: answer.data };
}

/** What is found of a folder, and is to be remembered. `body` is null where the channel has no such folder. */
interface FoundFolder {
  readonly form: Form;
  readonly head: HttpHead;
  readonly data: FolderData | null;
  readonly body: Buffer | null;
  readonly shardlessUntil: number;
}

type FetchedFolder =
  { readonly unchanged: HttpHead; readonly shardlessUntil: number } | FoundFolder | { readonly problem: IndexProblem };

/** Shards, unless there were none lately; of the two forms of repodata.json, that of the last time first. */
function formsToTry(last: Form | null, shardlessUntil: number, now: number): readonly Form[] {
  const others = FORMS.filter((form) => form !== SHARDS && form !== last);
  return [...(shardlessUntil > now ? [] : [SHARDS]), ...(last === null || last === SHARDS ? [] : [last]), ...others];
}

/** The first of the forms that the channel has. */
async function fetchFolder(access: IndexAccess, url: string, known: KnownFolder | null): Promise<FetchedFolder> {
  const now = access.http.now();
  const last = known?.stored.form ?? null;
  let shardlessUntil = known?.stored.shardlessUntil ?? 0;
  let missing: HttpHead | null = null;
  for (const form of formsToTry(last, shardlessUntil, now)) {
    const same = form === last && known?.data != null ? known.stored : null;
    const answer = await fetchForm(access, `${url}/${form}`, { form, known: same });
    if ("problem" in answer) return answer;
    if ("unchanged" in answer) return { ...answer, shardlessUntil };
    if ("data" in answer) return { ...answer, form, shardlessUntil };
    missing = answer.missing;
    if (form === SHARDS) shardlessUntil = now + SHARDLESS_FOR;
  }
  if (missing !== null) return { form: FORMS[1], head: missing, data: null, body: null, shardlessUntil };
  return problem("not-found", url, `${shownUrl(url)} has no repodata.json; check the URL of the channel.`);
}

function fetchForm(
  access: IndexAccess,
  url: string,
  { form, known }: { readonly form: Form; readonly known: Freshness | null },
): Promise<FormAnswer> {
  return form === SHARDS ? fetchShardIndex(access, url, known) : fetchRepodata(access, url, known);
}

function isLocal(url: string): boolean {
  return url.startsWith("file:");
}

async function readKnown(access: IndexAccess, folder: Folder): Promise<KnownFolder | null> {
  const stored = (await access.cache.read("pages", folder.key)) as StoredFolder | null;
  if (stored === null) return null;
  if (stored.body === null) return { stored, data: null };
  const before = folder.read.get(folder.key);
  const data = before?.stored.body === stored.body ? before.data : await readData(access, stored.form, stored.body);
  if (data === null) return null;
  const known = { stored, data };
  folder.read.set(folder.key, known);
  return known;
}

async function readData(access: IndexAccess, form: Form, sha256: string): Promise<FolderData | null> {
  if (form !== SHARDS) return readStoreIndex(access.cache, sha256);
  const blob = await access.cache.readBlob(sha256);
  try {
    const index = blob === null ? null : readShardIndex(blob, access.limits.shard);
    return index === null ? null : { kind: "shards", index };
  } catch {
    // It was kept under wider limits; what is fetched anew is told about.
    return null;
  }
}

async function remember(access: IndexAccess, { url, key }: Folder, found: FoundFolder): Promise<void> {
  const { http, cache, credentials } = access;
  const { form, head, body, shardlessUntil } = found;
  if (/\bno-store\b/i.test(head.headers["cache-control"] ?? "")) return;
  if (!isReachedOpenly(http, { url, credentials }, head)) return;
  const kept = body === null ? null : await cache.writeBlob(body);
  const stored: StoredFolder = { ...freshnessOf(head, http.now()), form, body: kept, shardlessUntil };
  await cache.write("pages", key, stored);
}
