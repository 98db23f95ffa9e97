/** Poetry's `content-hash`: what of a pyproject.toml a lock depends on, hashed. */
import { createHash } from "node:crypto";
import { tomlAt, type TomlNode, type TomlTable } from "../../text/toml-tree.ts";
import type { PoetryLock } from "./model.ts";
import { pythonJson, type PythonJsonEntries, type PythonJsonValue } from "../../text/python-json.ts";

export type ContentHash =
  | { readonly kind: "hash"; readonly hash: string }
  | { readonly kind: "refused"; readonly line: number; readonly reason: string };

const PROJECT_KEYS = ["requires-python", "dependencies", "optional-dependencies"];
/** Poetry has always hashed these, with null where they are missing. */
const LEGACY_KEYS = ["dependencies", "source", "extras", "dev-dependencies"];

/**
 * The `content-hash` that a version of Poetry computes for a pyproject.toml.
 * Poetry 1 looks at `[tool.poetry]` alone, Poetry 2 at `[project]` too, Poetry 2.3 at `[dependency-groups]` too.
 * @param root the whole file
 * @param poetryVersion of the lock's header; null (written before Poetry 1.4) counts as Poetry 1
 * @returns refused where a hashed key holds a date, on which Poetry itself fails
 */
export function contentHash(root: TomlTable, poetryVersion: string | null): ContentHash {
  const { major, minor } = majorMinor(poetryVersion);
  const project = major >= 2 ? presentEntries(tomlAt(root, "project"), PROJECT_KEYS) : [];
  const hasGroups = major > 2 || (major === 2 && minor >= 3);
  const groups = hasGroups ? nonEmptyTable(tomlAt(root, "dependency-groups")) : null;
  const poetry = tomlAt(root, "tool", "poetry");
  const hasStandardContent = project.length > 0 || groups !== null;
  const poetryEntries = [
    ...(hasStandardContent ? presentEntries(poetry, LEGACY_KEYS) : allEntries(poetry, LEGACY_KEYS)),
    ...presentEntries(poetry, ["group"]),
  ];
  const json = pythonJson(
    hasStandardContent
      ? objectOf([
          ...(project.length > 0 ? [["project", objectOf(project)] as const] : []),
          ...(groups === null ? [] : [["dependency-groups", groups] as const]),
          ["tool", objectOf([["poetry", objectOf(poetryEntries)]])],
        ])
      : objectOf(poetryEntries),
  );
  if ("unserializable" in json) {
    const { text, line } = json.unserializable;
    return { kind: "refused", line, reason: `Poetry cannot hash the date ${text}: write it as a text` };
  }
  return { kind: "hash", hash: createHash("sha256").update(json.text).digest("hex") };
}

/**
 * The Poetry version whose hash rule a lock follows: that of its header. Tools that strip the header leave the lock
 * version, and 2.1 was never written by Poetry 1.
 */
export function hashRuleVersion(lock: PoetryLock): string | null {
  const written = lock.generator?.poetryVersion ?? null;
  return written ?? (lock.lockVersion === "2.1" ? "2.0" : null);
}

function objectOf(entries: PythonJsonEntries): PythonJsonValue {
  return { kind: "object", entries };
}

function presentEntries(table: TomlNode | undefined, keys: readonly string[]): PythonJsonEntries {
  return allEntries(table, keys).filter(([, value]) => value !== null);
}

function allEntries(table: TomlNode | undefined, keys: readonly string[]): PythonJsonEntries {
  return keys.map((key) => [key, tomlAt(table, key) ?? null]);
}

function nonEmptyTable(node: TomlNode | undefined): TomlTable | null {
  return node?.kind === "table" && node.entries.size > 0 ? node : null;
}

/** Major and minor version of Poetry; Poetry 1.0 where it is unknown. */
export function majorMinor(poetryVersion: string | null): { readonly major: number; readonly minor: number } {
  const found = /^(\d+)(?:\.(\d+))?/.exec(poetryVersion ?? "");
  return { major: Number(found?.[1] ?? 1), minor: Number(found?.[2] ?? 0) };
}
