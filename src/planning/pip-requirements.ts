/** Requirements of pip files as the solver takes them, and which of their pins may move. */
import type { Finding } from "#formats/finding.ts";
import type { Manifest, ManifestRequirement } from "#formats/manifests/manifest.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import type { RootRequirement } from "#solver/pypi/problem.ts";
import { movableConstraint, type MovableConstraint } from "./movable-constraint.ts";

/** All requirements of a project's pip files, ready to solve. */
export interface PipRequirements {
  readonly roots: readonly RootRequirement[];
  /** Pip's `-c` files. */
  readonly constraints: readonly RootRequirement[];
  /** What is installed but not seen by the solve: urls, repositories, paths. */
  readonly findings: readonly Finding[];
}

/** Files that the manifests include as constraints, not as requirements. */
function constraintFiles(manifests: readonly Manifest[]): ReadonlySet<string> {
  return new Set(
    manifests.flatMap((manifest) =>
      manifest.includes.filter((include) => include.kind === "constraints").map((include) => include.path),
    ),
  );
}

/**
 * Builds the solver's requirements.
 * @param texts constraint texts by name, in place of what the files say
 */
export function pipRequirements(manifests: readonly Manifest[], texts: ReadonlyMap<string, string>): PipRequirements {
  const limiting = constraintFiles(manifests);
  const roots: RootRequirement[] = [];
  const constraints: RootRequirement[] = [];
  const findings: Finding[] = [];
  for (const written of manifests.flatMap((manifest) => manifest.requirements)) {
    if (written.ecosystem !== "pypi" || written.group === "build") {
      continue;
    }
    const parsed = toRequirement(written, texts.get(written.name));
    if (typeof parsed === "string") {
      findings.push(finding(written, parsed));
    } else {
      const root = { requirement: parsed, origin: { file: written.file, line: written.line }, source: written.source };
      (limiting.has(written.file) ? constraints : roots).push(root);
    }
  }
  return { roots, constraints, findings };
}

function toRequirement(written: ManifestRequirement, text: string | undefined): Requirement | string {
  if (written.origin.kind !== "index") {
    return `${written.writtenName} comes from ${shownUrl(written.origin.location)}: it is kept as it is, and what it needs is not seen`;
  }
  const extras = written.extras.length === 0 ? "" : `[${written.extras.join(",")}]`;
  const constraint = text ?? written.constraint?.text ?? "";
  const marker = written.marker === null ? "" : ` ; ${written.marker}`;
  const parsed = parseRequirement(`${written.writtenName}${extras}${constraint === "*" ? "" : constraint}${marker}`);
  return isRequirementProblem(parsed) ? parsed.message : parsed;
}

function finding(written: ManifestRequirement, message: string): Finding {
  return { code: "not-solved", severity: "info", file: written.file, line: written.line, message, targets: [] };
}

/** A pin with every place that states it. */
export interface PipPin {
  readonly name: string;
  /** As the first place writes it. */
  readonly written: string;
  readonly current: Pep440Version;
  readonly movable: MovableConstraint;
  readonly places: readonly ManifestRequirement[];
}

/** A requirement that names a version and is not to be moved, with the reason. */
export interface KeptPin {
  readonly name: string;
  readonly places: readonly ManifestRequirement[];
  readonly reason: string;
}

/**
 * The requirements that name one version or one series, which is what pip files have instead of a lock.
 * @param inUse versions that the files install now, by name
 */
export function pipPins(
  manifests: readonly Manifest[],
  inUse: ReadonlyMap<string, string>,
): { readonly pins: readonly PipPin[]; readonly kept: readonly KeptPin[] } {
  const byName = new Map<string, ManifestRequirement[]>();
  for (const requirement of manifests.flatMap((manifest) => manifest.requirements)) {
    if (requirement.ecosystem === "pypi" && requirement.origin.kind === "index" && isPin(requirement)) {
      byName.set(requirement.name, [...(byName.get(requirement.name) ?? []), requirement]);
    }
  }
  const pins: PipPin[] = [];
  const kept: KeptPin[] = [];
  for (const [name, places] of [...byName].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const pin = toPin(name, places, inUse.get(name));
    if ("reason" in pin) {
      kept.push(pin);
    } else {
      pins.push(pin);
    }
  }
  return { pins, kept };
}

function toPin(name: string, places: readonly ManifestRequirement[], inUse: string | undefined): PipPin | KeptPin {
  const held = places.find((place) => place.holdReason !== null);
  if (held !== undefined) {
    return { name, places, reason: `${held.file}:${held.line} says: ${held.holdReason}` };
  }
  const texts = new Set(places.map((place) => place.constraint?.text.replace(/\s+/gu, "") ?? ""));
  const [written = ""] = texts;
  if (texts.size > 1) {
    return {
      name,
      places,
      reason: `it is pinned differently in ${places.map((place) => `${place.file}:${place.line}`).join(" and ")}`,
    };
  }
  const current = parseVersion(pinnedVersion(written) ?? inUse ?? "");
  if (current === null) {
    return { name, places, reason: `${written} is not a version that can be compared` };
  }
  return { name, written, current, movable: movableConstraint(written, current), places };
}

/** `==1.4.0`, `===1.4.0`, `==1.4.*`, `~=1.4`: not ranges, which need no bump to allow something newer. */
function isPin(requirement: ManifestRequirement): boolean {
  const set = parseSpecifierSet(requirement.constraint?.text ?? "");
  if (isSpecifierProblem(set)) {
    return false;
  }
  const naming = set.specifiers.filter((specifier) => ["==", "===", "~="].includes(specifier.operator));
  return (
    naming.length === 1 && set.specifiers.every((specifier) => specifier === naming[0] || specifier.operator === "!=")
  );
}

function pinnedVersion(text: string): string | null {
  return /^===?([^,*]+)$/u.exec(text)?.[1] ?? null;
}
