/** Writes a tree that differs from another in some paths, as git's index would. */
import { parseTree, writeLooseObject } from "./objects.ts";

/** A change to a tree: `sha` null takes the path away. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

const TREE = "040000";

interface Entry {
  readonly mode: string;
  readonly sha: string;
}

export interface ChangedTree {
  /** The tree to begin with, or null for an empty one. */
  readonly base: string | null;
  readonly changes: readonly TreeChange[];
}

/** @param read content of an object @returns the sha of the new tree */
export function changeTree(folder: string, read: (sha: string) => Buffer, changed: ChangedTree): string {
  const { base, changes } = changed;
  const entries = new Map<string, Entry>();
  for (const entry of base === null ? [] : parseTree(read(base))) entries.set(entry.name, entry);
  const below = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const [name = "", ...rest] = change.path.split("/");
    if (rest.length > 0) below.set(name, [...(below.get(name) ?? []), { ...change, path: rest.join("/") }]);
    else if (change.sha === null) entries.delete(name);
    else entries.set(name, { mode: change.mode, sha: change.sha });
  }
  for (const [name, inside] of below) {
    const before = entries.get(name);
    const sha = changeTree(folder, read, { base: before?.mode === TREE ? before.sha : null, changes: inside });
    // git keeps no empty folders.
    if (read(sha).length === 0) entries.delete(name);
    else entries.set(name, { mode: TREE, sha });
  }
  return writeLooseObject(folder, "tree", serialize(entries));
}

/** Sorted as git sorts: a folder as if its name ended in a slash. */
function serialize(entries: ReadonlyMap<string, Entry>): Buffer {
  const keyed = [...entries].map(([name, entry]) => ({
    key: Buffer.from(entry.mode === TREE ? `${name}/` : name),
    bytes: Buffer.concat([Buffer.from(`${entry.mode.replace(/^0+/, "")} ${name}\0`), Buffer.from(entry.sha, "hex")]),
  }));
  keyed.sort((left, right) => Buffer.compare(left.key, right.key));
  return Buffer.concat(keyed.map(({ bytes }) => bytes));
}
