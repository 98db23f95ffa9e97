/** Which records of a name a solve may choose before anything is known of others, and in which order it tries them. */
import { matchesBesideVersion, type CondaMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { NamePolicy } from "./policy.ts";
import type { CondaOptions } from "./problem.ts";
import {
  compareTexts,
  readName,
  VersionTable,
  type Channel,
  type ChannelListing,
  type NameRecords,
  type ReadRecord,
} from "./read-names.ts";
import type { CondaExclusionReason } from "./reasons.ts";

export type CondaCandidate = Omit<ReadRecord, "exclusion"> & { readonly exclusion: CondaExclusionReason | null };

export interface Listing {
  readonly name: string;
  /** Every record by its place, the worse files of a build too. */
  readonly byPlace: readonly CondaCandidate[];
  /** Those that may be tried, in the order of places. */
  readonly candidates: readonly CondaCandidate[];
  /** Whether none of them is ruled out. */
  readonly isOpen: boolean;
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

export function buildListing(records: NameRecords, channels: readonly ChannelListing[], rules: ListingRules): Listing {
  const { name } = records;
  const outside = channelExclusions(records, channels, rules);
  const isOpen = rules.policy.isOpen && outside.every((reason) => (reason ?? null) === null);
  if (isOpen) return { name, byPlace: records.records, candidates: records.best, isOpen };
  const byPlace = records.records.map((read): CondaCandidate => {
    const exclusion = outside[read.channel.rank] ?? rules.policy.exclusion(read);
    return exclusion === null ? read : { ...read, exclusion };
  });
  const dropped = new Set(records.twins.flatMap((places) => worseFiles(places, byPlace)));
  const candidates = dropped.size === 0 ? byPlace : byPlace.filter(({ place }) => !dropped.has(place));
  return { name, byPlace, candidates, isOpen: candidates.every(({ exclusion }) => exclusion === null) };
}

/** A build that is there as `.conda` and `.tar.bz2` is one candidate: the former, unless only the latter may be chosen. */
function worseFiles(places: readonly number[], byPlace: readonly CondaCandidate[]): readonly number[] {
  const best = places.find((place) => byPlace[place]?.exclusion === null) ?? places[0];
  return places.filter((place) => place !== best);
}

/** The records of a virtual package: what the target has. */
export function virtualRecords(name: string, packages: readonly VirtualPackage[]): NameRecords {
  const records = packages.filter((package_) => package_.name === name).map(virtualRecord);
  return readName(name, [{ channel: { name: "", url: "", rank: 0 }, records }], new VersionTable());
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

export function sortCandidates({ candidates }: Listing, rules: ListingRules): readonly CondaCandidate[] {
  return candidates.toSorted((left, right) => compareCandidates(left, right, rules) || compareLeftovers(left, right));
}

function prefersLowest({ options, direct }: ListingRules): boolean {
  return options.order === "lowest" || (options.order === "lowest-direct" && direct);
}

/** The channels whose records a solve may choose. */
export function openChannels(
  records: NameRecords,
  channels: readonly ChannelListing[],
  rules: ListingRules,
): readonly ChannelListing[] {
  const outside = channelExclusions(records, channels, rules);
  return channels.filter(({ channel }) => (outside[channel.rank] ?? null) === null);
}

/** Why a channel is not looked at, by its rank; null, or no place, where it is. */
function channelExclusions(
  records: NameRecords,
  channels: readonly ChannelListing[],
  rules: ListingRules,
): readonly (CondaExclusionReason | null)[] {
  if (rules.tiedTo.length === 0 && channels.length < 2) return [];
  const wanted = channels.filter((listing) => isWanted(listing, rules));
  const preferred = preferredChannel(records, wanted, rules);
  const reasons: (CondaExclusionReason | null)[] = [];
  for (const listing of channels) {
    reasons[listing.channel.rank] = channelExclusion(listing.channel, wanted.includes(listing), { preferred, rules });
  }
  return reasons;
}

/** "Now" is the cutoff: a channel whose records of the name are all newer does not have it yet, and passes nothing over. */
function preferredChannel(
  { records }: NameRecords,
  wanted: readonly ChannelListing[],
  { policy }: ListingRules,
): Channel | undefined {
  const [first] = wanted;
  if (wanted.length < 2 || policy.isOpen) return first?.channel;
  const having = new Set<number>();
  for (const read of records) if (policy.exclusion(read)?.kind !== "date") having.add(read.channel.rank);
  return (wanted.find(({ channel }) => having.has(channel.rank)) ?? first)?.channel;
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
      (record !== undefined && matchesBesideVersion(channelOnly(spec), { ...record, channel: channel.url })),
  );
}

function channelOnly(spec: CondaMatchSpec): CondaMatchSpec {
  return { ...spec, version: null, build: null, buildNumber: null, subdir: null, fields: new Map() };
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
