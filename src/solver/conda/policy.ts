/** What the options of a problem rule out of the records of one name: pins, refusals and the cutoff. */
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
  type MatchCandidate,
} from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { CondaOptions, RecordIdentity } from "./problem.ts";
import type { CondaExclusionReason } from "./reasons.ts";

/** A record with its version read. */
export interface ReadRecord {
  readonly record: CondaRecord;
  readonly match: MatchCandidate;
}

/** Asked for each record of the name. */
export interface NamePolicy {
  readonly exclusion: (read: ReadRecord) => CondaExclusionReason | null;
  /** Whether the lock has the record, and may be followed. */
  readonly isFavoured: (read: ReadRecord) => boolean;
}

/** @throws where `refused` holds what is no match spec: the caller has read what people write */
export function namePolicy(name: string, options: CondaOptions): NamePolicy {
  const limit = options.cutoff.byName.has(name) ? (options.cutoff.byName.get(name) ?? null) : options.cutoff.general;
  const pin = options.pinned.get(name);
  const pinned = pin === undefined ? null : readIdentity(pin);
  const inUse = (options.inUse.get(name) ?? []).map(readIdentity);
  const refused = (options.refused.get(name) ?? []).map(({ spec, reason }) => ({ spec: readSpec(name, spec), reason }));
  const locked = lockedIdentity(name, options);
  return {
    exclusion: (read) => {
      if (pinned !== null && pin !== undefined && !isSame(read, pinned)) {
        return { kind: "pinned", name, to: pin.version + (pin.build === null ? "" : ` ${pin.build}`) };
      }
      if (inUse.some((identity) => isSame(read, identity))) return null;
      const refusal = refused.find(({ spec }) => matchSpecMatches(spec, read.match));
      if (refusal !== undefined) return { kind: "refused", reason: refusal.reason };
      const ruled = options.rule?.(read.record) ?? null;
      if (ruled !== null || limit === null) return ruled;
      return dateExclusion(read.record, limit, options.cutoff.undated);
    },
    isFavoured: (read) => locked !== null && isSame(read, locked),
  };
}

interface ReadIdentity {
  /** Null where it is none: nothing has it. */
  readonly version: CondaVersion | null;
  readonly build: string | null;
}

function lockedIdentity(name: string, { locked, mode }: CondaOptions): ReadIdentity | null {
  const found = locked.get(name);
  const unlocked = mode.kind === "upgrade" && (mode.names === null || mode.names.has(name));
  return found === undefined || unlocked ? null : readIdentity(found);
}

function readIdentity({ version, build }: RecordIdentity): ReadIdentity {
  return { version: parseCondaVersion(version), build };
}

function isSame({ match }: ReadRecord, { version, build }: ReadIdentity): boolean {
  if (version === null || (build !== null && match.build !== build)) return false;
  return compareCondaVersions(match.version, version) === 0;
}

function readSpec(name: string, text: string): CondaMatchSpec {
  const spec = parseMatchSpec(`${name} ${text}`);
  if (isCondaSpecProblem(spec)) throw new Error(`what is refused of ${name} is no match spec: ${spec.problem}`);
  return spec;
}

function dateExclusion(record: CondaRecord, limit: number, undated: "keep" | "drop"): CondaExclusionReason | null {
  if (record.timestampMs === null) {
    return undated === "drop" ? { kind: "date", cutoff: limit, undated: true } : null;
  }
  return record.timestampMs > limit ? { kind: "date", cutoff: limit, undated: false } : null;
}
