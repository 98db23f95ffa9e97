/** From what a channel says of a file to a CondaRecord. CEP 34, 36; older and looser forms are read too. */
import type { CondaRecord } from "#packaging/conda-record.ts";

/** Where a record was found. */
export interface RecordPlace {
  readonly channel: string;
  readonly subdir: string;
  /** What file names are appended to, with its slash. */
  readonly baseUrl: string;
  /** Gives one and the same string for equal texts: most requirements stand in thousands of records. */
  readonly shared: (text: string) => string;
}

/** Most records have some empty list, and there are hundred thousands of them. */
const NONE: readonly string[] = [];

type Fields = Readonly<Record<string, unknown>>;

/** The record, or why the file cannot be used. */
export function readCondaRecord(
  place: RecordPlace,
  filename: string,
  value: unknown,
): CondaRecord | { readonly unusable: string } {
  const unfit = unfitFile(filename);
  if (unfit !== null) return { unusable: unfit };
  if (typeof value !== "object" || value === null) return { unusable: "its record is not an object" };
  const fields = value as Fields;
  const identity = identityOf(fields);
  if ("unusable" in identity) return identity;
  const buildNumber = fields["build_number"] ?? 0;
  if (typeof buildNumber !== "number" || !Number.isSafeInteger(buildNumber)) {
    return { unusable: "its build_number is not a number" };
  }
  const depends = texts(fields["depends"]);
  const constrains = texts(fields["constrains"]);
  if (depends === null || constrains === null) return { unusable: "its depends or constrains are not lists of texts" };
  const { name, version, build } = identity;
  return {
    name: place.shared(name),
    version: place.shared(version),
    build: place.shared(build),
    buildNumber,
    subdir: place.subdir,
    channel: place.channel,
    filename,
    url: place.baseUrl + filename,
    md5: digest(fields["md5"], 32),
    sha256: digest(fields["sha256"], 64),
    size: sizeOf(fields["size"]),
    timestampMs: milliseconds(fields["indexed_timestamp"]) ?? milliseconds(fields["timestamp"]),
    depends: depends.map(place.shared),
    constrains: constrains.length === 0 ? NONE : constrains.map(place.shared),
    trackFeatures: words(fields["track_features"]),
    noarch: noarchOf(fields["noarch"]),
    purls: fields["purls"] == null ? null : texts(fields["purls"]),
  };
}

function identityOf({
  name,
  version,
  build,
}: Fields): Pick<CondaRecord, "name" | "version" | "build"> | { readonly unusable: string } {
  if (typeof name !== "string" || typeof version !== "string" || typeof build !== "string") {
    return { unusable: "its record lacks a name, a version or a build" };
  }
  if (![name, version, build].every(isPlain)) {
    return { unusable: "its name, version or build has characters that none may have (CEP 26)" };
  }
  return { name: name.toLowerCase(), version, build };
}

function unfitFile(filename: string): string | null {
  if (filename.endsWith(".whl")) return "it is a wheel, and wheels of a channel are not used as packages";
  const stem = filename.replace(/\.(?:conda|tar\.bz2)$/, "");
  return stem !== filename && isPlain(stem) ? null : "its name is not that of a package";
}

/** Of a file; CEP 26 says 211. */
const LONGEST_NAME = 255;

/**
 * Names, versions and builds go into locks, which are lines and URLs, and to people's screens: nothing in them may end a line,
 * a URL or a command. Some file names have `%21` for the `!` of an epoch.
 */
function isPlain(text: string): boolean {
  return text.length <= LONGEST_NAME && /^(?:[\w.!+~-]|%2[1B])+$/.test(text);
}

/** A list of texts, empty where there is none; null where it is something else. */
function texts(value: unknown): readonly string[] | null {
  if (value == null) return NONE;
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
}

/** A list, or names separated by spaces or commas. */
function words(value: unknown): readonly string[] {
  if (value == null || value === "") return NONE;
  const written = typeof value === "string" ? value.split(/[\s,]+/) : (texts(value) ?? []);
  return written.filter((word) => word !== "");
}

/** Hex, or in a shard the bytes themselves. */
function digest(value: unknown, length: number): string | null {
  if (value instanceof Uint8Array) return value.length * 2 === length ? Buffer.from(value).toString("hex") : null;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  return text.length === length && /^[0-9a-f]+$/.test(text) ? text : null;
}

function sizeOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The last second of the year 9999: what is larger counts milliseconds. */
const LAST_SECOND = 253_402_300_799;

/** Null where it is no time that a calendar has. */
function milliseconds(value: unknown): number | null {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return null;
  const time = Math.trunc(value > LAST_SECOND ? value : value * 1000);
  return Number.isNaN(new Date(time).getTime()) ? null : time;
}

/** `true` is how generic packages were marked before there were two kinds. */
function noarchOf(value: unknown): CondaRecord["noarch"] {
  if (value === "python" || value === "generic") return value;
  return value === true || value === "true" || value === "yes" ? "generic" : null;
}
