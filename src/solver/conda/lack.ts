/** Why nothing will do for a match spec: the name, the version, the build or the target. */
import type { CondaMatchSpec } from "#packaging/conda-match-spec.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";
import type { CondaCandidate } from "./listing.ts";
import { isVirtualName } from "./packages.ts";
import type { Lack } from "./reasons.ts";

/** Builds that an explanation shows. */
const MOST_BUILDS = 3;

export interface Offered {
  /** Every candidate of the name. */
  readonly candidates: readonly CondaCandidate[];
  /** Those that match, best first. */
  readonly matches: readonly CondaCandidate[];
  readonly platform: string;
}

/** Null where some match may be chosen. */
export function findLack(spec: CondaMatchSpec, { candidates, matches, platform }: Offered): Lack | null {
  if (matches.some(({ exclusion }) => exclusion === null)) return null;
  const reason = matches.find(({ exclusion }) => exclusion !== null)?.exclusion ?? null;
  if (reason !== null) return { kind: "excluded", reason };
  if (isVirtualName(spec.name)) return virtualLack(spec.name, candidates, platform);
  if (candidates.length === 0) return { kind: "unknown-name", platform };
  if (spec.channelPattern !== null && candidates.every(({ exclusion }) => exclusion?.kind === "other-channel")) {
    return { kind: "not-in-channel", channels: [...new Set(candidates.map(({ channel }) => channel.name))] };
  }
  const { version } = spec;
  const sameVersion = candidates.filter((each) => version === null || condaSpecMatches(version, each.version));
  if (sameVersion.length === 0) return { kind: "no-version", platform, range: rangeOf(candidates) };
  const builds = [...new Set(sameVersion.map(({ record }) => record.build))].slice(0, MOST_BUILDS);
  return { kind: "no-build", platform, builds };
}

function virtualLack(name: string, candidates: readonly CondaCandidate[], platform: string): Lack {
  const [first] = candidates;
  if (first === undefined) return { kind: "missing-virtual-package", platform };
  return { kind: "wrong-virtual-package", platform, has: `${name} ${first.record.version} ${first.record.build}` };
}

/** The ends of what there is, so that a typing error can be seen. */
function rangeOf(candidates: readonly CondaCandidate[]): string {
  const sorted = [...candidates].sort((left, right) => left.versionRank - right.versionRank);
  const oldest = sorted[0]?.record.version ?? "";
  const newest = sorted.at(-1)?.record.version ?? "";
  return oldest === newest ? `only ${oldest}` : `there are ${oldest} to ${newest}`;
}
