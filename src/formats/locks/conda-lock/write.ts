/** From the model to the text that the tool of its flavour writes. */
import type { CondaLock, CondaLockFlavour, CondaLockMetadata, CondaLockPackage } from "./model.ts";
import { YAML_WIDTH, yamlScalar } from "./yaml-scalar.ts";

/** Writes a lock: the same data gives the same bytes (CEP 37; `yaml.dump` of PyYAML). */
export function writeCondaLock(lock: CondaLock): string {
  const parts: Fields = [
    ["version", { literal: "1" }],
    ["metadata", metadataFields(lock.metadata, lock.flavour)],
    ["package", lock.packages.map((entry) => packageFields(entry, lock.flavour))],
  ];
  const lines = [...lock.header];
  writeFields(inOrder(parts, lock.flavour), { lines, indent: 0, first: "", flavour: lock.flavour });
  const end = lock.flavour.lineEnding === "crlf" ? "\r\n" : "\n";
  return lines.map((line) => (end === "\n" ? line : line.replaceAll("\n", end)) + end).join("");
}

type Value = string | { readonly literal: string } | { readonly fields: Fields } | readonly Value[];
type Fields = readonly (readonly [key: string, value: Value])[];

function inOrder(fields: Fields, flavour: CondaLockFlavour): Fields {
  if (flavour.keyOrder === "declared") return fields;
  return [...fields].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

function present(fields: readonly (readonly [string, Value | null])[]): Fields {
  return fields.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
}

function metadataFields(metadata: CondaLockMetadata, flavour: CondaLockFlavour): Value {
  const { createdAt, git, inputs, custom } = metadata;
  const record = (fields: readonly (readonly [string, Value | null])[]): Value => ({
    fields: inOrder(present(fields), flavour),
  });
  return record([
    ["content_hash", { fields: [...metadata.contentHash] }],
    [
      "channels",
      metadata.channels.map(({ url, usedEnvVars }) =>
        record([
          ["url", url],
          ["used_env_vars", usedEnvVars],
        ]),
      ),
    ],
    ["platforms", metadata.platforms],
    ["sources", metadata.sources],
    ["time_metadata", createdAt === null ? null : record([["created_at", createdAt]])],
    [
      "git_metadata",
      git === null
        ? null
        : record([
            ["git_user_name", git.userName],
            ["git_user_email", git.userEmail],
            ["git_sha", git.sha],
          ]),
    ],
    [
      "inputs_metadata",
      inputs === null
        ? null
        : {
            fields: [...inputs].map(([path, { md5, sha256 }]) => [
              path,
              record([
                ["md5", md5],
                ["sha256", sha256],
              ]),
            ]),
          },
    ],
    ["custom_metadata", custom === null ? null : { fields: [...custom] }],
  ]);
}

function packageFields(entry: CondaLockPackage, flavour: CondaLockFlavour): Value {
  const { hash, source } = entry;
  const hashes = present([
    ["md5", hash.md5],
    ["sha256", hash.sha256],
  ]);
  const fields = present([
    ["name", entry.name],
    ["version", entry.version],
    ["manager", entry.manager],
    ["platform", entry.platform],
    ["dependencies", { fields: [...entry.dependencies] }],
    ["url", entry.url],
    ["hash", { fields: hashes }],
    [
      "source",
      source === null
        ? null
        : {
            fields: [
              ["type", source.type],
              ["url", source.url],
            ],
          },
    ],
    ["build", entry.build],
    ["category", entry.category],
    ["optional", { literal: String(entry.optional) }],
  ]);
  return { fields: inOrder(fields, flavour) };
}

interface Target {
  readonly lines: string[];
  readonly indent: number;
  /** What stands before the first key instead of its indentation: the dash of an item. */
  readonly first: string;
  readonly flavour: CondaLockFlavour;
}

/** From here on a key no longer fits on a line with its value: PyYAML writes `? key`. */
const LONGEST_KEY = 122;

function writeFields(fields: Fields, target: Target): void {
  const { lines, indent, flavour } = target;
  let margin = target.first === "" ? " ".repeat(indent) : target.first;
  for (const [key, value] of fields) {
    const written = yamlScalar(key, { column: indent, indent: indent + 2, isKey: true });
    if (key.length > LONGEST_KEY || key.includes("\n")) {
      lines.push(`${margin}? ${written}`);
      margin = " ".repeat(indent);
      writeValue(`${margin}:`, value, { ...target, first: "" });
    } else {
      writeValue(`${margin}${written}:`, value, { lines, indent, first: "", flavour });
    }
    margin = " ".repeat(indent);
  }
}

function writeValue(head: string, value: Value, target: Target): void {
  const { lines, indent, flavour } = target;
  if (typeof value === "string") {
    lines.push(head + textBehind(value, { column: head.length + 1, indent: indent + 2, isKey: false }, flavour));
  } else if ("literal" in value) {
    lines.push(`${head} ${value.literal}`);
  } else if ("fields" in value) {
    if (value.fields.length === 0) lines.push(`${head} {}`);
    else {
      lines.push(head);
      writeFields(value.fields, { ...target, indent: indent + 2 });
    }
  } else if (value.length === 0) lines.push(`${head} []`);
  else {
    lines.push(head);
    writeItems(value, { ...target, indent: indent + flavour.listIndent });
  }
}

function writeItems(items: readonly Value[], target: Target): void {
  const { indent } = target;
  const dash = `${" ".repeat(indent)}-`;
  for (const item of items) {
    if (typeof item === "object" && "fields" in item && item.fields.length > 0) {
      writeFields(item.fields, { ...target, indent: indent + 2, first: `${dash} ` });
    } else writeValue(dash, item, target);
  }
}

/** The text with the space or the line break before it. */
function textBehind(
  text: string,
  place: { readonly column: number; readonly indent: number; readonly isKey: boolean },
  { longWords }: CondaLockFlavour,
): string {
  const written = yamlScalar(text, place);
  // An item of a list already stands at the start of its line.
  const mayMove = longWords !== "stay" && place.column > place.indent;
  if (mayMove && written === text && !text.includes(" ")) {
    const end = longWords === "over-width" ? text.length : place.column + text.length;
    if (end > YAML_WIDTH) return `\n${" ".repeat(place.indent)}${text}`;
  }
  return ` ${written}`;
}
