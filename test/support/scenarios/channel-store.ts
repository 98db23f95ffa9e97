/** The channels that real manifests name, from the corpus; what the corpus lacks is made of what their locks say. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { corpusChannel, memoryChannel, type MemoryChannel, type WrittenRecord } from "../conda-memory.ts";
import type { RawPackage } from "./pixi-lock.ts";

/** Holds the channels of one platform at a time: all of them would take gigabytes. */
export class ChannelStore {
  private readonly folder: string;
  private readonly locked = new Map<string, Map<string, RawPackage>>();
  private readonly loaded = new Map<string, MemoryChannel>();
  private readonly files = new Map<string, CondaRecord>();
  private platform = "";

  /** @param folder `conda` of the data */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** What locks say of files of channels that the corpus does not have. */
  addLocked(records: ReadonlyMap<string, RawPackage>): void {
    for (const [url, raw] of records) {
      const place = /^https?:/u.test(url) ? splitUrl(url) : null;
      if (place === null || existsSync(join(this.folder, place.channel))) continue;
      const known = this.locked.get(place.channel) ?? new Map<string, RawPackage>();
      this.locked.set(place.channel, known.set(url, raw));
    }
  }

  /** @param written as a manifest names it: `conda-forge`, `https://prefix.dev/conda-forge` */
  channel(written: string, platform: string): MemoryChannel {
    if (platform !== this.platform) {
      this.loaded.clear();
      this.files.clear();
      this.platform = platform;
    }
    const name = channelName(written);
    const known = this.loaded.get(name) ?? this.load(name, platform);
    return { ...known, name: written };
  }

  /** The record of a file that a lock names, null where no loaded channel has it. */
  record(url: string): CondaRecord | null {
    const { channel, subdir, filename } = splitUrl(url);
    return this.files.get(`${channel}/${subdir}/${filename}`) ?? null;
  }

  private load(name: string, platform: string): MemoryChannel {
    const channel = existsSync(join(this.folder, name))
      ? corpusChannel(this.folder, name, platform)
      : lockedChannel(name, this.locked.get(name) ?? new Map(), platform);
    this.loaded.set(name, channel);
    for (const record of [...channel.records.values()].flat()) {
      this.files.set(`${name}/${record.subdir}/${record.filename}`, record);
    }
    return channel;
  }
}

/** `conda-forge` of `https://prefix.dev/conda-forge/`, `mantid/label/main` of the like. */
export function channelName(written: string): string {
  return written.replace(/^https?:\/\/[^/]+\//u, "").replace(/\/+$/u, "");
}

interface FilePlace {
  readonly channel: string;
  readonly subdir: string;
  readonly filename: string;
}

export function splitUrl(url: string): FilePlace {
  const parts = channelName(url).split("/");
  const [subdir = "", filename = ""] = parts.slice(-2);
  return { channel: parts.slice(0, -2).join("/"), subdir, filename };
}

function lockedChannel(name: string, packages: ReadonlyMap<string, RawPackage>, platform: string): MemoryChannel {
  const url = `https://conda.anaconda.org/${name}`;
  const written = [...packages].flatMap(([file, raw]): WrittenRecord | readonly [] => {
    const { subdir, filename } = splitUrl(file);
    if (subdir !== platform && subdir !== "noarch") return [];
    const [, package_ = "", version = "", build = ""] =
      /^(.+)-([^-]+)-([^-]+?)(?:\.conda|\.tar\.bz2)$/u.exec(filename) ?? [];
    return { name: package_, version, build, subdir, filename, channel: url, url: file, ...lockedFacts(raw, build) };
  });
  return { ...memoryChannel(name, written), url };
}

function lockedFacts(raw: RawPackage, build: string): Partial<WrittenRecord> {
  const { depends = raw.dependencies ?? [], constrains = [], timestamp = null, md5 = null, sha256 = null } = raw;
  // A build number that ends the build string is not written.
  const buildNumber = raw.build_number ?? Number(/\d+$/u.exec(build)?.[0] ?? "0");
  return { buildNumber, depends, constrains, timestampMs: timestamp, md5, sha256, size: raw.size ?? null };
}
