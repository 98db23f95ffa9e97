/** Which entries of a tree are listed and which are read, from whichever source they come. */
import type { SnapshotFile } from "#formats/repository-snapshot.ts";

export interface SnapshotOptions {
  /** Whether a path may be a manifest, a lock or a configuration: only those are read. */
  readonly wanted: (path: string) => boolean;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  readonly maxFiles: number;
}

/** One entry of a tree, from whichever source listed it. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
  readonly size: number;
}

const MODES = new Set(["100644", "100755", "120000", "160000"]);
const READS_AT_ONCE = 6;

/** Lists every entry and reads those that are wanted, within the caps, in the order of their paths. */
export async function collectFiles(
  entries: readonly TreeEntry[],
  read: (entry: TreeEntry) => Promise<Uint8Array>,
  options: SnapshotOptions,
): Promise<ReadonlyMap<string, SnapshotFile>> {
  const listed = entries.filter((entry) => MODES.has(entry.mode) && isSafePath(entry.path));
  const contents = new Map<string, Uint8Array>();
  const toRead = withinCaps(listed, options);
  for (let start = 0; start < toRead.length; start += READS_AT_ONCE) {
    const batch = toRead.slice(start, start + READS_AT_ONCE);
    await Promise.all(
      batch.map(async (entry) => {
        contents.set(entry.path, await read(entry));
      }),
    );
  }
  const files = listed.map((entry): [string, SnapshotFile] => [
    entry.path,
    {
      path: entry.path,
      mode: entry.mode as SnapshotFile["mode"],
      size: entry.size,
      content: contents.get(entry.path) ?? null,
    },
  ]);
  return new Map(files);
}

function withinCaps(entries: readonly TreeEntry[], options: SnapshotOptions): readonly TreeEntry[] {
  let total = 0;
  const chosen: TreeEntry[] = [];
  for (const entry of entries) {
    // A symlink's content is a path: it is listed and never followed.
    if (!entry.mode.startsWith("100") || !options.wanted(entry.path)) continue;
    if (entry.size > options.maxFileBytes || total + entry.size > options.maxTotalBytes) continue;
    if (chosen.length >= options.maxFiles) break;
    total += entry.size;
    chosen.push(entry);
  }
  return chosen;
}

/** A path that stays inside the repository and out of git's own folder: a hostile tree may hold any name. */
export function isSafePath(path: string): boolean {
  if (path === "" || path.startsWith("/") || path.includes("\\") || path.includes("\0")) return false;
  return path.split("/").every((part) => {
    return part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git";
  });
}
