/** The answer of a solve for one target: what is installed, from which file, and who asked for it. */
import type { IndexFile, ReleaseMetadata } from "#packaging/index-records.ts";
import type { Pep440Version } from "#packaging/pep440-version.ts";
import type { Requirement } from "#packaging/requirement.ts";
import { ROOT, type PackageId } from "../core/provider.ts";
import type { Effort } from "../core/solve.ts";
import type { Candidate } from "./candidates.ts";
import type { RequirementOrigin } from "./problem.ts";
import type { PypiProvider } from "./provider.ts";

/** Somebody's requirement for a package. */
export interface RequiredBy {
  /** The package that requires it, with the extra whose requirement it is; null: the problem itself. */
  readonly by: { readonly name: string; readonly version: Pep440Version; readonly extra: string | null } | null;
  readonly requirement: Requirement;
  /** Where people wrote it. */
  readonly origin: RequirementOrigin | null;
}

export interface ResolvedPackage {
  /** Normalised. */
  readonly name: string;
  readonly version: Pep440Version;
  /** Extras asked for anywhere, sorted. */
  readonly extras: readonly string[];
  /** A requirement of the problem names it. */
  readonly direct: boolean;
  /** Where its files are listed. */
  readonly indexUrl: string | null;
  /** All files of the release that policy lets through. */
  readonly files: readonly IndexFile[];
  /** The file that the target would install. */
  readonly file: IndexFile | null;
  readonly metadata: ReleaseMetadata;
  /** Why it is here: every requirement for it that takes part. */
  readonly requiredBy: readonly RequiredBy[];
}

export interface Resolution {
  /** Sorted by name. */
  readonly packages: readonly ResolvedPackage[];
  /** Indexes of the problem's soft constraints that had to be dropped. */
  readonly dropped: readonly number[];
  /** Files of chosen packages that were kept without a date although there is a cutoff. */
  readonly undated: readonly { readonly name: string; readonly version: string; readonly filename: string }[];
  readonly effort: Effort;
}

/** Puts the core's choices into words. */
export function buildResolution(
  provider: PypiProvider,
  choices: ReadonlyMap<PackageId, number>,
  effort: Effort,
): Resolution {
  const requiredBy = collectRequirements(provider, choices);
  const extras = new Map<string, string[]>();
  const dropped: number[] = [];
  for (const [id, candidate] of choices) {
    const entry = provider.packages.entry(id);
    if (entry.kind === "extra") extras.set(entry.name, [...(extras.get(entry.name) ?? []), entry.extra]);
    if (entry.kind === "soft" && candidate === 1) dropped.push(entry.index);
  }
  const packages: ResolvedPackage[] = [];
  const undated: { name: string; version: string; filename: string }[] = [];
  for (const [id, index] of choices) {
    const entry = provider.packages.entry(id);
    if (entry.kind !== "project") continue;
    const { name } = entry;
    const candidate = chosenCandidate(provider, name, index);
    const reasons = requiredBy.get(name) ?? [];
    packages.push({
      ...describe(provider, name, candidate),
      extras: (extras.get(name) ?? []).sort(),
      direct: reasons.some(({ by }) => by === null),
      requiredBy: reasons,
    });
    undated.push(...candidate.undated.map((filename) => ({ name, version: candidate.version.text, filename })));
  }
  packages.sort((left, right) => (left.name < right.name ? -1 : 1));
  undated.sort((left, right) => (left.filename < right.filename ? -1 : 1));
  return { packages, dropped: dropped.sort((left, right) => left - right), undated, effort };
}

function describe(
  provider: PypiProvider,
  name: string,
  candidate: Candidate,
): Pick<ResolvedPackage, "name" | "version" | "indexUrl" | "files" | "file" | "metadata"> {
  const known = provider.metadata(name, candidate);
  if (known === null || !("parsed" in known)) throw new Error(`${name} was chosen without metadata`);
  const [best] = candidate.usable;
  return {
    name,
    version: candidate.version,
    indexUrl: best?.indexUrl ?? null,
    files: candidate.files.map(({ file }) => file),
    file: best?.file ?? null,
    metadata: known.parsed.metadata,
  };
}

function chosenCandidate(provider: PypiProvider, name: string, index: number): Candidate {
  const candidate = provider.project(name)?.candidates[index];
  if (candidate === undefined) throw new Error(`${name} was chosen without a candidate`);
  return candidate;
}

/** All requirements that the chosen packages have of one another, by the name that is required. */
function collectRequirements(
  provider: PypiProvider,
  choices: ReadonlyMap<PackageId, number>,
): ReadonlyMap<string, readonly RequiredBy[]> {
  const found = new Map<string, RequiredBy[]>();
  for (const [id, candidate] of choices) {
    const by = requirer(provider, id, candidate);
    for (const { requirement, kind, origin } of provider.requirementsOf(id, candidate)) {
      if (kind !== "requires") continue;
      const list = found.get(requirement.name) ?? [];
      list.push({ by, requirement, origin });
      found.set(requirement.name, list);
    }
  }
  return found;
}

function requirer(provider: PypiProvider, id: PackageId, index: number): RequiredBy["by"] {
  if (id === ROOT) return null;
  const entry = provider.packages.entry(id);
  if (entry.kind === "project" || entry.kind === "extra") {
    const { version } = chosenCandidate(provider, entry.name, index);
    return { name: entry.name, version, extra: entry.kind === "extra" ? entry.extra : null };
  }
  return null;
}
