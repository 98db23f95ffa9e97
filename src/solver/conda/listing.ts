/** From the records of a name to candidates, best first, and which of them are out before anything is known of others. */
import { matchSpecMatches, type CondaMatchSpec, type MatchCandidate } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { Channel, ChannelListing } from "./knowledge.ts";
import type { NamePolicy } from "./policy.ts";
import type { CondaOptions } from "./problem.ts";
import type { CondaExclusionReason } from "./reasons.ts";

export interface CondaCandidate {
  readonly record: CondaRecord;
  readonly channel: Channel;
  readonly version: CondaVersion;
  /** The record as match specs look at it. */
  readonly match: MatchCandidate;
  /** Place of the version among those of the listing, 0 for the lowest. */
  readonly versionRank: number;
  readonly exclusion: CondaExclusionReason | null;
}

export interface Listing {
  readonly name: string;
  /** By `compareCandidates`; builds that are equal by it are in an order that is the same in every run. */
  readonly candidates: readonly CondaCandidate[];
}

/** What of the problem counts for one name. */
export interface ListingRules {
  readonly options: CondaOptions;
  /** What the problem itself asks for by name: such packages are lowest with `lowest-direct`. */
  readonly direct: boolean;
  readonly policy: NamePolicy;
  /** Match specs of the problem that tie the name to a channel. */
  readonly tiedTo: readonly CondaMatchSpec[];
}

export function buildListing(name: string, channels: readonly ChannelListing[], rules: ListingRules): Listing {
  const wanted = channels.filter((listing) => isWanted(listing, rules));
  const preferred = preferredChannel(wanted, rules);
  const found = channels.flatMap((listing) => {
    const { channel, records } = listing;
    const outside = channelExclusion(channel, wanted.includes(listing), { preferred: preferred?.channel, rules });
    return withoutWorseArchives(records, rules).flatMap((record) =>
      newCandidate(record, channel, (read) => outside ?? rules.policy.exclusion(read)),
    );
  });
  return { name, candidates: sortCandidates(found, rules) };
}

/** "Now" is the cutoff: a channel whose records of the name are all newer does not have it yet, and passes nothing over. */
function preferredChannel(wanted: readonly ChannelListing[], rules: ListingRules): ChannelListing | undefined {
  const [first] = wanted;
  if (wanted.length < 2) return first;
  const hasIt = ({ channel, records }: ChannelListing): boolean =>
    records.some((record) =>
      newCandidate(record, channel, rules.policy.exclusion).some(({ exclusion }) => exclusion?.kind !== "date"),
    );
  return wanted.find(hasIt) ?? first;
}

/** The candidates of a virtual package: what the target has. */
export function virtualListing(name: string, packages: readonly VirtualPackage[], rules: ListingRules): Listing {
  const found = packages.flatMap((package_) =>
    package_.name === name ? newCandidate(virtualRecord(package_), NO_CHANNEL) : [],
  );
  return { name, candidates: sortCandidates(found, rules) };
}

/**
 * The order of preference as far as the records themselves say: rattler's, without the step that looks at the versions of
 * dependencies. Zero: that step decides.
 */
export function compareCandidates(left: CondaCandidate, right: CondaCandidate, rules: ListingRules): number {
  const features = Number(left.record.trackFeatures.length > 0) - Number(right.record.trackFeatures.length > 0);
  if (features !== 0) return features;
  const rank = left.channel.rank - right.channel.rank;
  if (rank !== 0 && rules.options.channelPriority === "flexible") return rank;
  const version = left.versionRank - right.versionRank;
  if (version !== 0) return prefersLowest(rules) ? version : -version;
  return right.record.buildNumber - left.record.buildNumber;
}

/** Newer first, undated last; then an order that means nothing and is always the same. */
export function compareLeftovers(left: CondaCandidate, right: CondaCandidate): number {
  return (
    (right.record.timestampMs ?? -1) - (left.record.timestampMs ?? -1) ||
    left.channel.rank - right.channel.rank ||
    compareTexts(left.record.subdir, right.record.subdir) ||
    compareTexts(left.record.filename, right.record.filename)
  );
}

