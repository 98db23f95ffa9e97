/** The folders whose index was read before: those that were used last, since any repository may name channels. */
import type { FolderData } from "./folder-data.ts";

interface Known {
  readonly data: FolderData | null;
}

export interface KnownFolders<T extends Known> {
  get(key: string): T | undefined;
  /** Keeps a folder, and forgets those that were set longest ago where there is too much. */
  set(key: string, folder: T): void;
}

/** The names of conda-forge, for all of its platforms together, are a seventh. */
const MOST_NAMES = 1_000_000;

/** @param mostNames of all indexes that are kept, which is what they take of memory; the last one is kept in any case */
export function createKnownFolders<T extends Known>(mostNames = MOST_NAMES): KnownFolders<T> {
  const folders = new Map<string, T>();
  let names = 0;
  const drop = (key: string): void => {
    const known = folders.get(key);
    if (known === undefined) return;
    folders.delete(key);
    names -= nameCount(known.data);
  };
  return {
    get: (key) => folders.get(key),
    set: (key, folder) => {
      drop(key);
      folders.set(key, folder);
      names += nameCount(folder.data);
      for (const oldest of folders.keys()) {
        if (names <= mostNames || oldest === key) break;
        drop(oldest);
      }
    },
  };
}

function nameCount(data: FolderData | null): number {
  if (data === null) return 0;
  return data.kind === "store" ? Object.keys(data.store.places).length : data.index.shards.size;
}
