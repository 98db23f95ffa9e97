/**
 * The on-disk cache of index data, shared by all repositories, runs and processes.
 *
 * Each entry is a file that is written beside its place and renamed into it, so a reader sees a whole entry or none,
 * and each begins with (or is named by) the hash of its content, which is checked when it is read. Two processes that
 * write the same entry write the same bytes, or the later one wins. A cache that cannot be written only costs speed.
 */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sweep, sweepIfDue } from "./sweep.ts";

/**
 * `pages`: listings and pages with their validators. `metadata`: of releases, immutable. `hashes`: of files that their
 * index lists without one, kept for good.
 */
export type EntryKind = "pages" | "metadata" | "hashes";

export interface DiskCache {
  /** The value stored under a key, or null. */
  read(kind: EntryKind, key: string): Promise<unknown>;
  write(kind: EntryKind, key: string, value: unknown): Promise<void>;
  /** Content by its sha256, or null. */
  readBlob(sha256: string): Promise<Buffer | null>;
  /** @returns the sha256 */
  writeBlob(content: Uint8Array): Promise<string>;
  /**
   * Keeps a file that is too large for memory as a blob, by moving it. Where the cache cannot be written it is kept until
   * `close`.
   * @param sha256 of the file
   */
  keepFile(path: string, sha256: string): Promise<void>;
  /** Opens a blob for reading in parts, its hash unchecked; null where it is not there. The caller closes it. */
  openBlob(sha256: string): Promise<FileHandle | null>;
  /** Drops a blob that turned out to be damaged. */
  removeBlob(sha256: string): Promise<void>;
  /** Gives the path of a file to write to, and removes that file after `work`. */
  withTemporaryFile<T>(work: (path: string) => Promise<T>): Promise<T>;
  /** Waits for housekeeping. */
  close(): Promise<void>;
}

export interface DiskCacheOptions {
  /** Bytes; beyond it the entries that were not used for longest are removed. Default 2 GiB. */
  readonly maxBytes?: number;
}

/** Part of the path: another layout of the entries gets another number, and old entries are never misread. */
const LAYOUT = "v1";
const DAY = 86_400_000;

/** Opens a cache in a folder, which is made when the first entry is written. */
export function openDiskCache(folder: string, options: DiskCacheOptions = {}): DiskCache {
  const root = join(folder, LAYOUT);
  const writer = createWriter(root, options.maxBytes ?? 2 * 1024 ** 3);
  const shelf = createShelf();
  return {
    read: async (kind, key) => {
      const path = join(root, kind, ...folded(hashOf(key)));
      const content = await readAndTouch(path);
      if (content === null) return null;
      const value = unseal(content);
      if (value === undefined) await rm(path, { force: true }).catch(() => undefined);
      return value ?? null;
    },
    write: (kind, key, value) => writer.store(join(root, kind, ...folded(hashOf(key))), seal(value)),
    readBlob: async (sha256) => {
      const path = join(root, "blobs", ...folded(sha256));
      const content = await readAndTouch(path);
      if (content === null || hashOf(content) === sha256) return content;
      await rm(path, { force: true }).catch(() => undefined);
      return null;
    },
    writeBlob: async (content) => {
      const sha256 = hashOf(content);
      await writer.store(join(root, "blobs", ...folded(sha256)), content);
      return sha256;
    },
    keepFile: async (path, sha256) => {
      if (!(await writer.move(path, join(root, "blobs", ...folded(sha256))))) await shelf.put(path, sha256);
    },
    openBlob: async (sha256) => {
      const path = join(root, "blobs", ...folded(sha256));
      const file = await open(path, "r").catch(() => null);
      if (file === null) return shelf.open(sha256);
      await touch(path).catch(() => undefined);
      return file;
    },
    removeBlob: (sha256) => rm(join(root, "blobs", ...folded(sha256)), { force: true }).catch(() => undefined),
    withTemporaryFile: (work) => withTemporaryFile(join(root, "tmp"), work),
    close: async () => {
      await shelf.close();
      await writer.close();
    },
  };
}

interface Writer {
  store(path: string, content: Uint8Array): Promise<void>;
  /** @returns whether the file is in its new place */
  move(from: string, path: string): Promise<boolean>;
  close(): Promise<void>;
}

