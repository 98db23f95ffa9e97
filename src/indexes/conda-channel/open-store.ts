/** The store of one folder of a channel: found in the cache, asked for again by its validators, or fetched anew. */
import { open, type FileHandle } from "node:fs/promises";
import type { DiskCache } from "../cache/disk-cache.ts";
import { freshnessOf, isFresh, pageKey, renewed, validators, type Freshness } from "../cache/freshness.ts";
import type { HttpAnswer, HttpClient, HttpHead, HttpRequest } from "../http/http-types.ts";
import { problem, problemOf, RequestFailed } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { IndexAccess } from "../index-access.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { StoreIndex } from "./channel-store.ts";
import { ingestRepodata } from "./ingest.ts";

/** `store` is null where the channel has no such folder. */
export type StoreAnswer = { readonly store: StoreIndex | null } | { readonly problem: IndexProblem };

/** The forms of a repodata.json, the best one first. */
const FORMS = ["repodata.json.zst", "repodata.json"] as const;
type Form = (typeof FORMS)[number];

/** What is remembered of a folder; the index of its store is a blob. */
interface StoredFolder extends Freshness {
  readonly form: Form;
  /** Null where the channel has no such folder. */
  readonly index: string | null;
}

interface KnownFolder {
  readonly stored: StoredFolder;
  readonly store: StoreIndex | null;
}

/** Part of the key: stores of another layout are not found. */
const LAYOUT = "channel 1";

/** Opens stores for all resolutions of a process. */
export interface StoreOpener {
  /** Who asks while the same folder is being fetched gets the same answer. @param url of the folder, no slash at the end */
  open(access: IndexAccess, url: string): Promise<StoreAnswer>;
}

export function createStoreOpener(): StoreOpener {
  const underWay = new Map<string, Promise<StoreAnswer>>();
  const read = new Map<string, KnownFolder>();
  return {
    open: (access, url) => {
      const key = pageKey(access.http, LAYOUT, { url, accept: "", credentials: access.credentials });
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const answer = openStore(access, { url, key, read }).finally(() => underWay.delete(key));
      underWay.set(key, answer);
      return answer;
    },
  };
}

interface Folder {
  readonly url: string;
  readonly key: string;
  /** The folders whose index was read before, by key. */
  readonly read: Map<string, KnownFolder>;
}

async function openStore(access: IndexAccess, folder: Folder): Promise<StoreAnswer> {
  const { http, cache } = access;
  const known = await readKnown(access, folder);
  if (http.offline) {
    if (known !== null) return { store: known.store };
    const shown = shownUrl(folder.url);
    return problem("offline", folder.url, `${shown} is not in the cache; run once without --offline.`);
  }
  if (known !== null && isFresh(known.stored, http.now())) return { store: known.store };
  const answer = await fetchFolder(access, folder.url, known);
  if ("problem" in answer) return answer;
  if ("unchanged" in answer) {
    await cache.write("pages", folder.key, { ...known?.stored, ...renewed(answer.unchanged, http.now()) });
    return { store: known?.store ?? null };
  }
  await remember(access, folder.key, answer);
  return { store: answer.store };
}

type FolderAnswer =
  | { readonly unchanged: HttpHead }
  | { readonly form: Form; readonly head: HttpHead; readonly store: StoreIndex | null }
  | { readonly problem: IndexProblem };

/** The first of the forms that the channel has; that of the last time is asked for first. */
async function fetchFolder(access: IndexAccess, url: string, known: KnownFolder | null): Promise<FolderAnswer> {
  const last = known?.stored.form ?? FORMS[0];
  let missing: FolderAnswer | null = null;
  for (const form of [last, ...FORMS.filter((form) => form !== last)]) {
    const same = form === last && known !== null && known.store !== null ? known.stored : null;
    const answer = await fetchForm(access, `${url}/${form}`, same);
    if ("store" in answer) return { ...answer, form };
    if (!("missing" in answer)) return answer;
    missing = { form: FORMS[0], head: answer.missing, store: null };
  }
  return missing ?? problem("not-found", url, `${shownUrl(url)} has no repodata.json; check the URL of the channel.`);
}

