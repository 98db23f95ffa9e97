/** Dependency tables of `[tool.poetry]`: `name = "^1"`, `name = {version = …}`, `name = [{…}, {…}]`. */
import { isValidName, normalizeName } from "#packaging/names.ts";
import { parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import type { TomlNode, TomlTable } from "../../text/toml-tree.ts";
import type { ManifestRequirement } from "../manifest.ts";
import { bareRequirement, flagOf, holdAt, report, spanOf, textOf, textsOf, type PyprojectReader } from "./reading.ts";

/** Reads one dependency table; its `python` is left to the facts. */
export function readPoetryDependencies(
  reader: PyprojectReader,
  table: TomlNode | undefined,
  group: string,
): readonly ManifestRequirement[] {
  if (table === undefined) return [];
  if (table.kind !== "table") {
    report(reader, table.line, "The dependencies of Poetry have to be a table; they are kept as they are.");
    return [];
  }
  const found: ManifestRequirement[] = [];
  for (const [writtenName, value] of table.entries) {
    const line = table.keyLines.get(writtenName) ?? value.line;
    if (normalizeName(writtenName) === "python") continue;
    if (!isValidName(writtenName)) {
      report(reader, line, `\`${writtenName}\` is not the name of a package; the line is kept as it is.`);
      continue;
    }
    const values = value.kind === "list" ? value.items : [value];
    for (const item of values) found.push(readDependency(reader, { writtenName, group, line }, item));
  }
  return found;
}

interface Place {
  readonly writtenName: string;
  readonly group: string;
  readonly line: number;
}

function readDependency(reader: PyprojectReader, place: Place, value: TomlNode): ManifestRequirement {
  const { writtenName, group } = place;
  const line = value.kind === "table" && value.line > place.line ? value.line : place.line;
  const bare = bareRequirement(reader, { line, name: normalizeName(writtenName), writtenName, group });
  if (value.kind === "string") return { ...bare, constraint: constraintOf(reader, value, writtenName) };
  if (value.kind === "table") return readTable(reader, bare, value);
  report(reader, line, `The requirement ${writtenName} is neither a text nor a table; it is kept as it is.`);
  return bare;
}

const KNOWN_KEYS = new Set([
  "version",
  "extras",
  "markers",
  "python",
  "platform",
  "source",
  "optional",
  "allow-prereleases",
  "allows-prereleases",
  "git",
  "branch",
  "tag",
  "rev",
  "subdirectory",
  "path",
  "file",
  "url",
  "develop",
]);

function readTable(reader: PyprojectReader, bare: ManifestRequirement, table: TomlTable): ManifestRequirement {
  const at = (key: string): TomlNode | undefined => table.entries.get(key);
  for (const key of table.entries.keys()) {
    if (!KNOWN_KEYS.has(key)) {
      const line = table.keyLines.get(key) ?? table.line;
      report(reader, line, `The key \`${key}\` of ${bare.writtenName} is not known; it is kept as it is.`);
    }
  }
  const version = at("version");
  const versionLine = version?.line ?? bare.line;
  const prereleases = flagOf(at("allow-prereleases")) ?? flagOf(at("allows-prereleases"));
  return {
    ...bare,
    line: versionLine,
    extras: textsOf(at("extras")),
    constraint: version === undefined ? null : constraintOf(reader, version, bare.writtenName),
    marker: textOf(at("markers")),
    python: textOf(at("python")),
    platform: textOf(at("platform")),
    optional: flagOf(at("optional")) ?? false,
    source: textOf(at("source")),
    origin: originOf(table),
    holdReason: bare.holdReason ?? holdAt(reader, versionLine),
    ...(prereleases === null ? {} : { allowPrereleases: prereleases }),
  };
}

function originOf(table: TomlTable): ManifestRequirement["origin"] {
  const at = (key: string): string | null => textOf(table.entries.get(key));
  const develop = flagOf(table.entries.get("develop"));
  const git = at("git");
  if (git !== null) {
    return { kind: "git", location: git, develop, reference: at("rev") ?? at("tag") ?? at("branch") };
  }
  const path = at("path") ?? at("file");
  if (path !== null) return { kind: "path", location: path, develop, reference: null };
  const url = at("url");
  return url === null ? { kind: "index" } : { kind: "url", location: url, develop, reference: null };
}

function constraintOf(reader: PyprojectReader, node: TomlNode, name: string): ManifestRequirement["constraint"] {
  if (node.kind !== "string") {
    report(reader, node.line, `The version of ${name} has to be a text; it is kept as it is.`);
    return null;
  }
  if (parsePoetryConstraint(node.value) === null) {
    report(reader, node.line, `\`${node.value}\` is not a version constraint of Poetry; ${name} is kept as it is.`);
  }
  return { text: node.value, span: spanOf(node), style: "poetry" };
}
