/** Requirements as metadata and manifests write them: `foo[bar]>=1; python_version < "3.12"`. PEP 508. */
import { isMarkerProblem, parseMarkerFrom, type MarkerExpression } from "./marker-syntax.ts";
import { normalizeExtra, normalizeName } from "./names.ts";
import { ANY_VERSION, isSpecifierProblem, parseSpecifierSet, type SpecifierSet } from "./specifier.ts";

export interface Requirement {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly writtenName: string;
  /** Normalised (PEP 685), in order, each once. */
  readonly extras: readonly string[];
  readonly specifiers: SpecifierSet;
  /** The address of `name @ address`, as written; such a requirement has no specifiers. */
  readonly url: string | null;
  readonly marker: MarkerExpression | null;
  /** As written, without surrounding blanks. */
  readonly text: string;
}

/** Why a text is no requirement; `position` is the offset in the text. */
export interface RequirementProblem {
  readonly message: string;
  readonly position: number;
}

const HEAD = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*/;
const EXTRAS = /^\[([^\]]*)\]\s*/;
const EXTRA_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

export function isRequirementProblem(parsed: Requirement | RequirementProblem): parsed is RequirementProblem {
  return "message" in parsed;
}

/** Reads one requirement; the older form with the specifiers in parentheses, `foo (>=1)`, included. */
export function parseRequirement(text: string): Requirement | RequirementProblem {
  const head = HEAD.exec(text);
  const writtenName = head?.[1];
  if (head === null || writtenName === undefined) {
    return { message: `"${text}" does not start with the name of a project`, position: 0 };
  }
  let position = head[0].length;
  const bracket = EXTRAS.exec(text.slice(position));
  const extras = readExtras(bracket?.[1] ?? "");
  if (extras === null) return { message: `"${text}" has a malformed list of extras`, position };
  position += bracket?.[0].length ?? 0;
  const own = { name: normalizeName(writtenName), writtenName, extras, text: text.trim() };
  const rest = text[position] === "@" ? readAddress(text, position + 1) : readSpecifiers(text, position);
  return "message" in rest ? rest : { ...own, ...rest };
}

function readExtras(text: string): readonly string[] | null {
  const names = text.trim() === "" ? [] : text.split(",").map((extra) => extra.trim());
  if (!names.every((extra) => EXTRA_NAME.test(extra))) return null;
  return [...new Set(names.map(normalizeExtra))];
}

type Rest = Pick<Requirement, "specifiers" | "url" | "marker">;

/** An address ends at a blank, so that `;` may be part of it. */
function readAddress(text: string, start: number): Rest | RequirementProblem {
  const match = /^\s*(\S+)\s*/.exec(text.slice(start));
  const url = match?.[1];
  if (match === null || url === undefined) return { message: `"${text}" has no address after "@"`, position: start };
  const end = start + match[0].length;
  if (end < text.length && text[end] !== ";") {
    return { message: `"${text}" has something other than a marker after its address`, position: end };
  }
  const marker = readMarker(text, end);
  return marker !== null && "message" in marker ? marker : { specifiers: ANY_VERSION, url, marker };
}

function readSpecifiers(text: string, start: number): Rest | RequirementProblem {
  const semicolon = text.indexOf(";", start);
  const end = semicolon === -1 ? text.length : semicolon;
  const specifiers = parseSpecifierSet(text.slice(start, end));
  if (isSpecifierProblem(specifiers)) {
    return { message: `${specifiers.problem} in the requirement "${text}"`, position: start + specifiers.position };
  }
  const marker = readMarker(text, end);
  return marker !== null && "message" in marker ? marker : { specifiers, url: null, marker };
}

function readMarker(text: string, semicolon: number): MarkerExpression | RequirementProblem | null {
  if (semicolon >= text.length) return null;
  const marker = parseMarkerFrom(text, semicolon + 1);
  return isMarkerProblem(marker) ? { message: marker.message, position: marker.position } : marker;
}
