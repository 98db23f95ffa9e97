/** The recorded facts of `examples/recorded-channel.json`, in the form that the channel server takes. */
import { readFileSync } from "node:fs";
import type { TestChannel } from "./conda-server.ts";

/** File, build number, depends, constrains, md5, sha256, size, timestamp, noarch; requirements are numbers of `specs`. */
type Row = readonly [
  string,
  number,
  readonly number[],
  readonly number[],
  string,
  string,
  number,
  number,
  ("python" | "generic")?,
];

interface RecordedChannel {
  readonly channel: string;
  readonly projects: Readonly<Record<string, readonly string[]>>;
  readonly specs: readonly string[];
  readonly records: Readonly<Record<string, readonly Row[]>>;
}

/** Where the published mappings of names are; a mirror leads from there to `MAPPINGS_PATH` of a server. */
const MAPPINGS = "https://conda-mapping.prefix.dev/compressed-v0/";
const MAPPINGS_PATH = "mappings/";

const CHANNELS = "https://conda.anaconda.org/";

/** @param asOf leaves out what was uploaded later; null for all */
export function loadRecordedChannel(path: string, asOf: string | null = null): TestChannel {
  const { specs, records } = readRecorded(path);
  const limit = asOf === null ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  const textsOf = (numbers: readonly number[]): readonly string[] => numbers.map((number) => specs[number] ?? "");
  const repodata = (subdir: string, rows: readonly Row[]): string => {
    const parts: Record<string, Record<string, unknown>> = { packages: {}, "packages.conda": {} };
    for (const [file, buildNumber, depends, constrains, md5, sha256, size, timestamp, noarch] of rows) {
      const [, name, version, build, extension] = /^(.+)-([^-]+)-([^-]+)(\.conda|\.tar\.bz2)$/u.exec(file) ?? [];
      if (timestamp > limit) continue;
      const part = parts[extension === ".conda" ? "packages.conda" : "packages"];
      const record = { name, version, build, build_number: buildNumber, subdir, md5, sha256, size, timestamp, noarch };
      if (part !== undefined) part[file] = { ...record, depends: textsOf(depends), constrains: textsOf(constrains) };
    }
    return JSON.stringify({ info: { subdir }, ...parts, removed: [], repodata_version: 1 });
  };
  const texts = Object.entries(records).map(([subdir, rows]) => [subdir, repodata(subdir, rows)] as const);
  return { texts: Object.fromEntries(texts) };
}

/** The pages that a channel server has to serve besides, for `recordedChannelMirrors`. */
export function recordedNamePages(path: string): Readonly<Record<string, string>> {
  const { channel, projects } = readRecorded(path);
  return { [`/${MAPPINGS_PATH}${channel}/compressed_mapping.json`]: JSON.stringify(projects) };
}

/** Leads from the public channels and mappings to a server with recorded ones, so that locks name the public ones. */
export function recordedChannelMirrors(origin: string): readonly { readonly from: string; readonly to: string }[] {
  return [
    { from: CHANNELS, to: `${origin}/` },
    { from: MAPPINGS, to: `${origin}/${MAPPINGS_PATH}` },
  ];
}

function readRecorded(path: string): RecordedChannel {
  return JSON.parse(readFileSync(path, "utf8")) as RecordedChannel;
}