function createWriter(root: string, maxBytes: number): Writer {
  const madeFolders = new Set<string>();
  let written = 0;
  let sweeping: Promise<void> = Promise.resolve();

  /** Housekeeping after every tenth of the cap that was written, and at the start for what other runs left. */
  function noteWritten(bytes: number): void {
    const first = written === 0;
    const many = written + bytes > maxBytes / 10;
    written = many ? 1 : written + bytes;
    if (many) sweeping = sweeping.then(() => sweep(root, maxBytes, Date.now()));
    else if (first) sweeping = sweeping.then(() => sweepIfDue(root, maxBytes, Date.now()));
  }

  async function makeFolder(path: string): Promise<void> {
    if (madeFolders.has(path)) return;
    await mkdir(path, { recursive: true });
    madeFolders.add(path);
  }

  return {
    store: async (path, content) => {
      const temporary = join(root, "tmp", randomUUID());
      try {
        await makeFolder(dirname(temporary));
        await writeFile(temporary, content, { mode: 0o600 });
        await makeFolder(dirname(path));
        await rename(temporary, path);
        noteWritten(content.length);
      } catch {
        // A full or read-only disk, or a folder that somebody removed: the data is fetched again next time.
        madeFolders.clear();
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
    move: async (from, path) => {
      try {
        const { size } = await stat(from);
        await makeFolder(dirname(path));
        await rename(from, path);
        noteWritten(size);
        return true;
      } catch {
        madeFolders.clear();
        return false;
      }
    },
    close: () => sweeping,
  };
}

/** A cache that keeps nothing. */
export function openNoCache(): DiskCache {
  const shelf = createShelf();
  return {
    read: async () => null,
    write: async () => undefined,
    readBlob: async () => null,
    writeBlob: async (content) => hashOf(content),
    keepFile: (path, sha256) => shelf.put(path, sha256),
    openBlob: (sha256) => shelf.open(sha256),
    removeBlob: async () => undefined,
    withTemporaryFile: (work) => withTemporaryFile(tmpdir(), work),
    close: () => shelf.close(),
  };
}

/** Files that no cache takes, kept by one process while it runs. */
interface Shelf {
  put(path: string, sha256: string): Promise<void>;
  open(sha256: string): Promise<FileHandle | null>;
  close(): Promise<void>;
}

function createShelf(): Shelf {
  let folder: Promise<string> | null = null;
  return {
    put: async (path, sha256) => {
      folder ??= mkdtemp(join(tmpdir(), "relock-"));
      const place = join(await folder, sha256);
      // A move to another disk is a copy.
      await rename(path, place).catch(() => copyFile(path, place));
    },
    open: async (sha256) => (folder === null ? null : open(join(await folder, sha256), "r").catch(() => null)),
    close: async () => {
      if (folder !== null) await rm(await folder, { recursive: true, force: true });
      folder = null;
    },
  };
}

async function withTemporaryFile<T>(folder: string, work: (path: string) => Promise<T>): Promise<T> {
  let path = join(folder, `relock-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await (await open(path, "wx", 0o600)).close();
  } catch {
    path = join(tmpdir(), `relock-${randomUUID()}`);
  }
  try {
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Reads at once: a warm run reads a thousand small files, and handing each to a thread and back takes seven times as long. */
async function readAndTouch(path: string): Promise<Buffer | null> {
  try {
    const content = readFileSync(path);
    await touch(path);
    return content;
  } catch {
    return null;
  }
}

/** The time of a file says when it was last used; once a day is exact enough, and spares the disk. */
async function touch(path: string): Promise<void> {
  const now = Date.now();
  if (statSync(path).mtimeMs < now - DAY) await utimes(path, new Date(now), new Date(now));
}

/** Two levels, so that no folder holds too many files. */
function folded(hash: string): string[] {
  return [hash.slice(0, 2), hash.slice(2)];
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function seal(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${hashOf(text)}\n`), text]);
}

/** The sealed value; undefined where its hash is not the one on its first line. */
function unseal(content: Buffer): unknown {
  const text = content.subarray(65);
  if (content.subarray(0, 64).toString("latin1") !== hashOf(text)) return undefined;
  const value: unknown = JSON.parse(text.toString("utf8"));
  return value;
}
