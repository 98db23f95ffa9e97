/** A project of conda files, ready to be solved again and again with other constraints. */
import type { CondaEnvironment, CondaLockFiles } from "#formats/conda-environment.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import type { Project } from "#formats/project.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { Accelerator, PlatformName, VirtualPackage } from "#packaging/target.ts";
import type { CondaPackageChange, InstalledPackage } from "#planning/conda-lock-changes.ts";
import type { FileEdit } from "#planning/proposal.ts";
import type { ListingPolicy } from "#planning/filter-listing.ts";
import type { PackageIndex } from "#ports.ts";
import type { FactOrigin } from "#solver/facts.ts";
import type { ResolvedPackage } from "#solver/pypi/resolution.ts";
import type { EngineContext } from "../context.ts";
import type { ProofStep } from "./proof-steps.ts";
import type { RecordPolicy } from "./record-policy.ts";

/** One platform of the environment, with what is assumed of it. */
export interface CondaTarget {
  /** `linux-64`, `linux-64-cuda`. */
  readonly id: string;
  readonly platform: PlatformName;
  readonly accelerator: Accelerator;
  /** Those that the lock's own tool assumes; without a lock those of `relock solve`. */
  readonly virtualPackages: readonly VirtualPackage[];
  /** Names of those that conda-lock offers to whatever depends on them, without knowing of the machine: its `__cuda`. */
  readonly offered: ReadonlySet<string>;
  readonly environment: CondaEnvironment;
}

/** What applies to conda records and to PyPI files. */
export interface CondaPolicy {
  readonly conda: RecordPolicy;
  readonly pypi: ListingPolicy;
  /** Whether what locks have from PyPI is seen whatever the policy says, so that it never moves backwards; absent: no. */
  readonly seesLocked?: boolean;
}

/** The unified lock as it stands. */
export interface OpenedCondaLock {
  readonly path: string;
  readonly lock: CondaLock;
  readonly text: string;
  /** 1-based, one for each package of the lock, in its order. */
  readonly packageLines: readonly number[];
}

/** A package that the locks of a project have on one platform. */
export interface LockedPackage extends InstalledPackage {
  readonly hash: { readonly md5: string | null; readonly sha256: string | null };
  /** As the lock says it, which is trusted for pip packages alone; empty where a lock does not say it. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** Where it stands. */
  readonly file: string;
  readonly line: number | null;
}

export interface CondaWorkspace {
  readonly project: Project;
  /** Null where the project has no lock. */
  readonly files: CondaLockFiles | null;
  /** Null where there is no unified lock (yet). */
  readonly lock: OpenedCondaLock | null;
  /** By target id: what its locks have now; empty without a lock. */
  readonly locked: ReadonlyMap<string, readonly LockedPackage[]>;
  readonly targets: readonly CondaTarget[];
  /** What the solves leave out, and what is odd about the files. */
  readonly findings: readonly Finding[];
  /** The PyPI side with nothing hidden but what `--exclude-newer` hides. */
  readonly unfiltered: PackageIndex;
  /** Every record of these names that the channels of a target have, whatever policy says; keys are the names that are there. */
  records(target: string, names: readonly string[]): Promise<RecordsAnswer>;
  solve(request: CondaSolveRequest): Promise<CondaSolveOutcome>;
  /** The locks that follow from solved targets, in text. Platforms that are not among them keep what they have. */
  write(solved: ReadonlyMap<string, SolvedTarget>, request?: CondaWriteRequest): Promise<CondaWriteOutcome>;
  observations(): CondaObservations;
}

export type RecordsAnswer =
  { readonly records: ReadonlyMap<string, readonly CondaRecord[]> } | { readonly problem: IndexProblem };

export interface CondaSolveRequest {
  /** Id of the target. */
  readonly target: string;
  /** Conda constraint texts (`>=1.26,<2`, `=3.10`) by conda name, in place of the written ones; channel and build stay as written. */
  readonly constraints: ReadonlyMap<string, string>;
  /** PEP 440 specifiers by normalised name, in place of the written ones of pip entries. */
  readonly pipConstraints: ReadonlyMap<string, string>;
  /** Which locked names are favoured (conda names, and normalised names of pip entries). */
  readonly keep: "all" | "none" | ReadonlySet<string>;
  /** Beyond the policy: what may not be chosen, direct or transitive. */
  readonly refuses: Refusals;
  /** What to solve in place of the environment in the repository (an edited manifest); null: as it stands. */
  readonly environment: CondaEnvironment | null;
}

export interface Refusals {
  /** The end of a sentence that begins with the record, or null where it may be chosen. */
  readonly conda: (record: CondaRecord) => string | null;
  readonly pypi: (name: string, version: string) => boolean;
}

export const REFUSE_NOTHING: Refusals = { conda: () => null, pypi: () => false };

export const PLAIN_CONDA_SOLVE: Omit<CondaSolveRequest, "target"> = {
  constraints: new Map(),
  pipConstraints: new Map(),
  keep: "all",
  refuses: REFUSE_NOTHING,
  environment: null,
};

export interface SolvedTarget {
  readonly kind: "solved";
  /** Sorted by name, without virtual packages. */
  readonly conda: readonly CondaRecord[];
  /** Sorted by name. */
  readonly pypi: readonly ResolvedPackage[];
  /** Version of the Python that conda chose, or null. */
  readonly python: string | null;
}

export type CondaSolveOutcome =
  | SolvedTarget
  /** `origin`: the requirement that the proof starts from, where people wrote one. `steps`: what it rests on. */
  | {
      readonly kind: "conflict";
      readonly explanation: string;
      readonly origin: FactOrigin | null;
      readonly steps: readonly ProofStep[];
    }
  /** The budget was spent: nothing is proved. */
  | { readonly kind: "undecided"; readonly explanation: string }
  /** A channel or an index could not answer. There is no proof of anything. */
  | { readonly kind: "failed"; readonly problem: IndexProblem };

export interface CondaWriteRequest {
  /** Manifest texts by path, in place of those in the repository (for hashes). */
  readonly texts: ReadonlyMap<string, string>;
  /** Environments by target id, in place of those in the repository. */
  readonly environments: ReadonlyMap<string, CondaEnvironment>;
}

export type CondaWriteOutcome =
  | {
      readonly kind: "written";
      /** Null where the project has explicit locks alone. */
      readonly lock: CondaLock | null;
      /** Only files whose bytes change. */
      readonly edits: readonly FileEdit[];
      readonly changes: readonly CondaPackageChange[];
      readonly findings: readonly Finding[];
    }
  | { readonly kind: "refused"; readonly reason: string; readonly file: string; readonly line: number | null };

export interface CondaObservations {
  /** Versions hidden for their age, by conda name. */
  readonly tooYoung: ReadonlyMap<string, readonly string[]>;
  /** The same for PyPI, by normalised name. */
  readonly tooYoungPypi: ReadonlyMap<string, readonly string[]>;
  /** Names of files without a date that were chosen although a date was asked for. */
  readonly undated: ReadonlySet<string>;
  readonly problems: readonly IndexProblem[];
}

/** Why a project cannot be opened. */
export interface CondaProjectProblem {
  readonly file: string;
  readonly line: number | null;
  readonly problem: string;
}

/** Signature of `openCondaWorkspace` (open-conda-workspace.ts), by which callers may be written. */
export type OpenCondaWorkspace = (
  context: EngineContext,
  found: FoundProjects,
  project: Project,
  policy: CondaPolicy,
) => Promise<CondaWorkspace | CondaProjectProblem>;
