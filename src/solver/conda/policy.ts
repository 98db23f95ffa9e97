/** What the options of a problem rule out of the records of one name: pins, refusals and the cutoff. */
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
} from "#packaging/conda-match-spec.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { CondaOptions, RecordIdentity } from "./problem.ts";
import type { ReadRecord } from "./read-names.ts";
import type { CondaExclusionReason } from "./reasons.ts";

type Judged = Pick<ReadRecord, "record" | "version">;

/** Asked for each record of the name. */
export interface NamePolicy {
  /** Whether it rules out nothing at all. */
  readonly isOpen: boolean;
  readonly exclusion: (read: Judged) => CondaExclusionReason | null;
  /** Whether the lock has the record, and may be followed. */
  readonly isFavoured: (read: Judged) => boolean;
  /** The like for its version, whatever the build. */
  readonly isFavouredVersion: (read: Judged) => boolean;
}

/** @throws where `refused` holds what is no match spec: the caller has read what people write */
export function namePolicy(name: string, options: CondaOptions): NamePolicy {
  const limit = options.cutoff.byName.has(name) ? (options.cutoff.byName.get(name) ?? null) : options.cutoff.general;
  const pin = options.pinned.get(name);
  const pinned = pin === undefined ? null : readIdentity(pin);
  const inUse = (options.inUse.get(name) ?? []).map(readIdentity);
  const refused = (options.refused.get(name) ?? []).map(({ spec, reason }) => ({ spec: readSpec(name, spec), reason }));
  const locked = lockedIdentity(name, options);
  // One object for each reason, so that the records of one reason make one fact.
  const reasons = new Map<string, CondaExclusionReason>();
  const shared = (reason: CondaExclusionReason): CondaExclusionReason => {
    const key = JSON.stringify(reason);
    const known = reasons.get(key) ?? reason;
    reasons.set(key, known);
    return known;
  };
  const pinReason = pin === undefined ? null : shared({ kind: "pinned", name, to: pinText(pin) });
  const tooNew = shared({ kind: "date", cutoff: limit ?? 0, undated: false });
  const undated = shared({ kind: "date", cutoff: limit ?? 0, undated: true });
  return {
    isOpen: limit === null && pinned === null && refused.length === 0 && options.rule === undefined,
    exclusion: (read) => {
      if (pinned !== null && !isSame(read, pinned)) return pinReason;
      if (inUse.some((identity) => isSame(read, identity))) return null;
      const refusal = refused.find(({ spec }) => matchSpecMatches(spec, { ...read.record, version: read.version }));
      if (refusal !== undefined) return shared({ kind: "refused", reason: refusal.reason });
      const ruled = options.rule?.(read.record) ?? null;
      if (ruled !== null) return shared(ruled);
      const { timestampMs } = read.record;
      if (limit === null) return null;
      if (timestampMs === null) return options.cutoff.undated === "drop" ? undated : null;
      return timestampMs > limit ? tooNew : null;
    },
    isFavoured: (read) => locked !== null && isSame(read, locked),
    isFavouredVersion: (read) => locked !== null && isSame(read, { ...locked, build: null }),
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

function isSame(read: Judged, { version, build }: ReadIdentity): boolean {
  if (version === null || (build !== null && read.record.build !== build)) return false;
  return compareCondaVersions(read.version, version) === 0;
}

function readSpec(name: string, text: string): CondaMatchSpec {
  const spec = parseMatchSpec(`${name} ${text}`);
  if (isCondaSpecProblem(spec)) throw new Error(`what is refused of ${name} is no match spec: ${spec.problem}`);
  return spec;
}

function pinText({ version, build }: RecordIdentity): string {
  return build === null ? version : `${version} ${build}`;
}
