/** The parts of a MatchSpec that are told by their place: channel, subdir, namespace, name, version and build. CEP 29. */
import type { CondaSpecProblem } from "./conda-text-pattern.ts";

/** The parts of a MatchSpec outside its brackets, not yet read. */
export interface Positions {
  readonly channel: string | null;
  readonly subdir: string | null;
  readonly namespace: string | null;
  readonly name: string;
  readonly version: string | null;
  readonly build: string | null;
  readonly url: string | null;
}

const NO_POSITIONS = { channel: null, subdir: null, namespace: null, version: null, build: null, url: null };

export function splitPositions(text: string): Positions | CondaSpecProblem {
  if (!text.includes("::") && /^(?:[a-z][a-z0-9+.-]*:\/\/|\/|\.\.?\/|[a-z]:[\\/])/i.test(text)) return splitUrl(text);
  const { front, rest } = splitFront(text);
  const [, name = "", constraint = ""] = NAME_AND_REST.exec(rest) ?? [];
  if (!/^(?:\^.*\$|[a-z0-9._+*-]+)$/is.test(name)) {
    return { problem: name === "" ? "no name of a package" : `"${name}" is not a name of a package` };
  }
  return {
    ...NO_POSITIONS,
    ...front,
    name,
    ...splitConstraint(constraint.trim()),
  };
}

const NAME_AND_REST = /^\s*(\^[^$]*\$|[^\s=<>!~]+)?(.*)$/s;

/**
 * Where the version constraint stands in a text that `splitPositions` reads, with its operator: `=1.8` of `a=1.8=b`.
 * null where none is written, or where it is a part of a URL.
 */
export function constraintSpan(text: string): { readonly start: number; readonly end: number } | null {
  const positions = splitPositions(text);
  if ("problem" in positions || positions.url !== null || positions.version === null) return null;
  const [, , constraint = ""] = NAME_AND_REST.exec(splitFront(text).rest) ?? [];
  const start = text.length - constraint.trimStart().length;
  const operator = text.startsWith(positions.version, start) ? 0 : 1;
  return { start, end: start + operator + positions.version.length };
}

/** `channel/subdir:namespace:`, and what stands behind it. */
function splitFront(text: string): {
  readonly front: Pick<Positions, "channel" | "subdir" | "namespace"> | null;
  readonly rest: string;
} {
  const [, before, rest = text] = text.includes(":") ? (/^(.*):([^:]*)$/s.exec(text) ?? []) : [];
  if (before === undefined) return { front: null, rest };
  const [, channel = "", namespace = before] = /^(.*):([^:]*)$/s.exec(before) ?? [];
  const named = namespace.trim();
  return { front: { ...splitSubdir(channel.trim()), namespace: named === "" ? null : named }, rest };
}

/** A last part of a channel that is a subdir is one: `conda-forge/linux-64`, `https://host/channel/noarch`. */
export function splitSubdir(channel: string): Pick<Positions, "channel" | "subdir"> {
  const [, front = channel, subdir = null] = /^(.*)\/([^/]+)$/s.exec(channel) ?? [];
  const known = subdir !== null && SUBDIR_PATTERN.test(subdir);
  const name = known ? front : channel;
  return { channel: name === "" || name === "*" ? null : name, subdir: known ? subdir : null };
}

/** CEP 26: `noarch`, or a system and its architecture. */
const SUBDIR_PATTERN = /^(?:noarch|(?:linux|osx|win|freebsd|emscripten|wasi|zos)-[a-z0-9_]+)$/;

/** `https://host/channel/linux-64/numpy-1.26.4-py311_0.conda` */
function splitUrl(url: string): Positions | CondaSpecProblem {
  const [, subdir = null, filename = ""] = /^(?:.*[\\/])?([^\\/]+)[\\/]([^\\/]+)$/s.exec(url) ?? [];
  const groups = /^(?<name>.+)-(?<version>[^-]+)-(?<build>[^-]+)\.(?:conda|tar\.bz2)$/.exec(filename)?.groups;
  if (groups === undefined) return { problem: "a URL of a package ends with NAME-VERSION-BUILD.conda or .tar.bz2" };
  const { name = "", version = "", build = "" } = groups;
  const known = subdir !== null && SUBDIR_PATTERN.test(subdir) ? subdir : null;
  // Channels write the epoch of a version as %21 in the names of files.
  return { ...NO_POSITIONS, url, name, subdir: known, version: `==${version.replaceAll("%21", "!")}`, build };
}

/** Nothing in it can separate a build. */
const PLAIN_CONSTRAINT = /^(?:[<>!~=]=|[<>])?[^\s=,^]+(?:,(?:[<>!]=|[<>])[^\s=,^]+)*$/;

/**
 * Parts `>=1.0 , <2.0 py38_0` and `=1.8=py38_0`. The build is what follows the last blank or single `=` where a version
 * can end before it, and holds nothing that only versions have.
 */
function splitConstraint(text: string): Pick<Positions, "version" | "build"> {
  if (PLAIN_CONSTRAINT.test(text)) return { version: text, build: null };
  const [, version, separator, build] =
    /^(\^[^$]*\$|.*?[^\s=!|,<>~(])(\s*=\s*|\s+)(\^.*\$|[^\s=!|,<>~()^]+)$/s.exec(text) ?? [];
  if (version === undefined || separator === undefined || build === undefined) {
    return { version: text === "" ? null : text, build: null };
  }
  // `pkg=1.8=build` is exactly 1.8, though `pkg=1.8` and `pkg =1.8 build` are not.
  const exact = separator.trim() === "=" && /^=[^=,|]+$/.test(version);
  return { version: exact ? version.slice(1) : version, build };
}