async function readKnown({ cache }: IndexAccess, folder: Folder): Promise<KnownFolder | null> {
  const stored = (await cache.read("pages", folder.key)) as StoredFolder | null;
  if (stored === null) return null;
  if (stored.index === null) return { stored, store: null };
  const before = folder.read.get(folder.key);
  const store = before?.stored.index === stored.index ? before.store : await readIndex(cache, stored.index);
  const file = store === null ? null : await cache.openBlob(store.data);
  if (file === null) return null;
  await file.close();
  const known = { stored, store };
  folder.read.set(folder.key, known);
  return known;
}

async function readIndex(cache: DiskCache, sha256: string): Promise<StoreIndex | null> {
  const text = await cache.readBlob(sha256);
  return text === null ? null : (JSON.parse(text.toString("utf8")) as StoreIndex);
}

async function remember(
  { http, cache }: IndexAccess,
  key: string,
  found: { readonly form: Form; readonly head: HttpHead; readonly store: StoreIndex | null },
): Promise<void> {
  const { form, head, store } = found;
  if (/\bno-store\b/i.test(head.headers["cache-control"] ?? "")) return;
  const index = store === null ? null : await cache.writeBlob(Buffer.from(JSON.stringify(store)));
  const stored: StoredFolder = { ...freshnessOf(head, http.now()), form, index };
  await cache.write("pages", key, stored);
}

type FormAnswer =
  | { readonly unchanged: HttpHead }
  | { readonly store: StoreIndex; readonly head: HttpHead }
  | { readonly missing: HttpHead }
  | { readonly problem: IndexProblem };

/**
 * Fetches one form to the disk, and makes a store of it there. The two do not overlap: a server that is done may close a
 * connection that is read slowly. What is broken or cut off leaves nothing behind.
 */
async function fetchForm(access: IndexAccess, url: string, known: StoredFolder | null): Promise<FormAnswer> {
  const { http, cache, credentials, limits } = access;
  const request = {
    url,
    headers: known === null ? {} : validators(known),
    maxBytes: limits.channel,
    deadline: limits.channelMilliseconds,
    credentials,
  };
  const zstd = url.endsWith(".zst");
  return cache.withTemporaryFile(async (source): Promise<FormAnswer> => {
    try {
      const head = await downloadTo(http, request, source);
      if ("problem" in head) return head;
      if (head.status === 304 && known !== null) return { unchanged: head };
      if (head.status !== 200) return isMissing(head.status, zstd) ? { missing: head } : refused(url, head.status);
      const store = await cache.withTemporaryFile(async (target) => {
        const made = await ingestRepodata({ source, zstd, target, maxBytes: limits.channel });
        await cache.keepFile(target, made.data);
        return made;
      });
      return { store, head };
    } catch (error) {
      return { problem: diskProblem(error, url) ?? problemOf(error, url).problem };
    }
  });
}

/** Sends the body of a 200 to a file, which each try begins anew. */
async function downloadTo(http: HttpClient, request: HttpRequest, path: string): Promise<HttpAnswer<HttpHead>> {
  let file: FileHandle | null = null;
  try {
    return await http.stream(request, async ({ status }) => {
      await file?.close();
      file = null;
      if (status !== 200) return null;
      const opened = await open(path, "w", 0o600).catch(refuseDisk(request.url));
      file = opened;
      return async (chunk) => void (await opened.write(chunk).catch(refuseDisk(request.url)));
    });
  } finally {
    await (file as FileHandle | null)?.close();
  }
}

/** Inside a request an error of our own disk must not pass for one of the network. */
function refuseDisk(url: string) {
  return (error: unknown): never => {
    const found = diskProblem(error, url);
    throw found === null ? error : new RequestFailed(found);
  };
}

function diskProblem(error: unknown, url: string): IndexProblem | null {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (!/^E[A-Z]+$/.test(code)) return null;
  const advice = "make room for temporary files, or name another --cache-dir";
  return problem("unreachable", url, `What ${shownUrl(url)} sent could not be kept (${code}); ${advice}.`).problem;
}

/** Whether a status says that there is no such file. Some hosts say so of the packed form in odd ways; the plain one decides. */
function isMissing(status: number, zstd: boolean): boolean {
  return status === 404 || status === 410 || (zstd && (status === 403 || status === 406 || status === 501));
}

function refused(url: string, status: number): { readonly problem: IndexProblem } {
  const advice = status === 401 || status === 403 ? "check the credentials" : "check the URL of the channel";
  return problem("unreachable", url, `${shownUrl(url)} answered with status ${status}; ${advice}.`);
}
