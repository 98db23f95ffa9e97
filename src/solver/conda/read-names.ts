/** The records of a name with their versions read and ordered: what is the same for every solve that looks at them. */
import { matchesBesideVersion, type CondaMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";

export interface Channel {
  /** As people name it. */
  readonly name: string;
  readonly url: string;
  /** 0 for the first. */
  readonly rank: number;
}

/** The records that one channel has of one name; never empty. */
export interface ChannelListing {
  readonly channel: Channel;
  readonly records: readonly CondaRecord[];
}

export interface ReadRecord {
  readonly record: CondaRecord;
  readonly channel: Channel;
  readonly version: CondaVersion;
  /** Place of the version among those of the name, 0 for the lowest. */
  readonly versionRank: number;
  /** Place among the records of the name. */
  readonly place: number;
  /** Nothing rules it out yet: a solve that does makes a copy. */
  readonly exclusion: null;
}

export interface NameRecords {
  readonly name: string;
  /** Lowest version first, then in an order that is the same however channels list them. */
  readonly records: readonly ReadRecord[];
  /** Places of the files of one build (`.conda` and `.tar.bz2`), best first; builds of one file are not here. */
  readonly twins: readonly (readonly number[])[];
  /** The records where nothing is ruled out: without the worse files of twins. */
  readonly best: readonly ReadRecord[];
}

/** Versions by text, each read once. */
export class VersionTable {
  private readonly versions = new Map<string, CondaVersion | null>();

  read(text: string): CondaVersion | null {
    const known = this.versions.get(text);
    if (known !== undefined) return known;
    const version = parseCondaVersion(text);
    this.versions.set(text, version);
    return version;
  }
}

/** A record whose version is none is left out: no match spec can ask for it. */
export function readName(name: string, listings: readonly ChannelListing[], versions: VersionTable): NameRecords {
  const records: { -readonly [key in keyof ReadRecord]: ReadRecord[key] }[] = [];
  for (const { channel, records: listed } of listings) {
    for (const record of listed) {
      const version = versions.read(record.version);
      if (version !== null) records.push({ record, channel, version, versionRank: 0, place: 0, exclusion: null });
    }
  }
  const ranks = rankVersions(records);
  for (const read of records) read.versionRank = ranks.get(read.version) ?? 0;
  records.sort(
    (left, right) =>
      left.versionRank - right.versionRank ||
      left.record.buildNumber - right.record.buildNumber ||
      left.channel.rank - right.channel.rank ||
      compareTexts(left.record.subdir, right.record.subdir) ||
      compareTexts(left.record.filename, right.record.filename),
  );
  records.forEach((read, place) => (read.place = place));
  const twins = findTwins(records);
  const worse = new Set(twins.flatMap((places) => places.slice(1)));
  const best = worse.size === 0 ? records : records.filter(({ place }) => !worse.has(place));
  return { name, records, twins, best };
}

/** The place of each version among them, 0 for the lowest: equal versions that are written in several ways share theirs. */
function rankVersions(found: readonly ReadRecord[]): ReadonlyMap<CondaVersion, number> {
  const ranks = new Map<CondaVersion, number>();
  let rank = -1;
  let before: CondaVersion | null = null;
  for (const version of [...new Set(found.map((each) => each.version))].sort(compareCondaVersions)) {
    if (before === null || compareCondaVersions(before, version) !== 0) rank += 1;
    before = version;
    ranks.set(version, rank);
  }
  return ranks;
}

function findTwins(records: readonly ReadRecord[]): readonly (readonly number[])[] {
  if (!records.some(({ record }) => record.filename.endsWith(".tar.bz2"))) return [];
  const builds = new Map<string, number[]>();
  for (const { record, channel, place } of records) {
    const key = `${channel.rank}/${record.subdir}/${record.filename.replace(/\.conda$|\.tar\.bz2$/u, "")}`;
    const places = builds.get(key);
    if (places === undefined) builds.set(key, [place]);
    // `.conda` is before `.tar.bz2` in the order of records.
    else places.push(place);
  }
  return [...builds.values()].filter(({ length }) => length > 1);
}

/** Places of the records that match. A version is compared once for all of its builds that follow one another. */
export function matchingPlaces(spec: CondaMatchSpec, { records }: NameRecords): readonly number[] {
  const places: number[] = [];
  const plain = isVersionOnly(spec);
  let last: CondaVersion | null = null;
  let fits = false;
  for (const { version, record, place } of records) {
    if (version !== last) fits = spec.version === null || condaSpecMatches(spec.version, version);
    last = version;
    if (fits && (plain || matchesBesideVersion(spec, record))) places.push(place);
  }
  return places;
}

/** Whether it says nothing of a record but its version; the name is that of the records. */
export function isVersionOnly({ build, buildNumber, subdir, channelPattern, fields }: CondaMatchSpec): boolean {
  return build === null && buildNumber === null && subdir === null && channelPattern === null && fields.size === 0;
}

export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
