import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { editEnvironmentYml } from "#formats/manifests/environment-yml/edit.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import type { ConstraintEdit, EditAnswer } from "#formats/manifests/edit-manifest.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { editRequirementsTxt } from "#formats/manifests/requirements-txt/edit.ts";
import { readRequirementsTxt } from "#formats/manifests/requirements-txt/read.ts";
import { decodeText, encodeText } from "#formats/text/decode.ts";

export type SeedKind = "requirements" | "environment" | "pyproject";
export interface Seed {
  readonly kind: SeedKind;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface MutationReport {
  mutants: number;
  /** By outcome: unreadable bytes, refused by the reader, read. */
  unreadable: number;
  refused: number;
  read: number;
  edited: number;
  editsRefused: number;
  slowest: { milliseconds: number; name: string };
  /** Descriptions of what must not happen; empty in a good run. */
  readonly failures: string[];
  readonly byKind: Record<SeedKind, number>;
}

/** The manifests of the data folder, up to 60 kB each. */
export function manifestSeeds(folder: string): readonly Seed[] {
  return ["manifests", "imprint"].flatMap((part) => {
    const paths = readdirSync(join(folder, part), { recursive: true, encoding: "utf8" }).sort();
    return paths.flatMap((path) => {
      const full = join(folder, part, path);
      const kind = kindOf(path);
      if (kind === null || !statSync(full).isFile() || statSync(full).size > 60_000) return [];
      return [{ kind, name: `${part}/${path}`, bytes: new Uint8Array(readFileSync(full)) }];
    });
  });
}

function kindOf(path: string): SeedKind | null {
  if (path.endsWith("pyproject.toml")) return "pyproject";
  if (/requirements[^/]*\.(?:txt|in)$|requirements\/[^/]*\.txt$/.test(path)) return "requirements";
  return /\.ya?ml$/.test(path) && !/lock|workflows|dependabot|pre-commit/.test(path) ? "environment" : null;
}

/** A small generator of numbers, so that a run can be repeated (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const TOKENS = [
  "#",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  '"""',
  "\\",
  "\\\n",
  "\n",
  "\r\n",
  "\r",
  "\t",
  " ",
  ":",
  "- ",
  "-r ",
  "-e .",
  "@",
  ";",
  "==",
  "=",
  ">=1,<2",
  "^",
  "~",
  "*",
  "${X}",
  "{{ x }}",
  "&a ",
  "*a",
  "|\n",
  ">\n",
  "--hash=sha256:ab",
  "---\n",
  "\u2028",
  "\u0085",
  "\uFEFF",
  "é",
  "😀",
  "<<<<<<< a\n",
  ">>>>>>> b\n",
  "# pin",
  "[tool.poetry]\n",
  "pip:",
  "= {",
  "null",
  "\0",
];

/** One to four changes of a text: cut, doubled, moved, replaced, inserted, truncated, other line ends. */
function mutateText(text: string, below: (limit: number) => number, other: string): string {
  let mutant = text;
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const at = below(mutant.length + 1);
    const length = below(Math.min(40, mutant.length - at + 1));
    const token = TOKENS[below(TOKENS.length)] ?? "";
    const from = below(other.length + 1);
    const changes = [
      () => mutant.slice(0, at) + mutant.slice(at + length),
      () => mutant.slice(0, at) + token + mutant.slice(at),
      () => mutant.slice(0, at) + token + mutant.slice(at + 1),
      () => mutant.slice(0, at) + mutant.slice(at, at + length).repeat(2) + mutant.slice(at + length),
      () => mutant.slice(0, at) + other.slice(from, from + 80) + mutant.slice(at),
      () => mutant.slice(0, at),
      () => mutant.replaceAll("\n", "\r\n"),
      () => moveLine(mutant, below),
    ];
    mutant = (changes[below(changes.length)] ?? (() => mutant))();
  }
  return mutant;
}

function moveLine(text: string, below: (limit: number) => number): string {
  const lines = text.split("\n");
  const [line] = lines.splice(below(lines.length), 1);
  lines.splice(below(lines.length + 1), 0, line ?? "");
  return lines.join("\n");
}

