/** Reads requirements files (pip's "Requirements File Format") and the pip section of an environment.yml. */
import { normalizeName } from "#packaging/names.ts";
import type { Finding } from "../../finding.ts";
import { holdReason } from "../hold-comment.ts";
import type { Manifest, ManifestIndex, ManifestRequirement, PipOptions } from "../manifest.ts";
import { resolveInclude } from "../resolve-include.ts";
import { hasOddLineEnd, logicalLines, offsetIn, physicalLines, pieceOf, type LogicalLine } from "./logical-lines.ts";
import { readPipOptions, type PipOption } from "./pip-options.ts";
import { readRequirement, type WrittenRequirement } from "./read-requirement.ts";

/** What pip lines were read into so far. */
export interface PipContents {
  readonly requirements: ManifestRequirement[];
  readonly includes: Manifest["includes"][number][];
  readonly indexes: ManifestIndex[];
  readonly findings: Finding[];
  pipOptions: PipOptions;
}

export const NO_PIP_OPTIONS: PipOptions = {
  noIndex: false,
  prereleases: false,
  requireHashes: false,
  noBinary: [],
  onlyBinary: [],
};

/** Reads a requirements or constraints file. Never fails: a line that is not understood becomes a finding. */
export function readRequirementsTxt(path: string, text: string): Manifest {
  const lines = physicalLines(text);
  const contents = emptyPipContents();
  for (const line of logicalLines(lines)) {
    const above = [lines[line.line - 2]?.text, lines[line.line - 3]?.text].filter((each) => each !== undefined);
    readPipLine(contents, line, { file: path, above });
  }
  return {
    path,
    format: "requirements-txt",
    requirements: contents.requirements,
    includes: contents.includes,
    indexes: contents.indexes,
    channels: [],
    findings: contents.findings,
    pipOptions: contents.pipOptions,
  };
}

export function emptyPipContents(): PipContents {
  return { requirements: [], includes: [], indexes: [], findings: [], pipOptions: NO_PIP_OPTIONS };
}

/** Reads one joined line into `contents`. `above`: the physical lines above it, the nearest first. */
export function readPipLine(
  contents: PipContents,
  line: LogicalLine,
  place: { readonly file: string; readonly above: readonly string[] },
): void {
  const start = line.text.length - line.text.trimStart().length;
  const report = (reason: string): void => {
    contents.findings.push(notUnderstood(place.file, line, reason));
  };
  if (hasOddLineEnd(line.text) || hasOddLineEnd(line.comment ?? "")) {
    report("it holds a form feed or another character at which pip ends a line and editors do not");
    return;
  }
  if (line.isTooLong) {
    report("it is longer than any line that a person or a tool writes");
    return;
  }
  if (start === line.text.length) return;
  const optionsStart = startOfOptions(line.text, start);
  const answer = readPipOptions(line.text, optionsStart);
  if ("reason" in answer) {
    report(answer.reason);
    return;
  }
  const hold = holdReason(line.comment, place.above);
  const argument = line.text.slice(start, optionsStart).trimEnd();
  if (argument !== "") {
    readRequirementLine(contents, line, { file: place.file, start, argument, options: answer.options, hold });
    return;
  }
  for (const option of answer.options) applyOption(contents, option, { file: place.file, line, hold });
}

/** pip looks for the first word that starts with a dash; only blanks separate words there. */
function startOfOptions(text: string, start: number): number {
  if (text[start] === "-") return start;
  const option = /[ \t]-/.exec(text.slice(start));
  return option === null ? text.length : start + option.index + 1;
}

interface RequirementLine {
  readonly file: string;
  readonly start: number;
  readonly argument: string;
  readonly options: readonly PipOption[];
  readonly hold: string | null;
}

function readRequirementLine(contents: PipContents, line: LogicalLine, written: RequirementLine): void {
  const misplaced = written.options.find((option) => option.role !== "hash" && option.role !== "other");
  const answer = readRequirement(written.argument, false);
  if (misplaced !== undefined || "reason" in answer) {
    const reason = "reason" in answer ? answer.reason : `\`${misplaced?.name}\` may not follow a requirement`;
    contents.findings.push(notUnderstood(written.file, line, reason));
    return;
  }
  const hashes = written.options.filter((option) => option.role === "hash").map((option) => hashOf(line, option));
  if (hashes.some((hash) => hash === null)) {
    contents.findings.push(notUnderstood(written.file, line, "a `--hash` is not `algorithm:hexadecimal digits`"));
    return;
  }
  addRequirement(contents, answer.requirement, {
    line,
    file: written.file,
    start: written.start,
    hold: written.hold,
    hashes: hashes.filter((hash) => hash !== null),
  });
}

interface RequirementPlace {
  readonly line: LogicalLine;
  readonly file: string;
  /** Index in the line of the first character of the requirement. */
  readonly start: number;
  readonly hold: string | null;
  readonly hashes: ManifestRequirement["hashes"];
}

