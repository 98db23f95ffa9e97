/** Which records of conda channels are wanted: `conda-forge::numpy >=1.26,<2 py311*`. CEP 29, 43, 44, 45. */
import { splitBrackets, type BracketedText } from "./conda-match-spec-brackets.ts";
import { splitPositions, splitSubdir, type Positions } from "./conda-match-spec-positions.ts";
import type { CondaRecord } from "./conda-record.ts";
import {
  isCondaSpecProblem,
  LONGEST_SPEC,
  parseTextPattern,
  textPatternMatches,
  type CondaSpecProblem,
  type TextPattern,
} from "./conda-text-pattern.ts";
import {
  comparisonHolds,
  condaSpecMatches,
  parseCondaVersionSpec,
  type CondaComparison,
  type CondaVersionSpec,
} from "./conda-version-spec.ts";
import type { CondaVersion } from "./conda-version.ts";

export { isCondaSpecProblem, type CondaSpecProblem } from "./conda-text-pattern.ts";

/** What is not wanted in particular is null. */
export interface CondaMatchSpec {
  /** As written. */
  readonly text: string;
  /** Lower case; `*`, a glob or `^…$` where several names would do. */
  readonly name: string;
  readonly namePattern: TextPattern;
  readonly version: CondaVersionSpec | null;
  readonly build: TextPattern | null;
  /** All of them. */
  readonly buildNumber: readonly BuildNumberBound[] | null;
  /** As written: a name or a URL. */
  readonly channel: string | null;
  readonly channelPattern: TextPattern | null;
  readonly subdir: TextPattern | null;
  /** Read, and without effect (CEP 29). */
  readonly namespace: string | null;
  /** `url`, `fn`, `md5`, `sha256`, which a record must have; `license` and features, which are kept only. */
  readonly fields: ReadonlyMap<string, string>;
  /** A condition (CEP 43), extras (CEP 44) and flags (CEP 45), kept and not yet solved. */
  readonly when: string | null;
  readonly extras: readonly string[];
  readonly flags: readonly string[];
}

export interface BuildNumberBound {
  readonly operator: CondaComparison;
  readonly value: number;
}

/** A record with its version read, so that it is read once for all specs. */
export type MatchCandidate = Pick<CondaRecord, "name" | "build" | "buildNumber" | "channel" | "subdir"> &
  Partial<Pick<CondaRecord, "filename" | "url" | "md5" | "sha256">> & { readonly version: CondaVersion };

/** Reads a MatchSpec in any form: `numpy 1.7.* py3*`, `numpy=1.7=py38_0`, `main/linux-64::numpy[version='>=1.7']`. */
export function parseMatchSpec(text: string): CondaMatchSpec | CondaSpecProblem {
  if (text.length > LONGEST_SPEC) return { problem: `a match spec is longer than ${LONGEST_SPEC} characters` };
  const bracketed = splitBrackets(text);
  if (isCondaSpecProblem(bracketed)) return bracketed;
  if (/;\s*if\b/.test(bracketed.before)) {
    return { problem: `"${text}": write a condition in brackets, [when="…"], not behind "; if"` };
  }
  const positions = splitPositions(bracketed.before);
  if (isCondaSpecProblem(positions)) return { problem: `"${text}": ${positions.problem}` };
  const spec = buildSpec(text, positions, bracketed.fields);
  return isCondaSpecProblem(spec) ? { problem: `"${text}": ${spec.problem}` } : spec;
}

/** Whether a record is wanted; conditions, extras and flags are not looked at. */
export function matchSpecMatches(spec: CondaMatchSpec, record: MatchCandidate): boolean {
  return (
    (spec.version === null || condaSpecMatches(spec.version, record.version)) && matchesBesideVersion(spec, record)
  );
}

/** Whether all but the version of a record is wanted. */
export function matchesBesideVersion(spec: CondaMatchSpec, record: Omit<MatchCandidate, "version">): boolean {
  return (
    textPatternMatches(spec.namePattern, record.name) &&
    (spec.build === null || textPatternMatches(spec.build, record.build)) &&
    buildNumberMatches(spec.buildNumber, record.buildNumber) &&
    (spec.subdir === null || textPatternMatches(spec.subdir, record.subdir)) &&
    (spec.channelPattern === null || channelMatches(spec.channelPattern, record.channel)) &&
    (spec.fields.size === 0 || fieldsMatch(spec.fields, record))
  );
}

function buildNumberMatches(bounds: readonly BuildNumberBound[] | null, value: number): boolean {
  return bounds === null || bounds.every((bound) => comparisonHolds(bound.operator, value - bound.value));
}

/** The channels that `defaults` stands for. */
const DEFAULTS = ["pkgs/main", "pkgs/r", "pkgs/msys2"];

/** A name fits the URL that ends with it, on whatever host or mirror the channel lies. */
function channelMatches(pattern: TextPattern, channel: string): boolean {
  const url = channel.toLowerCase().replace(/\/+$/, "");
  if (pattern.kind !== "exact") return textPatternMatches(pattern, url) || textPatternMatches(pattern, lastName(url));
  const wanted = pattern.folded.replace(/\/+$/, "");
  const names = wanted === "defaults" ? ["defaults", ...DEFAULTS] : [wanted];
  return names.some((name) => url === name || url.endsWith(`/${name}`));
}