/** Reads `count` mutants of the seeds, edits what can be edited, and notes everything that must not happen. */
export function runMutations(seeds: readonly Seed[], count: number, start: number): MutationReport {
  const report: MutationReport = {
    mutants: 0,
    unreadable: 0,
    refused: 0,
    read: 0,
    edited: 0,
    editsRefused: 0,
    slowest: { milliseconds: 0, name: "" },
    failures: [],
    byKind: { requirements: 0, environment: 0, pyproject: 0 },
  };
  for (let number = start; number < start + count; number += 1) {
    const below = numbersFrom(number);
    const seed = seeds[below(seeds.length)];
    const other = seeds[below(seeds.length)];
    if (seed === undefined || other === undefined) continue;
    report.mutants += 1;
    report.byKind[seed.kind] += 1;
    const bytes = mutateBytes(seed.bytes, below, other.bytes);
    const began = performance.now();
    try {
      checkMutant(seed.kind, bytes, { report, number, below });
    } catch (error) {
      report.failures.push(
        `${seed.name} #${number}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    const milliseconds = performance.now() - began;
    if (milliseconds > report.slowest.milliseconds) report.slowest = { milliseconds, name: `${seed.name} #${number}` };
  }
  return report;
}

function mutateBytes(bytes: Uint8Array, below: (limit: number) => number, other: Uint8Array): Uint8Array {
  const decoding = decodeText(bytes);
  if (decoding.kind === "text") {
    const text = mutateText(decoding.decoded.text, below, new TextDecoder().decode(other));
    const bom = below(20) === 0;
    const encoding = below(20) === 0 ? "utf-16le" : "utf-8";
    const written = encodeText({ text, bom: bom || encoding !== "utf-8", encoding });
    if (below(20) > 0) return written;
    const broken = Uint8Array.from(written);
    broken[below(Math.max(1, broken.length))] = below(256);
    return broken;
  }
  return bytes.subarray(0, below(bytes.length + 1));
}

interface Run {
  readonly report: MutationReport;
  readonly number: number;
  readonly below: (limit: number) => number;
}

function checkMutant(kind: SeedKind, bytes: Uint8Array, run: Run): void {
  const { report, number } = run;
  const decoding = decodeText(bytes);
  if (decoding.kind === "unreadable") {
    report.unreadable += 1;
    return;
  }
  const { text } = decoding.decoded;
  if (!sameBytes(encodeText(decoding.decoded), bytes)) report.failures.push(`#${number}: decoding is not reversible`);
  const manifest = read(kind, text);
  if (manifest === null) {
    report.refused += 1;
    return;
  }
  report.read += 1;
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const { line } of [...manifest.requirements, ...manifest.findings]) {
    if (line !== null && (line < 1 || line > lines)) report.failures.push(`#${number}: line ${line} of ${lines}`);
  }
  checkEdit(kind, text, { manifest, run });
}

function checkEdit(
  kind: SeedKind,
  text: string,
  { manifest, run }: { readonly manifest: Manifest; readonly run: Run },
): void {
  const { report, number, below } = run;
  const editable = manifest.requirements.filter((requirement) => requirement.constraint !== null);
  const requirement = editable[below(Math.max(1, editable.length))];
  if (requirement === undefined || requirement.constraint === null) return;
  const { span, style } = requirement.constraint;
  const constraint = style === "conda" ? "=9.8.7" : style === "poetry" ? "^9.8.7" : "==9.8.7";
  const hashes = requirement.hashes.length === 0 ? null : requirement.hashes.map(() => `sha256:${"e".repeat(64)}`);
  const answer = edit(kind, text, { manifest, edit: { requirement, constraint, hashes } });
  if (answer.kind === "refused") {
    report.editsRefused += 1;
    return;
  }
  report.edited += 1;
  const spliced = [
    { ...span, text: constraint },
    ...requirement.hashes.map((hash, index) => ({ ...hash.span, text: hashes?.[index] ?? "" })),
  ]
    .toSorted((one, two) => two.start - one.start)
    .reduce((whole, piece) => whole.slice(0, piece.start) + piece.text + whole.slice(piece.end), text);
  if (answer.text !== spliced) report.failures.push(`#${number}: a byte outside the splice has changed`);
  const found = read(kind, answer.text)?.requirements.some(
    (each) => each.name === requirement.name && each.constraint?.text === constraint,
  );
  if (found !== true) report.failures.push(`#${number}: the edit does not read back`);
}

function read(kind: SeedKind, text: string): Manifest | null {
  if (kind === "requirements") return readRequirementsTxt("requirements.txt", text);
  if (kind === "environment") {
    const answer = readEnvironmentYml("environment.yml", text);
    return answer.kind === "manifest" ? answer.manifest : null;
  }
  const reading = readPyproject("pyproject.toml", text);
  return reading.kind === "pyproject" ? reading.manifest : null;
}

function edit(
  kind: SeedKind,
  text: string,
  change: { readonly manifest: Manifest; readonly edit: ConstraintEdit },
): EditAnswer {
  if (kind === "requirements") return editRequirementsTxt(text, change.manifest, [change.edit]);
  if (kind === "environment") return editEnvironmentYml(text, change.manifest, [change.edit]);
  return editPyproject(text, change.manifest, [change.edit]);
}

function sameBytes(one: Uint8Array, two: Uint8Array): boolean {
  return one.length === two.length && one.every((byte, index) => byte === two[index]);
}
