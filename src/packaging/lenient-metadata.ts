/**
 * Specifiers and requirements of releases that were published before anybody checked them. The dependency
 * specifier specification lets locking tools be permissive here; manifests that people edit are read strictly.
 */
import { isRequirementProblem, parseRequirement, type Requirement, type RequirementProblem } from "./requirement.ts";
import { isSpecifierProblem, parseSpecifierSet, type SpecifierProblem, type SpecifierSet } from "./specifier.ts";

/** Each mends one mistake that occurs in real metadata; uv and Poetry read these the same way. */
const REPAIRS: readonly (readonly [mistake: RegExp, mended: string])[] = [
  // (1.5.1)
  [/^\(\s*(?=\d)/, "(=="],
  // '>=2.7'
  [/['"]/g, ""],
  // >=1.0<2.0 and >=1.0 <2.0
  [/([\w*])\s*(?=[<>=!~]=|[<>])/g, "$1,"],
  // !=~5.0
  [/!=~\s*(\d+(?:\.\d+)*)/g, "!=$1.*"],
  // >=3.5.*
  [/([<>]=?)\s*(\d+(?:\.\d+)*)\.\*/g, "$1$2"],
  // !=3.0*
  [/(\d)\*/g, "$1.*"],
  // >dev
  [/>\s*dev/g, ">0.0.dev0"],
];

/** As `parseSpecifierSet`, after mending known mistakes where it is refused as written; `*` allows everything. */
export function parseLenientSpecifierSet(text: string): SpecifierSet | SpecifierProblem {
  const strict = parseSpecifierSet(text);
  if (!isSpecifierProblem(strict)) return strict;
  const repaired = parseSpecifierSet(repair(text));
  return isSpecifierProblem(repaired) ? strict : repaired;
}

/** As `parseRequirement`, after mending known mistakes in its specifiers where it is refused as written. */
export function parseLenientRequirement(text: string): Requirement | RequirementProblem {
  const strict = parseRequirement(text);
  if (!isRequirementProblem(strict) || text.includes("@")) return strict;
  const semicolon = text.indexOf(";");
  const end = semicolon === -1 ? text.length : semicolon;
  // The operator of the first specifier ends the name, so no comma may be put before it.
  const start = text.slice(0, end).search(/[<>=!~(*]/);
  if (start === -1) return strict;
  const repaired = parseRequirement(text.slice(0, start) + repair(text.slice(start, end)) + text.slice(end));
  return isRequirementProblem(repaired) ? strict : { ...repaired, text: text.trim() };
}

function repair(text: string): string {
  if (text.trim() === "*") return "";
  return REPAIRS.reduce((mended, [mistake, replacement]) => mended.replace(mistake, replacement), text);
}
