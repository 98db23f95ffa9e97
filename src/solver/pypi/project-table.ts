/** The projects of one solve: their candidates in order, from what the indexes answered. */
import { parseVersion } from "#packaging/pep440-version.ts";
import { mentionsPrerelease, type SpecifierSet } from "#packaging/specifier.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { buildCandidates, type Candidate } from "./candidates.ts";
import type { SolveEnvironment } from "./environment.ts";
import type { KnownMetadata, KnownProject, PypiKnowledge } from "./knowledge.ts";
import type { PypiOptions, PypiProblem } from "./problem.ts";
import type { Release } from "./releases.ts";

/** A project whose listing is known. One without candidates is known to no index. */
export interface ProjectState {
  readonly candidates: readonly Candidate[];
  /** Candidates to try before the order of preference. */
  readonly preferred: readonly number[];
}

/** Versions to try first and last, as `sortKey`s by name. */
export interface Preferences {
  readonly preferences: ReadonlyMap<string, readonly string[]>;
  /** After the locked one: what other forks chose. */
  readonly fallbacks: ReadonlyMap<string, readonly string[]>;
}

const NO_EXTRAS: ReadonlySet<string> = new Set();

export class ProjectTable {
  private readonly problem: Omit<PypiProblem, "target">;
  private readonly environment: SolveEnvironment;
  private readonly knowledge: PypiKnowledge;
  private readonly preferences: Preferences;
  private readonly projects = new Map<string, ProjectState>();
  private readonly sources: ReadonlyMap<string, string>;
  private readonly direct: ReadonlyMap<string, readonly Requirement[]>;

  constructor(
    problem: Omit<PypiProblem, "target">,
    environment: SolveEnvironment,
    knowledge: PypiKnowledge,
    preferences: Preferences,
  ) {
    this.problem = problem;
    this.environment = environment;
    this.knowledge = knowledge;
    this.preferences = preferences;
    const tied = problem.requirements.filter(({ source }) => source !== null);
    this.sources = new Map(tied.toReversed().map(({ requirement, source }) => [requirement.name, source ?? ""]));
    this.direct = this.directRequirements();
  }

  /** Name of the source that a project is tied to, or null. */
  sourceOf(name: string): string | null {
    return this.sources.get(name) ?? null;
  }

  known(name: string): KnownProject | null {
    return this.knowledge.project(name, this.sourceOf(name));
  }

  /** Null while the listing is not known. */
  project(name: string): ProjectState | null {
    const known = this.projects.get(name);
    if (known !== undefined) return known;
    const answer = this.known(name);
    if (answer === null || "failed" in answer) return null;
    const state = this.readProject(name, answer.releases);
    this.projects.set(name, state);
    return state;
  }

  /** What is known of a candidate's metadata; null while nothing is. */
  metadata(name: string, candidate: Candidate): KnownMetadata | null {
    return this.knowledge.release(name, this.sourceOf(name), candidate.version.sortKey);
  }

  private readProject(name: string, releases: readonly Release[]): ProjectState {
    const { options } = this.problem;
    const direct = this.direct.get(name) ?? [];
    const locked = options.locked.get(name);
    const lockedKey = locked === undefined ? undefined : parseVersion(locked)?.sortKey;
    const pinned = new Set(direct.flatMap(({ specifiers }) => pinOf(specifiers)));
    if (lockedKey !== undefined) pinned.add(lockedKey);
    const candidates = buildCandidates(releases, {
      options,
      environment: this.environment,
      name,
      direct: direct.length > 0,
      prereleases: this.prereleaseRule(direct),
      pinned,
    });
    const keys = [...(this.preferences.preferences.get(name) ?? [])];
    if (lockedKey !== undefined && keepsLocked(options, name)) keys.push(lockedKey);
    keys.push(...(this.preferences.fallbacks.get(name) ?? []));
    const preferred = keys
      .map((key) => candidates.findIndex(({ version }) => version.sortKey === key))
      .filter((index) => index >= 0);
    return { candidates, preferred };
  }

  private prereleaseRule(direct: readonly Requirement[]): "disallow" | "last" | "equal" {
    switch (this.problem.options.prerelease) {
      case "disallow":
        return "disallow";
      case "allow":
        return "equal";
      case "explicit":
        return direct.some(({ specifiers }) => mentionsPrerelease(specifiers)) ? "last" : "disallow";
      case "if-necessary":
      case "if-necessary-or-explicit":
        return "last";
    }
  }

  private directRequirements(): ReadonlyMap<string, readonly Requirement[]> {
    const { requirements, constraints, overrides } = this.problem;
    const written = [...requirements, ...constraints].map(({ requirement }) => requirement);
    const direct = new Map<string, Requirement[]>();
    for (const requirement of [...written, ...overrides]) {
      if (!this.environment.applies(requirement.marker, NO_EXTRAS)) continue;
      direct.set(requirement.name, [...(direct.get(requirement.name) ?? []), requirement]);
    }
    return direct;
  }
}

function keepsLocked({ mode }: PypiOptions, name: string): boolean {
  return mode.kind === "least-change" || (mode.names !== null && !mode.names.has(name));
}

/** The version of a single `==1.0` or `===1.0`, which lets a yanked release in. */
function pinOf({ specifiers }: SpecifierSet): readonly string[] {
  const [only, ...others] = specifiers;
  if (only === undefined || others.length > 0 || only.wildcard || only.version === null) return [];
  return only.operator === "==" || only.operator === "===" ? [only.version.sortKey] : [];
}
