/** Opens conda channels for one resolution: what the solver asks of a name is answered from the folders of the channels. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { ChannelRecords, ChannelRelation, ChannelsAnswer, CondaChannelPolicy, CondaChannels } from "#ports.ts";
import { problem } from "../http/problems.ts";
import { shownUrl, withoutCredentials } from "#packaging/safe-url.ts";
import { credentialsOf } from "../http/credentials.ts";
import type { IndexAccess } from "../index-access.ts";
import { resolveReference, type ChannelInfo } from "./channel-info.ts";
import { DEFAULT_CHANNEL_ALIAS, locateChannel, withoutToken, type ChannelLocation } from "./channel-url.ts";
import { infoOf, type FolderAnswer } from "./folder-data.ts";
import { findPlaces } from "./find-places.ts";
import type { FolderOpener } from "./open-folder.ts";
import { readFolder, type OpenedFolder } from "./read-folder.ts";

export interface OpenChannelsOptions extends Omit<IndexAccess, "credentials"> {
  /** `--channel-alias`: what a bare name is appended to. */
  readonly channelAlias: string | null;
  /** Shared by all resolutions of a process. */
  readonly folders: FolderOpener;
}

interface ChannelAccess extends IndexAccess {
  readonly folders: FolderOpener;
}

/**
 * Opens channels. Nothing is fetched before something is asked; each folder is then asked of the network at most once, and
 * kept as it was until the end of the resolution.
 */
export function openCondaChannels(policy: CondaChannelPolicy, options: OpenChannelsOptions): CondaChannels {
  // What a repository writes into a URL is used where its own people run it; a service has the operator's mirrors.
  const credentials = options.localFolders ? credentialsOf(policy.channels) : new Map<string, string>();
  const access: ChannelAccess = { ...options, credentials };
  const located = locateAll(policy, options);
  let opening: Promise<OpenedChannels> | null = null;
  return {
    records: async (names) => {
      if ("problem" in located) return located;
      opening ??= openAll(access, located.locations, policy.subdir);
      const opened = await opening;
      return "problem" in opened ? opened : readAll(access, opened.channels, names);
    },
    placesOf: (names) => {
      const urls = "problem" in located ? [] : located.locations.map(({ fetchUrl }) => fetchUrl);
      return findPlaces({ urls, subdir: policy.subdir, names }, (url) => options.folders.glance(access, url));
    },
  };
}

interface OpenedChannel {
  readonly name: string;
  readonly url: string;
  readonly folders: readonly OpenedFolder[];
  readonly relations: readonly ChannelRelation[];
}

type Failed = { readonly problem: IndexProblem };
type Located = { readonly locations: readonly ChannelLocation[] } | Failed;
type OpenedChannels = { readonly channels: readonly OpenedChannel[] } | Failed;

function locateAll({ channels, subdir }: CondaChannelPolicy, options: OpenChannelsOptions): Located {
  const alias = options.channelAlias ?? DEFAULT_CHANNEL_ALIAS;
  if (channels.length > MOST_CHANNELS) {
    const sentence = `${channels.length} channels are named, and no more than ${MOST_CHANNELS} are asked for one solve; name fewer.`;
    return problem("too-large", "", sentence);
  }
  const locations: ChannelLocation[] = [];
  for (const named of channels) {
    const located = locateChannel(named, { alias, subdir, localFolders: options.localFolders });
    if ("problem" in located) return located;
    const hidden = located.locations.find(({ fetchUrl }) => hasVariable(options.http.mirrors.fetched(fetchUrl)));
    if (hidden !== undefined) {
      const sentence = `The URL of the channel ${shownUrl(hidden.fetchUrl)} has an environment variable in it, which is not read; say what it stands for with --mirror FROM=TO.`;
      return problem("not-found", hidden.fetchUrl, sentence);
    }
    locations.push(...located.locations);
  }
  return { locations };
}

/** Each costs several requests, to whoever is named. Robotics has the longest lists, of eight. */
const MOST_CHANNELS = 50;

