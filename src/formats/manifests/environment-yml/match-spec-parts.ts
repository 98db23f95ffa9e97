/** The parts of a conda match spec and where they stand. Read by the one parser of match specs (CEP 29). */
import { splitBrackets, type BracketedText } from "#packaging/conda-match-spec-brackets.ts";
import { constraintSpan, splitPositions } from "#packaging/conda-match-spec-positions.ts";
import { isCondaSpecProblem, parseMatchSpec, type CondaMatchSpec } from "#packaging/conda-match-spec.ts";

export interface MatchSpecParts {
  /** `pytorch` of `pytorch::torchvision`, a subdir (`conda-forge/linux-64`) included; null where none. */
  readonly channel: string | null;
  readonly name: string;
  /** Version constraint with its operators, without the build; null where none is written, or it is written with escapes. */
  readonly constraint: { readonly text: string; readonly start: number; readonly end: number } | null;
  readonly build: string | null;
  /** URL or path of one artifact in place of name and version. */
  readonly location: string | null;
}

/** The parts, or the reason (a clause) why the text is not a match spec that we understand. */
export type MatchSpecAnswer = { readonly parts: MatchSpecParts } | { readonly reason: string };

/** Reads `channel::name constraint build` in any of conda's spellings, `name[version='…']` included. */
export function readMatchSpec(text: string): MatchSpecAnswer {
  if (/\{\{|\}\}|\$\{/.test(text)) return { reason: "it holds a template placeholder" };
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) return { reason: `it is not a match spec: ${spec.problem}` };
  const bracketed = splitBrackets(text);
  if (isCondaSpecProblem(bracketed)) return { reason: `it is not a match spec: ${bracketed.problem}` };
  const positions = splitPositions(bracketed.before);
  if (isCondaSpecProblem(positions)) return { reason: `it is not a match spec: ${positions.problem}` };
  const parts = {
    channel: channelOf(spec),
    name: positions.name,
    constraint: constraintIn(text, bracketed),
    build: spec.build?.text ?? null,
    location: null,
  };
  const url = spec.fields.get("url");
  if (url === undefined || bracketed.fields.has("url")) return { parts };
  // A URL says name, version and build itself; what stands behind `#` is the hash of the file.
  return { parts: { ...parts, constraint: null, build: null, location: text } };
}

/**
 * A match spec with another version constraint, everything else as written: `a=1.8=b` with `=1.9` is `a=1.9=b`, and one
 * without a constraint gets one behind its name. @param text as `readMatchSpec` reads it
 */
export function withConstraint(text: string, constraint: string): string {
  const answer = readMatchSpec(text);
  const written = "parts" in answer ? answer.parts.constraint : null;
  if (written !== null) return text.slice(0, written.start) + constraint + text.slice(written.end);
  const bracket = text.indexOf("[");
  const end = bracket < 0 ? text.length : bracket;
  return `${text.slice(0, end).trimEnd()} ${constraint}${text.slice(end)}`;
}

function channelOf({ channel, subdir }: CondaMatchSpec): string | null {
  if (channel === null) return null;
  return subdir === null ? channel : `${channel}/${subdir.text}`;
}

function constraintIn(text: string, bracketed: BracketedText): MatchSpecParts["constraint"] {
  const value = bracketed.fields.get("version");
  const at = bracketed.starts.get("version");
  if (typeof value === "string" && at !== undefined) {
    const start = /["']/.test(text.charAt(at)) ? at + 1 : at;
    return text.startsWith(value, start) ? { text: value, start, end: start + value.length } : null;
  }
  const span = constraintSpan(bracketed.before);
  if (span === null) return null;
  const offset = text.indexOf(bracketed.before);
  const start = offset + span.start;
  const end = offset + span.end;
  return { text: text.slice(start, end), start, end };
}
