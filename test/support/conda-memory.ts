/** Conda channels in memory, from the corpus in the data folder or from records written in a test. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { ChannelRecords } from "#ports.ts";

/** A channel's records by name. */
export interface MemoryChannel {
  readonly name: string;
  readonly url: string;
  readonly records: ReadonlyMap<string, readonly CondaRecord[]>;
}

/** What a test says of a record; all else has a value that means nothing. */
export type WrittenRecord = Pick<CondaRecord, "name" | "version"> & Partial<CondaRecord>;

export function memoryChannel(name: string, written: readonly WrittenRecord[]): MemoryChannel {
  const url = `https://conda.example/${name}`;
  const records = new Map<string, CondaRecord[]>();
  for (const each of written) {
    const record = makeRecord(url, each);
    records.set(record.name, [...(records.get(record.name) ?? []), record]);
  }
  return { name, url, records };
}

function makeRecord(channel: string, written: WrittenRecord): CondaRecord {
  const { name, version, build = "0", subdir = "linux-64" } = written;
  const filename = written.filename ?? `${name}-${version}-${build}.conda`;
  return {
    build,
    buildNumber: 0,
    subdir,
    channel,
    filename,
    url: `${channel}/${subdir}/${filename}`,
    md5: null,
    sha256: null,
    size: null,
    timestampMs: null,
    depends: [],
    constrains: [],
    trackFeatures: [],
    noarch: null,
    purls: null,
    ...written,
  };
}

/** What the port would answer about these names. */
export function answerOf({ name, url, records }: MemoryChannel, names: readonly string[]): ChannelRecords {
  const found = names.flatMap((each) => {
    const list = records.get(each);
    return list === undefined ? [] : [[each, list] as const];
  });
  return { name, url, records: new Map(found) };
}

interface RepodataRecord {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly build_number?: number;
  readonly depends?: readonly string[];
  readonly constrains?: readonly string[];
  readonly track_features?: string | readonly string[];
  readonly timestamp?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly size?: number;
}

interface Repodata {
  readonly packages?: Readonly<Record<string, RepodataRecord>>;
  readonly "packages.conda"?: Readonly<Record<string, RepodataRecord>>;
}

/** A channel of the corpus (the folder `conda` of the data) for one platform. */
export function corpusChannel(folder: string, name: string, platform: string): MemoryChannel {
  const url = `https://conda.anaconda.org/${name}`;
  const records = new Map<string, CondaRecord[]>();
  for (const subdir of [platform, "noarch"]) {
    const path = join(folder, name, subdir, "repodata.json.gz");
    if (!existsSync(path)) continue;
    const repodata = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Repodata;
    const files = [...Object.entries(repodata.packages ?? {}), ...Object.entries(repodata["packages.conda"] ?? {})];
    for (const [filename, raw] of files) {
      const list = records.get(raw.name) ?? [];
      list.push(fromRepodata(raw, { url, subdir, filename }));
      records.set(raw.name, list);
    }
  }
  return { name, url, records };
}

function fromRepodata(
  raw: RepodataRecord,
  { url, subdir, filename }: { readonly url: string; readonly subdir: string; readonly filename: string },
): CondaRecord {
  const features = raw.track_features ?? [];
  return makeRecord(url, {
    name: raw.name.toLowerCase(),
    version: raw.version,
    build: raw.build,
    buildNumber: raw.build_number ?? 0,
    subdir,
    filename,
    md5: raw.md5 ?? null,
    sha256: raw.sha256 ?? null,
    size: raw.size ?? null,
    // Seconds in old channels, milliseconds since.
    timestampMs: raw.timestamp === undefined ? null : raw.timestamp < 1e11 ? raw.timestamp * 1000 : raw.timestamp,
    depends: raw.depends ?? [],
    constrains: raw.constrains ?? [],
    trackFeatures: typeof features === "string" ? features.split(/[\s,]+/u).filter((each) => each !== "") : features,
  });
}
