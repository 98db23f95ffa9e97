/** What an sdist says of its metadata without being built (pure). PEP 621, 643; setuptools' requires.txt; flit, poetry. */
import TOML from "@iarna/toml";
import { isMetadataProblem, parseCoreMetadata, type CoreMetadata } from "#packaging/core-metadata.ts";
import type { ReleaseMetadata } from "#packaging/index-records.ts";
import { releaseMetadata, type WantedRelease } from "./metadata-answer.ts";

/** The texts of an sdist that say something; null where it has none. */
export interface SdistTexts {
  readonly pkgInfo: string | null;
  readonly pyproject: string | null;
  readonly requiresTxt: string | null;
}

/**
 * Tries, in this order: PKG-INFO of metadata 2.2 or later whose fields no build may change; a static `[project]` table;
 * what a back-end that never computes dependencies wrote; and, as provisional, what setuptools recorded when it made
 * the sdist (its setup.py may say something else on another machine).
 * @returns null where only a build could tell
 */
export function staticSdistMetadata(texts: SdistTexts, wanted: WantedRelease): ReleaseMetadata | null {
  const parsed = texts.pkgInfo === null ? null : parseCoreMetadata(texts.pkgInfo);
  const pkgInfo = parsed === null || isMetadataProblem(parsed) ? null : parsed;
  if (pkgInfo !== null && isStatic(pkgInfo)) return releaseMetadata(pkgInfo, "sdist-pkg-info");
  const pyproject = texts.pyproject === null ? null : parseToml(texts.pyproject);
  return (
    (pyproject === null ? null : fromPyproject(pyproject, pkgInfo, wanted)) ??
    (pkgInfo === null ? null : fromSetuptools(pkgInfo, texts.requiresTxt))
  );
}

/** PEP 643: metadata 2.2 or later in which no build changes what a resolution reads. */
export function isStatic(metadata: CoreMetadata): boolean {
  const [major = 0, minor = 0] = metadata.metadataVersion.split(".").map(Number);
  const dynamic = ["requires-dist", "requires-python", "provides-extra"].some((field) =>
    metadata.dynamic.includes(field),
  );
  return (major > 2 || (major === 2 && minor >= 2)) && !dynamic;
}

type Table = Readonly<Record<string, unknown>>;

function fromPyproject(pyproject: Table, pkgInfo: CoreMetadata | null, wanted: WantedRelease): ReleaseMetadata | null {
  const project = tableAt(pyproject, "project");
  if (project !== null) return fromProjectTable(project, pkgInfo, wanted);
  const flit = tableAt(pyproject, "tool", "flit", "metadata");
  if (flit !== null) return fromFlit(flit, pkgInfo, wanted);
  // poetry-core writes PKG-INFO from its static table, whatever the metadata version says.
  const poetry = tableAt(pyproject, "tool", "poetry");
  const backend = tableAt(pyproject, "build-system")?.["build-backend"];
  const isPoetry = backend === "poetry.core.masonry.api" || backend === "poetry.masonry.api";
  if (poetry === null || !isPoetry || pkgInfo === null) return null;
  const names = Object.keys(tableAt(poetry, "dependencies") ?? {}).filter((name) => name.toLowerCase() !== "python");
  const complete = pkgInfo.requiresDist.length > 0 || names.length === 0;
  return complete ? releaseMetadata(pkgInfo, "sdist-pyproject") : null;
}

function fromProjectTable(project: Table, pkgInfo: CoreMetadata | null, wanted: WantedRelease): ReleaseMetadata | null {
  const dynamic = stringsOf(project["dynamic"]) ?? [];
  const own = ["dependencies", "optional-dependencies", "requires-python"];
  const dependencies = stringsOf(project["dependencies"] ?? []);
  const optional = extrasOf(project["optional-dependencies"]);
  if (own.some((field) => dynamic.includes(field)) || dependencies === null || optional === null) return null;
  const { name, version, "requires-python": requiresPython, description } = project;
  if (typeof name !== "string") return null;
  return {
    name,
    version: typeof version === "string" ? version : (pkgInfo?.version ?? wanted.version),
    summary: typeof description === "string" ? description : (pkgInfo?.summary ?? ""),
    requiresPython: typeof requiresPython === "string" ? requiresPython : null,
    requiresDist: [...dependencies, ...optionalRequirements(optional)],
    providesExtras: Object.keys(optional),
    origin: "sdist-pyproject",
  };
}

