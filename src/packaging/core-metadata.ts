/** METADATA and PKG-INFO: the headers that a resolution needs. PEP 241, 314, 345, 566, 643, 685; read up to 2.x. */

export interface CoreMetadata {
  readonly metadataVersion: string;
  /** As written. */
  readonly name: string;
  readonly version: string;
  /** Lines of a folded summary are joined by blanks. */
  readonly summary: string;
  readonly requiresPython: string | null;
  /** PEP 508 texts, in file order. */
  readonly requiresDist: readonly string[];
  /** As written. */
  readonly providesExtras: readonly string[];
  /** Lower-case names of the fields that a build may still change (PEP 643). */
  readonly dynamic: readonly string[];
}

/** Why a text is no core metadata. */
export interface MetadataProblem {
  readonly problem: string;
  /** 1-based. */
  readonly line: number;
}

const FIELD = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)$/;

export function isMetadataProblem(parsed: CoreMetadata | MetadataProblem): parsed is MetadataProblem {
  return "problem" in parsed;
}

/**
 * Reads the headers; the description in the body is left alone. Lines that are no header are passed over, as
 * every installer does, but Name, Version and a Metadata-Version of 1.x or 2.x must be there.
 */
export function parseCoreMetadata(text: string): CoreMetadata | MetadataProblem {
  const fields = readFields(text);
  const values = (name: string) => fields.filter((field) => field.name === name);
  const first = (name: string) => values(name)[0]?.value ?? null;
  const metadataVersion = first("metadata-version");
  const name = first("name");
  const version = first("version");
  if (metadataVersion === null) return { problem: "the metadata has no Metadata-Version", line: 1 };
  if (!/^[12]\.\d+$/.test(metadataVersion)) {
    const line = values("metadata-version")[0]?.line ?? 1;
    return { problem: `Metadata-Version ${metadataVersion} is not 1.x or 2.x`, line };
  }
  if (name === null || name === "") return { problem: "the metadata has no Name", line: 1 };
  if (version === null || version === "") return { problem: "the metadata has no Version", line: 1 };
  const all = (name: string) =>
    values(name)
      .map((field) => field.value)
      .filter((value) => value !== "");
  return {
    metadataVersion,
    name,
    version,
    summary: first("summary") ?? "",
    requiresPython: all("requires-python")[0] ?? null,
    requiresDist: all("requires-dist"),
    providesExtras: all("provides-extra"),
    dynamic: all("dynamic").map((field) => field.toLowerCase()),
  };
}

interface Field {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** Headers up to the first empty line; a line that begins with a blank continues the one before it. */
function readFields(text: string): readonly Field[] {
  const fields: Field[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    if (line === "") break;
    const previous = fields.at(-1);
    const field = FIELD.exec(line);
    if (/^[ \t]/.test(line)) {
      // Older builds fold text with a bar in the margin (`        |`), which belongs to no value.
      const more = line.trim().replace(/^\|/, "").trim();
      if (previous !== undefined)
        fields[fields.length - 1] = { ...previous, value: `${previous.value} ${more}`.trim() };
    } else if (field !== null) {
      fields.push({ name: (field[1] ?? "").toLowerCase(), value: valueOf(field[2] ?? ""), line: index + 1 });
    }
  }
  return fields;
}

/** Old builds write UNKNOWN for an absent field. */
function valueOf(text: string): string {
  const value = text.trim();
  return value === "UNKNOWN" ? "" : value;
}
