/** Watches the choices of one fork for those that split it, and remembers how. */
import type { Requirement } from "#packaging/requirement.ts";
import { publicVersion } from "#packaging/pep440-version.ts";
import { hasCandidate, type CandidateSet } from "../../core/candidate-set.ts";
import { ownerKey, type Owner, type PypiProvider, type Splitter } from "../provider.ts";
import { splitByCoverage, splitByPython, splitBySiblings, type Split } from "./split.ts";
import type { UniversalEnvironment } from "./universal-environment.ts";

export class ForkSplitter implements Splitter {
  private readonly environment: UniversalEnvironment;
  private readonly lowest: boolean;
  private readonly found = new Map<string, Split>();
  /** Candidates whose platforms were looked at when they were chosen. */
  private readonly uncovered = new Map<string, Split>();

  constructor(environment: UniversalEnvironment, lowest: boolean) {
    this.environment = environment;
    this.lowest = lowest;
  }

  /** How the choice of a release (or of the problem, null) splits the fork. */
  splitOf(owner: Owner): Split | null {
    return this.found.get(ownerKey(owner)) ?? null;
  }

  choose(provider: PypiProvider, name: string, candidate: number, domain: CandidateSet): number {
    const candidates = provider.project(name)?.candidates ?? [];
    const chosen = candidates[candidate];
    if (chosen === undefined || chosen.version.local === null) return candidate;
    const wanted = publicVersion(chosen.version).sortKey;
    const base = candidates.findIndex(
      ({ version, exclusion }, index) =>
        version.sortKey === wanted && exclusion === null && hasCandidate(domain, index),
    );
    const baseCandidate = candidates[base];
    if (baseCandidate === undefined) return candidate;
    const split = splitByCoverage(this.environment, name, chosen, baseCandidate);
    if (split === "base") return base;
    if (split !== null) this.uncovered.set(ownerKey({ name, extra: null, candidate: chosen }), split);
    return candidate;
  }

  splits(provider: PypiProvider, owner: Owner, requirements: readonly Requirement[]): boolean {
    const key = ownerKey(owner);
    const known = this.found.get(key) ?? this.look(provider, owner, requirements);
    if (known === null) return false;
    this.found.set(key, known);
    return true;
  }

  private look(provider: PypiProvider, owner: Owner, requirements: readonly Requirement[]): Split | null {
    if (owner !== null) {
      const uncovered = this.uncovered.get(ownerKey(owner));
      if (uncovered !== undefined) return uncovered;
      for (const range of requiresPythonOf(provider, owner)) {
        const split = splitByPython(this.environment, range);
        if (split !== null) return split;
      }
    }
    const extras = new Set(owner?.extra === null || owner === null ? [] : [owner.extra]);
    return splitBySiblings(this.environment, requirements, extras, this.lowest);
  }
}

/** What the index says of the files, and what the metadata says: a find-links page says nothing. */
function requiresPythonOf(provider: PypiProvider, { name, candidate }: NonNullable<Owner>): ReadonlySet<string> {
  const known = provider.metadata(name, candidate);
  const own = known !== null && "parsed" in known ? known.parsed.metadata.requiresPython : null;
  const ranges = [...candidate.usable.map(({ file }) => file.requiresPython), own];
  return new Set(ranges.filter((range) => range !== null));
}