/** flit before `[project]`: requirements are PEP 508 texts. */
function fromFlit(flit: Table, pkgInfo: CoreMetadata | null, wanted: WantedRelease): ReleaseMetadata | null {
  const requires = stringsOf(flit["requires"] ?? []);
  const extras = extrasOf(flit["requires-extra"]);
  const name = flit["dist-name"] ?? flit["module"];
  if (requires === null || extras === null || typeof name !== "string") return null;
  const requiresPython = flit["requires-python"];
  return {
    name,
    version: pkgInfo?.version ?? wanted.version,
    summary: pkgInfo?.summary ?? "",
    requiresPython: typeof requiresPython === "string" ? requiresPython : null,
    requiresDist: [...requires, ...optionalRequirements(extras)],
    providesExtras: Object.keys(extras),
    origin: "sdist-pyproject",
  };
}

/** Newer setuptools writes Requires-Dist into PKG-INFO 2.1; older ones requires.txt in the egg-info folder. */
function fromSetuptools(pkgInfo: CoreMetadata, requiresTxt: string | null): ReleaseMetadata | null {
  if (pkgInfo.requiresDist.length > 0) return releaseMetadata(pkgInfo, "sdist-requires-txt");
  if (requiresTxt === null) return null;
  const { requiresDist, extras } = parseRequiresTxt(requiresTxt);
  const metadata = releaseMetadata(pkgInfo, "sdist-requires-txt");
  const providesExtras = [...new Set([...metadata.providesExtras, ...extras])];
  return { ...metadata, requiresDist, providesExtras };
}

/** The sections of requires.txt: none, `[extra]`, `[extra:marker]`, `[:marker]`. */
export function parseRequiresTxt(text: string): { readonly requiresDist: string[]; readonly extras: string[] } {
  const requiresDist: string[] = [];
  const extras: string[] = [];
  let condition: string | null = null;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const section = /^\[([^:\]]*)(?::(.*))?\]$/.exec(line);
    if (section === null) requiresDist.push(withCondition(line, condition));
    else {
      const [, extra = "", marker = ""] = section;
      if (extra !== "") extras.push(extra);
      condition = joinedConditions(marker, extra);
    }
  }
  return { requiresDist, extras: [...new Set(extras)] };
}

function joinedConditions(marker: string, extra: string): string | null {
  const onExtra = extra === "" ? null : `extra == "${extra}"`;
  if (marker === "") return onExtra;
  return onExtra === null ? marker : `(${marker}) and ${onExtra}`;
}

/** Adds a condition to a requirement, which may have one of its own. */
function withCondition(requirement: string, condition: string | null): string {
  if (condition === null) return requirement;
  const separator = requirement.indexOf(";");
  // A section may say `[:a or b]`; behind an `and` it would lose its hold on `b`.
  if (separator >= 0 && condition.includes(" or ") && !condition.startsWith("("))
    return withCondition(requirement, `(${condition})`);
  if (separator < 0) return `${requirement} ; ${condition}`;
  return `${requirement.slice(0, separator).trim()} ; (${requirement.slice(separator + 1).trim()}) and ${condition}`;
}

function optionalRequirements(optional: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(optional).flatMap(([extra, requirements]) =>
    requirements.map((requirement) => withCondition(requirement, `extra == "${extra}"`)),
  );
}

/** null where the value is no table of lists of texts. */
function extrasOf(value: unknown): Record<string, readonly string[]> | null {
  const extras: Record<string, readonly string[]> = {};
  for (const [extra, requirements] of Object.entries(asTable(value ?? {}) ?? { "": null })) {
    const texts = stringsOf(requirements);
    if (texts === null) return null;
    extras[extra] = texts;
  }
  return extras;
}

function stringsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
}

function tableAt(table: Table, ...path: readonly string[]): Table | null {
  let current: Table | null = table;
  for (const key of path) current = current === null ? null : asTable(current[key]);
  return current;
}

function asTable(value: unknown): Table | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : null;
}

function parseToml(text: string): Table | null {
  try {
    return TOML.parse(text);
  } catch {
    // Not TOML: then it says nothing, and only a build could tell.
    return null;
  }
}
