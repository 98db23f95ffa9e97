/** What stayed behind in a new lock although something newer exists, and who holds it. */
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { normalizeName } from "#packaging/names.ts";
import {
  compareVersions,
  formatVersion,
  isPrerelease,
  parseVersion,
  type Pep440Version,
} from "#packaging/pep440-version.ts";
import { constraintAllows } from "#packaging/poetry-constraint-algebra.ts";
import { parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import type { ProjectListing } from "#packaging/index-records.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { versionOf } from "./filter-listing.ts";
import type { HeldUpdate } from "./proposal.ts";
import { acceleratorOf } from "./update-kind.ts";

/** The newest release of a project that people would expect to get. */
export interface NewestRelease {
  readonly version: Pep440Version;
  /** Requires-Python of its files, null where none says. */
  readonly requiresPython: string | null;
}

/** The newest final release that is not yanked; a prerelease only where there is nothing else. */
export function newestRelease(listings: readonly ProjectListing[], inUse: string | null): NewestRelease | null {
  const used = inUse === null ? null : parseVersion(inUse);
  const accelerator = used === null ? null : acceleratorOf(used);
  let best: NewestRelease | null = null;
  for (const listing of listings) {
    for (const file of listing.files) {
      const text = file.yanked === false ? versionOf(file, listing.name) : null;
      const version = text === null ? null : parseVersion(text);
      if (version !== null && acceleratorOf(version) === accelerator && isBetter(version, best?.version ?? null)) {
        best = { version, requiresPython: file.requiresPython };
      }
    }
  }
  return best;
}

function isBetter(version: Pep440Version, best: Pep440Version | null): boolean {
  if (best === null) {
    return true;
  }
  const final = Number(!isPrerelease(version)) - Number(!isPrerelease(best));
  return final === 0 ? compareVersions(version, best) > 0 : final > 0;
}

/** What is known about why a package is where it is. */
export interface HoldEvidence {
  readonly lock: PoetryLock;
  /** Normalised versions hidden for their age, by name. */
  readonly tooYoung: ReadonlyMap<string, readonly string[]>;
  /** Days of the cooldown, for the text. */
  readonly cooldownDays: number;
  /** Why a direct requirement may not move further: a cap, a comment, the configuration; with its file and line. */
  readonly kept: ReadonlyMap<string, { readonly holder: string; readonly reason: string }>;
  /** Lowest Python that the project promises, full version. */
  readonly lowestPython: string;
  /** Where the project's Python range stands. */
  readonly pythonPlace: string;
}

/**
 * Names the holder of one package.
 * @returns null where neither policy nor a requirement explains it: only a solve can tell then
 */
export function heldUpdate(name: string, newest: NewestRelease, evidence: HoldEvidence): HeldUpdate | null {
  const wanted = formatVersion(newest.version);
  const held = (holder: string, reason: string): HeldUpdate => ({ name, wanted, holder, reason, targets: [] });
  if (evidence.tooYoung.get(name)?.includes(wanted) === true) {
    return held("cooldown", `released less than ${evidence.cooldownDays} days ago`);
  }
  const kept = evidence.kept.get(name);
  if (kept !== undefined) {
    return held(kept.holder, kept.reason);
  }
  const edge = holdingEdge(name, newest.version, evidence.lock);
  if (edge !== null) {
    return held(edge.holder, `${edge.holder} needs ${name} ${edge.constraint}`);
  }
  if (!allowsPython(newest.requiresPython, evidence.lowestPython)) {
    const reason = `${name} ${wanted} requires Python ${newest.requiresPython}, the project promises ${evidence.lowestPython}`;
    return held(evidence.pythonPlace, reason);
  }
  return null;
}

/** A locked package whose requirement excludes the version; one that always holds comes before one under a marker. */
function holdingEdge(
  name: string,
  version: Pep440Version,
  lock: PoetryLock,
): { readonly holder: string; readonly constraint: string } | null {
  let conditional: { holder: string; constraint: string } | null = null;
  for (const entry of lock.packages) {
    for (const dependency of entry.dependencies) {
      if (normalizeName(dependency.name) !== name) {
        continue;
      }
      for (const { version: text, markers, optional } of dependency.constraints) {
        const constraint = text === null || optional ? null : parsePoetryConstraint(text);
        if (constraint === null || constraintAllows(constraint, version)) {
          continue;
        }
        const edge = { holder: `${entry.name} ${entry.version}`, constraint: text ?? "" };
        if (markers === null) {
          return edge;
        }
        conditional ??= edge;
      }
    }
  }
  return conditional;
}

function allowsPython(requiresPython: string | null, lowest: string): boolean {
  const set = parseSpecifierSet(requiresPython ?? "");
  const python = parseVersion(lowest);
  return isSpecifierProblem(set) || python === null || setContains(set, python);
}
