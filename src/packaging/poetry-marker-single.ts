/** Single comparisons of Poetry's markers: what they allow and how they are inverted. */
import { parseTextConstraint, textOfConstraint } from "./poetry-generic-constraint.ts";
import { formatPoetryConstraint, parsePoetryConstraint } from "./poetry-constraint.ts";
import type { AtomicMarker, MarkerConstraint, SingleMarker } from "./poetry-marker-model.ts";
import { PYTHON_VARIABLES } from "./poetry-marker-model.ts";

const ALIASES: Readonly<Record<string, string>> = {
  "os.name": "os_name",
  "sys.platform": "sys_platform",
  "platform.version": "platform_version",
  "platform.machine": "platform_machine",
  "platform.python_implementation": "platform_python_implementation",
  python_implementation: "platform_python_implementation",
};

const VERSION_LIKE: ReadonlySet<string> = new Set(["python_version", "python_full_version", "platform_release"]);

const COMPARISON = /^(~=|!=|>=?|<=?|==?=?|not in |in )?\s*(.+)$/is;
const CONTAINMENT = /^(['"])(.+?)\1\s*(not\sin|in)$/is;

/** What a text between blanks, commas and bars lists. */
export function listedValues(text: string): readonly string[] {
  return text.split(/[ ,|]+/);
}

/** The versions of `in "3.7 3.8.1"` as alternatives (or of `not in` as exclusions): `3.7.* || ==3.8.1`. */
export function listedVersions(operator: string, text: string): string {
  const versions = listedValues(text).map((value) => {
    const parts = value.split(".");
    if (parts.length <= 2) return `${operator === "in" ? "" : "!="}${[...parts, "*"].join(".")}`;
    return `${operator === "in" ? "==" : "!="}${value}`;
  });
  return versions.join(operator === "in" ? " || " : ", ");
}

/**
 * A comparison from its text: `>= 3.8`, or with the literal in front (`swapped`) `"win" in`.
 * @returns null where Poetry refuses it
 */
export function makeSingle(givenName: string, text: string, swapped: boolean): SingleMarker | null {
  const name = ALIASES[givenName] ?? givenName;
  const parts = comparisonParts(text, swapped);
  if (parts === null) return null;
  const [operator, written] = parts;
  const isList = operator === "in" || operator === "not in";
  const suffix = name === "python_full_version" && !isList && !swapped ? missingPrecision(written) : "";
  const value = written + suffix;
  const isVersionLike = VERSION_LIKE.has(name) && (!swapped || PYTHON_VARIABLES.has(name));
  const constraint = isVersionLike
    ? versionsOf(name, isList ? listedVersions(operator, written) : text + suffix)
    : textsOf(name, isList && !swapped ? listedTexts(operator, written) : text);
  if (constraint === null) return null;
  return { kind: "single", name, operator, value, swapped, constraint, key: `single\0${name}\0${operator}\0${value}` };
}

/** Operator (`==` where none is written) and value. */
function comparisonParts(text: string, swapped: boolean): readonly [string, string] | null {
  const match = (swapped ? CONTAINMENT : COMPARISON).exec(text);
  if (match === null) return null;
  const operator = swapped ? match[3] : match[1];
  return [(operator ?? "==").trim(), match[2] ?? ""];
}

/** A comparison that says a constraint which one comparison can say. */
export function singleOfConstraint(name: string, constraint: MarkerConstraint): SingleMarker | null {
  const text =
    constraint.of === "versions" ? formatPoetryConstraint(constraint.value) : textOfConstraint(constraint.value);
  return makeSingle(name, text, false);
}

/** The full version has three parts. */
function missingPrecision(value: string): string {
  return ".0".repeat(Math.max(0, 3 - value.split(".").length));
}

function versionsOf(name: string, text: string): MarkerConstraint | null {
  const value = parsePoetryConstraint(text, { marker: true, kernelRelease: name === "platform_release" });
  return value === null ? null : { of: "versions", value };
}

function textsOf(name: string, text: string): MarkerConstraint | null {
  const value = parseTextConstraint(text, name === "extra");
  return value === null ? null : { of: "texts", value };
}

function listedTexts(operator: string, text: string): string {
  const [comparison, glue] = operator === "in" ? ["==", " || "] : ["!=", ", "];
  return listedValues(text)
    .map((value) => `${comparison} ${value}`)
    .join(glue);
}

export function makeAtomic(
  kind: "atomic-and" | "atomic-or",
  name: string,
  constraint: MarkerConstraint & { of: "texts" },
): AtomicMarker {
  return { kind, name, constraint, key: `${kind}\0${name}\0${textOfConstraint(constraint.value)}` };
}
