/** One requirement of a requirements file, with the places of its parts: PEP 508, or a URL or path of pip's own. */
import { isMarkerProblem, parseMarker } from "#packaging/marker-syntax.ts";
import { isValidName } from "#packaging/names.ts";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import type { ManifestRequirement } from "../manifest.ts";

/** What was written, with indexes into the text that was read. */
export interface WrittenRequirement {
  /** null for a URL or path that does not say which package it holds. */
  readonly name: string | null;
  readonly extras: readonly string[];
  readonly constraint: { readonly text: string; readonly start: number; readonly end: number } | null;
  readonly marker: string | null;
  readonly origin: ManifestRequirement["origin"];
}

/** The requirement, or the reason (a clause) why it is not understood. */
export type WrittenRequirementAnswer = { readonly requirement: WrittenRequirement } | { readonly reason: string };

const NAMED = /^(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?<extras>[^\]]*)\])?\s*/;
const URL_START = /^(?:(?:git|hg|svn|bzr)\+[a-z+]+:|[a-z][a-z0-9+.-]*:\/\/|file:)/i;
const ARCHIVE_END = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))$/i;

/**
 * Reads `name[extras] constraint ; marker`, `name @ URL ; marker`, a URL, or a path.
 * @param editable after `-e`: what is read is a URL or path even where it looks like a name
 */
export function readRequirement(text: string, editable: boolean): WrittenRequirementAnswer {
  if (text.includes("${")) return { reason: "environment variables are not expanded" };
  const named = NAMED.exec(text);
  const rest = named === null ? "" : text.slice(named[0].length);
  if (named !== null && rest.startsWith("@")) return readDirectReference(text, named);
  if (URL_START.test(text)) return readLocation(text, editable);
  if (editable || looksLikePath(text)) return readLocation(text, editable);
  if (named === null) return { reason: "it does not start with the name of a package" };
  return readNamed(text, named);
}

function readNamed(text: string, named: RegExpExecArray): WrittenRequirementAnswer {
  const head = readHead(named);
  if ("reason" in head) return head;
  const semicolon = text.indexOf(";", named[0].length);
  const constraintEnd = semicolon < 0 ? text.length : semicolon;
  const constraint = constraintBetween(text, named[0].length, constraintEnd);
  const problem = constraint === null ? null : problemOfConstraint(constraint.text);
  if (problem !== null) return { reason: problem };
  const marker = semicolon < 0 ? null : text.slice(semicolon + 1).trim();
  const markerProblem = problemOfMarker(marker);
  if (markerProblem !== null) return { reason: markerProblem };
  return { requirement: { ...head, constraint, marker, origin: { kind: "index" } } };
}

function readDirectReference(text: string, named: RegExpExecArray): WrittenRequirementAnswer {
  const head = readHead(named);
  if ("reason" in head) return head;
  const written = text.slice(named[0].length + 1);
  const { location, marker } = splitMarker(written, /\s;/);
  const problem = location === "" ? "the URL after `@` is missing" : problemOfMarker(marker);
  if (problem !== null) return { reason: problem };
  return { requirement: { ...head, constraint: null, marker, origin: originOf(location, null) } };
}

function readLocation(text: string, editable: boolean): WrittenRequirementAnswer {
  const { location: written, marker } = splitMarker(text, URL_START.test(text) ? /\s;|;\s/ : /;/);
  const problem = written === "" ? "it names no package" : problemOfMarker(marker);
  if (problem !== null) return { reason: problem };
  const { location, extras, egg } = splitLocation(written);
  const name = egg ?? wheelName(location);
  if (name !== null && !isValidName(name)) return { reason: `\`${name}\` is not the name of a package` };
  const origin = originOf(location, editable ? true : null);
  return { requirement: { name, extras, constraint: null, marker, origin } };
}

interface LocationParts {
  readonly location: string;
  readonly extras: readonly string[];
  readonly egg: string | null;
}

