/** What the engine asks of a universal solve by Poetry's rules, and the shape of the answer. */
import type { IndexFile } from "#packaging/index-records.ts";
import type { PypiQuestion } from "../questions.ts";

/** One requirement of the project, as its manifest states it. */
export interface PoetryRequirement {
  /** Normalised. */
  readonly name: string;
  readonly writtenName: string;
  readonly extras: readonly string[];
  readonly constraint: string;
  readonly style: "poetry" | "pep440";
  /** `main`, or a normalised group name. */
  readonly group: string;
  readonly optional: boolean;
  /** Names of the project's extras that contain it. */
  readonly inExtras: readonly string[];
  /** PEP 508 text; Poetry's `python` and `platform` beside it, as written. */
  readonly marker: string | null;
  readonly python: string | null;
  readonly platform: string | null;
  /** Name of a source, or null. */
  readonly source: string | null;
  readonly allowPrereleases: boolean | null;
  /** Where it stands, for explanations. */
  readonly origin: { readonly file: string; readonly line: number } | null;
  /** True for a url, git or path dependency: it is taken from the old lock as it is. */
  readonly direct: boolean;
}

/** An entry of the old lock, which is preferred, and the only source of facts about url, git and path dependencies. */
export interface PoetryLockedPackage {
  readonly name: string;
  readonly version: string;
  /** Requires-Dist as PEP 508 texts where the lock's own form allows, for entries that no index knows. */
  readonly requiresDist: readonly string[];
  readonly pythonVersions: string;
  readonly sourceType: string | null;
}

export interface PoetryProblem {
  readonly projectName: string;
  /** Python constraint, as written. */
  readonly python: string;
  readonly requirements: readonly PoetryRequirement[];
  readonly locked: readonly PoetryLockedPackage[];
  /** Which names leave their locked version: none (`poetry lock`), all (`--regenerate`), or these (`poetry update NAME`). */
  readonly useLatest: "none" | "all" | ReadonlySet<string>;
  /** The project's sources beside PyPI, so that packages can name theirs. */
  readonly sources?: readonly { readonly name: string; readonly url: string }[];
}

/** One package of the solution. The same name may occur more than once, under disjoint markers. */
export interface PoetryResolvedPackage {
  readonly name: string;
  /** As its metadata writes it. */
  readonly prettyName: string;
  readonly version: string;
  readonly description: string;
  readonly pythonVersions: string;
  readonly optional: boolean;
  /** Sorted, `main` first. */
  readonly groups: readonly string[];
  /** Marker text by group; the empty string for any environment. */
  readonly markers: Readonly<Record<string, string>>;
  /** As poetry-core prints them. */
  readonly dependencies: readonly PoetryResolvedDependency[];
  /** Extra name to PEP 508 texts, as lock files have them. */
  readonly extras: Readonly<Record<string, readonly string[]>>;
  readonly files: readonly IndexFile[];
  /** Name and URL of the source, null for PyPI. */
  readonly source: { readonly name: string; readonly url: string } | null;
}

export interface PoetryResolvedDependency {
  /** As the metadata writes it. */
  readonly prettyName: string;
  readonly constraint: string;
  readonly extras: readonly string[];
  readonly optional: boolean;
  readonly markers: string | null;
}

export interface PoetryResolution {
  /** What a lock records of the project itself. */
  readonly project: {
    readonly pythonVersions: string;
    /** By extra: the names that it asks for, as written, sorted. */
    readonly extras: Readonly<Record<string, readonly string[]>>;
  };
  readonly packages: readonly PoetryResolvedPackage[];
}

export type PoetryStep =
  | { readonly kind: "needs"; readonly questions: readonly PypiQuestion[] }
  | { readonly kind: "solved"; readonly resolution: PoetryResolution }
  | { readonly kind: "conflict"; readonly explanation: string; readonly problem: string | null }
  | { readonly kind: "undecided"; readonly explanation: string };
