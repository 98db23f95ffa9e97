/** Opens conda channels for one resolution: what the solver asks of a name is answered from the stores of the channels. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { ChannelRecords, ChannelsAnswer, CondaChannelPolicy, CondaChannels } from "#ports.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { credentialsOf } from "../http/credentials.ts";
import type { IndexAccess } from "../index-access.ts";
import { readStore, type RawRecords, type StoreIndex } from "./channel-store.ts";
import { DEFAULT_CHANNEL_ALIAS, locateChannel, type ChannelLocation } from "./channel-url.ts";
import type { StoreAnswer, StoreOpener } from "./open-store.ts";
import { readCondaRecord, type RecordPlace } from "./read-record.ts";

export interface OpenChannelsOptions extends Omit<IndexAccess, "credentials"> {
  /** `--channel-alias`: what a bare name is appended to. */
  readonly channelAlias: string | null;
  /** Shared by all resolutions of a process. */
  readonly stores: StoreOpener;
}

interface ChannelAccess extends IndexAccess {
  readonly stores: StoreOpener;
  readonly shared: (text: string) => string;
}

/**
 * Opens channels. Nothing is fetched before something is asked; each folder is then asked of the network at most once, and
 * kept as it was until the end of the resolution.
 */
export function openCondaChannels(policy: CondaChannelPolicy, options: OpenChannelsOptions): CondaChannels {
  const access: ChannelAccess = { ...options, credentials: credentialsOf(policy.channels), shared: createSharing() };
  let opening: Promise<OpenedChannels> | null = null;
  return {
    records: async (names) => {
      opening ??= openAll(access, policy, options.channelAlias ?? DEFAULT_CHANNEL_ALIAS);
      const opened = await opening;
      return "problem" in opened ? opened : readAll(access, opened.channels, names);
    },
  };
}

interface OpenedFolder {
  readonly url: string;
  readonly place: RecordPlace;
  readonly store: StoreIndex;
}

interface OpenedChannel {
  readonly name: string;
  readonly url: string;
  readonly folders: readonly OpenedFolder[];
}

type OpenedChannels = { readonly channels: readonly OpenedChannel[] } | { readonly problem: IndexProblem };

async function openAll(access: ChannelAccess, policy: CondaChannelPolicy, alias: string): Promise<OpenedChannels> {
  const locations: ChannelLocation[] = [];
  for (const named of policy.channels) {
    const located = locateChannel(named, policy.subdir, alias);
    if ("problem" in located) return located;
    locations.push(...located.locations);
  }
  const opened = await Promise.all(locations.map((location) => openChannel(access, location, policy.subdir)));
  const failed = opened.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  return { channels: opened.filter((answer) => "folders" in answer) };
}

/** A channel may lack the folder of a platform or `noarch`, but not both. */
async function openChannel(
  access: ChannelAccess,
  location: ChannelLocation,
  subdir: string,
): Promise<OpenedChannel | { readonly problem: IndexProblem }> {
  const subdirs = [...new Set([subdir, "noarch"])];
  const answers = await Promise.all(subdirs.map((part) => access.stores.open(access, `${location.fetchUrl}/${part}`)));
  const failed = answers.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  const channelUrl = access.http.mirrors.recorded(location.url);
  const folders = subdirs.flatMap((part, position): OpenedFolder[] => {
    const answer = answers[position] as Exclude<StoreAnswer, { problem: unknown }>;
    if (answer.store === null) return [];
    const baseUrl = baseUrlOf(access, `${location.url}/${part}/`, answer.store);
    const place = { channel: channelUrl, subdir: part, baseUrl, shared: access.shared };
    return [{ url: `${location.fetchUrl}/${part}`, place, store: answer.store }];
  });
  if (folders.length > 0) return { name: location.name, url: channelUrl, folders };
  const shown = shownUrl(location.fetchUrl);
  const sentence = `${shown} is not a conda channel: it has no repodata.json for ${subdirs.join(" or ")}; correct its name or URL.`;
  return problem("not-found", location.fetchUrl, sentence);
}

/** Where the files lie: beside the repodata.json, unless it says otherwise (CEP 15). */
function baseUrlOf(access: IndexAccess, folder: string, store: StoreIndex): string {
  const written = store.baseUrl === null ? null : URL.parse(store.baseUrl, folder);
  const base = written === null ? folder : written.href.replace(/\/*$/, "/");
  return access.http.mirrors.recorded(base);
}

async function readAll(
  access: IndexAccess,
  channels: readonly OpenedChannel[],
  names: readonly string[],
): Promise<ChannelsAnswer> {
  const read: ChannelRecords[] = [];
  const sorted = [...new Set(names)].sort();
  for (const { name, url, folders } of channels) {
    const records = new Map<string, CondaRecord[]>();
    for (const folder of folders) {
      const failed = await readFolder(access, folder, { names: sorted, records });
      if (failed !== null) return failed;
    }
    read.push({ name, url, records });
  }
  return { channels: read };
}

/** Names whose blocks are held at once; neighbours share blocks. */
const NAMES_AT_ONCE = 16;

/** Adds what a folder has of the names to the records. */
async function readFolder(
  access: IndexAccess,
  folder: OpenedFolder,
  asked: { readonly names: readonly string[]; readonly records: Map<string, CondaRecord[]> },
): Promise<{ readonly problem: IndexProblem } | null> {
  const { names, records } = asked;
  const file = await access.cache.openBlob(folder.store.data);
  const sentence = `What was kept of ${shownUrl(folder.url)} is gone or damaged; run again to fetch it anew.`;
  if (file === null) return problem("bad-content", folder.url, sentence);
  try {
    for (let first = 0; first < names.length; first += NAMES_AT_ONCE) {
      const found = await readStore(file, folder.store, names.slice(first, first + NAMES_AT_ONCE));
      for (const [name, raw] of found) {
        const usable = usableRecords(access, folder, raw);
        if (usable.length > 0) records.set(name, [...(records.get(name) ?? []), ...usable]);
      }
    }
    return null;
  } catch {
    await access.cache.removeBlob(folder.store.data);
    return problem("bad-content", folder.url, sentence);
  } finally {
    await file.close();
  }
}

function usableRecords(access: IndexAccess, folder: OpenedFolder, found: RawRecords): CondaRecord[] {
  const records: CondaRecord[] = [];
  for (const [filename, value] of found) {
    const record = readCondaRecord(folder.place, filename, value);
    if (!("unusable" in record)) records.push(record);
    else access.onSkipped?.({ url: shownUrl(folder.url), filename, reason: record.unusable });
  }
  return withoutDoubles(records);
}

/** `.conda` files first; a `.tar.bz2` of the same build stays only where it is older, since a time limit may leave it alone. */
function withoutDoubles(records: readonly CondaRecord[]): CondaRecord[] {
  const modern = new Map<string, CondaRecord>();
  for (const record of records) if (record.filename.endsWith(".conda")) modern.set(stemOf(record), record);
  const others = records.filter((record) => {
    if (record.filename.endsWith(".conda")) return false;
    const newer = modern.get(stemOf(record));
    return newer === undefined || isOlder(record, newer);
  });
  return [...modern.values(), ...others];
}

function isOlder(record: CondaRecord, other: CondaRecord): boolean {
  return record.timestampMs !== null && other.timestampMs !== null && record.timestampMs < other.timestampMs;
}

function stemOf({ filename }: CondaRecord): string {
  return filename.replace(/\.(conda|tar\.bz2)$/, "");
}

function createSharing(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first === undefined) known.set(text, text);
    return first ?? text;
  };
}
