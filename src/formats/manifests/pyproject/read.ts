/** pyproject.toml: requirements of `[tool.poetry]`, `[project]` (PEP 621), `[dependency-groups]` (PEP 735). */
import { normalizeName } from "#packaging/names.ts";
import type { Finding } from "../../finding.ts";
import { readTomlTree, tomlAt, type TomlNode, type TomlTable } from "../../text/toml-tree.ts";
import type { Manifest, ManifestIndex, ManifestRequirement } from "../manifest.ts";
import { resolveInclude } from "../resolve-include.ts";
import { condaLockChannels, readCondaLockSource } from "./conda-lock-source.ts";
import type { PyprojectFacts } from "./facts.ts";
import { mergeWithPoetry } from "./merge-with-poetry.ts";
import { readPoetryDependencies } from "./poetry-dependencies.ts";
import { readFacts } from "./read-facts.ts";
import { flagOf, report, textOf, textsOf, type PyprojectReader } from "./reading.ts";
import { readStandardDependencies } from "./standard-dependencies.ts";

export type PyprojectReading =
  | {
      readonly kind: "pyproject";
      readonly manifest: Manifest;
      readonly facts: PyprojectFacts;
      /** The whole file, for Poetry's content hash. */
      readonly root: TomlTable;
    }
  | { readonly kind: "unreadable"; readonly finding: Finding };

/** Reads a pyproject.toml. What is not understood is a finding of the manifest; unreadable is only what is no TOML. */
export function readPyproject(path: string, text: string): PyprojectReading {
  const reading = readTomlTree(text);
  if (reading.kind === "refused") {
    const message = `${path} is not read: ${reading.reason}.`;
    const finding = {
      code: "unreadable-file",
      severity: "error",
      file: path,
      line: reading.line,
      message,
      targets: [],
    } as const;
    return { kind: "unreadable", finding };
  }
  const { root } = reading;
  const reader: PyprojectReader = {
    path,
    lines: text.split(/\r?\n/),
    comments: new Map(reading.comments.map((comment) => [comment.line, comment.text])),
    findings: [],
  };
  const facts = readFacts(reader, root);
  const requirements = readRequirements(reader, root, facts);
  const includes = readDynamicIncludes(reader, root);
  const indexes = readSources(reader, tomlAt(root, "tool", "poetry", "source"));
  reportForeignTables(reader, root);
  const manifest: Manifest = {
    path,
    format: facts.tools.poetry ? "pyproject-poetry" : "pyproject-project",
    requirements,
    includes,
    indexes,
    channels: condaLockChannels(root),
    findings: reader.findings,
    condaLock: readCondaLockSource(reader, root, facts),
  };
  return { kind: "pyproject", manifest, facts, root };
}

function readRequirements(
  reader: PyprojectReader,
  root: TomlTable,
  facts: PyprojectFacts,
): readonly ManifestRequirement[] {
  const poetry = tomlAt(root, "tool", "poetry");
  const main = mergeWithPoetry(reader, {
    standard: readProject(reader, root),
    poetry: readPoetryDependencies(reader, tomlAt(poetry, "dependencies"), "main"),
    isDynamic: facts.dynamic.includes("dependencies") || facts.dynamic.includes("optional-dependencies"),
  });
  return [...main, ...readGroupRequirements(reader, root), ...readBuildRequirements(reader, root)];
}

function readProject(reader: PyprojectReader, root: TomlTable): readonly ManifestRequirement[] {
  const main = readStandardDependencies(reader, tomlAt(root, "project", "dependencies"), "main");
  const extras = tomlAt(root, "project", "optional-dependencies");
  if (extras?.kind !== "table") return main;
  const optional = [...extras.entries].flatMap(([name, list]) =>
    readStandardDependencies(reader, list, `extra:${normalizeName(name)}`),
  );
  return [...main, ...optional];
}

function readGroupRequirements(reader: PyprojectReader, root: TomlTable): readonly ManifestRequirement[] {
  const poetry = tomlAt(root, "tool", "poetry");
  const standard = new Map<string, ManifestRequirement[]>();
  const byPoetry = new Map<string, ManifestRequirement[]>();
  const add = (map: Map<string, ManifestRequirement[]>, name: string, found: readonly ManifestRequirement[]): void => {
    map.set(name, [...(map.get(name) ?? []), ...found]);
  };
  const isInclude = (item: TomlNode): boolean => tomlAt(item, "include-group")?.kind === "string";
  const groups = tomlAt(root, "dependency-groups");
  for (const [written, list] of groups?.kind === "table" ? groups.entries : []) {
    const name = normalizeName(written);
    const found = readStandardDependencies(reader, list, name, (item) => {
      if (!isInclude(item))
        report(reader, item.line, "A group holds texts and `{include-group = …}`; this is kept as it is.");
    });
    add(standard, name, found);
  }
  add(byPoetry, "dev", readPoetryDependencies(reader, tomlAt(poetry, "dev-dependencies"), "dev"));
  const poetryGroups = tomlAt(poetry, "group");
  for (const [written, group] of poetryGroups?.kind === "table" ? poetryGroups.entries : []) {
    const name = normalizeName(written);
    add(byPoetry, name, readPoetryDependencies(reader, tomlAt(group, "dependencies"), name));
  }
  const names = new Set([...standard.keys(), ...byPoetry.keys()]);
  return [...names].flatMap((name) =>
    mergeWithPoetry(reader, { standard: standard.get(name) ?? [], poetry: byPoetry.get(name) ?? [], isDynamic: false }),
  );
}

