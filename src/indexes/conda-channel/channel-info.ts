/** What a channel says of itself in `info`, in repodata.json and in the index of shards alike. */

export interface ChannelInfo {
  /** Where the files lie (CEP 15). */
  readonly baseUrl: string | null;
  /** The channels that it names as related to it (CEP 42), as it writes them. */
  readonly relations: ChannelReferences | null;
}

export interface ChannelReferences {
  /** Comes before it. */
  readonly base: string | null;
  /** Comes after it. */
  readonly overrides: string | null;
}

export const NO_INFO: ChannelInfo = { baseUrl: null, relations: null };

export function readChannelInfo(value: unknown): ChannelInfo {
  if (!isObject(value)) return NO_INFO;
  const related = value["channel_relations"];
  const base = isObject(related) ? reference(related["base"]) : null;
  const overrides = isObject(related) ? reference(related["overrides"]) : null;
  return {
    baseUrl: text(value["base_url"]),
    relations: base === null && overrides === null ? null : { base, overrides },
  };
}

/** A reference must be a relative path upwards; anything else is passed over. */
function reference(value: unknown): string | null {
  const written = text(value);
  return written !== null && /^\.\.(?:\/[\w.~-]+)*\/?$/.test(written) && written.length > 2 ? written : null;
}

/** The URL that a reference stands for, seen from the root of the channel that makes it. */
export function resolveReference(written: string, channelUrl: string): string | null {
  return URL.parse(written, `${channelUrl}/`)?.href.replace(/\/+$/, "") ?? null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Whether a value is a map of JSON or MessagePack; bytes are none, and have far too many entries. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
