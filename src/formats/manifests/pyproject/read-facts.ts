/** The project's own facts: name, Python, groups, extras, and the tools that are named. */
import { normalizeName } from "#packaging/names.ts";
import { tomlAt, type TomlNode, type TomlTable } from "../../text/toml-tree.ts";
import type { PyprojectFacts, PyprojectGroup } from "./facts.ts";
import { flagOf, report, spanOf, textOf, textsOf, type PyprojectReader } from "./reading.ts";

export function readFacts(reader: PyprojectReader, root: TomlTable): PyprojectFacts {
  const project = tomlAt(root, "project");
  const poetry = tomlAt(root, "tool", "poetry");
  const requiresPython = tomlAt(project, "requires-python");
  const poetryPython = poetryPythonOf(reader, poetry);
  const standard = requiresPython?.kind === "string" ? requiresPython : null;
  const either = (key: string): string | null => textOf(tomlAt(project, key)) ?? textOf(tomlAt(poetry, key));
  return {
    path: reader.path,
    name: either("name"),
    version: either("version"),
    python:
      standard === null
        ? poetryPython && { text: poetryPython.value, span: spanOf(poetryPython), style: "poetry" }
        : { text: standard.value, span: spanOf(standard), style: "pep440" },
    poetryPython:
      standard === null || poetryPython === null ? null : { text: poetryPython.value, span: spanOf(poetryPython) },
    packageMode: flagOf(tomlAt(poetry, "package-mode")) ?? true,
    hasProjectTable: project !== undefined,
    tools: {
      poetry: poetry !== undefined,
      uv: tomlAt(root, "tool", "uv") !== undefined,
      pdm: tomlAt(root, "tool", "pdm") !== undefined,
      pixi: tomlAt(root, "tool", "pixi") !== undefined,
      condaLock: tomlAt(root, "tool", "conda-lock") !== undefined,
      hatch: tomlAt(root, "tool", "hatch") !== undefined,
    },
    buildBackend: textOf(tomlAt(root, "build-system", "build-backend")),
    poetryWanted: textOf(tomlAt(poetry, "requires-poetry")),
    groups: readGroups(reader, root),
    extras: [
      ...extrasOf(tomlAt(poetry, "extras"), textsOf),
      ...extrasOf(tomlAt(project, "optional-dependencies"), () => []),
    ],
    dynamic: textsOf(tomlAt(project, "dynamic")),
  };
}

/** Poetry's `python = "^3.9"`, or `python = {version = "^3.9"}`. */
function poetryPythonOf(reader: PyprojectReader, poetry: TomlNode | undefined): (TomlNode & { kind: "string" }) | null {
  const written = tomlAt(poetry, "dependencies", "python");
  const version = written?.kind === "table" ? tomlAt(written, "version") : written;
  if (version === undefined) return null;
  if (version.kind === "string") return version;
  report(reader, version.line, "Python's version range has to be a text; it is kept as it is.");
  return null;
}

function extrasOf(
  table: TomlNode | undefined,
  packagesOf: (node: TomlNode) => readonly string[],
): PyprojectFacts["extras"] {
  if (table?.kind !== "table") return [];
  return [...table.entries].map(([name, node]) => ({
    name: normalizeName(name),
    packages: packagesOf(node).map(normalizeName),
    line: table.keyLines.get(name) ?? node.line,
  }));
}

/** Groups of Poetry and of PEP 735; a name in both is one group. */
function readGroups(reader: PyprojectReader, root: TomlTable): readonly PyprojectGroup[] {
  const groups = new Map<string, PyprojectGroup>();
  for (const group of [...standardGroups(root), ...poetryGroups(root)]) {
    const same = groups.get(group.name);
    const optional = group.optional || (same?.optional ?? false);
    const includes = [...new Set([...(same?.includes ?? []), ...group.includes])];
    groups.set(group.name, { name: group.name, optional, includes, line: same?.line ?? group.line });
  }
  for (const group of groups.values()) {
    for (const name of group.includes) {
      if (!groups.has(name))
        report(reader, group.line, `The group ${group.name} includes ${name}, which there is not.`);
    }
  }
  const including = [...groups.values()].filter((group) => group.includes.length > 0);
  for (const group of including.slice(0, MAXIMUM_WALKS)) {
    if (includesItself(groups, group.name)) {
      report(reader, group.line, `The group ${group.name} includes itself: break the cycle (PEP 735).`);
    }
  }
  return [...groups.values()];
}

/** Nobody has as many groups that include others; each walk may pass all of a hostile file. */
const MAXIMUM_WALKS = 200;

function includesItself(groups: ReadonlyMap<string, PyprojectGroup>, start: string): boolean {
  const seen = new Set<string>();
  const open = [...(groups.get(start)?.includes ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === start) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(groups.get(next)?.includes ?? []));
  }
  return false;
}

function standardGroups(root: TomlTable): readonly PyprojectGroup[] {
  const table = tomlAt(root, "dependency-groups");
  if (table?.kind !== "table") return [];
  return [...table.entries].map(([name, list]) => {
    const items = list.kind === "list" ? list.items : [];
    const includes = items.flatMap((item) => textOf(tomlAt(item, "include-group")) ?? []);
    const line = table.keyLines.get(name) ?? list.line;
    return { name: normalizeName(name), optional: false, includes: includes.map(normalizeName), line };
  });
}

function poetryGroups(root: TomlTable): readonly PyprojectGroup[] {
  const poetry = tomlAt(root, "tool", "poetry");
  const legacy = tomlAt(poetry, "dev-dependencies");
  const old = legacy === undefined ? [] : [{ name: "dev", optional: false, includes: [], line: legacy.line }];
  const table = tomlAt(poetry, "group");
  if (table?.kind !== "table") return old;
  const groups = [...table.entries].map(([name, group]) => ({
    name: normalizeName(name),
    optional: flagOf(tomlAt(group, "optional")) ?? false,
    includes: textsOf(tomlAt(group, "include-groups")).map(normalizeName),
    line: group.line,
  }));
  return [...old, ...groups];
}
