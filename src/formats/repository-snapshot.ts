/** The files of a repository at one commit. */
export interface SnapshotFile {
  /** With `/`, relative to the root, never `..`. */
  readonly path: string;
  /** Git's mode: symlinks (120000) and gitlinks (160000) are listed and never followed. */
  readonly mode: "100644" | "100755" | "120000" | "160000";
  /** Bytes. */
  readonly size: number;
  /** null where the file was listed and not read: not a manifest or lock by its name, or over the size cap. */
  readonly content: Uint8Array | null;
}

export interface RepositorySnapshot {
  /** 40 hex digits, or `worktree` for a checkout with or without git. */
  readonly commit: string;
  readonly files: ReadonlyMap<string, SnapshotFile>;
}