function prefersLowest({ options, direct }: ListingRules): boolean {
  return options.order === "lowest" || (options.order === "lowest-direct" && direct);
}

function sortCandidates(found: readonly NewCandidate[], rules: ListingRules): readonly CondaCandidate[] {
  const ascending = [...found].sort((left, right) => compareCondaVersions(left.version, right.version));
  let rank = -1;
  const ranked = ascending.map((each, index) => {
    const before = ascending[index - 1];
    if (before === undefined || compareCondaVersions(before.version, each.version) !== 0) rank += 1;
    return { ...each, versionRank: rank };
  });
  return ranked.sort((left, right) => compareCandidates(left, right, rules) || compareLeftovers(left, right));
}

function channelExclusion(
  channel: Channel,
  wanted: boolean,
  { preferred, rules }: { readonly preferred: Channel | undefined; readonly rules: ListingRules },
): CondaExclusionReason | null {
  if (!wanted) {
    const names = rules.tiedTo.map((spec) => spec.channel ?? "");
    return { kind: "other-channel", channel: channel.name, wanted: names.join(" and ") };
  }
  const strict = rules.options.channelPriority === "strict" && preferred !== undefined;
  return strict && preferred.rank !== channel.rank
    ? { kind: "channel-priority", channel: channel.name, preferred: preferred.name }
    : null;
}

/** A package tied to a channel is looked for there before strict priority asks which channel is first. */
function isWanted({ channel, records }: ChannelListing, { tiedTo }: ListingRules): boolean {
  const [record] = records;
  return tiedTo.every(
    (spec) =>
      spec.channel === channel.name ||
      (record !== undefined &&
        newCandidate({ ...record, channel: channel.url }, channel).some(({ match }) =>
          matchSpecMatches(channelOnly(spec), match),
        )),
  );
}

function channelOnly(spec: CondaMatchSpec): CondaMatchSpec {
  return { ...spec, version: null, build: null, buildNumber: null, subdir: null, fields: new Map() };
}

/** Of what no channel has. */
const NO_CHANNEL: Channel = { name: "", url: "", rank: 0 };

type NewCandidate = Omit<CondaCandidate, "versionRank">;

/** Empty where the version is none: no match spec can ask for such a record. */
function newCandidate(
  record: CondaRecord,
  channel: Channel,
  exclusionOf: NamePolicy["exclusion"] = () => null,
): readonly NewCandidate[] {
  const version = parseCondaVersion(record.version);
  if (version === null) return [];
  const match = { ...record, version };
  return [{ record, channel, version, exclusion: exclusionOf({ record, match }), match }];
}

/** A build that is there as `.conda` and `.tar.bz2` is one candidate: the former, unless only the latter is old enough. */
function withoutWorseArchives(records: readonly CondaRecord[], rules: ListingRules): readonly CondaRecord[] {
  const best = new Map<string, CondaRecord>();
  for (const record of records) {
    const key = `${record.subdir}/${record.filename.replace(/\.conda$|\.tar\.bz2$/u, "")}`;
    const known = best.get(key);
    if (known === undefined || archiveRank(record, rules) > archiveRank(known, rules)) best.set(key, record);
  }
  return [...best.values()];
}

function archiveRank(record: CondaRecord, rules: ListingRules): number {
  const mayBeChosen = newCandidate(record, NO_CHANNEL, rules.policy.exclusion).every(
    ({ exclusion }) => exclusion === null,
  );
  return (mayBeChosen ? 2 : 0) + (record.filename.endsWith(".conda") ? 1 : 0);
}

function virtualRecord({ name, version, build }: VirtualPackage): CondaRecord {
  return {
    name,
    version,
    build,
    buildNumber: 0,
    subdir: "",
    channel: "",
    filename: "",
    url: "",
    md5: null,
    sha256: null,
    size: null,
    timestampMs: null,
    depends: [],
    constrains: [],
    trackFeatures: [],
    noarch: null,
    purls: null,
  };
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
