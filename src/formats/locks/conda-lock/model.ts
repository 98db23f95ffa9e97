/** conda-lock.yml, version 1 (CEP 37), as values: nothing of the text is kept. */

export interface CondaLock {
  /** How the tool that wrote the file lays it out. */
  readonly flavour: CondaLockFlavour;
  /** Comment lines before `version`, without their line ends, `#` included. */
  readonly header: readonly string[];
  readonly metadata: CondaLockMetadata;
  readonly packages: readonly CondaLockPackage[];
}

/** What differs between the tools that write the file; the data says the rest. */
export interface CondaLockFlavour {
  /** `declared`: version, metadata, package; `sorted`: keys by alphabet (conda-lock 1, relock-conda). */
  readonly keyOrder: "declared" | "sorted";
  /** Columns by which a list stands to the right of its key: 0 by PyYAML, 2 by tools on ruamel.yaml. */
  readonly listIndent: 0 | 2;
  /**
   * When a word moves to a line of its own: never (PyYAML), where it alone has over 80 characters (older ruamel.yaml),
   * where it would end behind column 80 (newer ruamel.yaml).
   */
  readonly longWords: "stay" | "over-width" | "over-column";
  readonly lineEnding: "lf" | "crlf";
}

/** What today's conda-lock writes. */
export const CONDA_LOCK_FLAVOUR: CondaLockFlavour = {
  keyOrder: "declared",
  listIndent: 0,
  longWords: "stay",
  lineEnding: "lf",
};

export interface CondaLockMetadata {
  /** sha256 in hex by platform, in the order of the file. */
  readonly contentHash: ReadonlyMap<string, string>;
  readonly channels: readonly CondaLockChannel[];
  readonly platforms: readonly string[];
  /** Paths relative to the directory of the lock. */
  readonly sources: readonly string[];
  /** `time_metadata`, `git_metadata`, `inputs_metadata`, `custom_metadata`: kept as they are; null where absent. */
  readonly createdAt: string | null;
  readonly git: {
    readonly userName: string | null;
    readonly userEmail: string | null;
    readonly sha: string | null;
  } | null;
  readonly inputs: ReadonlyMap<string, { readonly md5: string | null; readonly sha256: string | null }> | null;
  readonly custom: ReadonlyMap<string, string> | null;
}

export interface CondaLockChannel {
  readonly url: string;
  readonly usedEnvVars: readonly string[];
}

export interface CondaLockPackage {
  readonly name: string;
  readonly version: string;
  readonly manager: "conda" | "pip";
  readonly platform: string;
  /** Version text by name, in the order of the file. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly url: string;
  readonly hash: { readonly md5: string | null; readonly sha256: string | null };
  /** pip packages from a URL or repository. */
  readonly source: { readonly type: string; readonly url: string } | null;
  /** Usually left out. */
  readonly build: string | null;
  readonly category: string;
  readonly optional: boolean;
}
