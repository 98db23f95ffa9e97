/** Something a person should know about a file. A value, not an exception: one bad file never stops the others. */
export interface Finding {
  /** Stable, kebab-case: `unreadable-file`, `not-understood`, `lock-out-of-date`, `missing-files-for-target`, `skew`. */
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  /** Path in the repository, with `/`. */
  readonly file: string;
  /** 1-based, or null where the whole file is meant. */
  readonly line: number | null;
  /** One sentence: what is wrong and what to do. */
  readonly message: string;
  /** Ids of the targets concerned; empty where all are. */
  readonly targets: readonly string[];
}
