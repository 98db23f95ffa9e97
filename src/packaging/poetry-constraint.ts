/** Poetry's version constraints: what it reads (`^1.2`, `~1.2`, `1.2.*`, `>=1,<2 || >=3`) and how it writes them. */
import { unionOf, intersectConstraints } from "./poetry-constraint-algebra.ts";
import { ANY_CONSTRAINT } from "./poetry-constraint-range.ts";
import type { PoetryConstraint, PoetryRange } from "./poetry-constraint-range.ts";

export { constraintAllows } from "./poetry-constraint-algebra.ts";
export { formatPoetryConstraint } from "./poetry-constraint-text.ts";
export { ANY_CONSTRAINT, EMPTY_CONSTRAINT } from "./poetry-constraint-range.ts";
export type { PoetryConstraint } from "./poetry-constraint-range.ts";
import {
  firstDevelopmentRelease,
  nextBreaking,
  nextMajor,
  nextMinor,
  nextSibling,
  stableVersion,
} from "./poetry-version-steps.ts";
import { formatVersion, makeVersion, parseVersion, type Pep440Version } from "./pep440-version.ts";

/** How a text is read: markers leave development releases out of wildcards; `platform_release` is hardly PEP 440. */
export interface ConstraintReading {
  readonly marker: boolean;
  readonly kernelRelease: boolean;
}

const PLAIN: ConstraintReading = { marker: false, kernelRelease: false };

/** Reads a constraint as Poetry does. @returns null for a text that Poetry refuses (`===` among them) */
export function parsePoetryConstraint(text: string, reading: ConstraintReading = PLAIN): PoetryConstraint | null {
  if (text === "*") return ANY_CONSTRAINT;
  const alternatives: PoetryConstraint[] = [];
  for (const alternative of text.trim().split(/\s*\|\|?\s*/)) {
    const trimmed = alternative.replace(/,+$/, "").trimEnd();
    let all: PoetryConstraint | null = null;
    for (const part of trimmed.split(/(?<!^)(?<![\^~=>< ,]) *(?<!-)[, ](?!-) *(?!,|$)/)) {
      const single = parseSingle(part, reading);
      if (single === null) return null;
      all = all === null ? single : intersectConstraints(all, single);
    }
    if (all !== null) alternatives.push(all);
  }
  const [only] = alternatives;
  return alternatives.length === 1 && only !== undefined ? only : unionOf(alternatives);
}

function parseSingle(text: string, reading: ConstraintReading): PoetryConstraint | null {
  if (/^v?[x*](?:\.[x*])*$/i.test(text)) return ANY_CONSTRAINT;
  const compatible = /^(~=|~|\^)\s*(.+)$/.exec(text);
  if (compatible !== null) return parseCompatible(compatible[1] ?? "", parseVersion(compatible[2] ?? ""));
  const wildcard = /^(!=|==)?\s*v?(\d+(?:\.\d+){0,2})(?:\.\*)+$/.exec(text);
  if (wildcard !== null) return wildcardRange(wildcard[2] ?? "", wildcard[1] === "!=", reading);
  const basic = /^(<>|!=|>=?|<=?|==?)?\s*(.+?)(\.\*)?$/.exec(text);
  if (basic === null) return null;
  const [, operator = "==", versionText = "", star] = basic;
  const version = parseVersion(versionText === "dev" ? "0.0.dev0" : versionText);
  if (version === null) return reading.kernelRelease ? parseKernelRelease(operator, versionText) : null;
  if (star !== undefined && !/^[<>]/.test(operator)) return wildcardRange(versionText, operator === "!=", reading);
  return compareWith(operator, normal(version));
}

/** A kernel release such as `5.10.123-tegra`: what follows the numbers orders as a local version does. */
function parseKernelRelease(operator: string, text: string): PoetryConstraint | null {
  const parts = /^([0-9]+(?:\.[0-9]+)*)(?:[+-]?([0-9a-z-]+(?:\.[0-9a-z-]+)*))?$/i.exec(text);
  const version = parseVersion(parts?.[1] ?? "");
  if (parts === null || version === null) return null;
  return compareWith(operator, makeVersion({ ...version, local: parts[2] === undefined ? null : [parts[2]] }));
}

function parseCompatible(operator: string, version: Pep440Version | null): PoetryConstraint | null {
  if (version === null) return null;
  const from = normal(version);
  const precision = version.release.length;
  const stable = stableVersion(from);
  const major = operator === "~" ? precision === 1 : precision === 2;
  const max = operator === "^" ? nextBreaking(from) : major ? nextMajor(stable) : nextMinor(stable);
  return { kind: "range", min: from, max, includeMin: true, includeMax: false };
}

function compareWith(operator: string, version: Pep440Version): PoetryConstraint {
  const below: PoetryRange = { kind: "range", min: null, max: version, includeMin: false, includeMax: false };
  const above: PoetryRange = { kind: "range", min: version, max: null, includeMin: false, includeMax: false };
  switch (operator) {
    case "<":
      return below;
    case "<=":
      return { ...below, includeMax: true };
    case ">":
      return above;
    case ">=":
      return { ...above, includeMin: true };
    case "!=":
      return { kind: "union", ranges: [below, above] };
    default:
      return { kind: "version", version };
  }
}

function wildcardRange(text: string, inverted: boolean, reading: ConstraintReading): PoetryConstraint | null {
  const parsed = parseVersion(text);
  if (parsed === null) return null;
  const version = normal(parsed);
  const next = nextSibling(version);
  const min = reading.marker ? version : firstDevelopmentRelease(version);
  const max = reading.marker || next.dev !== null ? next : firstDevelopmentRelease(next);
  if (!inverted) return { kind: "range", min, max, includeMin: true, includeMax: false };
  return {
    kind: "union",
    ranges: [
      { kind: "range", min: null, max: min, includeMin: false, includeMax: false },
      { kind: "range", min: max, max: null, includeMin: true, includeMax: false },
    ],
  };
}

/** Poetry writes versions in normalised form only. */
function normal(version: Pep440Version): Pep440Version {
  return formatVersion(version) === version.text ? version : makeVersion(version);
}
