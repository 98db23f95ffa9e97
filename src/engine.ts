/** The engine as the service and the command see it: files of a repository in, proposed pull requests out. */
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import type { Progress } from "#ports.ts";

/** A package that somebody asked for by name; `version` null: the newest that can be had. */
export interface RequestedPackage {
  readonly name: string;
  readonly version: string | null;
}

/** What a run is asked to do. A value: it goes through the queue and to worker threads. */
export type UpdateRequest =
  /** All groups, with every policy of the repository. */
  | { readonly kind: "weekly" }
  /** The same as weekly, narrowed to one update group; null: all. */
  | { readonly kind: "relock"; readonly group: string | null }
  /** Only these packages move, and what has to move with them. */
  | { readonly kind: "packages"; readonly packages: readonly RequestedPackage[] };

/** What a run may use besides the files. */
export interface EngineRun {
  /** Milliseconds since the epoch: what cooldown and schedules compare with. */
  readonly now: number;
  /** `owner/name`, for the text of a pull request. */
  readonly repository: string;
  /** Text of the organisation's `.github/relock.yml`, or null where there is none. */
  readonly organisationDefaults: string | null;
  readonly progress: Progress;
}

/** Reads, plans, solves and renders. Everything that a repository or an index did wrong is in the answer; it throws only for bugs. */
export interface Engine {
  propose(snapshot: RepositorySnapshot, request: UpdateRequest, run: EngineRun): Promise<Proposal>;
  /** Why the package is where it is, as Markdown. */
  explain(snapshot: RepositorySnapshot, name: string, run: EngineRun): Promise<string>;
}
