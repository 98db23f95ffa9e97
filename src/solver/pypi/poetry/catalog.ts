/** What indexes and the old lock say of projects, in Poetry's terms. One catalog serves all runs of a solve. */
import { parsePoetryConstraint, type PoetryConstraint } from "#packaging/poetry-constraint.ts";
import type { PoetryMarkers } from "#packaging/poetry-markers.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import type { KnownProject, PypiKnowledge } from "../knowledge.ts";
import type { ReleaseFile } from "../releases.ts";
import { dependencyOfMetadata, pep508Text, type PoetryDependency } from "./dependency.ts";
import type { PoetryLockedPackage, PoetryProblem } from "./problem.ts";

export interface PoetryCandidate {
  readonly version: Pep440Version;
  readonly prerelease: boolean;
  /** All of its files are yanked. */
  readonly yanked: boolean;
  /** Without yanked files, unless all are. */
  readonly files: readonly ReleaseFile[];
  /** Name of the source that it was asked of, or null for the usual search. */
  readonly source: string | null;
  /** Set for url, git and path dependencies: the entry of the old lock that stands for them. */
  readonly locked: PoetryLockedPackage | null;
}

export interface PoetryProjectState {
  /** Newest first. */
  readonly candidates: readonly PoetryCandidate[];
  /** Why there are none. */
  readonly problem: string | null;
  /** The index could not answer: nothing may be concluded from there being none. */
  readonly failed: boolean;
}

/** The requirements of a release as Poetry reads them. */
export interface PoetryReleaseFacts {
  readonly description: string;
  /** As written, `*` where there is none. */
  readonly pythonVersions: string;
  readonly pythonConstraint: PoetryConstraint;
  readonly requires: readonly PoetryDependency[];
  readonly extras: ReadonlyMap<string, readonly PoetryDependency[]>;
}

/** `unusable`: the release may not be chosen; `failed`: the index could not answer. */
export type KnownFacts = PoetryReleaseFacts | { readonly unusable: string } | { readonly failed: string };

export function areFacts(known: KnownFacts | null): known is PoetryReleaseFacts {
  return known !== null && "requires" in known;
}

export class PoetryCatalog {
  readonly #markers: PoetryMarkers;
  readonly #knowledge: PypiKnowledge;
  readonly #projects = new Map<string, PoetryProjectState>();
  readonly #facts = new WeakMap<PoetryCandidate, KnownFacts>();
  readonly #direct: ReadonlyMap<string, readonly PoetryLockedPackage[]>;

  constructor(problem: PoetryProblem, markers: PoetryMarkers, knowledge: PypiKnowledge) {
    this.#markers = markers;
    this.#knowledge = knowledge;
    const direct = new Set(problem.requirements.filter((requirement) => requirement.direct).map(({ name }) => name));
    // What a url, git or path dependency needs in turn from such places is known from the lock alone, too.
    const isDirect = ({ name, sourceType }: PoetryLockedPackage): boolean =>
      direct.has(name) || (sourceType !== null && sourceType !== "legacy");
    this.#direct = Map.groupBy(problem.locked.filter(isDirect), ({ name }) => name);
  }

  /** Null while the listing is not known. */
  project(name: string, source: string | null): PoetryProjectState | null {
    const key = `${name}\n${source ?? ""}`;
    const known = this.#projects.get(key);
    if (known !== undefined) return known;
    const direct = this.#direct.get(name);
    const answer = direct === undefined ? this.#knowledge.project(name, source) : null;
    if (direct === undefined && answer === null) return null;
    const state = direct === undefined ? stateOf(answer, source) : stateOfLocked(direct);
    this.#projects.set(key, state);
    return state;
  }

  /** The candidate's requirements; null while its metadata is not known. */
  facts(name: string, candidate: PoetryCandidate): KnownFacts | null {
    const known = this.#facts.get(candidate);
    if (known !== undefined) return known;
    const facts = candidate.locked === null ? this.#factsOfIndex(name, candidate) : this.#factsOfLock(candidate.locked);
    if (facts !== null) this.#facts.set(candidate, facts);
    return facts;
  }

  #factsOfIndex(name: string, candidate: PoetryCandidate): KnownFacts | null {
    const known = this.#knowledge.release(name, candidate.source, candidate.version.sortKey);
    if (known === null) return null;
    if ("failed" in known) return { failed: known.failed.message };
    if ("problem" in known) return { unusable: known.problem };
    const { metadata } = known.parsed;
    return this.#read(metadata.summary, metadata.requiresPython, metadata.requiresDist);
  }

  #factsOfLock(locked: PoetryLockedPackage): KnownFacts {
    return this.#read("", locked.pythonVersions, locked.requiresDist);
  }

  #read(description: string, requiresPython: string | null, requiresDist: readonly string[]): KnownFacts {
    const pythonVersions = requiresPython === null || requiresPython === "" ? "*" : requiresPython;
    const pythonConstraint = parsePoetryConstraint(pythonVersions);
    if (pythonConstraint === null || pythonConstraint.kind === "empty") {
      return { unusable: `its Requires-Python "${pythonVersions}" cannot be read` };
    }
    const requires: PoetryDependency[] = [];
    const byName = new Map<string, PoetryDependency[]>();
    const extras = new Map<string, PoetryDependency[]>();
    for (const text of requiresDist) {
      const dependency = dependencyOfMetadata(this.#markers, text);
      if (typeof dependency === "string") return { unusable: dependency };
      if (dependency === null) continue;
      for (const extra of dependency.inExtras) extras.set(extra, [...(extras.get(extra) ?? []), dependency]);
      const same = byName.get(dependency.name) ?? [];
      if (same.some((known) => this.#readsAs(known, dependency))) continue;
      byName.set(dependency.name, [...same, dependency]);
      requires.push(dependency);
    }
    return { description, pythonVersions, pythonConstraint, requires, extras };
  }

  /** Whether both are one requirement to Poetry: they have one text. */
  #readsAs(left: PoetryDependency, right: PoetryDependency): boolean {
    return pep508Text(this.#markers, left, true) === pep508Text(this.#markers, right, true);
  }
}

function stateOf(answer: KnownProject | null, source: string | null): PoetryProjectState {
  if (answer === null || "failed" in answer)
    return { candidates: [], problem: answer?.failed.message ?? null, failed: true };
  const candidates = answer.releases.map(({ version, prerelease, files }) => {
    const unyanked = files.filter(({ file }) => file.yanked === false);
    const yanked = unyanked.length === 0;
    return { version, prerelease, yanked, files: yanked ? files : unyanked, source, locked: null };
  });
  return { candidates, problem: candidates.length === 0 ? "no index knows it" : null, failed: false };
}

function stateOfLocked(locked: readonly PoetryLockedPackage[]): PoetryProjectState {
  const candidates = locked.flatMap((entry) => {
    const version = parseVersion(entry.version);
    return version === null
      ? []
      : [{ version, prerelease: false, yanked: false, files: [], source: null, locked: entry }];
  });
  return { candidates, problem: candidates.length === 0 ? "the old lock has no version of it" : null, failed: false };
}