function lastName(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

function fieldsMatch(fields: CondaMatchSpec["fields"], record: Omit<MatchCandidate, "version">): boolean {
  const known = { url: record.url, fn: record.filename, md5: record.md5, sha256: record.sha256 };
  return Object.entries(known).every(([key, value]) => {
    const wanted = fields.get(key);
    return wanted === undefined || wanted.toLowerCase() === value?.toLowerCase();
  });
}

/** Keys that may stand in brackets beside those that are read one by one. */
const OTHER_FIELDS = ["url", "fn", "md5", "sha256", "license", "license_family", "track_features", "features"];
const READ_FIELDS = ["version", "build", "build_string", "build_number", "channel", "subdir", "namespace", "name"];
const V3_FIELDS = ["when", "extras", "flags"];
const KNOWN_FIELDS: ReadonlySet<string> = new Set([...OTHER_FIELDS, ...READ_FIELDS, ...V3_FIELDS]);

/** Brackets win over positions, except for the name. */
function buildSpec(
  text: string,
  positions: Positions,
  fields: BracketedText["fields"],
): CondaMatchSpec | CondaSpecProblem {
  const unknown = [...fields.keys()].find((key) => !KNOWN_FIELDS.has(key));
  if (unknown !== undefined) return { problem: `cannot match on "${unknown}"` };
  const field = (key: string): string | null => {
    const value = fields.get(key);
    return value === undefined || typeof value === "string" ? (value ?? null) : value.join(",");
  };
  const patterns = readPatterns(positions, field);
  if (isCondaSpecProblem(patterns)) return patterns;
  const kept = fields.size === 0 && positions.url === null ? NO_FIELDS : keptFields(positions, field);
  return {
    ...patterns,
    text,
    fields: kept,
    namespace: field("namespace") ?? positions.namespace,
    when: field("when"),
    extras: listOf(fields.get("extras")),
    flags: listOf(fields.get("flags")),
  };
}

/** The most usual ones, shared by all specs. */
const NO_FIELDS: CondaMatchSpec["fields"] = new Map();

function keptFields(positions: Positions, field: (key: string) => string | null): CondaMatchSpec["fields"] {
  const kept = new Map(positions.url === null ? [] : [["url", positions.url]]);
  for (const key of OTHER_FIELDS) {
    const value = field(key);
    if (value !== null) kept.set(key, value);
  }
  return kept;
}

type Patterns = Pick<
  CondaMatchSpec,
  "name" | "namePattern" | "version" | "build" | "buildNumber" | "channel" | "channelPattern" | "subdir"
>;

function readPatterns(positions: Positions, field: (key: string) => string | null): Patterns | CondaSpecProblem {
  const bracketChannel = splitSubdir(field("channel") ?? "");
  const channel = bracketChannel.channel ?? positions.channel;
  const name = positions.name.toLowerCase();
  const namePattern = parseTextPattern(name);
  const version = readOptional(field("version") ?? positions.version, parseCondaVersionSpec);
  const build = readOptional(field("build") ?? field("build_string") ?? positions.build, parseTextPattern);
  const buildNumber = readOptional(field("build_number"), parseBuildNumber);
  const subdir = readOptional(field("subdir") ?? bracketChannel.subdir ?? positions.subdir, parseTextPattern);
  const channelPattern = readOptional(channel, parseTextPattern);
  if (isProblem(namePattern)) return namePattern;
  if (isProblem(version)) return version;
  if (isProblem(build)) return build;
  if (isProblem(buildNumber)) return buildNumber;
  if (isProblem(subdir)) return subdir;
  if (isProblem(channelPattern)) return channelPattern;
  return { name, namePattern, version, build, buildNumber, channel, channelPattern, subdir };
}

function isProblem(value: object | null): value is CondaSpecProblem {
  return value !== null && isCondaSpecProblem(value);
}

function readOptional<Value>(text: string | null, read: (text: string) => Value): Value | null {
  return text === null ? null : read(text);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** `3`, `>6`, `>=2,<5`; `*` is any. */
function parseBuildNumber(text: string): readonly BuildNumberBound[] | CondaSpecProblem {
  const bounds: BuildNumberBound[] = [];
  for (const part of text.split(",").map((each) => each.replaceAll(/\s+/g, ""))) {
    if (part === "*") continue;
    const [, operator = "==", digits] = /^([=!]=|[<>]=?|=)?(\d{1,15})$/.exec(part) ?? [];
    if (digits === undefined) return { problem: `"${part}" is not a build number` };
    bounds.push({ operator: operator === "=" ? "==" : comparisonOf(operator), value: Number(digits) });
  }
  return bounds;
}

function comparisonOf(text: string): CondaComparison {
  return (["!=", "<", "<=", ">", ">="] as const).find((each) => each === text) ?? "==";
}