/** `#egg=name[extras]` names the package of a URL; a path may end in `[extras]`. */
function splitLocation(written: string): LocationParts {
  const egg = /[#&]egg=(?<name>[A-Za-z0-9._-]+)(?:\[(?<extras>[^\]]*)\])?/.exec(written)?.groups;
  const ofEgg = splitExtras(egg?.["extras"]);
  const bracket = URL_START.test(written) ? null : /\[(?<extras>[^[\]]*)\]$/.exec(written);
  if (bracket === null) return { location: written, extras: ofEgg, egg: egg?.["name"] ?? null };
  const extras = splitExtras(bracket.groups?.["extras"]);
  return { location: written.slice(0, bracket.index), extras, egg: egg?.["name"] ?? null };
}

function readHead(named: RegExpExecArray): { name: string; extras: readonly string[] } | { reason: string } {
  const name = named.groups?.["name"] ?? "";
  if (!isValidName(name)) return { reason: `\`${name}\` is not the name of a package` };
  const extras = splitExtras(named.groups?.["extras"]);
  const wrong = extras.find((extra) => !isValidName(extra));
  return wrong === undefined ? { name, extras } : { reason: `\`${wrong}\` is not the name of an extra` };
}

function splitExtras(written: string | undefined): readonly string[] {
  if (written === undefined || written.trim() === "") return [];
  return written.split(",").map((extra) => extra.trim());
}

/** PEP 508 allows the constraint in parentheses; they are not part of it. */
function constraintBetween(text: string, start: number, end: number): WrittenRequirement["constraint"] {
  const region = text.slice(start, end);
  let from = start + region.length - region.trimStart().length;
  let to = end - (region.length - region.trimEnd().length);
  if (to <= from) return null;
  if (text[from] === "(" && text[to - 1] === ")") {
    const inner = text.slice(from + 1, to - 1);
    to -= 1 + inner.length - inner.trimEnd().length;
    from += 1 + inner.length - inner.trimStart().length;
    if (to <= from) return null;
  }
  return { text: text.slice(from, to), start: from, end: to };
}

function problemOfConstraint(text: string): string | null {
  if (/^=[^=]/.test(text)) return `\`${text}\` is a conda constraint: pip wants \`==\``;
  const parsed = parseSpecifierSet(text);
  if (!isSpecifierProblem(parsed)) return null;
  return `\`${text}\` is not a constraint that pip understands (PEP 440)`;
}

function problemOfMarker(marker: string | null): string | null {
  if (marker === null) return null;
  if (marker === "") return "the marker after `;` is empty";
  return isMarkerProblem(parseMarker(marker)) ? `\`${marker}\` is not a marker (PEP 508)` : null;
}

function splitMarker(text: string, separator: RegExp): { readonly location: string; readonly marker: string | null } {
  const found = separator.exec(text);
  if (found === null) return { location: text.trim(), marker: null };
  const marker = text.slice(found.index).replace(/^\s*;/, "").trim();
  return { location: text.slice(0, found.index).trim(), marker };
}

function looksLikePath(text: string): boolean {
  const head = (text.split(";", 1)[0] ?? "").trim();
  return head.startsWith(".") || head.includes("/") || head.includes("\\") || ARCHIVE_END.test(head);
}

function wheelName(location: string): string | null {
  const file = /(?:^|[\\/])(?<name>[^\\/#?]+)\.whl(?:[#?].*)?$/.exec(location)?.groups?.["name"];
  return file?.split("-")[0] ?? null;
}

function originOf(location: string, develop: boolean | null): ManifestRequirement["origin"] {
  if (location.startsWith("git+")) {
    const path = (location.split("#", 1)[0] ?? "").replace(/^git\+[a-z]+:\/\/(?:[^@/]*@)?/i, "");
    const at = path.lastIndexOf("@");
    return { kind: "git", location, develop, reference: at < 0 ? null : path.slice(at + 1) };
  }
  const isLocal = /^file:/i.test(location) || !URL_START.test(location);
  return { kind: isLocal ? "path" : "url", location, develop, reference: null };
}
