/** The model that every manifest format is read into: requirements with positions, and what was not understood. */
import type { Finding } from "../finding.ts";

/** Offsets into the decoded text (UTF-16 units, a BOM not counted); `end` is exclusive; `line` is 1-based. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

export type ManifestFormat = "requirements-txt" | "environment-yml" | "pyproject-poetry" | "pyproject-project";

/** How a constraint is written, which decides how it is rewritten. */
export type ConstraintStyle = "pep440" | "poetry" | "conda";

/** One requirement as a person wrote it. */
export interface ManifestRequirement {
  readonly file: string;
  /** Line of the requirement. */
  readonly line: number;
  readonly ecosystem: "pypi" | "conda";
  /** Normalised. */
  readonly name: string;
  /** As written. */
  readonly writtenName: string;
  readonly extras: readonly string[];
  /** The constraint text and where it stands (`==1.4.0`, `^1.24.2`, `3.10` of `python=3.10` keeps its operator in `text`); null where none is written. */
  readonly constraint: { readonly text: string; readonly span: Span; readonly style: ConstraintStyle } | null;
  /** PEP 508 marker text as written (Poetry: `markers`), or null. */
  readonly marker: string | null;
  /** Poetry's `python = "..."` and `platform = "..."` of a dependency table, as written. */
  readonly python: string | null;
  readonly platform: string | null;
  /** `main`, a dependency group's normalised name, `extra:<name>` for `[project.optional-dependencies]`, `build` for build-system requires. */
  readonly group: string;
  /** Poetry's `optional = true`. */
  readonly optional: boolean;
  /** Name of the Poetry source, or null. */
  readonly source: string | null;
  /** Where it comes from: an index, or something that Relock keeps as it is. */
  readonly origin:
    | { readonly kind: "index" }
    | {
        readonly kind: "url" | "git" | "path";
        readonly location: string;
        readonly develop: boolean | null;
        readonly reference: string | null;
      };
  /** `--hash` continuations of the requirement (requirements files): each `sha256:<hex>` with its span. */
  readonly hashes: readonly { readonly text: string; readonly span: Span }[];
  /** Pip per-requirement hold, or a nearby comment that asks to keep the pin; null where none. */
  readonly holdReason: string | null;
  /** Poetry's `allow-prereleases`; absent where it is not written. */
  readonly allowPrereleases?: boolean;
  /** Entries of an environment.yml only: what a conda entry says beyond name and constraint, and its selector. */
  readonly entry?: EnvironmentEntry;
}

/** What an entry of an environment.yml says beyond a requirement. */
export interface EnvironmentEntry {
  /** `pytorch` of `pytorch::torchvision`, or null. */
  readonly channel: string | null;
  /** Build string or its glob (`py310h_0`, `*_cpu`), or null. */
  readonly build: string | null;
  /** Condition of a `# [linux and not arm64]` comment, or the platform of a `sel(win):` key; null where none. */
  readonly selector: string | null;
  /** The whole match spec of a conda entry, without its comment; absent for entries of the pip section. */
  readonly text?: string;
}

/** Options of a requirements file (or pip section) that hold for all of its requirements. */
export interface PipOptions {
  readonly noIndex: boolean;
  readonly prereleases: boolean;
  readonly requireHashes: boolean;
  /** Normalised names, or `:all:`. */
  readonly noBinary: readonly string[];
  readonly onlyBinary: readonly string[];
}

/** A parsed manifest. Nothing of the file is lost: what is not a requirement stays as bytes. */
export interface Manifest {
  readonly path: string;
  readonly format: ManifestFormat;
  readonly requirements: readonly ManifestRequirement[];
  /** `-r` / `-c` of requirements files and of an environment's pip section, as repository paths. */
  readonly includes: readonly {
    readonly path: string;
    readonly line: number;
    readonly kind: "requirements" | "constraints";
  }[];
  readonly indexes: readonly ManifestIndex[];
  /** conda channels, in order. */
  readonly channels: readonly ManifestChannel[];
  readonly findings: readonly Finding[];
  /** requirements files and pip sections only. */
  readonly pipOptions?: PipOptions;
  /** environment.yml only. */
  readonly environment?: {
    readonly name: string | null;
    /** `platforms:` (conda-lock reads it), in order. */
    readonly platforms: readonly string[];
    /** `category:` (conda-lock reads it), or null. */
    readonly category: string | null;
    /** Whether it has a pip section, an empty one too: conda-lock adds `pip` then. */
    readonly hasPipSection: boolean;
    /** `pip-repositories:` (conda-lock reads it), in order. */
    readonly pipRepositories: readonly string[];
  };
  /** pyproject.toml only. */
  readonly condaLock?: CondaLockSource;
}

/** A pyproject.toml as conda-lock reads it: `[tool.conda-lock]`, and what it takes of the other tables. */
export interface CondaLockSource {
  /** Line of `[tool.conda-lock]`; null where there is none. */
  readonly line: number | null;
  readonly platforms: readonly string[];
  readonly pipRepositories: readonly string[];
  /** `default-non-conda-source`: which manager has the requirements of the other tables. */
  readonly defaultSource: "conda" | "pip";
  /** `skip-non-conda-lock`: the other tables are not read. */
  readonly skipsOthers: boolean;
  /** Which of the other tables are read: `[project]`, `[tool.poetry]` or `[tool.flit.metadata]`. */
  readonly tables: "project" | "poetry" | "flit";
  /** What is read beyond the requirements of the manifest: conda-lock's own, PDM's, flit's, and Poetry's `python`. */
  readonly requirements: readonly ManifestRequirement[];
  /** Names that are pip's: `name = {source = "pypi"}`. */
  readonly pypiNames: readonly string[];
  /** Poetry's extras, which are categories of the packages they name. */
  readonly extras: readonly { readonly name: string; readonly packages: readonly string[] }[];
}

export interface ManifestChannel {
  /** A name or a URL, as written. */
  readonly name: string;
  readonly line: number;
  /** conda-lock applies selectors to every line of an environment.yml. */
  readonly selector?: string;
}

/** An index that a manifest names. */
export interface ManifestIndex {
  /** Poetry source name, or null. */
  readonly name: string | null;
  readonly url: string;
  readonly kind: "index" | "find-links";
  /** requirements files: `primary` = --index-url, `extra` = --extra-index-url or --find-links; Poetry: its priority. */
  readonly priority: "default" | "primary" | "secondary" | "supplemental" | "explicit" | "extra";
  readonly line: number;
}
