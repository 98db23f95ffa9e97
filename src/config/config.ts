/** The configuration of a repository with all defaults filled in: what `.github/relock.yml` comes to. */
import type { Accelerator, PlatformName } from "#packaging/target.ts";

export interface Config {
  readonly enabled: boolean;
  /** null: found in the repository's files. */
  readonly targets: readonly ConfiguredTarget[] | null;
  /** Days on which the weekly run may start, 0 = Sunday. */
  readonly schedule: { readonly days: readonly number[] };
  /** IANA name. */
  readonly timezone: string;
  readonly cooldown: Cooldown;
  readonly groups: readonly ConfiguredGroup[];
  readonly ignore: readonly IgnoreRule[];
  readonly hold: readonly HoldRule[];
  /** `auto`: an application where a lock is committed, else a library. */
  readonly strategy: "auto" | "application" | "library";
  readonly labels: readonly string[];
  readonly paths: PathRules;
}

export interface ConfiguredTarget {
  readonly platform: PlatformName;
  readonly accelerator: Accelerator;
}

export interface Cooldown {
  readonly days: number;
  /** The first pattern that fits a package decides; patterns may hold `*`. */
  readonly packages: readonly { readonly pattern: string; readonly days: number }[];
  /** Somebody wrote it: then it also holds with `--exclude-newer`. */
  readonly isConfigured: boolean;
}

export interface ConfiguredGroup {
  readonly name: string;
  readonly packages: readonly string[];
  /** Whether major moves of its packages stay in it. */
  readonly majors: "apart" | "together";
}

export interface IgnoreRule {
  readonly pattern: string;
  /** PEP 440 range of versions that are not proposed; null: all. */
  readonly versions: string | null;
}

export interface HoldRule {
  /** Normalised. */
  readonly name: string;
  /** PEP 440 range that the package may move in; null: it stays where it is. */
  readonly specifier: string | null;
  /** Where it is written, for the text that names the holder. */
  readonly file: string;
  readonly line: number;
}

export interface PathRules {
  /** Empty: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const CONFIG_PATH = ".github/relock.yml";
/** Name of the organisation's file in messages. */
export const ORGANISATION_CONFIG = "the organisation's .github/relock.yml";

/** Without any configuration: every Monday, a week of cooldown, everything that is found. */
export const DEFAULT_CONFIG: Config = {
  enabled: true,
  targets: null,
  schedule: { days: [1] },
  timezone: "UTC",
  cooldown: { days: 7, packages: [], isConfigured: false },
  groups: [],
  ignore: [],
  hold: [],
  strategy: "auto",
  labels: ["dependencies"],
  paths: { include: [], exclude: [] },
};
