/** What a conda solve is given. Plain values throughout: a problem may be sent to a worker thread. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { Budget } from "../core/solve.ts";
import type { FactOrigin } from "../facts.ts";
import type { CutoffPolicy } from "../pypi/problem.ts";
import type { CondaExclusionReason } from "./reasons.ts";

/** A match spec that people wrote. */
export interface RootSpec {
  /** As written; it has been parsed once, so it is known to be one. */
  readonly text: string;
  /** Where it stands, or null (an option of the command). */
  readonly origin: FactOrigin | null;
}

/**
 * `strict`: the first channel that has the name at all is the only one for it. `flexible`: an earlier channel comes before
 * a higher version. `disabled`: channels do not rank.
 */
export const CHANNEL_PRIORITIES = ["strict", "flexible", "disabled"] as const;
export type ChannelPriority = (typeof CHANNEL_PRIORITIES)[number];

/** One file of an existing lock, tried first where it may be chosen. */
export interface LockedRecord {
  /** Equal versions are the same: 1.0 is 1.0.0. */
  readonly version: string;
  readonly build: string;
}

/** Records of one name, where the build may not be known. */
export interface RecordIdentity {
  /** Equal versions are the same: 1.0 is 1.0.0. */
  readonly version: string;
  /** Null: every build of the version. */
  readonly build: string | null;
}

/** Records that somebody asks not to use: a hold, an ignored version. */
export interface RefusedRecords {
  /** What of the name is refused, as a match spec without the name: `>=2`, `1.2.* cuda*`, `*`. */
  readonly spec: string;
  /** The end of a sentence that begins with the record: `is ignored (.github/relock.yml:12)`. */
  readonly reason: string;
}

/** Maps and sets are by name in lower case. */
export interface CondaOptions {
  readonly channelPriority: ChannelPriority;
  readonly order: "highest" | "lowest" | "lowest-direct";
  readonly cutoff: CutoffPolicy;
  /** Favoured: tried first where they may be chosen, which is what keeps a change of a lock small. */
  readonly locked: ReadonlyMap<string, LockedRecord>;
  /** `upgrade`: the locked records of these names (null: of all) are not favoured. */
  readonly mode:
    { readonly kind: "least-change" } | { readonly kind: "upgrade"; readonly names: ReadonlySet<string> | null };
  /** Where the name is chosen at all, nothing else will do. */
  readonly pinned: ReadonlyMap<string, RecordIdentity>;
  /** Neither too new nor refused, whatever `cutoff` and `refused` say, so that nothing moves back by policy alone. */
  readonly inUse: ReadonlyMap<string, readonly RecordIdentity[]>;
  readonly refused: ReadonlyMap<string, readonly RefusedRecords[]>;
  /** What more is ruled out, record by record; not asked of what is in use. Absent from a problem that goes to another thread. */
  readonly rule?: (record: CondaRecord) => CondaExclusionReason | null;
  readonly budget: Budget;
}

/**
 * Real environments take some tens of conflicts at most. The work grows with the square of their number, and a channel may
 * be made to cause as many as there can be.
 */
const CONDA_BUDGET: Budget = { decisions: 200_000, conflicts: 5_000 };

/** Newest versions of the first channel that has a name, no lock, no cutoff. */
export const DEFAULT_CONDA_OPTIONS: CondaOptions = {
  channelPriority: "strict",
  order: "highest",
  cutoff: { general: null, byName: new Map(), undated: "keep" },
  locked: new Map(),
  mode: { kind: "least-change" },
  pinned: new Map(),
  inUse: new Map(),
  refused: new Map(),
  budget: CONDA_BUDGET,
};

export interface CondaProblem {
  readonly specs: readonly RootSpec[];
  /** `linux-64`: for the explanation; the records that are answered are those of its subdir and of `noarch`. */
  readonly platform: string;
  readonly virtualPackages: readonly VirtualPackage[];
  /**
   * Names of those that are there for what depends on them, but are no fact about the machine: what only constrains them is not
   * heard. conda-lock's `__cuda` is one.
   */
  readonly offeredVirtualPackages?: ReadonlySet<string>;
  readonly options: CondaOptions;
}
