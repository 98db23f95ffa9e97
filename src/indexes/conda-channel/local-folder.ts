/** A folder of a channel that lies on this machine: used on the command line only. */
import { realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { BadBodyError, problem, TooLargeError } from "../http/problems.ts";
import type { DiskCache } from "../cache/disk-cache.ts";
import type { IndexAccess } from "../index-access.ts";
import type { StoreIndex } from "./channel-store.ts";
import { makeStore } from "./fetch-repodata.ts";
import type { FolderAnswer, FolderData } from "./folder-data.ts";

interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
}

/** Layout of what is kept. */
const LAYOUT = "local channel 1";

/**
 * Reads the repodata.json of a folder, packed or not, the one that changed last. It must be a file in the channel: a link
 * that leads out of it, or to a device, is refused.
 * @param url of the folder, `file:`
 */
export async function openLocalFolder(access: IndexAccess, url: string): Promise<FolderAnswer> {
  try {
    const folder = fileURLToPath(url);
    const root = await realpath(dirname(folder));
    const files: LocalFile[] = [];
    for (const form of ["repodata.json.zst", "repodata.json"]) {
      const file = await findFile(join(folder, form));
      if (file === null) continue;
      if (!file.path.startsWith(root + sep)) return refused(url, `${form} leads out of the channel`);
      files.push(file);
    }
    const [newest] = files.sort((a, b) => b.changed - a.changed);
    return newest === undefined ? { data: null } : { data: await readFile(access, newest) };
  } catch (error) {
    return refused(url, reasonOf(error));
  }
}

async function readFile(access: IndexAccess, { path, bytes, changed }: LocalFile): Promise<FolderData> {
  const { cache, limits } = access;
  if (bytes > limits.channel) throw new TooLargeError(limits.channel);
  const key = [LAYOUT, path, bytes, changed].join("\n");
  const known = await cache.read("pages", key);
  const kept = typeof known === "string" ? await readStoreIndex(cache, known) : null;
  if (kept !== null) return kept;
  const { data, body } = await makeStore(access, path, path.endsWith(".zst"));
  await cache.write("pages", key, await cache.writeBlob(body));
  return data;
}

/** The store whose index is a blob; null where that or its blocks are gone. */
export async function readStoreIndex(cache: DiskCache, sha256: string): Promise<FolderData | null> {
  const text = await cache.readBlob(sha256);
  if (text === null) return null;
  const store = JSON.parse(text.toString("utf8")) as StoreIndex;
  const blocks = await cache.openBlob(store.data);
  await blocks?.close();
  return blocks === null ? null : { kind: "store", store };
}

/** Null where there is none. */
async function findFile(path: string): Promise<LocalFile | null> {
  try {
    const real = await realpath(path);
    const found = await stat(real);
    if (!found.isFile()) throw new BadBodyError("its repodata.json is not a file");
    return { path: real, bytes: found.size, changed: found.mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BadBodyError) return error.message;
  if (error instanceof TooLargeError) return `its repodata.json is larger than the limit of ${error.limit} bytes`;
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such folder";
  if (code !== "") return `it cannot be read, ${code}`;
  throw error;
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

function refused(url: string, reason: string) {
  return problem(
    "bad-content",
    url,
    `${url} cannot be used as a folder of a channel (${reason}); correct the channel.`,
  );
}
