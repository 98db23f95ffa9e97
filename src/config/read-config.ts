/** Reads `.github/relock.yml`, with the organisation's defaults under it. An invalid file never becomes a default. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { z } from "zod";
import { normalizeName } from "#packaging/names.ts";
import { CONFIG_PATH, DEFAULT_CONFIG, ORGANISATION_CONFIG, type Config, type ConfiguredTarget } from "./config.ts";
import { suggestWord } from "./suggest.ts";
import { DAYS, TARGET_IDS, writtenConfig, type WrittenConfig } from "./written-config.ts";

export interface ConfigProblem {
  readonly line: number;
  /** One sentence: what is wrong and what to write. */
  readonly message: string;
}

export type ConfigAnswer =
  | { readonly kind: "valid"; readonly config: Config }
  | { readonly kind: "invalid"; readonly file: string; readonly problems: readonly ConfigProblem[] };

/** A written configuration with the lines of its holds. */
interface WrittenFile {
  readonly file: string;
  readonly written: WrittenConfig;
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

type WrittenAnswer =
  { readonly kind: "written"; readonly file: WrittenFile } | Extract<ConfigAnswer, { kind: "invalid" }>;

const MAXIMUM_LENGTH = 16 * 1024;

/**
 * Reads the repository's text over the organisation's; null where there is no such file.
 * A key of the repository takes the place of the organisation's; `groups`, `ignore` and `hold` are added to it.
 */
export function readConfig(text: string | null, organisationText: string | null): ConfigAnswer {
  const own = readWritten(CONFIG_PATH, text ?? "");
  if (own.kind === "invalid") return own;
  const organisation = readWritten(ORGANISATION_CONFIG, organisationText ?? "");
  if (organisation.kind === "invalid") return organisation;
  return { kind: "valid", config: merge(merge(DEFAULT_CONFIG, organisation.file), own.file) };
}

function merge(base: Config, file: WrittenFile): Config {
  const { written } = file;
  return {
    enabled: written.enabled ?? base.enabled,
    targets: written.targets?.map(targetOf) ?? base.targets,
    schedule: written.schedule === undefined ? base.schedule : { days: daysOf(written.schedule) },
    timezone: written.timezone ?? base.timezone,
    cooldown: written.cooldown === undefined ? base.cooldown : cooldownOf(written.cooldown, base),
    groups: addByKey(base.groups, groupsOf(written), (group) => group.name),
    ignore: addByKey(base.ignore, ignoreOf(written), (rule) => `${rule.pattern} ${rule.versions}`),
    hold: addByKey(base.hold, holdOf(file), (rule) => rule.name),
    strategy: written.strategy ?? base.strategy,
    labels: written.labels ?? base.labels,
    paths: written.paths === undefined ? base.paths : pathsOf(written.paths),
  };
}

function targetOf(id: (typeof TARGET_IDS)[number]): ConfiguredTarget {
  const platform = id.replace(/-cuda$/, "") as ConfiguredTarget["platform"];
  return { platform, accelerator: id.endsWith("-cuda") ? "cuda" : "cpu" };
}

function daysOf(schedule: NonNullable<WrittenConfig["schedule"]>): readonly number[] {
  if (schedule === "weekly") return [1];
  const names = typeof schedule === "string" ? [schedule] : schedule;
  return [...new Set(names.map((name) => DAYS.indexOf(name)))].sort((one, other) => one - other);
}

function cooldownOf(cooldown: NonNullable<WrittenConfig["cooldown"]>, base: Config): Config["cooldown"] {
  if (typeof cooldown === "number") return { days: cooldown, packages: [], isConfigured: true };
  const packages = Object.entries(cooldown.packages ?? {}).map(([pattern, days]) => ({
    pattern: normalizePattern(pattern),
    days,
  }));
  return { days: cooldown.days ?? base.cooldown.days, packages, isConfigured: true };
}

function groupsOf(written: WrittenConfig): Config["groups"] {
  return Object.entries(written.groups ?? {}).map(([name, group]) => {
    const packages = Array.isArray(group) ? group : group.packages;
    const majors = Array.isArray(group) ? "apart" : (group.majors ?? "apart");
    return { name, packages: packages.map(normalizePattern), majors };
  });
}

function ignoreOf(written: WrittenConfig): Config["ignore"] {
  return (written.ignore ?? []).map((rule) =>
    typeof rule === "string"
      ? { pattern: normalizePattern(rule), versions: null }
      : { pattern: normalizePattern(rule.name), versions: rule.versions ?? null },
  );
}

function holdOf(file: WrittenFile): Config["hold"] {
  return Object.entries(file.written.hold ?? {}).map(([name, specifier]) => ({
    name: normalizeName(name),
    specifier: specifier === "current" ? null : specifier,
    file: file.file,
    line: file.lineOf(["hold", name]),
  }));
}

function pathsOf(paths: readonly string[]): Config["paths"] {
  const exclude = paths.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1));
  return { include: paths.filter((glob) => !glob.startsWith("!")), exclude };
}

