/** What a configuration says about one package or one path. */
import { normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import type { Config, ConfiguredGroup, HoldRule, IgnoreRule } from "./config.ts";
import { matchesName, matchesPath } from "./match-pattern.ts";

/** Days that a release of the package has to be old. */
export function cooldownDays(config: Config, name: string): number {
  const own = config.cooldown.packages.find((rule) => matchesName(rule.pattern, normalizeName(name)));
  return own?.days ?? config.cooldown.days;
}

/** The configured group that a package belongs to, or null. */
export function groupOf(config: Config, name: string): ConfiguredGroup | null {
  const normalized = normalizeName(name);
  return config.groups.find((group) => group.packages.some((pattern) => matchesName(pattern, normalized))) ?? null;
}

export function holdOf(config: Config, name: string): HoldRule | null {
  const normalized = normalizeName(name);
  return config.hold.find((rule) => rule.name === normalized) ?? null;
}

/** The rule that keeps a version from being proposed, or null. `version` null: asks for the package as a whole. */
export function ignoreRuleOf(config: Config, name: string, version: string | null): IgnoreRule | null {
  const normalized = normalizeName(name);
  return config.ignore.find((rule) => matchesName(rule.pattern, normalized) && covers(rule, version)) ?? null;
}

/** Every rule that speaks of a package, for versions that are not PEP 440's. */
export function ignoreRulesOf(config: Config, name: string): readonly IgnoreRule[] {
  const normalized = normalizeName(name);
  return config.ignore.filter((rule) => matchesName(rule.pattern, normalized));
}

function covers(rule: IgnoreRule, version: string | null): boolean {
  if (rule.versions === null) return true;
  const parsed = version === null ? null : parseVersion(version);
  const range = parseSpecifierSet(rule.versions);
  return parsed !== null && !isSpecifierProblem(range) && setContains(range, parsed);
}

/** Whether a path is looked at: named by `paths`, or nothing is, and not left out. */
export function isIncludedPath(config: Config, path: string): boolean {
  const { include, exclude } = config.paths;
  if (exclude.some((glob) => matchesPath(glob, path))) return false;
  return include.length === 0 || include.some((glob) => matchesPath(glob, path));
}