function addRequirement(contents: PipContents, written: WrittenRequirement, place: RequirementPlace): void {
  if (written.name === null) {
    const location = written.origin.kind === "index" ? "" : withoutSecrets(written.origin.location);
    contents.findings.push({
      code: "unnamed-requirement",
      severity: "info",
      file: place.file,
      line: place.line.line,
      message: `\`${location}\` is kept as it is and takes no part in solving: the line does not name its package.`,
      targets: [],
    });
    return;
  }
  const { constraint } = written;
  contents.requirements.push({
    file: place.file,
    line: place.line.line,
    ecosystem: "pypi",
    name: normalizeName(written.name),
    writtenName: written.name,
    extras: written.extras,
    constraint:
      constraint === null
        ? null
        : {
            text: constraint.text,
            span: spanOf(place.line, place.start + constraint.start, place.start + constraint.end),
            style: "pep440",
          },
    marker: written.marker,
    python: null,
    platform: null,
    group: "main",
    optional: false,
    source: null,
    origin: written.origin,
    hashes: place.hashes,
    holdReason: place.hold,
  });
}

/** A message goes further than the file: user name, password and token of a URL stay where they are. */
function withoutSecrets(location: string): string {
  return location.replace(/\/\/(?!git@)[^/\s]*@/, "//***@");
}

function spanOf(line: LogicalLine, start: number, end: number): { start: number; end: number; line: number } {
  // The end is mapped by its last character: the next one may stand on another physical line.
  return { start: offsetIn(line, start), end: offsetIn(line, end - 1) + 1, line: line.line + pieceOf(line, start) };
}

function hashOf(line: LogicalLine, option: PipOption): ManifestRequirement["hashes"][number] | null {
  const text = option.value ?? "";
  if (!/^[a-z0-9]+:[0-9a-f]+$/i.test(text)) return null;
  const at = line.text.slice(option.start, option.end).lastIndexOf(text);
  if (at < 0) return null;
  return { text, span: spanOf(line, option.start + at, option.start + at + text.length) };
}

interface OptionPlace {
  readonly file: string;
  readonly line: LogicalLine;
  readonly hold: string | null;
}

function applyOption(contents: PipContents, option: PipOption, place: OptionPlace): void {
  const value = option.value ?? "";
  switch (option.role) {
    case "index-url":
    case "extra-index-url":
    case "find-links":
      addIndex(contents, option, place);
      return;
    case "requirements":
    case "constraints":
      addInclude(contents, { written: value, kind: option.role }, place);
      return;
    case "editable":
      addEditable(contents, value, place);
      return;
    case "no-index":
      contents.pipOptions = { ...contents.pipOptions, noIndex: true };
      return;
    case "prereleases":
      contents.pipOptions = { ...contents.pipOptions, prereleases: true };
      return;
    case "require-hashes":
      contents.pipOptions = { ...contents.pipOptions, requireHashes: true };
      return;
    case "no-binary":
      contents.pipOptions = { ...contents.pipOptions, noBinary: addNames(contents.pipOptions.noBinary, value) };
      return;
    case "only-binary":
      contents.pipOptions = { ...contents.pipOptions, onlyBinary: addNames(contents.pipOptions.onlyBinary, value) };
      return;
    case "hash":
      contents.findings.push(notUnderstood(place.file, place.line, "a `--hash` belongs behind a requirement"));
      return;
    case "other":
      return;
  }
}

/** Nobody lists more; without a limit a hostile file would take the square of its length. */
const MAXIMUM_NAMES = 200;

/** `:all:` and `:none:` replace what came before; names are added (pip's format control). */
function addNames(before: readonly string[], value: string): readonly string[] {
  let names = before;
  for (const name of value.split(",", MAXIMUM_NAMES).map((each) => each.trim())) {
    if (name === ":none:") names = [];
    else if (name === ":all:") names = [":all:"];
    else if (name !== "" && names.length < MAXIMUM_NAMES) names = [...new Set([...names, normalizeName(name)])];
  }
  return names;
}

function addIndex(contents: PipContents, option: PipOption, place: OptionPlace): void {
  const url = option.value ?? "";
  const isUrl = /^https?:\/\//i.test(url);
  if (!isUrl || url.includes("${")) {
    const reason = url.includes("${")
      ? `\`${option.name}\` uses an environment variable, which is not expanded`
      : `\`${option.name}\` does not give an http or https URL`;
    contents.findings.push(notUnderstood(place.file, place.line, reason));
  }
  const kind = option.role === "find-links" ? "find-links" : "index";
  const priority = option.role === "index-url" ? "primary" : "extra";
  contents.indexes.push({ name: null, url, kind, priority, line: place.line.line });
}

function addInclude(
  contents: PipContents,
  include: { readonly written: string; readonly kind: "requirements" | "constraints" },
  place: OptionPlace,
): void {
  const resolved = resolveInclude(place.file, include.written);
  if (resolved.kind === "path") {
    contents.includes.push({ path: resolved.path, line: place.line.line, kind: include.kind });
    return;
  }
  contents.findings.push({
    code: "include-not-followed",
    severity: "warning",
    file: place.file,
    line: place.line.line,
    message: `\`${include.written}\` is not followed: ${resolved.reason}.`,
    targets: [],
  });
}

function addEditable(contents: PipContents, value: string, place: OptionPlace): void {
  const answer = readRequirement(value, true);
  if ("reason" in answer) {
    contents.findings.push(notUnderstood(place.file, place.line, answer.reason));
    return;
  }
  addRequirement(contents, answer.requirement, { ...place, start: 0, hashes: [] });
}

function notUnderstood(file: string, line: LogicalLine, reason: string): Finding {
  return {
    code: "not-understood",
    severity: "warning",
    file,
    line: line.line,
    message: `This line is left as it is: ${reason}.`,
    targets: [],
  };
}
