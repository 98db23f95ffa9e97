/** What policy says of conda records: the age that they need, holds and ignored versions, and what is in use. */
import type { Config, HoldRule, IgnoreRule } from "#config/config.ts";
import { cooldownDays, holdOf, ignoreRulesOf } from "#config/policies.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import type { RunTime } from "#planning/update-policy.ts";

const DAY = 24 * 60 * 60 * 1000;

export interface RecordPolicy {
  /** It rules nothing out at all. */
  readonly isOpen: boolean;
  /** Milliseconds since the epoch, by conda name: later records are hidden; null hides none. */
  readonly publishedBefore: (name: string) => number | null;
  /** Records without a date. */
  readonly undated: "keep" | "drop";
  /** Files in use, as `recordKey` names them: never hidden, so that nothing moves backwards by policy alone. */
  readonly inUse: ReadonlySet<string>;
  /** The end of a sentence that begins with the record, or null where it may be chosen. */
  readonly refuses: (record: CondaRecord) => string | null;
}

/** Names a file within a channel: `linux-64/numpy-1.26.4-py311h64a7726_0.conda`. */
export function recordKey(record: Pick<CondaRecord, "subdir" | "filename">): string {
  return `${record.subdir}/${record.filename}`;
}

/** The same of a URL in a lock. */
export function keyOfUrl(url: string): string {
  return (url.split(/[?#]/u)[0] ?? "").split("/").slice(-2).join("/");
}

/** `relock lock` and `relock check`: the date that was asked for, and nothing else. */
export function plainRecordPolicy(time: RunTime): RecordPolicy {
  return {
    isOpen: time.excludeNewer === null,
    publishedBefore: () => time.excludeNewer,
    undated: time.undated,
    inUse: new Set(),
    refuses: () => null,
  };
}

/**
 * `relock update` and the service: cooldown, holds and ignored versions too. Names and versions are conda's.
 * With a date asked for, the cooldown is none unless somebody configured it.
 */
export function updateRecordPolicy(config: Config, time: RunTime, inUse: ReadonlySet<string>): RecordPolicy {
  const counted = time.excludeNewer === null || config.cooldown.isConfigured;
  const base = time.excludeNewer ?? time.now;
  return {
    isOpen: false,
    publishedBefore: (name) => (counted ? base - cooldownDays(config, name) * DAY : time.excludeNewer),
    undated: time.undated,
    inUse,
    refuses: ({ name, version }) => condaRefusal(config, name, version)?.reason ?? null,
  };
}

/** Why the configuration refuses a version of a conda package, or null. `reason` ends a sentence that begins with the record. */
export function condaRefusal(
  config: Config,
  name: string,
  version: string,
): { readonly holder: string; readonly reason: string } | null {
  const hold = holdOf(config, name);
  if (hold !== null && !holdAllows(hold, version)) {
    const where = `${hold.file}:${hold.line}`;
    const range = hold.specifier === null ? "where it is" : `to ${hold.specifier}`;
    return { holder: where, reason: `is held ${range} (${where})` };
  }
  const ignored = ignoreRulesOf(config, name).find((rule) => ignores(rule, version));
  return ignored === undefined
    ? null
    : {
        holder: "ignore",
        reason: `is ignored by the configuration (${ignored.pattern} ${ignored.versions ?? ""}`.trim() + ")",
      };
}

function holdAllows({ specifier }: HoldRule, version: string): boolean {
  return specifier !== null && isIn(specifier, version);
}

function ignores({ versions }: IgnoreRule, version: string): boolean {
  return versions === null || isIn(versions, version);
}

/** The operators of the configuration's ranges mean the same in conda; a text that conda cannot read allows nothing. */
function isIn(range: string, version: string): boolean {
  const spec = parseCondaVersionSpec(range);
  const parsed = parseCondaVersion(version);
  return !isCondaSpecProblem(spec) && parsed !== null && condaSpecMatches(spec, parsed);
}
