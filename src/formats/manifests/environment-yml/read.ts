/** Reads conda's environment.yml (CEP 24), with conda-lock's `platforms:`, `category:` and selectors. */
import { isMap, isScalar, isSeq, type Scalar } from "yaml";
import { isPlatformName } from "#packaging/target.ts";
import type { Finding } from "../../finding.ts";
import { lineStarts } from "../../text/decode.ts";
import {
  entriesOf,
  exactSpan,
  itemsOf,
  readYaml,
  startOf,
  stringOf,
  valueOf,
  type YamlText,
} from "../../text/read-yaml.ts";
import { holdReason } from "../hold-comment.ts";
import type { Manifest, ManifestChannel, ManifestRequirement } from "../manifest.ts";
import { logicalLines } from "../requirements-txt/logical-lines.ts";
import { emptyPipContents, readPipLine, type PipContents } from "../requirements-txt/read.ts";
import { readMatchSpec, type MatchSpecParts } from "./match-spec-parts.ts";
import { isSelector, selectorOfComment } from "./selector.ts";

/** The manifest; a finding without a manifest where the file cannot be read; null where it is something else. */
export type EnvironmentAnswer =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "unreadable"; readonly finding: Finding }
  | { readonly kind: "other" };

const KNOWN_KEYS: readonly string[] = [
  "name",
  "prefix",
  "channels",
  "dependencies",
  "variables",
  "platforms",
  "category",
  "pip-repositories",
  "allow-pypi-requests",
];

/** What the parts of one file share while it is read. */
interface Reading {
  readonly path: string;
  readonly text: string;
  readonly yaml: YamlText;
  readonly starts: readonly number[];
  readonly requirements: ManifestRequirement[];
  readonly pip: PipContents;
  readonly findings: Finding[];
  hasPipSection: boolean;
}

/** Reads an environment.yml. A text is one if it is a map with a list of `dependencies`. */
export function readEnvironmentYml(path: string, text: string): EnvironmentAnswer {
  const answer = readYaml(text);
  if (answer.kind === "unreadable") {
    // A broken file of another kind is not ours to report.
    if (!/^dependencies[ \t]*:/m.test(text)) return { kind: "other" };
    return { kind: "unreadable", finding: unreadable(path, answer.line, answer.message) };
  }
  const { yaml } = answer;
  if (!isMap(yaml.root) || !isSeq(valueOf(yaml, yaml.root, "dependencies"))) return { kind: "other" };
  const pip = emptyPipContents();
  const findings = pip.findings;
  const reading: Reading = {
    path,
    text,
    yaml,
    starts: lineStarts(text),
    requirements: pip.requirements,
    pip,
    findings,
    hasPipSection: false,
  };
  readTopLevel(reading);
  for (const item of itemsOf(yaml, valueOf(yaml, yaml.root, "dependencies"))) readItem(reading, item);
  return { kind: "manifest", manifest: manifestOf(reading) };
}

function manifestOf(reading: Reading): Manifest {
  const { yaml } = reading;
  return {
    path: reading.path,
    format: "environment-yml",
    requirements: reading.requirements,
    includes: reading.pip.includes,
    indexes: reading.pip.indexes,
    channels: channelsOf(reading),
    findings: reading.findings,
    pipOptions: reading.pip.pipOptions,
    environment: {
      name: stringOf(valueOf(yaml, yaml.root, "name")),
      platforms: platformsOf(reading),
      category: stringOf(valueOf(yaml, yaml.root, "category")),
      hasPipSection: reading.hasPipSection,
      pipRepositories: stringsOf(reading, "pip-repositories").map((each) => each.value),
    },
  };
}

function platformsOf(reading: Reading): readonly string[] {
  return stringsOf(reading, "platforms").map(({ value, line }) => {
    if (!isPlatformName(value)) report(reading, line, "it is not a platform that Relock solves for");
    return value;
  });
}

