/** A pyproject.toml as conda-lock reads it. What the other readers leave out stands in `requirements`. */
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { normalizeName } from "#packaging/names.ts";
import { tomlAt, type TomlNode, type TomlTable } from "../../text/toml-tree.ts";
import type { CondaLockSource, ManifestChannel, ManifestRequirement } from "../manifest.ts";
import type { PyprojectFacts } from "./facts.ts";
import { bareRequirement, flagOf, report, spanOf, textOf, textsOf, type PyprojectReader } from "./reading.ts";
import { readStandardDependencies } from "./standard-dependencies.ts";

/** Reads `[tool.conda-lock]` and the tables that conda-lock alone takes requirements from. */
export function readCondaLockSource(reader: PyprojectReader, root: TomlTable, facts: PyprojectFacts): CondaLockSource {
  const table = tomlAt(root, "tool", "conda-lock");
  const own = readOwnDependencies(reader, tomlAt(table, "dependencies"));
  const tables = tablesOf(root, facts);
  return {
    line: table?.line ?? null,
    platforms: textsOf(tomlAt(table, "platforms")),
    pipRepositories: textsOf(tomlAt(table, "pip-repositories")),
    defaultSource: textOf(tomlAt(table, "default-non-conda-source")) === "pip" ? "pip" : "conda",
    skipsOthers: flagOf(tomlAt(table, "skip-non-conda-lock")) ?? false,
    tables,
    requirements: [
      ...otherDependencies(reader, root, { tables, facts, isUsed: table !== undefined }),
      ...own.requirements,
    ],
    pypiNames: own.pypiNames,
    extras: facts.extras.map(({ name, packages }) => ({ name, packages })),
  };
}

/** `channels` of `[tool.conda-lock]`. */
export function condaLockChannels(root: TomlTable): readonly ManifestChannel[] {
  const list = tomlAt(root, "tool", "conda-lock", "channels");
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) => (item.kind === "string" ? [{ name: item.value, line: item.line }] : []));
}

/** conda-lock takes PEP 621 where it is written and not dynamic, else what the build backend reads. */
function tablesOf(root: TomlTable, facts: PyprojectFacts): CondaLockSource["tables"] {
  const standard = tomlAt(root, "project", "dependencies") !== undefined;
  if (standard && !facts.dynamic.includes("dependencies")) return "project";
  return (facts.buildBackend ?? "").startsWith("flit") ? "flit" : "poetry";
}

interface OtherTables {
  readonly tables: CondaLockSource["tables"];
  readonly facts: PyprojectFacts;
  /** Without `[tool.conda-lock]` the file is no source of a lock most of the time: nothing of it is worth a finding. */
  readonly isUsed: boolean;
}

function otherDependencies(
  reader: PyprojectReader,
  root: TomlTable,
  { tables, facts, isUsed }: OtherTables,
): readonly ManifestRequirement[] {
  const quiet = isUsed ? reader : { ...reader, findings: [] };
  if (tables === "poetry") return pythonOf(reader, facts);
  if (tables === "flit") {
    const metadata = tomlAt(root, "tool", "flit", "metadata");
    const main = readStandardDependencies(quiet, tomlAt(metadata, "requires"), "main");
    return [...main, ...grouped(quiet, tomlAt(metadata, "requires-extra"), (name) => `extra:${normalizeName(name)}`)];
  }
  return grouped(quiet, tomlAt(root, "tool", "pdm", "dev-dependencies"), () => "dev");
}

function grouped(
  reader: PyprojectReader,
  table: TomlNode | undefined,
  groupOf: (name: string) => string,
): readonly ManifestRequirement[] {
  if (table?.kind !== "table") return [];
  return [...table.entries].flatMap(([name, list]) => readStandardDependencies(reader, list, groupOf(name)));
}

/** Poetry's `python` is the conda package. `requires-python` is not read. */
function pythonOf(reader: PyprojectReader, facts: PyprojectFacts): readonly ManifestRequirement[] {
  const written = facts.poetryPython ?? (facts.python?.style === "poetry" ? facts.python : null);
  if (written === null) return [];
  const place = { line: written.span.line, name: "python", writtenName: "python", group: "main" };
  return [
    { ...bareRequirement(reader, place), constraint: { text: written.text, span: written.span, style: "poetry" } },
  ];
}

interface OwnDependencies {
  readonly requirements: readonly ManifestRequirement[];
  readonly pypiNames: readonly string[];
}

/** `[tool.conda-lock.dependencies]`: `name = "spec"`, or `name = {source = "pypi"}`. */
function readOwnDependencies(reader: PyprojectReader, table: TomlNode | undefined): OwnDependencies {
  const requirements: ManifestRequirement[] = [];
  const pypiNames: string[] = [];
  for (const [name, value] of table?.kind === "table" ? table.entries : []) {
    const line = value.line;
    if (value.kind === "table" && textOf(value.entries.get("source")) === "pypi") pypiNames.push(normalizeName(name));
    else if (value.kind !== "string") report(reader, line, `conda-lock does not read ${name}; it is kept as it is.`);
    else {
      const requirement = condaRequirement(reader, name, value);
      if (requirement !== null) requirements.push(requirement);
    }
  }
  return { requirements, pypiNames };
}

function condaRequirement(
  reader: PyprojectReader,
  writtenName: string,
  value: TomlNode & { readonly kind: "string" },
): ManifestRequirement | null {
  const text = `${writtenName} ${value.value}`.trim();
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) {
    report(reader, value.line, `\`${text}\` is not a match spec of conda; it is kept as it is: ${spec.problem}.`);
    return null;
  }
  // Behind a build the text is no constraint alone, and stays as it is.
  const isPlain = value.value !== "" && spec.build === null && value.verbatimLength === value.value.length;
  const place = { line: value.line, name: writtenName.toLowerCase(), writtenName, group: "main" };
  return {
    ...bareRequirement(reader, place),
    ecosystem: "conda",
    constraint: isPlain ? { text: value.value, span: spanOf(value), style: "conda" } : null,
    entry: { channel: spec.channel, build: spec.build?.text ?? null, selector: null, text },
  };
}
