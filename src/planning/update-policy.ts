/** The policies of a run, made of configuration, clock and what is in use. */
import type { Config } from "#config/config.ts";
import { cooldownDays, holdOf, ignoreRuleOf } from "#config/policies.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import type { ListingPolicy } from "./filter-listing.ts";

const DAY = 24 * 60 * 60 * 1000;

/** When a run happens, and what it may see. */
export interface RunTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `--exclude-newer`, or null. */
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
}

/** `relock lock` and `relock check`: the date that was asked for, and nothing else. */
export function plainPolicy(time: RunTime): ListingPolicy {
  return {
    uploadedBefore: () => time.excludeNewer,
    undated: time.undated,
    inUse: new Map(),
    refuses: () => false,
  };
}

/**
 * `relock update` and the service: cooldown, holds and ignored versions too.
 * With a date asked for, the cooldown is none unless somebody configured it.
 */
export function updatePolicy(
  config: Config,
  time: RunTime,
  inUse: ReadonlyMap<string, ReadonlySet<string>>,
): ListingPolicy {
  const counted = time.excludeNewer === null || config.cooldown.isConfigured;
  const base = time.excludeNewer ?? time.now;
  return {
    uploadedBefore: (name) => (counted ? base - cooldownDays(config, name) * DAY : time.excludeNewer),
    undated: time.undated,
    inUse,
    refuses: (name, version) => refusal(config, name, version) !== null,
  };
}

/** Why the configuration refuses a version, or null. */
export function refusal(
  config: Config,
  name: string,
  version: string,
): { readonly holder: string; readonly reason: string } | null {
  const hold = holdOf(config, name);
  if (hold !== null && !holdAllows(hold.specifier, version)) {
    const reason = hold.specifier === null ? `${name} is held where it is` : `${name} is held to ${hold.specifier}`;
    return { holder: `${hold.file}:${hold.line}`, reason };
  }
  const ignored = ignoreRuleOf(config, name, version);
  return ignored === null
    ? null
    : { holder: "ignore", reason: `the configuration ignores ${ignored.pattern} ${ignored.versions ?? ""}`.trim() };
}

function holdAllows(specifier: string | null, version: string): boolean {
  const set = specifier === null ? null : parseSpecifierSet(specifier);
  const parsed = parseVersion(version);
  return set !== null && !isSpecifierProblem(set) && parsed !== null && setContains(set, parsed);
}

/** Adds versions in use, normalised. */
export function versionsInUse(
  entries: Iterable<readonly [name: string, version: string]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const inUse = new Map<string, Set<string>>();
  for (const [writtenName, text] of entries) {
    const name = normalizeName(writtenName);
    const version = parseVersion(text);
    if (version !== null) {
      inUse.set(name, (inUse.get(name) ?? new Set()).add(formatVersion(version)));
    }
  }
  return inUse;
}