function hasVariable(url: string): boolean {
  return /\$\{?[A-Za-z_]|\$%7B/i.test(url);
}

async function openAll(
  access: ChannelAccess,
  locations: readonly ChannelLocation[],
  subdir: string,
): Promise<OpenedChannels> {
  const opened = await Promise.all(locations.map((location) => openChannel(access, location, subdir)));
  const failed = opened.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  return { channels: opened.filter((answer) => "folders" in answer) };
}

/** A channel may lack the folder of a platform or `noarch`, but not both. */
async function openChannel(
  access: ChannelAccess,
  location: ChannelLocation,
  subdir: string,
): Promise<OpenedChannel | Failed> {
  const subdirs = [...new Set([subdir, "noarch"])];
  const answers = await Promise.all(subdirs.map((part) => access.folders.open(access, `${location.fetchUrl}/${part}`)));
  const failed = answers.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  const url = access.http.mirrors.recorded(location.url);
  const folders: OpenedFolder[] = [];
  for (const [position, part] of subdirs.entries()) {
    const { data } = answers[position] as Exclude<FolderAnswer, Failed>;
    if (data === null) continue;
    const folder = `${location.fetchUrl}/${part}`;
    const baseUrl = baseUrlOf(access, `${location.url}/${part}/`, infoOf(data));
    if (baseUrl === null) {
      const sentence = `${shownUrl(folder)} says that its files are where no files can be (base_url); tell who runs the channel.`;
      return problem("bad-content", folder, sentence);
    }
    const { fetchShard, known } = access.folders;
    const place = { channel: url, subdir: part, baseUrl, shared: known.shared };
    folders.push({ url: folder, place, data, spent: { bytes: 0 }, fetchShard, known });
  }
  if (folders.length > 0) return { name: location.name, url, folders, relations: relationsOf(url, folders) };
  const shown = shownUrl(location.fetchUrl);
  const sentence = `${shown} is not a conda channel: it has no repodata.json for ${subdirs.join(" or ")}; correct its name or URL.`;
  return problem("not-found", location.fetchUrl, sentence);
}

/**
 * Where the files lie: beside the repodata.json, unless it says otherwise (CEP 15). Null where it says what no URL of a file
 * begins with: locks would hand that on.
 */
function baseUrlOf(access: IndexAccess, folder: string, info: ChannelInfo): string | null {
  if (info.baseUrl === null) return access.http.mirrors.recorded(folder);
  const written = URL.parse(info.baseUrl, folder);
  if (written === null || /[?#]/.test(written.href)) return null;
  // Files of this machine are those of a channel of this machine.
  const isFetched = written.protocol === "https:" || written.protocol === "http:";
  if (!isFetched && !(written.protocol === "file:" && folder.startsWith("file:"))) return null;
  // A server may answer with the address that it was asked under, secrets and all.
  return access.http.mirrors.recorded(withoutToken(withoutCredentials(written.href).replace(/\/*$/, "/")));
}

/** Each folder declares its own; what both say is one relation. */
function relationsOf(channelUrl: string, folders: readonly OpenedFolder[]): readonly ChannelRelation[] {
  const found = new Map<string, ChannelRelation>();
  for (const { data } of folders) {
    const { relations } = infoOf(data);
    for (const kind of ["base", "overrides"] as const) {
      const written = relations?.[kind] ?? null;
      const url = written === null ? null : resolveReference(written, channelUrl);
      if (url !== null) found.set(`${kind} ${url}`, { kind, url });
    }
  }
  return [...found.values()];
}

async function readAll(
  access: IndexAccess,
  channels: readonly OpenedChannel[],
  names: readonly string[],
): Promise<ChannelsAnswer> {
  const sorted = [...new Set(names)].sort();
  const read = await Promise.all(channels.map((channel) => readChannel(access, channel, sorted)));
  const failed = read.find((answer) => "problem" in answer);
  if (failed !== undefined) return failed;
  return { channels: read.filter((answer) => "records" in answer) };
}

async function readChannel(
  access: IndexAccess,
  { name, url, folders, relations }: OpenedChannel,
  names: readonly string[],
): Promise<ChannelRecords | Failed> {
  const answers = await Promise.all(folders.map((folder) => readFolder(access, folder, names)));
  const records = new Map<string, readonly CondaRecord[]>();
  for (const answer of answers) {
    if ("problem" in answer) return answer;
    for (const [key, found] of answer) {
      const others = records.get(key);
      records.set(key, others === undefined ? found : [...others, ...found]);
    }
  }
  return relations.length === 0 ? { name, url, records } : { name, url, records, relations };
}
