/** Match specs by number, each read once, with the candidates that match it. */
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
} from "#packaging/conda-match-spec.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";
import type { CondaCandidate } from "./listing.ts";

/** A match spec of a record or of the problem. */
export interface SpecEntry {
  readonly number: number;
  /** As written. */
  readonly text: string;
  /** Null where the solve cannot take it in. */
  readonly spec: CondaMatchSpec | null;
  /** Why it cannot. */
  readonly problem: string | null;
}

export class SpecTable {
  private readonly entries: SpecEntry[] = [];
  private readonly byText = new Map<string, SpecEntry>();

  entry(text: string): SpecEntry {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const entry = { number: this.entries.length, text, ...readSpec(text) };
    this.entries.push(entry);
    this.byText.set(text, entry);
    return entry;
  }

  numbered(number: number): SpecEntry {
    const entry = this.entries[number];
    if (entry === undefined) throw new Error(`no match spec has the number ${number}`);
    return entry;
  }
}

/** The name that a dependency speaks of, without reading the rest of it; null where that is not plain. */
export function plainName(text: string): string | null {
  return /^[a-z0-9_.-]+(?=[\s=<>!~]|$)/u.exec(text)?.[0] ?? null;
}

/** Positions of the candidates that match. Versions are compared once for all builds of one version. */
export function matchingCandidates(spec: CondaMatchSpec, candidates: readonly CondaCandidate[]): readonly number[] {
  const versions: (boolean | undefined)[] = [];
  const rest: CondaMatchSpec = { ...spec, version: null };
  const found: number[] = [];
  candidates.forEach(({ match, version, versionRank }, index) => {
    const fits = (versions[versionRank] ??= spec.version === null || condaSpecMatches(spec.version, version));
    if (fits && matchSpecMatches(rest, match)) found.push(index);
  });
  return found;
}

function readSpec(text: string): Pick<SpecEntry, "spec" | "problem"> {
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) return { spec: null, problem: spec.problem };
  const problem = unsupported(spec);
  return { spec: problem === null ? spec : null, problem };
}

/** Why a spec that can be read is more than a solve takes in; null where it is not. */
export function unsupported(spec: CondaMatchSpec): string | null {
  if (spec.namePattern.kind !== "exact") return "it names no single package";
  if (spec.when !== null) return "conditions (when) are not solved";
  if (spec.extras.length > 0) return "extras are not solved";
  if (spec.flags.length > 0) return "flags are not solved";
  return null;
}
