/** What one run proposes, before any forge knows of it. Contract: `update --json`, `proposal.json`. */
import type { Finding } from "#formats/finding.ts";

/** One package that moves in a lock (or a pin in a manifest without a lock). `from` null: added; `to` null: removed. */
export interface PackageChange {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly direct: boolean;
  /** Ids of the targets on which it changes. */
  readonly targets: readonly string[];
  /** Environments of conda say it of each package; absent: PyPI. */
  readonly ecosystem?: "conda" | "pypi";
  /** Why it changes, where a lock tells: `new build`, `package removed from the channel`. */
  readonly reason?: string;
}

/** An update that was wanted and not made. */
export interface HeldUpdate {
  readonly name: string;
  /** The version wanted. */
  readonly wanted: string;
  /** Who holds it: `platformdirs 2.6.2 needed by poetry 1.4.0`, `cooldown`, a file and line. */
  readonly holder: string;
  readonly reason: string;
  readonly targets: readonly string[];
}

/** A whole new content for one file, verified by re-reading it. */
export interface FileEdit {
  readonly file: string;
  readonly content: Uint8Array;
}

export interface ProposedPullRequest {
  /** Kebab-case, stable from week to week: `python-dependencies`, `major-pandas`, `tool-poetry`. */
  readonly group: string;
  /** `relock/<group>`. */
  readonly branch: string;
  readonly title: string;
  /** Markdown within GitHub's limit, with the hidden machine-readable block. */
  readonly body: string;
  readonly edits: readonly FileEdit[];
  readonly changes: readonly PackageChange[];
}

export interface Proposal {
  readonly pullRequests: readonly ProposedPullRequest[];
  readonly held: readonly HeldUpdate[];
  readonly findings: readonly Finding[];
}