function addByKey<Item>(base: readonly Item[], added: readonly Item[], key: (item: Item) => string): readonly Item[] {
  const keys = new Set(added.map(key));
  return [...added, ...base.filter((item) => !keys.has(key(item)))];
}

/** `Typing_Extensions*` as packages are compared: normalised, `*` kept. */
function normalizePattern(pattern: string): string {
  return pattern.split("*").map(normalizePart).join("*");
}

function normalizePart(part: string): string {
  return part.replace(/[-_.]+/g, "-").toLowerCase();
}

function readWritten(file: string, text: string): WrittenAnswer {
  if (text.length > MAXIMUM_LENGTH) {
    return {
      kind: "invalid",
      file,
      problems: [{ line: 1, message: `The file is longer than ${MAXIMUM_LENGTH} characters.` }],
    };
  }
  const counter = new LineCounter();
  const document = parse(text, counter);
  const at = (offset: number): number => Math.max(1, counter.linePos(offset).line);
  if (document === null)
    return { kind: "invalid", file, problems: [{ line: 1, message: "The file nests too deeply." }] };
  const errors = document.errors.map((error) => ({ line: at(error.pos[0]), message: sentence(error.message) }));
  if (errors.length > 0) return { kind: "invalid", file, problems: errors };
  const lineOf = (path: readonly PropertyKey[]): number => at(startOf(nodeAt(document.contents, path)));
  const answer = writtenConfig.safeParse(plainValue(document.contents, 0) ?? {});
  if (answer.success) return { kind: "written", file: { file, written: answer.data, lineOf } };
  const problems = answer.error.issues.flatMap((issue) => describeIssue(issue, lineOf, document.contents));
  return { kind: "invalid", file, problems };
}

function parse(text: string, counter: LineCounter): Document.Parsed | null {
  try {
    return parseDocument(text, { lineCounter: counter, logLevel: "error" });
  } catch (error) {
    // The parser recurses once for each level.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Plain data of a node. Aliases are not expanded: nothing here is worth the bombs that they allow. */
function plainValue(node: unknown, depth: number): unknown {
  if (depth > 10 || isAlias(node)) return Symbol("not plain");
  if (isMap(node)) {
    const entries = node.items.map((pair): [string, unknown] => [
      String(isScalar(pair.key) ? pair.key.value : ""),
      plainValue(pair.value, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) return node.items.map((item) => plainValue(item, depth + 1));
  return isScalar(node) ? node.value : null;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
  root: Node | null,
): readonly ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = issue.path.length === 0 ? Object.keys(writtenConfig.shape) : [];
      const suggestion = suggestWord(key, known);
      const advice = suggestion === null ? "" : `: did you mean \`${suggestion}\`?`;
      const path = [...issue.path, key];
      return {
        line: lineOf(path),
        message: `\`${pathText(path)}\` is not a key of this file${advice === "" ? "." : advice}`,
      };
    });
  }
  const line = lineOf(issue.path);
  const written = nodeAt(root, issue.path);
  const value = isScalar(written) ? `\`${scalarText(written.value)}\` ` : "";
  return [{ line, message: `\`${pathText(issue.path)}\`: ${value}${expectation(issue, written)}.` }];
}

function expectation(issue: z.core.$ZodIssue, written: unknown): string {
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String);
    const suggestion = isScalar(written) ? suggestWord(scalarText(written.value), allowed) : null;
    return `is not one of ${allowed.join(", ")}${suggestion === null ? "" : ` (did you mean \`${suggestion}\`?)`}`;
  }
  if (issue.code === "invalid_type") return `is not what is expected here (${issue.expected})`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "unrecognized_keys") return `has unknown keys (${issue.keys.join(", ")})`;
  if (issue.code !== "invalid_union") return issue.message;
  const reasons = issue.errors.flatMap((errors) => errors.map((error) => expectation(error, written)));
  // The branch that failed for its content is the one that was meant.
  const [meant] = reasons.filter((reason) => !reason.startsWith("is not what"));
  return meant ?? [...new Set(reasons)].join(", or ");
}

function scalarText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "null";
}

function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : path.map(String).join(".");
}

/** The node at a path: for a key of a map the key itself, so that its line is the line of the entry. */
function nodeAt(root: Node | null, path: readonly PropertyKey[]): unknown {
  let found: unknown = root;
  let value: unknown = root;
  for (const part of path) {
    if (isMap(value)) {
      const pair = value.items.find((each) => isScalar(each.key) && scalarText(each.key.value) === String(part));
      found = isScalar(pair?.value) ? pair.value : (pair?.key ?? found);
      value = pair?.value;
    } else if (isSeq(value)) {
      value = value.items[Number(part)];
      found = value ?? found;
    }
  }
  return found;
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
}

function sentence(message: string): string {
  const first = (message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
  return first.endsWith(".") ? first : `${first}.`;
}
