import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RepositorySnapshot, SnapshotFile } from "#formats/repository-snapshot.ts";

/** A repository in memory: path to text or bytes; `symlink` is a link, null a file that was listed and not read. */
export function snapshotOf(
  files: Readonly<Record<string, string | Uint8Array | null | { readonly symlink: string }>>,
): RepositorySnapshot {
  const entries = Object.entries(files).map(([path, value]): [string, SnapshotFile] => {
    if (value === null) return [path, { path, mode: "100644", size: 99_000_000, content: null }];
    if (typeof value === "object" && "symlink" in value) {
      return [path, { path, mode: "120000", size: value.symlink.length, content: null }];
    }
    const content = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [path, { path, mode: "100644", size: content.length, content }];
  });
  return { commit: "worktree", files: new Map(entries) };
}

/** A folder of the test data as a snapshot. */
export function snapshotOfFolder(folder: string): RepositorySnapshot {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    lstatSync(join(folder, path)).isFile(),
  );
  return snapshotOf(Object.fromEntries(paths.map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))])));
}
