/** What a pull request has to tell, as data; `body.ts` turns it into markdown. */
import type { Finding } from "#formats/finding.ts";
import type { HeldUpdate, PackageChange } from "../proposal.ts";

/** A requirement of a manifest whose constraint changes. */
export interface ConstraintChange {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Facts about a change that a reviewer asks for. Null where the index does not say. */
export interface ReleaseFacts {
  /** RFC 3339. */
  readonly uploadTime: string | null;
  readonly yanked: boolean;
  /** Bytes of the file that each target would install, by target id. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** The key of `releases` for one side of a change. */
export function releaseKey({ name, ecosystem }: PackageChange, version: string): string {
  return `${ecosystem === "conda" ? "conda " : ""}${name} ${version}`;
}

/** One row of the targets matrix. */
export interface TargetRow {
  readonly target: string;
  readonly python: string;
  readonly state: "solved" | "solved-before-not" | "not-installable-before";
  /** Packages that change there. */
  readonly changed: number;
  /** Bytes added (or saved, negative) where the index gives all sizes; else null. */
  readonly bytes: number | null;
  readonly note: string;
  /** Virtual packages that the solve assumed (`__glibc=2.28`); absent where it assumed none. */
  readonly assumes?: readonly string[];
  /** The environment that it is a target of, and its name there, where several environments move together; else absent. */
  readonly environment?: { readonly name: string; readonly target: string };
}

/** A fact that several files state, and what they state after this change. */
export interface CoherenceRow {
  readonly fact: string;
  readonly places: readonly {
    readonly file: string;
    readonly line: number;
    readonly before: string;
    readonly after: string;
  }[];
}

export interface PullRequestSummary {
  readonly group: string;
  /** Names that the title is about; null for all direct changes. */
  readonly focus: ReadonlySet<string> | null;
  /** What is updated: the project's root, `.` for the repository itself. */
  readonly projects: readonly string[];
  readonly constraints: readonly ConstraintChange[];
  readonly changes: readonly PackageChange[];
  /** By `name version`; of conda packages by `conda name version`. */
  readonly releases: Readonly<Record<string, ReleaseFacts>>;
  readonly targets: readonly TargetRow[];
  readonly coherence: readonly CoherenceRow[];
  readonly held: readonly HeldUpdate[];
  readonly findings: readonly Finding[];
  /** A command line that gives the same result. */
  readonly reproduce: string;
  /** Command lines of the team's own tool that come close to it; absent: none. */
  readonly ownTool?: readonly string[];
  /** Milliseconds since the epoch: ages count from here. */
  readonly now: number;
  /** Names of files that were put in without an upload time. */
  readonly undated: readonly string[];
}
