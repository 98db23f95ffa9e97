/** The candidates of one project in order of preference, and those that are ruled out from the start. */
import { type Pep440Version } from "#packaging/pep440-version.ts";
import { fileExclusion, isUsable, type SolveEnvironment } from "./environment.ts";
import type { CutoffPolicy, PypiOptions } from "./problem.ts";
import type { ExclusionReason } from "./reasons.ts";
import { orderFiles, type Release, type ReleaseFile } from "./releases.ts";

export interface Candidate {
  readonly version: Pep440Version;
  /** Files that policy lets through (date, yank), as a lock would record them. */
  readonly files: readonly ReleaseFile[];
  /** Of these, the ones that the environment could install, best first. */
  readonly usable: readonly ReleaseFile[];
  /** Names of files that were kept although they have no date and a cutoff is set. */
  readonly undated: readonly string[];
  readonly exclusion: ExclusionReason | null;
}

/** What is asked of the candidates of one name. */
export interface CandidateRules {
  readonly options: PypiOptions;
  readonly environment: SolveEnvironment;
  readonly name: string;
  /** A root requirement of this solve names it, which `lowest-direct` and `explicit` go by. */
  readonly direct: boolean;
  readonly prereleases: "disallow" | "last" | "equal";
  /** `sortKey`s of versions that may be used though yanked: pinned by `==` or locked. */
  readonly pinned: ReadonlySet<string>;
}

/** Candidates, most preferred first. */
export function buildCandidates(releases: readonly Release[], rules: CandidateRules): readonly Candidate[] {
  const { options, direct } = rules;
  const lowest = options.order === "lowest" || (options.order === "lowest-direct" && direct);
  const ordered = lowest ? releases.toReversed() : releases;
  const preferred =
    rules.prereleases === "equal"
      ? ordered
      : [...ordered.filter((release) => !release.prerelease), ...ordered.filter((release) => release.prerelease)];
  return preferred.map((release) => buildCandidate(release, rules));
}

function buildCandidate(release: Release, rules: CandidateRules): Candidate {
  const { options, environment, name } = rules;
  const cutoff = cutoffFor(options.cutoff, name);
  const files = release.files.filter((file) => isVisible(file, cutoff, options.cutoff.undated));
  const undated = cutoff === null ? [] : files.filter(({ file }) => file.uploadTime === null);
  const limits = { noBuild: options.noBuild.has(name), noBinary: options.noBinary.has(name) };
  const unyanked = rules.pinned.has(release.version.sortKey)
    ? files
    : files.filter(({ file }) => file.yanked === false);
  const usable = unyanked.filter((file) => isUsable(file, environment, limits));
  return {
    version: release.version,
    files: unyanked,
    usable: usable.length > 1 ? orderFiles(usable, environment.tagRanks) : usable,
    undated: undated.map(({ file }) => file.filename),
    exclusion: exclusionOf(release, { files, unyanked, cutoff, usable }, rules),
  };
}

function exclusionOf(
  release: Release,
  found: {
    readonly files: readonly ReleaseFile[];
    readonly unyanked: readonly ReleaseFile[];
    readonly usable: readonly ReleaseFile[];
    readonly cutoff: number | null;
  },
  rules: CandidateRules,
): ExclusionReason | null {
  const { options, environment, name } = rules;
  if (found.files.length === 0) {
    const undated = release.files.every(({ file }) => file.uploadTime === null);
    return { kind: "date", cutoff: found.cutoff ?? 0, undated };
  }
  if (found.unyanked.length === 0) {
    const message = found.files.map(({ file }) => file.yanked).find((yanked) => typeof yanked === "string");
    return { kind: "yanked", message: message ?? "" };
  }
  if (release.prerelease && rules.prereleases === "disallow") return { kind: "prerelease" };
  if (found.usable.length > 0) return null;
  return fileExclusion(found.unyanked, environment, {
    noBuild: options.noBuild.has(name),
    noBinary: options.noBinary.has(name),
  });
}

export function cutoffFor(policy: CutoffPolicy, name: string): number | null {
  const own = policy.byName.get(name);
  return own === undefined ? policy.general : own;
}

function isVisible({ file }: ReleaseFile, cutoff: number | null, undated: "keep" | "drop"): boolean {
  if (cutoff === null) return true;
  if (file.uploadTime === null) return undated === "keep";
  const uploaded = Date.parse(file.uploadTime);
  return Number.isNaN(uploaded) ? undated === "keep" : uploaded <= cutoff;
}