function readBuildRequirements(reader: PyprojectReader, root: TomlTable): readonly ManifestRequirement[] {
  return readStandardDependencies(reader, tomlAt(root, "build-system", "requires"), "build");
}

const PRIORITIES = ["default", "primary", "secondary", "supplemental", "explicit"] as const;

/** `[[tool.poetry.source]]`; `default` and `secondary` are flags of Poetry 1.4 and before. */
function readSources(reader: PyprojectReader, list: TomlNode | undefined): readonly ManifestIndex[] {
  if (list?.kind !== "list") return [];
  return list.items.flatMap((source) => {
    const name = textOf(tomlAt(source, "name"));
    const written = textOf(tomlAt(source, "url"));
    const url = written ?? (name?.toLowerCase() === "pypi" ? "https://pypi.org/simple/" : null);
    if (url === null) {
      report(reader, source.line, "This source has no url; it is kept as it is.");
      return [];
    }
    const priorityText = textOf(tomlAt(source, "priority"))?.toLowerCase() ?? null;
    const flagged = flagOf(tomlAt(source, "default")) === true ? "default" : "primary";
    const unwritten = flagOf(tomlAt(source, "secondary")) === true ? "secondary" : flagged;
    const priority = PRIORITIES.find((known) => known === priorityText) ?? unwritten;
    if (priorityText !== null && priority !== priorityText) {
      report(reader, source.line, `The priority ${priorityText} of the source ${name ?? url} is not known.`);
    }
    // Poetry reads a single page of links where the URL is that of a page.
    const kind = /\.html?$/.test(url) ? "find-links" : "index";
    return [{ name, url, kind, priority, line: source.line }];
  });
}

/** Setuptools takes requirements from files: `dependencies = {file = ["requirements.txt"]}`. */
function readDynamicIncludes(reader: PyprojectReader, root: TomlTable): Manifest["includes"] {
  const dynamic = tomlAt(root, "tool", "setuptools", "dynamic");
  const optional = tomlAt(dynamic, "optional-dependencies");
  const places = [tomlAt(dynamic, "dependencies"), ...(optional?.kind === "table" ? optional.entries.values() : [])];
  return places.flatMap((place) => {
    const file = tomlAt(place, "file");
    const names = file?.kind === "string" ? [file.value] : textsOf(file);
    return names.flatMap((name) => {
      const line = file?.line ?? 1;
      const resolved = resolveInclude(reader.path, name);
      if (resolved.kind === "path") return [{ path: resolved.path, line, kind: "requirements" as const }];
      report(reader, line, `\`${name}\` is not followed: ${resolved.reason}.`);
      return [];
    });
  });
}

/** Tables in which other tools keep requirements: said, so that nobody thinks that they were seen. */
const FOREIGN_TABLES: readonly (readonly [label: string, path: readonly string[]])[] = [
  ["[tool.hatch.envs]", ["tool", "hatch", "envs"]],
  ["[tool.pdm.dev-dependencies]", ["tool", "pdm", "dev-dependencies"]],
  ["[tool.uv] dev-dependencies", ["tool", "uv", "dev-dependencies"]],
  ["[tool.uv] constraint-dependencies", ["tool", "uv", "constraint-dependencies"]],
  ["[tool.uv] override-dependencies", ["tool", "uv", "override-dependencies"]],
  ["[tool.pixi]", ["tool", "pixi"]],
  ["[tool.flit.metadata]", ["tool", "flit", "metadata"]],
];

function reportForeignTables(reader: PyprojectReader, root: TomlTable): void {
  for (const [label, path] of FOREIGN_TABLES) {
    const table = tomlAt(root, ...path);
    if (table === undefined) continue;
    const message = `${label} may hold requirements that Relock does not read; it is kept as it is.`;
    reader.findings.push({
      code: "not-understood",
      severity: "info",
      file: reader.path,
      line: table.line,
      message,
      targets: [],
    });
  }
}
