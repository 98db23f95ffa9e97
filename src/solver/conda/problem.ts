/** What a conda solve is given. Plain values throughout: a problem may be sent to a worker thread. */
import type { VirtualPackage } from "#packaging/target.ts";
import type { Budget } from "../core/solve.ts";
import type { FactOrigin } from "../facts.ts";
import type { CutoffPolicy } from "../pypi/problem.ts";

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
  readonly version: string;
  readonly build: string;
}

export interface CondaOptions {
  readonly channelPriority: ChannelPriority;
  readonly order: "highest" | "lowest" | "lowest-direct";
  /** By name in lower case. */
  readonly cutoff: CutoffPolicy;
  /** By name in lower case. */
  readonly locked: ReadonlyMap<string, LockedRecord>;
  readonly budget: Budget;
}

export interface CondaProblem {
  readonly specs: readonly RootSpec[];
  /** `linux-64`: for the explanation; the records that are answered are those of its subdir and of `noarch`. */
  readonly platform: string;
  readonly virtualPackages: readonly VirtualPackage[];
  readonly options: CondaOptions;
}