/** conda-lock leaves out every line whose selector does not hold, channels among them. */
function channelsOf(reading: Reading): readonly ManifestChannel[] {
  return stringsOf(reading, "channels").map(({ value, line }) => {
    const comment = commentIn(physical(reading, line));
    const found = comment === null ? { selector: null } : selectorOfComment(comment);
    const selector = "selector" in found ? found.selector : null;
    return { name: value, line, ...(selector === null ? {} : { selector }) };
  });
}

function readTopLevel(reading: Reading): void {
  const { root } = reading.yaml;
  if (!isMap(root)) return;
  const seen = new Set<string>();
  for (const { key, name } of entriesOf(root)) {
    const line = reading.yaml.lineOf(startOf(key));
    if (seen.has(name)) report(reading, line, `\`${name}\` stands twice, and conda takes the last`);
    else if (!KNOWN_KEYS.includes(name)) report(reading, line, `\`${name}\` is not a key of an environment file`);
    seen.add(name);
  }
}

/** Strings of a list; what is not a string becomes a finding. */
function stringsOf(reading: Reading, key: string): readonly { readonly value: string; readonly line: number }[] {
  const node = valueOf(reading.yaml, reading.yaml.root, key);
  if (node !== undefined && node !== null && !isSeq(node) && stringOf(node) !== null) {
    report(reading, reading.yaml.lineOf(startOf(node)), `\`${key}\` is not a list`);
  }
  return itemsOf(reading.yaml, node).flatMap((item) => {
    const line = reading.yaml.lineOf(startOf(item));
    const value = stringOf(item);
    if (value === null) report(reading, line, `an entry of \`${key}\` is not a text`);
    return value === null ? [] : [{ value, line }];
  });
}

function readItem(reading: Reading, item: unknown): void {
  if (isMap(item)) {
    for (const { key, name, value } of entriesOf(item)) {
      const line = reading.yaml.lineOf(startOf(key));
      const selector = /^sel\((?<words>[^()]+)\)$/.exec(name)?.groups?.["words"]?.trim();
      const followed = reading.yaml.follow(value);
      if (name === "pip") readPipSection(reading, followed, line);
      else if (selector !== undefined && isSelector(selector) && isScalar(followed)) {
        readCondaEntry(reading, followed, selector);
      } else report(reading, line, `\`${name}\` is not understood here: only \`pip\` and \`sel(platform)\` are`);
    }
    return;
  }
  if (isScalar(item)) readCondaEntry(reading, item, null);
  else report(reading, reading.yaml.lineOf(startOf(item)), "it is not a package");
}

