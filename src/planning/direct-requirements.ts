/** Direct requirements of a Poetry project: which may move, from where, and which are kept and why. */
import type { Config } from "#config/config.ts";
import { refusal } from "./update-policy.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { movableConstraint, type MovableConstraint } from "./movable-constraint.ts";

/** A requirement that may move. */
export interface DirectRequirement {
  readonly name: string;
  readonly requirement: ManifestRequirement;
  /** Highest version in the lock. */
  readonly current: Pep440Version;
  readonly movable: MovableConstraint;
}

/** One that may not, with who says so. */
export interface KeptRequirement {
  readonly name: string;
  readonly holder: string;
  readonly reason: string;
}

export interface DirectRequirements {
  readonly movable: readonly DirectRequirement[];
  readonly kept: readonly KeptRequirement[];
}

/** Sorts the requirements of a manifest; urls, repositories and paths are neither. */
export function directRequirements(
  requirements: readonly ManifestRequirement[],
  lock: PoetryLock | null,
  config: Config,
): DirectRequirements {
  const locked = highestLocked(lock);
  const movable: DirectRequirement[] = [];
  const kept: KeptRequirement[] = [];
  const wanted = requirements.filter(
    (one) => one.group !== "build" && one.name !== "python" && one.origin.kind === "index",
  );
  for (const requirement of wanted) {
    const { name } = requirement;
    const current = locked.get(name);
    const reason = whyKept(requirement, wanted, config);
    const holder = `${requirement.file}:${requirement.line}`;
    if (reason !== null) {
      kept.push({ name, holder, reason });
    } else if (current !== undefined) {
      const range = movableConstraint(requirement.constraint?.text ?? "*", current);
      movable.push({ name, requirement, current, movable: range });
      if (range.cap !== null) {
        kept.push({ name, holder, reason: range.cap });
      }
    }
  }
  return { movable, kept };
}

function whyKept(requirement: ManifestRequirement, all: readonly ManifestRequirement[], config: Config): string | null {
  if (requirement.holdReason !== null) {
    return `a comment says: ${requirement.holdReason}`;
  }
  const others = all.filter(
    (one) => one.name === requirement.name && one.constraint?.text !== requirement.constraint?.text,
  );
  if (others.length > 0) {
    return `${requirement.name} has several constraints for different environments, which are kept as they are`;
  }
  const hold = config.hold.find((rule) => rule.name === requirement.name && rule.specifier === null);
  return hold === undefined ? null : (refusal(config, requirement.name, "0")?.reason ?? null);
}

function highestLocked(lock: PoetryLock | null): ReadonlyMap<string, Pep440Version> {
  const highest = new Map<string, Pep440Version>();
  for (const entry of lock?.packages ?? []) {
    const name = normalizeName(entry.name);
    const version = parseVersion(entry.version);
    const present = highest.get(name);
    if (version !== null && (present === undefined || compareVersions(version, present) > 0)) {
      highest.set(name, version);
    }
  }
  return highest;
}