function readCondaEntry(reading: Reading, node: Scalar, keySelector: string | null): void {
  const place = placeOf(reading, node);
  const value = stringOf(node);
  const span = exactSpan(reading.text, node);
  if (value === null || span === null) {
    report(reading, place.line, "it is written with escapes, over several lines, or is not a text");
    return;
  }
  const selector = keySelector ?? place.selector;
  if (place.unknownSelector !== null) {
    report(reading, place.line, `the selector \`[${place.unknownSelector}]\` is not known, so it is not applied`);
  }
  const hash = value.search(/\s#/);
  const text = (hash < 0 ? value : value.slice(0, hash)).trimEnd();
  const answer = readMatchSpec(text);
  if ("reason" in answer) {
    report(reading, place.line, answer.reason);
    return;
  }
  const written = { ...place, start: span.start, selector, text };
  reading.requirements.push(condaRequirement(reading, answer.parts, written));
}

interface EntryPlace {
  readonly line: number;
  readonly hold: string | null;
  readonly start: number;
  readonly selector: string | null;
  readonly text: string;
}

function condaRequirement(reading: Reading, parts: MatchSpecParts, place: EntryPlace): ManifestRequirement {
  const { constraint } = parts;
  return {
    file: reading.path,
    line: place.line,
    ecosystem: "conda",
    // Conda's own rule: only the case is folded.
    name: parts.name.toLowerCase(),
    writtenName: parts.name,
    extras: [],
    constraint:
      constraint === null
        ? null
        : {
            text: constraint.text,
            span: { start: place.start + constraint.start, end: place.start + constraint.end, line: place.line },
            style: "conda",
          },
    marker: null,
    python: null,
    platform: null,
    group: "main",
    optional: false,
    source: null,
    origin:
      parts.location === null
        ? { kind: "index" }
        : { kind: "url", location: parts.location, develop: null, reference: null },
    hashes: [],
    holdReason: place.hold,
    entry: { channel: parts.channel, build: parts.build, selector: place.selector, text: place.text },
  };
}

function readPipSection(reading: Reading, section: unknown, line: number): void {
  reading.hasPipSection = true;
  if (section === null || (isScalar(section) && stringOf(section) === null)) return;
  if (!isSeq(section)) {
    report(reading, line, "`pip` is not a list");
    return;
  }
  for (const item of itemsOf(reading.yaml, section)) {
    const place = placeOf(reading, item);
    const value = isScalar(item) ? stringOf(item) : null;
    const span = isScalar(item) ? exactSpan(reading.text, item) : null;
    if (value === null || span === null) {
      report(reading, place.line, "it is written with escapes, over several lines, or is not a text");
      continue;
    }
    const [logical] = logicalLines([{ text: value, offset: span.start }]);
    if (logical === undefined) continue;
    const comment = logical.comment ?? place.comment;
    const before = reading.pip.requirements.length;
    readPipLine(reading.pip, { ...logical, line: place.line, comment }, { file: reading.path, above: place.above });
    setSelector(reading, before, place.selector);
  }
}

/** conda-lock applies selectors to pip entries too. */
function setSelector(reading: Reading, from: number, selector: string | null): void {
  for (let index = from; index < reading.requirements.length; index += 1) {
    const requirement = reading.requirements[index];
    if (requirement === undefined) continue;
    reading.requirements[index] = { ...requirement, entry: { channel: null, build: null, selector } };
  }
}

interface Place {
  readonly line: number;
  /** Comment behind the entry, without `#`. */
  readonly comment: string | null;
  readonly above: readonly string[];
  readonly hold: string | null;
  readonly selector: string | null;
  readonly unknownSelector: string | null;
}

function placeOf(reading: Reading, node: unknown): Place {
  const line = reading.yaml.lineOf(startOf(node));
  const own = lineFrom(reading, line, startOf(node));
  const comment = commentIn(own);
  const above = [physical(reading, line - 1), physical(reading, line - 2)];
  const found = comment === null ? { selector: null } : selectorOfComment(comment);
  return {
    line,
    comment,
    above,
    hold: holdReason(comment, above),
    selector: "selector" in found ? found.selector : null,
    unknownSelector: "unknown" in found ? found.unknown : null,
  };
}

/** The comment behind something, without its mark. */
function commentIn(line: string): string | null {
  const hash = line.search(/\s#/);
  return hash < 0 ? null : line.slice(hash).trim().replace(/^#+/, "").trim();
}

/** Enough of a line to find its comment; a list in brackets may put a whole file into one line. */
const MAXIMUM_LINE = 2_000;

/** Text of a 1-based line, without its end. */
function physical(reading: Reading, line: number): string {
  const start = reading.starts[line - 1];
  return start === undefined ? "" : lineFrom(reading, line, start);
}

/** Text of a line from an offset in it on. */
function lineFrom(reading: Reading, line: number, start: number): string {
  const end = reading.starts[line] ?? reading.text.length;
  return reading.text.slice(start, Math.min(end, start + MAXIMUM_LINE)).replace(/[\r\n]+$/, "");
}

function report(reading: Reading, line: number, reason: string): void {
  reading.findings.push({
    code: "not-understood",
    severity: "warning",
    file: reading.path,
    line,
    message: `This line is left as it is: ${reason}.`,
    targets: [],
  });
}

function unreadable(path: string, line: number | null, message: string): Finding {
  return { code: "unreadable-file", severity: "error", file: path, line, message: `Not read: ${message}`, targets: [] };
}
